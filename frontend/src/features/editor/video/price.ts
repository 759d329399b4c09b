import { useConfig } from "@/api/get-config";

import type { VideoClip } from "./clip";
import { TOLERANCE_MS } from "./trim";

/** The duration that one credit pays for, until the service has told it. */
const MS_PER_CREDIT = 30_000;

/** The price of a part of a video in credits. If its duration is unknown, the price of the shortest part. */
export function priceOf(durationMs: number | null, msPerCredit: number): number {
  return Math.max(1, Math.ceil(((durationMs ?? 0) - TOLERANCE_MS) / msPerCredit));
}

/** The duration of the chosen part, in milliseconds; null while unknown. */
export function chosenMs({ part, shape, job }: Pick<VideoClip, "part" | "shape" | "job">): number | null {
  return part ? part.untilMs - part.fromMs : (shape?.durationMs ?? job?.video?.duration_ms ?? null);
}

/** The price of a video as it is chosen now, in credits. */
export function usePrice(clip: VideoClip): number {
  const { data: config } = useConfig();
  return priceOf(chosenMs(clip), config?.video.ms_per_credit ?? MS_PER_CREDIT);
}
