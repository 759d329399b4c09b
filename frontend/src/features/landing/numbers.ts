import type { components } from "@/api/schema";

type Config = components["schemas"]["Config"];

/** The limits of the default plan, formatted. Undefined if there are no plans. */
export function limitsOf({ plans, image_types }: Config, language: string) {
  const plan = plans[0];
  if (!plan) {
    return undefined;
  }
  const write = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  return {
    images: write.format(plan.images_per_month),
    megapixels: write.format(plan.max_megapixels),
    megabytes: write.format(plan.max_image_bytes / 1_000_000),
    videos: write.format(plan.videos_per_month),
    videoSeconds: write.format(plan.max_video_seconds),
    videoMegabytes: write.format(plan.max_video_bytes / 1_000_000),
    together: write.format(plan.max_open_jobs),
    types: new Intl.ListFormat(language, { type: "disjunction" }).format(image_types.map(typeName)),
  };
}

/** The usual name of a picture type: “JPEG” for `image/jpeg`. */
function typeName(type: string): string {
  const name = type.replace("image/", "");
  return name === "webp" ? "WebP" : name.toUpperCase();
}
