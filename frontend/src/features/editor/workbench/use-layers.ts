import { useEffect, useState } from "react";

import { loadLayers, type Layers } from "../pixels/layers";

type State = { layers: Layers | null; error: unknown };

/** Enough for every screen; more would only waste memory. Downloads are drawn in full size. */
const WORK_PIXELS = { desk: 16e6, phone: 6e6 };

/**
 * The decoded pictures to work on. While another cutout of the same picture is decoded (the full one after the
 * preview) the present one stays.
 */
export function useLayers(source: Blob | null, cutout: Blob): State {
  const [state, setState] = useState<State>({ layers: null, error: null });
  useEffect(() => {
    let wanted = true;
    const load = async () => {
      try {
        const layers = await loadLayers(source, cutout, { maxPixels: workPixels() });
        if (wanted) {
          setState({ layers, error: null });
        } else {
          layers.dispose();
        }
      } catch (error) {
        if (wanted) {
          setState({ layers: null, error });
        }
      }
    };
    void load();
    return () => {
      wanted = false;
    };
  }, [source, cutout]);
  const { layers } = state;
  // Not sooner than the next ones are shown.
  useEffect(() => () => layers?.dispose(), [layers]);
  return state;
}

function workPixels(): number {
  return matchMedia("(pointer: coarse)").matches ? WORK_PIXELS.phone : WORK_PIXELS.desk;
}
