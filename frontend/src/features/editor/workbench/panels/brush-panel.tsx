import { Brush, Eraser, Redo2, RotateCcw, Undo2 } from "lucide-react";
import { RadioGroup } from "radix-ui";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";

import type { Edits, Stroke } from "../../model";
import { redo, undo, withoutStrokes } from "../../pixels/history";
import { BRUSH_SIZE, useTools } from "../tools";
import { Range } from "./range";

const TOOLS = [
  ["remove", Eraser],
  ["keep", Brush],
] as const;

const SHORTCUTS = ["keep", "remove", "size", "undo", "redo", "move", "dab"] as const;

type Props = {
  edits: Edits;
  hasOriginal: boolean;
  /** Why the original is missing. */ missing: ReactNode;
  onEdits: (edits: Edits) => void;
};

/** Erases and restores parts of the cutout. */
export function BrushPanel({ edits, hasOriginal, missing, onEdits }: Props) {
  const { t } = useTranslation("editor");
  const { tool, size, softness, set } = useTools();
  const percent = (share: number) => t("workbench.percent", { percent: Math.round(share * 1000) / 10 });
  return (
    <div className="grid gap-4">
      <RadioGroup.Root
        aria-label={t("workbench.brush.label")}
        value={tool}
        onValueChange={(value) => set({ tool: value as Stroke["tool"] })}
        className="grid grid-cols-2 gap-2"
      >
        {TOOLS.map(([value, Icon]) => (
          <RadioGroup.Item
            key={value}
            value={value}
            disabled={value === "keep" && !hasOriginal}
            className="border-line hover:bg-raised data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft flex min-h-12 cursor-pointer items-center justify-center gap-2 rounded-xl border px-3 text-sm font-medium disabled:cursor-not-allowed disabled:opacity-50"
          >
            <Icon aria-hidden className="size-5" />
            {t(`workbench.brush.${value}`)}
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
      {!hasOriginal && <Notice>{missing}</Notice>}
      <div className="grid gap-x-5 gap-y-4 max-lg:grid-cols-2">
        <Range
          label={t("workbench.brush.size")}
          value={size}
          min={BRUSH_SIZE.min}
          max={BRUSH_SIZE.max}
          step={0.001}
          text={percent(size)}
          onValue={(value) => set({ size: value })}
        />
        <Range
          label={t("workbench.brush.softness")}
          value={softness}
          min={0}
          max={1}
          step={0.05}
          text={percent(softness)}
          onValue={(value) => set({ softness: value })}
        />
      </div>
      <div className="flex flex-wrap gap-2">
        <Button
          look="secondary"
          className="flex-1 gap-1.5 px-2"
          disabled={edits.strokes.length === 0}
          onClick={() => onEdits(undo(edits))}
        >
          <Undo2 aria-hidden className="size-4 shrink-0" />
          {t("workbench.brush.undo")}
        </Button>
        <Button
          look="secondary"
          className="flex-1 gap-1.5 px-2"
          disabled={edits.undone.length === 0}
          onClick={() => onEdits(redo(edits))}
        >
          <Redo2 aria-hidden className="size-4 shrink-0" />
          {t("workbench.brush.redo")}
        </Button>
        <Button
          look="secondary"
          className="flex-1 gap-1.5 px-2"
          disabled={edits.strokes.length === 0}
          onClick={() => onEdits(withoutStrokes(edits))}
        >
          <RotateCcw aria-hidden className="size-4 shrink-0" />
          {t("workbench.brush.reset")}
        </Button>
      </div>
      <details className="text-sm pointer-coarse:hidden">
        <summary className="text-muted min-h-11 cursor-pointer content-center">
          {t("workbench.shortcuts.label")}
        </summary>
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 pt-1">
          {SHORTCUTS.map((name) => (
            <div key={name} className="contents">
              <dt>
                <kbd className="border-line bg-raised rounded border px-1.5 py-0.5 font-mono text-xs">
                  {t(`workbench.shortcuts.${name}.keys`)}
                </kbd>
              </dt>
              <dd className="text-muted">{t(`workbench.shortcuts.${name}.does`)}</dd>
            </div>
          ))}
        </dl>
      </details>
    </div>
  );
}
