import { Brush, Crop, Image, Sun } from "lucide-react";
import { Tabs } from "radix-ui";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";

import type { Edits, Item } from "../model";
import { CanvasTooLarge } from "../pixels/canvas";
import type { Layers } from "../pixels/layers";
import { BackgroundPanel } from "./panels/background-panel";
import { BrushPanel } from "./panels/brush-panel";
import { CropPanel } from "./panels/crop-panel";
import { LookForAll } from "./panels/look-for-all";
import { ShadowPanel } from "./panels/shadow-panel";
import { Stage } from "./stage";
import { useTools, type Panel } from "./tools";
import { useLayers } from "./use-layers";
import { useShortcuts } from "./use-shortcuts";

type Props = {
  item: Item;
  onEdits: (edits: Edits) => void;
  /** Gives all other pictures the same look; null if there are none. */
  onLookForAll: (() => void) | null;
};

const PANELS = [
  ["background", Image],
  ["shadow", Sun],
  ["crop", Crop],
  ["brush", Brush],
] as const;

/** The view and the tools for one finished cutout. Nothing is shown before it is ready. */
export function Workbench(props: Props) {
  const { id, phase } = props.item;
  return phase.kind === "ready" ? <Bench key={id} {...props} cutout={phase.cutout} /> : null;
}

function Bench(props: Props & { cutout: Blob }) {
  const [attempt, setAttempt] = useState(0);
  return <Loaded key={attempt} {...props} onRetry={() => setAttempt(attempt + 1)} />;
}

function Loaded({
  item,
  cutout,
  onEdits,
  onLookForAll,
  onRetry,
}: Props & { cutout: Blob; onRetry: () => void }) {
  const { t } = useTranslation("editor");
  const { layers, error } = useLayers(item.source, cutout);
  const [broken, setBroken] = useState<unknown>(null);
  const failure = error ?? broken;
  const shortcuts = useShortcuts(item.edits, layers?.original !== null, onEdits);
  return (
    <section
      aria-label={t("workbench.label")}
      className="grid lg:grid-cols-[minmax(0,1fr)_21rem] lg:gap-5"
      onKeyDown={shortcuts}
    >
      <div className="border-line bg-raised h-[min(52dvh,30rem)] min-h-72 overflow-hidden border max-lg:rounded-t-2xl lg:h-[clamp(27rem,calc(100dvh-20rem),54rem)] lg:rounded-2xl">
        {failure ? (
          <div className="grid h-full place-items-center p-4">
            <Notice
              tone="danger"
              title={t("workbench.failed.title")}
              action={
                <Button look="secondary" size="small" onClick={onRetry}>
                  {t("workbench.failed.retry")}
                </Button>
              }
            >
              {t(failure instanceof CanvasTooLarge ? "workbench.failed.memory" : "workbench.failed.file")}
            </Notice>
          </div>
        ) : layers ? (
          <Stage name={item.name} layers={layers} edits={item.edits} onEdits={onEdits} onError={setBroken} />
        ) : (
          <LoadingStage />
        )}
      </div>
      <Panels
        edits={item.edits}
        layers={layers}
        hasSource={item.source !== null}
        onEdits={onEdits}
        onLookForAll={onLookForAll}
      />
    </section>
  );
}

/** Empty for a moment, because most pictures load at once; then a loading text. */
function LoadingStage() {
  const { t } = useTranslation("editor");
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p role="status" className="text-muted grid h-full place-items-center text-sm">
      {late && t("workbench.loading")}
    </p>
  );
}

function Panels({
  edits,
  layers,
  hasSource,
  onEdits,
  onLookForAll,
}: {
  edits: Edits;
  layers: Layers | null;
  hasSource: boolean;
  onEdits: (edits: Edits) => void;
  onLookForAll: (() => void) | null;
}) {
  const { t } = useTranslation("editor");
  const { panel, set } = useTools();
  const hasOriginal = layers?.original !== null;
  const missing = t(hasSource ? "workbench.originalUnreadable" : "workbench.originalGone");
  const reduced = layers !== null && layers.width < layers.full.width;
  return (
    <Tabs.Root
      value={panel}
      onValueChange={(value) => set({ panel: value as Panel })}
      className="border-line bg-surface flex flex-col border max-lg:min-h-88 max-lg:rounded-b-2xl max-lg:border-t-0 lg:max-h-[clamp(27rem,calc(100dvh-20rem),54rem)] lg:rounded-2xl"
    >
      <Tabs.List aria-label={t("workbench.tools")} className="border-line grid grid-cols-4 border-b">
        {PANELS.map(([value, Icon]) => (
          <Tabs.Trigger
            key={value}
            value={value}
            className="text-muted hover:text-text data-[state=active]:text-accent-strong data-[state=active]:border-accent -mb-px grid min-h-16 cursor-pointer content-center justify-items-center gap-1 border-b-2 border-transparent px-1 text-xs font-medium focus-visible:-outline-offset-2"
          >
            <Icon aria-hidden className="size-5" />
            {t(`workbench.panel.${value}`)}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      <div className="min-h-0 flex-1 overflow-y-auto p-4">
        <Tabs.Content value="background" tabIndex={-1}>
          <BackgroundPanel
            background={edits.background}
            hasOriginal={hasOriginal}
            missing={missing}
            onBackground={(background) => onEdits({ ...edits, background })}
          />
        </Tabs.Content>
        <Tabs.Content value="shadow" tabIndex={-1}>
          <ShadowPanel shadow={edits.shadow} onShadow={(shadow) => onEdits({ ...edits, shadow })} />
        </Tabs.Content>
        <Tabs.Content value="crop" tabIndex={-1}>
          <CropPanel crop={edits.crop} onCrop={(crop) => onEdits({ ...edits, crop })} />
        </Tabs.Content>
        <Tabs.Content value="brush" tabIndex={-1}>
          <BrushPanel edits={edits} hasOriginal={hasOriginal} missing={missing} onEdits={onEdits} />
        </Tabs.Content>
      </div>
      {onLookForAll && panel !== "brush" && <LookForAll edits={edits} onClick={onLookForAll} />}
      {reduced && <p className="text-muted border-line border-t p-4 text-sm">{t("workbench.reduced")}</p>}
    </Tabs.Root>
  );
}
