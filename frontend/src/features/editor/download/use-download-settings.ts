import { useState } from "react";

import { readLocal, writeLocal } from "@/lib/session";

import { formats, QUALITY as USUAL_QUALITY } from "../pixels/formats";
import type { DownloadSettings } from "./make-file";

const FORMAT = "editor-format";
const QUALITY = "editor-quality";

/** The format and quality of downloads, as they were chosen the last time. */
export function useDownloadSettings(): [DownloadSettings, (settings: DownloadSettings) => void] {
  const [settings, setSettings] = useState<DownloadSettings>(remembered);
  return [
    settings,
    (next) => {
      writeLocal(FORMAT, next.format);
      writeLocal(QUALITY, String(next.quality));
      setSettings(next);
    },
  ];
}

function remembered(): DownloadSettings {
  const format = readLocal(FORMAT) ?? "";
  const quality = Number(readLocal(QUALITY));
  return {
    format: format in formats ? (format as DownloadSettings["format"]) : "png",
    quality: quality > 0 && quality <= 1 ? quality : USUAL_QUALITY,
  };
}
