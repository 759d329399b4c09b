import { useState } from "react";

import { readLocal, writeLocal } from "@/lib/session";

export type View = "grid" | "list";
const KEY = "history-view";

/** Grid or list, remembered in this browser. */
export function useView(): [View, (view: View) => void] {
  const [view, setView] = useState<View>(() => (readLocal(KEY) === "list" ? "list" : "grid"));
  const change = (wanted: View) => {
    setView(wanted);
    writeLocal(KEY, wanted === "grid" ? null : wanted);
  };
  return [view, change];
}
