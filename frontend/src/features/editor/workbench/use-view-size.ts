import { useLayoutEffect, useState, type RefObject } from "react";

import type { Size } from "../pixels/geometry";

/** A view in pixels of the device, and how many of them make one of CSS. */
export type ViewSize = Size & { ratio: number };

/** The size of an element; null while unknown. */
export function useViewSize(element: RefObject<HTMLElement | null>): ViewSize | null {
  const [size, setSize] = useState<ViewSize | null>(null);
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) {
      return;
    }
    const measure = () => {
      const ratio = devicePixelRatio;
      const width = Math.max(1, Math.round(target.clientWidth * ratio));
      const height = Math.max(1, Math.round(target.clientHeight * ratio));
      setSize((before) =>
        before?.width === width && before.height === height && before.ratio === ratio
          ? before
          : { width, height, ratio },
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return size;
}
