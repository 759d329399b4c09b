import { useEffect, useState } from "react";

import type { Background } from "../model";
import { freeBackdrop, loadBackdrop, type Backdrop } from "../pixels/background";
import type { Layers } from "../pixels/layers";

const NONE: Backdrop = { kind: "none" };

/** The decoded background. The previous one stays until it is ready; one that cannot be decoded is omitted. */
export function useBackdrop(background: Background, layers: Layers): Backdrop {
  const [state, setState] = useState({ backdrop: NONE, layers });
  useEffect(() => {
    let wanted = true;
    const load = async () => {
      const backdrop = await loadBackdrop(background, layers).catch(() => NONE);
      if (wanted) {
        setState({ backdrop, layers });
      } else {
        freeBackdrop(backdrop, layers);
      }
    };
    void load();
    return () => {
      wanted = false;
    };
  }, [background, layers]);
  useEffect(() => () => freeBackdrop(state.backdrop, state.layers), [state]);
  // A blur of other layers has been freed with them.
  return state.layers === layers || state.backdrop.kind !== "under" ? state.backdrop : NONE;
}
