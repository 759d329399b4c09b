import { createStore } from "zustand/vanilla";

import type { VideoClip } from "./clip";

export type VideoState = {
  clips: readonly VideoClip[];
  /** Files from the front page that were too large to be transferred. */
  oversizedFiles: readonly { name: string; size: number }[];
};

export type VideoStore = ReturnType<typeof createVideoStore>;

const EMPTY: VideoState = { clips: [], oversizedFiles: [] };

/** The videos of the editor. It changes nothing by itself: the runner and the page do. */
export function createVideoStore() {
  const store = createStore<VideoState>(() => EMPTY);
  const { getState: get, setState: set } = store;
  return {
    ...store,
    clip: (id: string): VideoClip | undefined => get().clips.find((clip) => clip.id === id),
    /** Adds them at the beginning: the newest comes first. */
    add: (clips: readonly VideoClip[]): void => set((state) => ({ clips: [...clips, ...state.clips] })),
    patch: (id: string, change: Partial<VideoClip>): void =>
      set(({ clips }) => ({ clips: clips.map((clip) => (clip.id === id ? { ...clip, ...change } : clip)) })),
    remove: (id: string): void => set(({ clips }) => ({ clips: clips.filter((clip) => clip.id !== id) })),
    clear: (): void => set(EMPTY),
  };
}
