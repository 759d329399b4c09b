import { Blend, Grid2x2, Image, Palette, Sparkles } from "lucide-react";
import { RadioGroup } from "radix-ui";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Notice } from "@/components/ui/notice";

import type { Background } from "../../model";
import { ColorField } from "./color-field";
import { PictureField } from "./picture-field";
import { Range } from "./range";
import { Swatches } from "./swatches";

type Kind = Background["kind"];
type Of<K extends Kind> = Extract<Background, { kind: K }>;

const KINDS = [
  ["transparent", Grid2x2],
  ["color", Palette],
  ["gradient", Blend],
  ["picture", Image],
  ["blur", Sparkles],
] as const;

const COLORS = [
  ["white", "#ffffff"],
  ["lightGrey", "#f3f4f6"],
  ["grey", "#9ca3af"],
  ["black", "#000000"],
  ["sand", "#f5e6d3"],
  ["yellow", "#fde68a"],
  ["coral", "#fca5a5"],
  ["lavender", "#c4b5fd"],
  ["sky", "#93c5fd"],
  ["mint", "#86efac"],
  ["teal", "#0f766e"],
  ["navy", "#1e3a5f"],
] as const;

const GRADIENTS = [
  ["studio", "#ffffff", "#d4d8dd", 180],
  ["dawn", "#fde68a", "#fca5a5", 135],
  ["sky", "#e0f2fe", "#93c5fd", 180],
  ["lagoon", "#99f6e4", "#0f766e", 135],
  ["dusk", "#c4b5fd", "#1e3a5f", 160],
  ["night", "#4b5563", "#0b0f14", 180],
] as const;

/** The initial value of each kind. */
const FIRST = {
  transparent: { kind: "transparent" },
  color: { kind: "color", color: "#ffffff" },
  gradient: { kind: "gradient", from: "#ffffff", to: "#d4d8dd", angle: 180 },
  picture: null,
  blur: { kind: "blur", radius: 2 },
} satisfies { [K in Kind]: Of<K> | null };

type Props = {
  background: Background;
  hasOriginal: boolean;
  /** Why the original is missing. */
  missing: ReactNode;
  onBackground: (background: Background) => void;
};

/** The choice of the background. */
export function BackgroundPanel({ background, hasOriginal, missing, onBackground }: Props) {
  const { t } = useTranslation("editor");
  // Switching between the kinds keeps the value of each.
  const [left, setLeft] = useState<Partial<Record<Kind, Background>>>({});
  // The kind "picture" is chosen first, and then its file.
  const [asks, setAsks] = useState(false);
  const kind: Kind = asks ? "picture" : background.kind;
  const change = (next: Background) => {
    setAsks(false);
    onBackground(next);
  };
  const choose = (chosen: Kind) => {
    setLeft({ ...left, [background.kind]: background });
    const next = left[chosen] ?? FIRST[chosen];
    if (next) {
      change(next);
    } else {
      setAsks(true);
    }
  };
  return (
    <div className="grid gap-5">
      <RadioGroup.Root
        aria-label={t("workbench.background.label")}
        value={kind}
        onValueChange={(value) => choose(value as Kind)}
        className="grid grid-cols-3 gap-2 sm:max-lg:grid-cols-5"
      >
        {KINDS.map(([value, Icon]) => (
          <RadioGroup.Item
            key={value}
            value={value}
            disabled={value === "blur" && !hasOriginal}
            className="border-line hover:bg-raised data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft grid min-h-16 cursor-pointer content-center justify-items-center gap-1 rounded-xl border p-2 text-xs font-medium disabled:cursor-not-allowed disabled:opacity-50"
          >
            <Icon aria-hidden className="size-5" />
            {t(`workbench.background.kind.${value}`)}
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
      {!hasOriginal && <Notice>{missing}</Notice>}
      {kind === "transparent" && (
        <p className="text-muted text-sm">{t("workbench.background.transparentHint")}</p>
      )}
      {kind === "picture" && (
        <PictureField
          picture={background.kind === "picture" ? background.picture : null}
          onPicture={(picture) => change({ kind: "picture", picture })}
        />
      )}
      {background.kind === "color" && !asks && <ColorChoice background={background} onBackground={change} />}
      {background.kind === "gradient" && !asks && (
        <GradientChoice background={background} onBackground={change} />
      )}
      {background.kind === "blur" && !asks && (
        <Range
          label={t("workbench.background.blurStrength")}
          value={background.radius}
          min={0.3}
          max={8}
          step={0.1}
          text={t("workbench.percent", { percent: Math.round(background.radius * 10) / 10 })}
          onValue={(radius) => change({ kind: "blur", radius })}
        />
      )}
    </div>
  );
}

type ChoiceProps<K extends Kind> = { background: Of<K>; onBackground: (background: Background) => void };

function ColorChoice({ background: { color }, onBackground }: ChoiceProps<"color">) {
  const { t } = useTranslation("editor");
  const change = (next: string) => onBackground({ kind: "color", color: next });
  return (
    <>
      <Swatches
        label={t("workbench.color.ready")}
        value={color}
        swatches={COLORS.map(([name, value]) => ({
          value,
          label: t(`workbench.color.${name}`),
          look: value,
        }))}
        onValue={change}
      />
      <ColorField label={t("workbench.color.own")} color={color} onColor={change} />
    </>
  );
}

function GradientChoice({ background, onBackground }: ChoiceProps<"gradient">) {
  const { t } = useTranslation("editor");
  const { from, to, angle } = background;
  const preset = GRADIENTS.find(([, a, b, turn]) => a === from && b === to && turn === angle)?.[0] ?? "";
  return (
    <>
      <Swatches
        label={t("workbench.gradient.ready")}
        value={preset}
        swatches={GRADIENTS.map(([name, a, b, turn]) => ({
          value: name,
          label: t(`workbench.gradient.${name}`),
          look: `linear-gradient(${turn}deg, ${a}, ${b})`,
        }))}
        onValue={(chosen) => {
          const found = GRADIENTS.find(([name]) => name === chosen);
          if (found) {
            onBackground({ kind: "gradient", from: found[1], to: found[2], angle: found[3] });
          }
        }}
      />
      <div className="grid grid-cols-2 gap-4">
        <ColorField
          label={t("workbench.gradient.from")}
          color={from}
          onColor={(color) => onBackground({ ...background, from: color })}
        />
        <ColorField
          label={t("workbench.gradient.to")}
          color={to}
          onColor={(color) => onBackground({ ...background, to: color })}
        />
      </div>
      <Range
        label={t("workbench.gradient.angle")}
        value={angle}
        min={0}
        max={360}
        step={5}
        text={t("workbench.degrees", { degrees: angle })}
        onValue={(value) => onBackground({ ...background, angle: value })}
      />
    </>
  );
}
