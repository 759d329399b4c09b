import type { components } from "@/api/schema";

type Config = components["schemas"]["Config"];

/** The formatted limits of the free plan. Undefined if there is no such plan. */
export function limitsOf({ plans, picture_types }: Config, language: string) {
  const plan = plans[0];
  if (!plan) {
    return undefined;
  }
  const write = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  return {
    images: write.format(plan.images_per_month),
    megapixels: write.format(plan.megapixels),
    megabytes: write.format(plan.upload_bytes / 1_000_000),
    videos: write.format(plan.videos_per_month),
    videoSeconds: write.format(plan.video_seconds),
    videoMegabytes: write.format(plan.video_bytes / 1_000_000),
    together: write.format(plan.jobs_at_once),
    types: new Intl.ListFormat(language, { type: "disjunction" }).format(picture_types.map(typeName)),
  };
}

/** `image/jpeg` as people call it. */
function typeName(type: string): string {
  const name = type.replace("image/", "");
  return name === "webp" ? "WebP" : name.toUpperCase();
}
