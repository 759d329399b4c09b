import type { components } from "@/api/schema";
import { fetchPicture } from "@/lib/fetch-picture";

/** Fetches a picture by its address through the API. The browser may not read the pictures of other sites. */
export const fetchImage = (
  link: components["schemas"]["FetchImageRequest"],
  signal?: AbortSignal,
): Promise<Blob> =>
  fetchPicture(
    new Request("/api/fetch-image", {
      method: "POST",
      body: JSON.stringify(link),
      headers: { "content-type": "application/json" },
      signal: signal ?? null,
    }),
  );
