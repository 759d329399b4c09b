import type { Shape } from "./clip";

/** The time after which a player without a response counts as failed. */
const TIMEOUT_MS = 8_000;

/** The length and size of a video according to the browser's player; null if it cannot play it. */
export async function readShape(file: Blob): Promise<Shape | null> {
  const url = URL.createObjectURL(file);
  const player = document.createElement("video");
  player.preload = "metadata";
  player.muted = true;
  try {
    const loaded = waitForEvent(player, "loadedmetadata");
    player.src = url;
    await loaded;
    if (!Number.isFinite(player.duration)) {
      // Recordings of a browser have no length: seeking to the end determines it.
      const known = waitForEvent(player, "durationchange", () => Number.isFinite(player.duration));
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

function waitForEvent(player: HTMLVideoElement, event: string, enough = () => true): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error("This browser cannot play it."));
    player.addEventListener(event, () => enough() && resolve());
    player.addEventListener("error", fail, { once: true });
    setTimeout(fail, TIMEOUT_MS);
  });
}
