import { useEffect, useEffectEvent, type KeyboardEvent } from "react";

import type { Edits } from "../model";
import { redo, undo } from "../pixels/history";
import { nextBrushSize, useTools } from "./tools";

/**
 * Keys of the workbench. Undo and redo work everywhere on the page; single letters only while the focus is
 * in the workbench (WCAG 2.1.4).
 */
export function useShortcuts(edits: Edits, hasOriginal: boolean, onEdits: (edits: Edits) => void) {
  const { size, set } = useTools();

  const undoOrRedo = useEffectEvent((event: globalThis.KeyboardEvent) => {
    const key = event.key.toLowerCase();
    if ((!event.ctrlKey && !event.metaKey) || event.altKey || isTyping(event.target)) {
      return;
    }
    const next = key === "y" || (key === "z" && event.shiftKey) ? redo : key === "z" ? undo : null;
    if (next && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      const changed = next(edits);
      if (changed !== edits) {
        onEdits(changed);
      }
    }
  });
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => undoOrRedo(event);
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);

  return (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) {
      return;
    }
    switch (event.key) {
      case "b":
      case "B":
        set(hasOriginal ? { panel: "brush", tool: "keep" } : { panel: "brush" });
        break;
      case "e":
      case "E":
        set({ panel: "brush", tool: "remove" });
        break;
      case "[":
        set({ size: nextBrushSize(size, -1) });
        break;
      case "]":
        set({ size: nextBrushSize(size, 1) });
        break;
      default:
        return;
    }
    event.preventDefault();
  };
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && target.type !== "range") ||
    (target instanceof HTMLElement && target.isContentEditable)
  );
}
