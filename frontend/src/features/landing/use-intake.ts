import { useCallback, useEffect, useState } from "react";

import type { Sample } from "@/lib/samples";

import { forEditor, openEditor, fittingAmong, sampleFile, preloadEditor } from "./intake";

export type IntakeState = "idle" | "dragging" | "opening" | "notAPicture" | "sampleFailed";

/** Accepts pictures and videos anywhere on the page: dropped, pasted, chosen, or a sample. */
export function useIntake() {
  const [state, setState] = useState<IntakeState>("idle");

  const take = useCallback((files: Iterable<File>) => {
    // The browser empties the list of dropped files after the event.
    const given = [...files];
    if (fittingAmong(given).length === 0) {
      setState("notAPicture");
      return;
    }
    setState("opening");
    void openEditor(forEditor(given));
  }, []);

  const takeSample = useCallback(async (sample: Sample) => {
    setState("opening");
    try {
      await openEditor([await sampleFile(sample)]);
    } catch {
      setState("sampleFailed");
    }
  }, []);

  useEffect(() => {
    // Entering a child element also leaves its parent, so both events are counted.
    let inside = 0;
    const listeners: Partial<{ [Name in keyof DocumentEventMap]: (event: DocumentEventMap[Name]) => void }> =
      {
        dragenter: (event) => {
          if (hasFiles(event)) {
            inside += 1;
            setState("dragging");
            void preloadEditor();
          }
        },
        dragover: (event) => {
          if (hasFiles(event)) {
            event.preventDefault();
          }
        },
        dragleave: (event) => {
          if (hasFiles(event)) {
            inside -= 1;
            setState((now) => (inside <= 0 && now === "dragging" ? "idle" : now));
          }
        },
        drop: (event) => {
          if (hasFiles(event)) {
            event.preventDefault();
            inside = 0;
            take(event.dataTransfer?.files ?? []);
          }
        },
        paste: (event) => {
          const files = event.clipboardData?.files;
          if (files?.length) {
            event.preventDefault();
            take(files);
          }
        },
      };
    // After returning from the editor, the browser may show the page in its last state.
    const shown = () => setState("idle");
    for (const [name, listener] of Object.entries(listeners)) {
      document.addEventListener(name, listener as EventListener);
    }
    addEventListener("pageshow", shown);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) {
        document.removeEventListener(name, listener as EventListener);
      }
      removeEventListener("pageshow", shown);
    };
  }, [take]);

  return { state, take, takeSample };
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}
