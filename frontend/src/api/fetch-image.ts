import type { components } from "@/api/schema";
import { pictureAnswer } from "@/lib/picture-answer";

/** The picture behind a link that the browser may not read itself. */
export const fetchImage = (link: components["schemas"]["PictureLink"], signal?: AbortSignal): Promise<Blob> =>
  pictureAnswer(
    new Request("/api/fetch-image", {
      method: "POST",
      body: JSON.stringify(link),
      headers: { "content-type": "application/json" },
      signal: signal ?? null,
    }),
  );
