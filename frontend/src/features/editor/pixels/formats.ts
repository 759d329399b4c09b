type Row = {
  /** Its name in the API; null if it has none of its own there. */
  name: "png" | "webp" | "jpg" | "zip" | null;
  /** Without a dot. */
  extension: string;
  mediaType: string;
  /** What lies under the picture where the format has no transparency. */
  ground: string | null;
  /** 0 to 1, if nobody chooses another; null where nothing is lost. */
  quality: number | null;
};

/** The quality of lossy files if nobody chooses another, as the API has it. */
export const QUALITY = 0.9;

/**
 * Every file that the editor writes. `matte`: the transparency as a grey picture. `zip`: colours and matte as two
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
