import type { Shape } from "./clip";

/** A player that says nothing for so long will not. */
const PATIENCE_MS = 8_000;

/** How long and how large a video is, as the browser's player says; null where it cannot play it. */
export async function readShape(file: Blob): Promise<Shape | null> {
  const url = URL.createObjectURL(file);
  const player = document.createElement("video");
  player.preload = "metadata";
  player.muted = true;
  try {
    const loaded = happens(player, "loadedmetadata");
    player.src = url;
    await loaded;
    if (!Number.isFinite(player.duration)) {
      // What a browser has recorded says no length: it is found by going to the end.
      const known = happens(player, "durationchange", () => Number.isFinite(player.duration));
      player.currentTime = Number.MAX_SAFE_INTEGER;
      await known;
    }
    const { duration, videoWidth, videoHeight } = player;
    const plays = duration > 0 && videoWidth > 0;
    return plays ? { durationMs: Math.round(duration * 1000), width: videoWidth, height: videoHeight } : null;
  } catch {
    return null;
  } finally {
    player.removeAttribute("src");
    player.load();
    URL.revokeObjectURL(url);
  }
}

function happens(player: HTMLVideoElement, event: string, enough = () => true): Promise<void> {
  return new Promise((resolve, reject) => {
    const lost = () => reject(new Error("This browser cannot play it."));
    player.addEventListener(event, () => enough() && resolve());
    player.addEventListener("error", lost, { once: true });
    setTimeout(lost, PATIENCE_MS);
  });
}
