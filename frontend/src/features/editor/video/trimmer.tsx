import { useRef, type KeyboardEvent, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";
import { classNames } from "@/lib/class-names";

import { clockOf, firstPart, withEnd, withStart, type Bounds, type Part } from "./trim";

/** A step of an arrow key, and one of the page keys or with Shift. */
const STEP_MS = 100;
const LEAP_MS = 1_000;

type Props = {
  part: Part;
  bounds: Bounds;
  /** The position of the player. */
  atMs: number;
  onPart: (part: Part) => void;
  /** Moves the player to this position. */
  onSeek: (ms: number) => void;
};

/** Chooses a part of a video with two handles, or at the position of the player. */
export function Trimmer({ part, bounds, atMs, onPart, onSeek }: Props) {
  const { t } = useTranslation("video");
  const track = useRef<HTMLDivElement>(null);
  const { durationMs } = bounds;
  const share = (ms: number) => `${(Math.min(ms, durationMs) / durationMs) * 100}%`;
  const start = (ms: number) => {
    const next = withStart(part, ms, bounds);
    onPart(next);
    onSeek(next.fromMs);
  };
  const end = (ms: number) => {
    const next = withEnd(part, ms, bounds);
    onPart(next);
    onSeek(next.untilMs);
  };
  const placeOf = ({ clientX }: PointerEvent) => {
    const box = track.current?.getBoundingClientRect();
    return box && box.width > 0 ? ((clientX - box.left) / box.width) * durationMs : 0;
  };
  const whole = firstPart(bounds);
  const all = part.fromMs === whole.fromMs && part.untilMs === whole.untilMs;
  return (
    <div className="grid gap-3">
      <div className="px-5">
        <div
          ref={track}
          className="bg-raised border-line relative h-12 touch-none rounded-lg border"
          onPointerDown={(event) => {
            // A click beside the handles moves the player.
            if (event.target === event.currentTarget) {
              onSeek(Math.max(0, Math.min(durationMs, placeOf(event))));
            }
          }}
        >
          <div
            className="border-accent bg-accent-soft pointer-events-none absolute inset-y-0 border-y-2"
            style={{ left: share(part.fromMs), right: `calc(100% - ${share(part.untilMs)})` }}
          />
          <div
            aria-hidden
            className="bg-text pointer-events-none absolute -inset-y-1 w-0.5"
            style={{ left: share(atMs) }}
          />
          <Handle
            label={t("trim.start")}
            side="start"
            ms={part.fromMs}
            min={0}
            max={durationMs}
            left={share(part.fromMs)}
            placeOf={placeOf}
            onMove={start}
          />
          <Handle
            label={t("trim.end")}
            side="end"
            ms={part.untilMs}
            min={0}
            max={durationMs}
            left={share(part.untilMs)}
            placeOf={placeOf}
            onMove={end}
          />
        </div>
      </div>
      <p data-testid="trim-selected" className="text-muted text-sm tabular-nums">
        {t("trim.selected", {
          length: clockOf(part.untilMs - part.fromMs),
          from: clockOf(part.fromMs),
          until: clockOf(part.untilMs),
        })}
      </p>
      <div className="flex flex-wrap gap-2">
        <Button look="secondary" size="small" className="min-h-11" onClick={() => start(atMs)}>
          {t("trim.startHere")}
        </Button>
        <Button look="secondary" size="small" className="min-h-11" onClick={() => end(atMs)}>
          {t("trim.endHere")}
        </Button>
        {!all && (
          <Button look="quiet" size="small" className="min-h-11" onClick={() => onPart(whole)}>
            {t("trim.all")}
          </Button>
        )}
      </div>
    </div>
  );
}

type HandleProps = {
  label: string;
  side: "start" | "end";
  ms: number;
  min: number;
  max: number;
  left: string;
  placeOf: (event: PointerEvent) => number;
  onMove: (ms: number) => void;
};

function Handle({ label, side, ms, min, max, left, placeOf, onMove }: HandleProps) {
  const press = (event: KeyboardEvent) => {
    const target = keyTarget(event, ms, { min, max });
    if (target !== null) {
      event.preventDefault();
      onMove(target);
    }
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={min / 1000}
      aria-valuemax={max / 1000}
      aria-valuenow={ms / 1000}
      aria-valuetext={clockOf(ms)}
      onKeyDown={press}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        event.currentTarget.focus();
      }}
      onPointerMove={(event) =>
        event.currentTarget.hasPointerCapture(event.pointerId) && onMove(placeOf(event))
      }
      style={{ left }}
      className={classNames(
        "bg-accent text-on-accent absolute -inset-y-1 grid w-5 cursor-ew-resize place-items-center rounded-md",
        // The touch target is larger than the visible handle.
        "before:absolute before:-inset-x-3 before:inset-y-0",
        side === "start" ? "-translate-x-full rounded-r-none" : "rounded-l-none",
      )}
    >
      <span aria-hidden className="h-4 w-0.5 rounded-full bg-current" />
    </div>
  );
}

/** The new position of a handle for a key; null for other keys. */
export function keyTarget(
  { key, shiftKey }: Pick<KeyboardEvent, "key" | "shiftKey">,
  ms: number,
  { min, max }: { min: number; max: number },
): number | null {
  const step = shiftKey ? LEAP_MS : STEP_MS;
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return ms - step;
    case "ArrowRight":
    case "ArrowUp":
      return ms + step;
    case "PageDown":
      return ms - LEAP_MS;
    case "PageUp":
      return ms + LEAP_MS;
    case "Home":
      return min;
    case "End":
      return max;
    default:
      return null;
  }
}
