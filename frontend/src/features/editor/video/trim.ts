/** A part of a video, in milliseconds from its first frame. */
export type Part = { fromMs: number; untilMs: number };

/** Its bounds: the length of the video, and the allowed length of the part. */
export type Bounds = { durationMs: number; limitMs: number };

/** The shortest part. */
export const SHORTEST_MS = 200;
/** The same tolerance as the service: a file cut to thirty seconds is often a frame longer. */
export const TOLERANCE_MS = 100;

/** The initial part: the whole video, or the allowed length from its start. */
export function firstPart({ durationMs, limitMs }: Bounds): Part {
  return { fromMs: 0, untilMs: isTooLong({ durationMs, limitMs }) ? limitMs : durationMs };
}

/** True if the video must be trimmed. */
export function isTooLong({ durationMs, limitMs }: Bounds): boolean {
  return durationMs > limitMs + TOLERANCE_MS;
}

/** The part with another start. Its end moves to stay after the start and within the limit. */
export function withStart({ untilMs }: Part, wantedMs: number, bounds: Bounds): Part {
  const fromMs = clamp(wantedMs, 0, Math.max(0, bounds.durationMs - SHORTEST_MS));
  return { fromMs, untilMs: clamp(untilMs, least(fromMs, bounds), most(fromMs, bounds)) };
}

/** The part with another end. Its start moves in the same way. */
export function withEnd({ fromMs }: Part, wantedMs: number, bounds: Bounds): Part {
  const untilMs = clamp(wantedMs, Math.min(SHORTEST_MS, bounds.durationMs), bounds.durationMs);
  const earliest = isWhole(untilMs - fromMs, bounds) ? 0 : Math.max(0, untilMs - bounds.limitMs);
  return { fromMs: clamp(fromMs, earliest, Math.max(0, untilMs - SHORTEST_MS)), untilMs };
}

/** The options for the service. The end of the video needs no number, which could be a frame off. */
export function rangeOf({ fromMs, untilMs }: Part, durationMs: number | null) {
  const toTheEnd = durationMs !== null && untilMs >= durationMs;
  return { from_ms: Math.round(fromMs), until_ms: toTheEnd ? null : Math.round(untilMs) };
}

const least = (fromMs: number, { durationMs }: Bounds) => Math.min(durationMs, fromMs + SHORTEST_MS);

const most = (fromMs: number, bounds: Bounds) =>
  isWhole(bounds.durationMs - fromMs, bounds)
    ? bounds.durationMs
    : Math.min(bounds.durationMs, fromMs + bounds.limitMs);

/** True if the length is allowed, with the service's tolerance of a few frames. */
const isWhole = (lengthMs: number, { limitMs }: Bounds) => lengthMs <= limitMs + TOLERANCE_MS;

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** A position in a video, as players show it: `0:07.5`, `1:02:03.0`. */
export function clockOf(ms: number): string {
  const tenths = Math.round(ms / 100);
  const [hours, minutes] = [Math.floor(tenths / 36_000), Math.floor(tenths / 600) % 60];
  const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}
