import { ChevronsLeftRight } from "lucide-react";
import {
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  type RefObject,
} from "react";

import { classNames } from "@/lib/class-names";
import { useTexts } from "@/lib/texts";

type Props = {
  /** Left of the handle: the original. Fills the frame. */
  before: ReactNode;
  /** Right of it: the cutout. Fills the frame, over a checkerboard. */
  after: ReactNode;
  label?: string;
  /** The position to which the handle moves once when it becomes visible, unless motion is reduced. */
  glideTo?: number;
  className?: string;
};

const STEPS: Record<string, number> = {
  ArrowLeft: -2,
  ArrowDown: -2,
  ArrowRight: 2,
  ArrowUp: 2,
  PageDown: -10,
  PageUp: 10,
};

/** Two pictures in one frame, split by a handle for mouse, touch and keyboard. */
export function CompareSlider({ before, after, label, glideTo, className }: Props) {
  const { t } = useTexts();
  const frame = useRef<HTMLDivElement>(null);
  const [percent, setPercent] = useState(50);
  const stopGlide = useGlide(frame, glideTo, setPercent);
  const move = (event: PointerEvent) => {
    const box = frame.current?.getBoundingClientRect();
    if (box) {
      setPercent(clamp(((event.clientX - box.left) / box.width) * 100));
    }
  };
  const press = (event: KeyboardEvent) => {
    const target = event.key === "Home" ? 0 : event.key === "End" ? 100 : percent + (STEPS[event.key] ?? 0);
    if (target !== percent) {
      event.preventDefault();
      stopGlide();
      setPercent(clamp(target));
    }
  };
  // Not a style attribute: the content security policy refuses those in prerendered pages.
  useLayoutEffect(() => frame.current?.style.setProperty("--split", `${percent}%`), [percent]);
  const value = Math.round(percent);
  return (
    <div
      ref={frame}
      className={classNames("relative touch-pan-y overflow-hidden rounded-2xl select-none", className)}
      onPointerDown={(event) => {
        stopGlide();
        event.currentTarget.setPointerCapture(event.pointerId);
        move(event);
      }}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && move(event)}
    >
      <div className="checkerboard absolute inset-0">{after}</div>
      <div className="absolute inset-0 [clip-path:inset(0_calc(100%-var(--split,50%))_0_0)]">{before}</div>
      <div
        role="slider"
        tabIndex={0}
        aria-label={label ?? t("compare.label")}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={value}
        aria-valuetext={t("compare.value", { percent: value })}
        onKeyDown={press}
        className="group absolute inset-y-0 left-[var(--split,50%)] w-11 -translate-x-1/2 cursor-ew-resize outline-none"
      >
        <div className="absolute inset-y-0 left-1/2 w-0.5 -translate-x-1/2 bg-white shadow-[0_0_4px_rgb(0_0_0/0.6)]" />
        <div className="group-focus-visible:outline-accent absolute top-1/2 left-1/2 grid size-10 -translate-1/2 place-items-center rounded-full bg-white text-black shadow-lg outline-2 outline-offset-2 outline-transparent">
          <ChevronsLeftRight aria-hidden className="size-5" />
        </div>
      </div>
    </div>
  );
}

const GLIDE_MS = 1400;

/** Moves the handle from the middle to `target` once it is visible. Returns a function that stops it. */
function useGlide(
  frame: RefObject<HTMLElement | null>,
  target: number | undefined,
  moveTo: (percent: number) => void,
): () => void {
  const stopped = useRef(false);
  useEffect(() => {
    const element = frame.current;
    if (!element || target === undefined || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      return undefined;
    }
    let next = 0;
    let began: number | undefined;
    const step = (now: number) => {
      began ??= now;
      const share = Math.min(1, (now - began) / GLIDE_MS);
      if (!stopped.current) {
        moveTo(50 + (target - 50) * (1 - (1 - share) ** 3));
        next = share < 1 ? requestAnimationFrame(step) : 0;
      }
    };
    const seen = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) {
          seen.disconnect();
          next = requestAnimationFrame(step);
        }
      },
      { threshold: 0.6 },
    );
    seen.observe(element);
    return () => {
      seen.disconnect();
      cancelAnimationFrame(next);
    };
  }, [frame, target, moveTo]);
  return () => {
    stopped.current = true;
  };
}

function clamp(percent: number): number {
  return Math.min(100, Math.max(0, percent));
}
