import type { PictureType } from "../queue/entry";

export type Size = { width: number; height: number };

/** In a JPEG, the metadata of a camera, with an embedded preview, can come before the size. */
const HEAD = 512 * 1024;

/**
 * Reads the size of a picture in pixels from its header; null if the header does not contain it. Decoding fifty
 * megapixels only to refuse them would take the memory that the limit saves.
 */
export async function pictureSize(file: Blob, type: PictureType): Promise<Size | null> {
  const view = new DataView(await file.slice(0, HEAD).arrayBuffer());
  try {
    const size = READERS[type](view);
    return size && size.width > 0 && size.height > 0 ? size : null;
  } catch (error) {
    if (error instanceof RangeError) {
      // The header is truncated. Decoding the picture will report that.
      return null;
    }
    throw error;
  }
}

const READERS: Record<PictureType, (view: DataView) => Size | null> = {
  "image/png": (view) => ({ width: view.getUint32(16), height: view.getUint32(20) }),
  "image/gif": (view) => ({ width: view.getUint16(6, true), height: view.getUint16(8, true) }),
  "image/bmp": bmp,
  "image/jpeg": jpeg,
  "image/webp": webp,
  "image/tiff": tiff,
};

function bmp(view: DataView): Size {
  // The oldest header has 16-bit numbers. In newer ones, a negative height means “top down”.
  return view.getUint32(14, true) === 12
    ? { width: view.getUint16(18, true), height: view.getUint16(20, true) }
    : { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) };
}

function jpeg(view: DataView): Size | null {
  let at = 2;
  while (view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    // All start-of-frame markers. C4, C8 and CC are in the same range, but are other markers.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

function webp(view: DataView): Size | null {
  switch (view.getUint32(12)) {
    // "VP8X": the size of the canvas minus one, in three bytes each.
    case 0x56503858:
      return {
        width: (view.getUint32(24, true) & 0xffffff) + 1,
        height: (view.getUint32(26, true) >>> 8) + 1,
      };
    // "VP8L": the size minus one, in fourteen bits each.
    case 0x5650384c: {
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    // "VP8 ": the size in fourteen bits each, after the start code of the frame.
    case 0x56503820:
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    default:
      return null;
  }
}

const TIFF_WIDTH = 256;
const TIFF_HEIGHT = 257;

function tiff(view: DataView): Size | null {
  const little = view.getUint8(0) === 0x49;
  if (view.getUint16(2, little) !== 42) {
    return null;
  }
  const directory = view.getUint32(4, little);
  const size: Size = { width: 0, height: 0 };
  for (let entry = 0; entry < view.getUint16(directory, little); entry += 1) {
    const at = directory + 2 + entry * 12;
    const tag = view.getUint16(at, little);
    if (tag === TIFF_WIDTH || tag === TIFF_HEIGHT) {
      const short = view.getUint16(at + 2, little) === 3;
      const value = short ? view.getUint16(at + 8, little) : view.getUint32(at + 8, little);
      size[tag === TIFF_WIDTH ? "width" : "height"] = value;
    }
  }
  return size;
}
