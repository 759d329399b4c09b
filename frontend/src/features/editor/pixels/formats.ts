type Row = {
  /** The name in the API; null if the API has no such format. */
  name: "png" | "webp" | "jpg" | "zip" | null;
  /** Without a dot. */
  extension: string;
  mediaType: string;
  /** The background of a format without transparency. */
  ground: string | null;
  /** The default quality, 0 to 1; null for lossless formats. */
  quality: number | null;
};

/** The default quality of lossy files, the same as in the API. */
export const QUALITY = 0.9;

/**
 * The formats that the editor writes. `matte`: the transparency as a gray picture. `zip`: colors and matte as two
 * files; as the matte, it takes strokes and crop into account, but no background and no shadow.
 */
export const formats = {
  png: { name: "png", extension: "png", mediaType: "image/png", ground: null, quality: null },
  webp: { name: "webp", extension: "webp", mediaType: "image/webp", ground: null, quality: QUALITY },
  jpeg: { name: "jpg", extension: "jpg", mediaType: "image/jpeg", ground: "#ffffff", quality: QUALITY },
  matte: { name: null, extension: "png", mediaType: "image/png", ground: null, quality: null },
  zip: { name: "zip", extension: "zip", mediaType: "application/zip", ground: null, quality: QUALITY },
} as const satisfies Record<string, Row>;

export type ExportFormat = keyof typeof formats;
