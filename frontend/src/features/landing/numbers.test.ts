import { expect, test } from "vitest";

import { limitsOf } from "./numbers";

const config = {
  plans: [
    {
      name: "free",
      images_per_month: 1200,
      videos_per_month: 3,
      max_video_seconds: 30,
      max_video_bytes: 500_000_000,
      max_image_bytes: 22_500_000,
      max_megapixels: 50,
      max_open_jobs: 10,
    },
  ],
  image_types: ["image/jpeg", "image/png", "image/webp"],
} as unknown as Parameters<typeof limitsOf>[0];

test("limits have the format of the language", () => {
  expect(limitsOf(config, "en")).toEqual({
    images: "1,200",
    megapixels: "50",
    megabytes: "22.5",
    videos: "3",
    videoSeconds: "30",
    videoMegabytes: "500",
    together: "10",
    types: "JPEG, PNG, or WebP",
  });
  expect(limitsOf(config, "fr")).toMatchObject({
    images: "1\u202f200",
    megabytes: "22,5",
    types: "JPEG, PNG ou WebP",
  });
});

test("a service without plans has no limits to show", () => {
  expect(limitsOf({ ...config, plans: [] }, "en")).toBeUndefined();
});
