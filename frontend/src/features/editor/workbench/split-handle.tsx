import type { KeyboardEvent, PointerEvent } from "react";
import { useTranslation } from "react-i18next";

import type { Box } from "../pixels/geometry";

const STEPS: Record<string, number> = {
  ArrowLeft: -0.02,
  ArrowDown: -0.02,
  ArrowRight: 0.02,
  ArrowUp: 0.02,
  PageDown: -0.1,
  PageUp: 0.1,
};

type Props = {
  /** Where the picture's frame lies on the stage, and how wide that is, in CSS pixels. */
  frame: Box;
  stageWidth: number;
  /** The share of the frame that shows the original. */
  split: number;
  onSplit: (split: number) => void;
};

/** The handle between the original, left of it, and the result. Moved by mouse, finger and keyboard. */
export function SplitHandle({ frame, stageWidth, split, onSplit }: Props) {
  const { t } = useTranslation("editor");
  const clamp = (share: number) => Math.min(1, Math.max(0, share));
  const drag = (event: PointerEvent<HTMLElement>) => {
    const stage = event.currentTarget.parentElement?.getBoundingClientRect();
    if (stage && event.currentTarget.hasPointerCapture(event.pointerId)) {
      onSplit(clamp((event.clientX - stage.left - frame.x) / frame.width));
    }
  };
  const press = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const target = event.key === "Home" ? 0 : event.key === "End" ? 1 : step && clamp(split + step);
    if (target !== undefined) {
      event.preventDefault();
      onSplit(target);
    }
  };
  const percent = Math.round(split * 100);
  // When zoomed in, the edges of the frame are outside the view: the handle does not follow them.
  const left = Math.min(stageWidth, Math.max(0, frame.x + frame.width * split));
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={t("workbench.compare.label")}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={t("workbench.compare.value", { percent })}
      onKeyDown={press}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      className="group absolute inset-y-0 w-11 -translate-x-1/2 cursor-ew-resize touch-none outline-none"
      style={{ left }}
    >
      <div className="absolute inset-y-0 left-1/2 w-0.5 -translate-x-1/2 bg-white shadow-[0_0_4px_rgb(0_0_0/0.6)]" />
      <div className="group-focus-visible:outline-accent absolute top-1/2 left-1/2 grid size-10 -translate-1/2 place-items-center rounded-full bg-white text-black shadow-lg outline-2 outline-offset-2 outline-transparent">
        <span aria-hidden>⇔</span>
      </div>
    </div>
  );
}
