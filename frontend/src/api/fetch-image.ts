import type { components } from "@/api/schema";
import { pictureAnswer } from "@/lib/picture-answer";

/** Fetches a picture by its address through the API. The browser may not read the pictures of other sites. */
export const fetchImage = (
  link: components["schemas"]["FetchImageRequest"],
  signal?: AbortSignal,
): Promise<Blob> =>
  pictureAnswer(
    new Request("/api/fetch-image", {
      method: "POST",
      body: JSON.stringify(link),
      headers: { "content-type": "application/json" },
      signal: signal ?? null,
    }),
  );
