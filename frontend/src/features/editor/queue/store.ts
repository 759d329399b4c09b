import { createStore } from "zustand/vanilla";

import type { Failure } from "../model";
import type { Entry } from "./entry";

/** The reason why waiting pictures are not started. */
export type Hold =
  | { why: "quota"; failure: Failure; allowance: number | null; renewsAt: string | null }
  | { why: "session" }
  | { why: "preview"; failure: Failure };

/** A refused file, with the reason as a text. */
export type Refusal = { name: string; text: string };

export type QueueState = {
  entries: readonly Entry[];
  selectedId: string | null;
  hold: Hold | null;
  refusals: readonly Refusal[];
  /** True if the browser had no space to store everything. */
  unkept: boolean;
};

export type QueueStore = ReturnType<typeof createQueueStore>;

const EMPTY: QueueState = { entries: [], selectedId: null, hold: null, refusals: [], unkept: false };

/** The pictures of the editor. It changes nothing by itself: the runner and the page do. */
export function createQueueStore() {
  const store = createStore<QueueState>(() => EMPTY);
  const { getState: get, setState: set } = store;
  return {
    ...store,
    entry: (id: string): Entry | undefined => get().entries.find((entry) => entry.id === id),
    /** Adds entries at the end. Selects the first one if requested, or if nothing is selected. */
    add: (entries: readonly Entry[], select?: "select"): void =>
      set((state) => {
        const first = entries[0]?.id ?? null;
        const selectedId = select ? (first ?? state.selectedId) : (state.selectedId ?? first);
        return { entries: [...state.entries, ...entries], selectedId };
      }),
    patch: (id: string, change: Partial<Entry>): void =>
      set(({ entries }) => ({
        entries: entries.map((entry) => (entry.id === id ? { ...entry, ...change } : entry)),
      })),
    /** Applies the edits of one entry to all others, which keep their own strokes. */
    lookForAll: (id: string): void =>
      set((state) => {
        const model = state.entries.find((entry) => entry.id === id);
        if (!model) {
          return state;
        }
        const alike = (entry: Entry) => {
          const { strokes, undone } = entry.edits;
          return { ...entry, edits: { ...model.edits, strokes, undone } };
        };
        return { entries: state.entries.map((entry) => (entry.id === id ? entry : alike(entry))) };
      }),
    /** Removes an entry. If it was selected, its neighbor is selected. */
    remove: (id: string): void =>
      set(({ entries, selectedId }) => {
        const place = entries.findIndex((entry) => entry.id === id);
        const left = entries.filter((entry) => entry.id !== id);
        const next = left[Math.min(place, left.length - 1)]?.id ?? null;
        return { entries: left, selectedId: selectedId === id ? next : selectedId };
      }),
    select: (id: string): void => set({ selectedId: id }),
    refuse: (refusals: readonly Refusal[]): void => set({ refusals }),
    clear: (): void => set(EMPTY),
  };
}
