import { fetchPicture } from "@/lib/fetch-picture";

/** A small cutout without an account: WebP with alpha, at most 1,024 pixels on its longer side. */
export const previewCutout = (picture: Blob, signal?: AbortSignal): Promise<Blob> =>
  fetchPicture(
    new Request("/api/preview", {
      method: "POST",
      body: picture,
      headers: { "content-type": picture.type },
      signal: signal ?? null,
    }),
  );
