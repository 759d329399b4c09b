import { ImageIcon } from "lucide-react";
import { useEffect, useState } from "react";

import { useObjectUrl } from "./use-object-url";

/** In pixels: twice the displayed size, for screens with a high density. */
const SIDE = 112;
const made = new WeakMap<Blob, Promise<Blob | null>>();
/** One after the other: decoding fifty photos at once would take gigabytes. */
let queue: Promise<unknown> = Promise.resolve();

/** A small version of a picture. It has no alternative text, because the name is beside it. */
export function Thumbnail({ of }: { of: Blob | null }) {
  const [small, setSmall] = useState<Blob | null>(null);
  useEffect(() => {
    let wanted = true;
    void (of ? thumbnailOf(of) : Promise.resolve(null)).then((blob) => wanted && setSmall(blob));
    return () => {
      wanted = false;
    };
  }, [of]);
  const url = useObjectUrl(small);
  return (
    <span className="checkerboard border-line grid size-14 shrink-0 place-items-center overflow-hidden rounded-lg border">
      {url ? (
        <img src={url} alt="" draggable={false} className="size-full object-cover" />
      ) : (
        <ImageIcon aria-hidden className="text-muted size-5" />
      )}
    </span>
  );
}

function thumbnailOf(picture: Blob): Promise<Blob | null> {
  const before = made.get(picture);
  if (before) {
    return before;
  }
  const next = queue.then(() => scaled(picture)).catch(() => null);
  queue = next;
  made.set(picture, next);
  return next;
}

async function scaled(picture: Blob): Promise<Blob | null> {
  const pixels = await createImageBitmap(picture);
  const scale = Math.min(1, SIDE / Math.min(pixels.width, pixels.height));
  const canvas = new OffscreenCanvas(Math.ceil(pixels.width * scale), Math.ceil(pixels.height * scale));
  const context = canvas.getContext("2d");
  if (context) {
    context.imageSmoothingQuality = "high";
    context.drawImage(pixels, 0, 0, canvas.width, canvas.height);
  }
  pixels.close();
  return canvas.convertToBlob({ type: "image/png" });
}
