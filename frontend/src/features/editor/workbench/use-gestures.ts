import { useEffect, useEffectEvent, useRef, type PointerEvent, type RefObject } from "react";

import type { Point } from "../pixels/geometry";

/** Gestures on the stage. Points and distances in CSS pixels from its upper left corner. */
export type Hands = {
  /** True if one finger or the main button paints; otherwise it moves the picture. */
  paints: boolean;
  /** The space bar is held: everything moves the picture. */
  grabs: () => boolean;
  paintStart: (at: Point) => void;
  paint: (points: Point[]) => void;
  paintEnd: () => void;
  paintCancel: () => void;
  pan: (dx: number, dy: number) => void;
  /** False if the picture cannot move further: then the page may scroll. */
  zoom: (factor: number, at: Point) => boolean;
  /** Null: the pointer left. */
  hover: (at: Point | null) => void;
};

type Mode = "none" | "paint" | "pan" | "pinch";

const MIDDLE = 1;
const LINE_PIXELS = 16;

/** Mouse, pen and fingers on an element: handlers to put on it. */
export function useGestures(element: RefObject<HTMLElement | null>, hands: Hands) {
  const pointers = useRef(new Map<number, Point>());
  const mode = useRef<Mode>("none");

  const wheel = useEffectEvent((event: WheelEvent) => {
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PIXELS : 1);
    // A pinch on a touchpad comes as a wheel with the control key, in small steps.
    const factor = Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0015));
    if (hands.zoom(factor, place(event, element.current)) || event.ctrlKey) {
      event.preventDefault();
    }
  });
  useEffect(() => {
    const target = element.current;
    // React's own wheel handlers cannot keep the page from scrolling.
    const listen = (event: WheelEvent) => wheel(event);
    target?.addEventListener("wheel", listen, { passive: false });
    return () => target?.removeEventListener("wheel", listen);
  }, [element]);

  const release = (event: PointerEvent) => {
    if (!pointers.current.delete(event.pointerId)) {
      return;
    }
    if (mode.current === "paint") {
      if (event.type === "pointercancel") {
        hands.paintCancel();
      } else {
        hands.paintEnd();
      }
    }
    // After a pinch, the remaining finger does nothing until it is lifted, too.
    mode.current = "none";
    if (event.pointerType === "touch") {
      hands.hover(null);
    }
  };

  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      const at = place(event, event.currentTarget);
      pointers.current.set(event.pointerId, at);
      event.currentTarget.setPointerCapture(event.pointerId);
      if (pointers.current.size > 1) {
        if (mode.current === "paint") {
          hands.paintCancel();
          hands.hover(null);
        }
        mode.current = "pinch";
        return;
      }
      if (event.button === MIDDLE) {
        // Otherwise the browser starts to scroll.
        event.preventDefault();
      }
      const paints = hands.paints && event.button === 0 && !hands.grabs();
      mode.current = paints ? "paint" : "pan";
      if (paints) {
        hands.hover(at);
        hands.paintStart(at);
      }
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const target = event.currentTarget;
      const at = place(event, target);
      const before = pointers.current.get(event.pointerId);
      if (!before) {
        hands.hover(at);
        return;
      }
      if (mode.current === "pinch") {
        const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
        if (other) {
          const [was, is] = [distance(before, other), distance(at, other)];
          // The midpoint of two fingers moves half as far as the one that moves.
          hands.pan((at.x - before.x) / 2, (at.y - before.y) / 2);
          hands.zoom(is / Math.max(1, was), { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 });
        }
      } else if (mode.current === "pan") {
        hands.pan(at.x - before.x, at.y - before.y);
      } else if (mode.current === "paint") {
        hands.hover(at);
        const all = event.nativeEvent.getCoalescedEvents?.() ?? [];
        hands.paint(all.length > 0 ? all.map((each) => place(each, target)) : [at]);
      }
      pointers.current.set(event.pointerId, at);
    },
    onPointerUp: release,
    onPointerCancel: release,
    onPointerLeave: () => hands.hover(null),
  };
}

function place({ clientX, clientY }: { clientX: number; clientY: number }, element: Element | null): Point {
  const box = element?.getBoundingClientRect();
  return { x: clientX - (box?.left ?? 0), y: clientY - (box?.top ?? 0) };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
