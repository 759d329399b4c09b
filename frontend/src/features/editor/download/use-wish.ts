import { useState } from "react";

import { readLocal, writeLocal } from "@/lib/session";

import { formats, QUALITY as USUAL_QUALITY } from "../pixels/formats";
import type { Wish } from "./make-file";

const FORMAT = "editor-format";
const QUALITY = "editor-quality";

/** The format and quality of downloads, as they were chosen the last time. */
export function useWish(): [Wish, (wish: Wish) => void] {
  const [wish, setWish] = useState<Wish>(remembered);
  return [
    wish,
    (next) => {
      writeLocal(FORMAT, next.format);
      writeLocal(QUALITY, String(next.quality));
      setWish(next);
    },
  ];
}

function remembered(): Wish {
  const format = readLocal(FORMAT) ?? "";
  const quality = Number(readLocal(QUALITY));
  return {
    format: format in formats ? (format as Wish["format"]) : "png",
    quality: quality > 0 && quality <= 1 ? quality : USUAL_QUALITY,
  };
}
