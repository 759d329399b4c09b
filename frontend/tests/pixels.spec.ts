import { readFileSync } from "node:fs";
import path from "node:path";

import { expect, test } from "@playwright/test";
import { createServer, type ViteDevServer } from "vite";

import { editsFor, pictures } from "../src/features/editor/pixels/composition-cases";
import type * as Layering from "../src/features/editor/pixels/layers";
import type * as Exporting from "../src/features/editor/pixels/export";
import type { ExportFormat } from "../src/features/editor/pixels/formats";
import { noEdits, type Edits, type Stroke } from "../src/features/editor/model";

// What the editor writes into files, pixel by pixel. jsdom has no canvas, so this runs the modules themselves
// in the browser, without the site around them.

const EDITOR = "/src/features/editor";
/** The made-up picture: noise, of which a rectangle is the subject, with a border that is half transparent. */
const PICTURE = { width: 300, height: 200 };
const SUBJECT = { x: 40, y: 30, width: 100, height: 120 };
const EDGE = 6;

/** Red, green, blue, alpha, row by row. `packed` is how they come out of the browser: in base64, which is quick. */
type Packed = { width: number; height: number; packed: string };
type Pixels = { width: number; height: number; data: Buffer };

/** Put on the page's window by `blank.html`. */
declare global {
  interface Window {
    made: { original: Blob; cutout: Blob; originalPixels: Packed; cutoutPixels: Packed };
    read: (blob: Blob) => Promise<Packed>;
    layering: typeof Layering;
    exporting: typeof Exporting;
  }
}

let server: ViteDevServer;

test.beforeAll(async () => {
  server = await createServer({
    root: path.resolve(import.meta.dirname, ".."),
    // Its own, so that it does not disturb a development server that runs beside it.
    cacheDir: "node_modules/.vite-pixels",
    // What is found while a page is open makes the page load again.
    optimizeDeps: { noDiscovery: true, include: ["fflate"] },
    server: { port: 0, host: "127.0.0.1", hmr: false },
    logLevel: "error",
  });
  await server.listen();
});

test.afterAll(() => server.close());

test.beforeEach(async ({ page }) => {
  const origin = server.resolvedUrls?.local[0] ?? "";
  await page.route("**/blank.html", (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html><title>Pixels</title>" }),
  );
  await page.goto(`${origin}blank.html`);
  await page.evaluate(
    async ({ folder, size, subject, edge }) => {
      const layers = `${folder}/pixels/layers.ts`;
      const exports = `${folder}/pixels/export.ts`;
      window.layering = await import(layers);
      window.exporting = await import(exports);
      const sheet = (width: number, height: number) => {
        const canvas = document.createElement("canvas");
        Object.assign(canvas, { width, height });
        const pen = canvas.getContext("2d", { willReadFrequently: true });
        if (!pen) {
          throw new Error("No canvas");
        }
        return { canvas, pen };
      };
      window.read = async (blob) => {
        const bitmap = await createImageBitmap(blob);
        const { pen } = sheet(bitmap.width, bitmap.height);
        pen.drawImage(bitmap, 0, 0);
        const { width, height, data } = pen.getImageData(0, 0, bitmap.width, bitmap.height);
        const bytes = new Uint8Array(data);
        let text = "";
        for (let start = 0; start < bytes.length; start += 4096) {
          text += String.fromCharCode(...bytes.subarray(start, start + 4096));
        }
        return { width, height, packed: btoa(text) };
      };
      const file = async (data: Uint8ClampedArray<ArrayBuffer>) => {
        const { canvas, pen } = sheet(size.width, size.height);
        pen.putImageData(new ImageData(data, size.width, size.height), 0, 0);
        const blob = await new Promise<Blob | null>((resolve) => {
          canvas.toBlob(resolve);
        });
        if (!blob) {
          throw new Error("No file");
        }
        return blob;
      };
      const original = new Uint8ClampedArray(size.width * size.height * 4);
      let seed = 1;
      for (let index = 0; index < original.length; index += 1) {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        original[index] = index % 4 === 3 ? 255 : seed >>> 16;
      }
      const cutout = original.slice();
      for (let y = 0; y < size.height; y += 1) {
        for (let x = 0; x < size.width; x += 1) {
          const depth = Math.min(
            x - subject.x,
            y - subject.y,
            subject.x + subject.width - 1 - x,
            subject.y + subject.height - 1 - y,
          );
          cutout[(y * size.width + x) * 4 + 3] = depth < 0 ? 0 : depth < edge ? 128 : 255;
        }
      }
      const files = { original: await file(original), cutout: await file(cutout) };
      window.made = {
        ...files,
        originalPixels: await window.read(files.original),
        cutoutPixels: await window.read(files.cutout),
      };
    },
    { folder: EDITOR, size: PICTURE, subject: SUBJECT, edge: EDGE },
  );
});

/** A dab in the middle of a pixel. */
function dab(tool: Stroke["tool"], x: number, y: number, softness = 0): Stroke {
  return {
    tool,
    size: 20 / PICTURE.width,
    softness,
    points: [[(x + 0.5) / PICTURE.width, (y + 0.5) / PICTURE.height]],
  };
}

type Result = { result: Pixels; original: Buffer; cutout: Buffer; type: string };

function unpacked({ width, height, packed }: Packed): Pixels {
  return { width, height, data: Buffer.from(packed, "base64") };
}

/** The exported file, read again, and what it was made from. */
async function exported(
  page: import("@playwright/test").Page,
  edits: Partial<Edits>,
  format: ExportFormat,
): Promise<Result> {
  const { result, original, cutout, type } = await page.evaluate(
    async ({ edits: wanted, format: as }) => {
      const { made } = window;
      const layers = await window.layering.loadLayers(made.original, made.cutout);
      const blob = await window.exporting.exportPicture(layers, wanted as Edits, { format: as });
      layers.dispose();
      return {
        result: await window.read(blob),
        original: made.originalPixels,
        cutout: made.cutoutPixels,
        type: blob.type,
      };
    },
    { edits: { ...noEdits, ...edits }, format },
  );
  return {
    result: unpacked(result),
    original: unpacked(original).data,
    cutout: unpacked(cutout).data,
    type,
  };
}

function at(data: Buffer, x: number, y: number, width = PICTURE.width): number[] {
  return [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
}

/** One channel of every pixel; the last is the alpha. */
function alphas(data: Buffer, channel = 3): number[] {
  return [...data].filter((_, index) => index % 4 === channel);
}

/** How many pixels of those that `which` names differ between two pictures of the same size. */
function different(a: Buffer, b: Buffer, which: (alpha: number) => boolean): number {
  let count = 0;
  for (let index = 0; index < b.length; index += 4) {
    const same = [0, 1, 2, 3].every((channel) => a[index + channel] === b[index + channel]);
    count += which(b[index + 3] ?? 0) && !same ? 1 : 0;
  }
  return count;
}

test("without edits every pixel of the PNG is that of the cutout", async ({ page }) => {
  const { result, cutout, type } = await exported(page, {}, "png");
  expect(type).toBe("image/png");
  expect([result.width, result.height]).toEqual([PICTURE.width, PICTURE.height]);
  expect(different(result.data, cutout, () => true)).toBe(0);
});

/** For each part of the model, a value that changes the picture. A new part does not compile without one. */
const changes: Omit<Edits, "undone"> = {
  background: { kind: "color", color: "#1e3a5f" },
  shadow: { opacity: 50, blur: 1, dx: 5, dy: 5 },
  crop: { margin: 0 },
  strokes: [dab("remove", 90, 90)],
};

for (const [name, value] of Object.entries(changes)) {
  test(`the edit “${name}” changes the file`, async ({ page }) => {
    const { result, cutout } = await exported(page, { [name]: value }, "png");
    expect(result.data.equals(cutout)).toBe(false);
  });
}

test("a stroke that erases leaves nothing at its middle and touches nothing beyond its edge", async ({
  page,
}) => {
  const { result, cutout } = await exported(page, { strokes: [dab("remove", 90, 90)] }, "png");
  expect(at(result.data, 90, 90)).toEqual([0, 0, 0, 0]);
  expect(at(result.data, 98, 90)[3]).toBe(0);
  expect(at(result.data, 102, 90)).toEqual(at(cutout, 102, 90));
  const [before, after] = [alphas(cutout), alphas(result.data)];
  const changed = before.filter((alpha, index) => alpha !== after[index]).length;
  // The area of a circle of radius 10, give or take its rim.
  expect(changed).toBeGreaterThan(290);
  expect(changed).toBeLessThan(360);
});

test("a soft stroke fades towards its edge and is even where it crosses itself", async ({ page }) => {
  const stroke = { ...dab("remove", 60, 90, 1), size: 40 / PICTURE.width };
  const across = {
    ...stroke,
    points: [...stroke.points, [121 / 300, 0.4525], ...stroke.points] as Stroke["points"],
  };
  const once = await exported(page, { strokes: [{ ...across, points: across.points.slice(0, 2) }] }, "png");
  const twice = await exported(page, { strokes: [across] }, "png");
  expect(different(once.result.data, twice.result.data, () => true)).toBe(0);
  const column = [90, 95, 100, 105, 110].map((y) => at(once.result.data, 90, y)[3] ?? 0);
  expect(column).toEqual(column.toSorted((a, b) => a - b));
  expect(column[2]).toBeGreaterThan(20);
  expect(column[2]).toBeLessThan(235);
});

test("a stroke that brings back gives exactly the original's colours, opaque", async ({ page }) => {
  const { result, original } = await exported(page, { strokes: [dab("keep", 220, 100)] }, "png");
  for (const [x, y] of [
    [220, 100],
    [212, 100],
    [220, 108],
  ] as const) {
    expect(at(result.data, x, y)).toEqual(at(original, x, y));
  }
  expect(at(result.data, 232, 100)[3]).toBe(0);
});

test("strokes work in their order, and erasing then bringing back restores the picture", async ({ page }) => {
  const strokes = [dab("remove", 90, 90), { ...dab("keep", 90, 90), size: 26 / PICTURE.width }];
  const { result, cutout } = await exported(page, { strokes }, "png");
  expect(different(result.data, cutout, (alpha) => alpha === 255)).toBe(0);
});

test("a colour lies exactly where nothing was, and opaque pixels are untouched", async ({ page }) => {
  const { result, cutout } = await exported(page, { background: { kind: "color", color: "#1e3a5f" } }, "png");
  let wrong = 0;
  for (let index = 0; index < cutout.length; index += 4) {
    const pixel = [...result.data.subarray(index, index + 4)];
    if (cutout[index + 3] === 0) {
      wrong += pixel.join() === "30,58,95,255" ? 0 : 1;
    }
  }
  expect(wrong).toBe(0);
  expect(different(result.data, cutout, (alpha) => alpha === 255)).toBe(0);
  // Half of the subject's color and half of the ground's.
  const [x, y] = [SUBJECT.x + 2, SUBJECT.y + 2];
  const [red = 0] = at(result.data, x, y);
  expect(Math.abs(red - ((at(cutout, x, y)[0] ?? 0) * 128 + 30 * 127) / 255)).toBeLessThanOrEqual(2);
});

test("a gradient reaches its two colours in the corners", async ({ page }) => {
  const background = { kind: "gradient", from: "#ff0000", to: "#0000ff", angle: 135 } as const;
  const { result } = await exported(page, { background }, "png");
  const first = at(result.data, 0, 0);
  const last = at(result.data, PICTURE.width - 1, PICTURE.height - 1);
  expect(first[0]).toBeGreaterThan(250);
  expect(last[2]).toBeGreaterThan(250);
  expect(first[3]).toBe(255);
});

test("a crop is the subject's box, and its margin is counted on each side", async ({ page }) => {
  const tight = await exported(page, { crop: { margin: 0 } }, "png");
  expect([tight.result.width, tight.result.height]).toEqual([SUBJECT.width, SUBJECT.height]);
  expect(at(tight.result.data, 50, 60, SUBJECT.width)).toEqual(
    at(tight.cutout, SUBJECT.x + 50, SUBJECT.y + 60),
  );
  const wide = await exported(page, { crop: { margin: 5 } }, "png");
  expect([wide.result.width, wide.result.height]).toEqual([SUBJECT.width + 10, SUBJECT.height + 12]);
});

test("a crop follows what the brush did", async ({ page }) => {
  const { result } = await exported(page, { crop: { margin: 0 }, strokes: [dab("keep", 220, 100)] }, "png");
  expect(result.width).toBeGreaterThanOrEqual(220 + 10 - SUBJECT.x);
  expect(result.width).toBeLessThanOrEqual(220 + 12 - SUBJECT.x);
});

test("a shadow falls beside the subject and leaves its opaque pixels as they are", async ({ page }) => {
  // A quarter of the subject's longer side is 30 pixels.
  const shadow = { opacity: 50, blur: 0, dx: 25, dy: 0 };
  const { result, cutout } = await exported(page, { shadow }, "png");
  expect(different(result.data, cutout, (alpha) => alpha === 255)).toBe(0);
  const beside = at(result.data, SUBJECT.x + SUBJECT.width + 15, 90);
  expect(beside.slice(0, 3)).toEqual([0, 0, 0]);
  expect(Math.abs((beside[3] ?? 0) - 128)).toBeLessThanOrEqual(2);
  expect(at(result.data, SUBJECT.x - 5, 90)[3]).toBe(0);
});

test("a blurred background keeps the opaque pixels and none of the subject's colours around it", async ({
  page,
}) => {
  const { result, cutout } = await exported(page, { background: { kind: "blur", radius: 3 } }, "png");
  expect(different(result.data, cutout, (alpha) => alpha === 255)).toBe(0);
  // Noise, blurred, is gray.
  const [red = 0, green = 0] = at(result.data, 10, 100);
  expect(Math.abs(red - green)).toBeLessThan(24);
  expect(at(result.data, 10, 100)[3]).toBe(255);
});

test("the matte is the alpha, as a PNG with one grey channel", async ({ page }) => {
  const { result, cutout, type } = await exported(page, {}, "matte");
  expect(type).toBe("image/png");
  let wrong = 0;
  for (let index = 0; index < cutout.length; index += 4) {
    const alpha = cutout[index + 3];
    wrong +=
      result.data[index] === alpha && result.data[index + 1] === alpha && result.data[index + 3] === 255
        ? 0
        : 1;
  }
  expect(wrong).toBe(0);
  const header = await page.evaluate(async (edits) => {
    const { made } = window;
    const { blob } = await window.exporting.exportFiles(made.original, made.cutout, edits as Edits, {
      format: "matte",
    });
    return [...new Uint8Array(await blob.slice(0, 33).arrayBuffer())];
  }, noEdits);
  // Bit depth 8, color type 0: gray.
  expect(header.slice(24, 26)).toEqual([8, 0]);
});

test("a JPEG is white where nothing is", async ({ page }) => {
  const { result, type } = await exported(page, {}, "jpeg");
  expect(type).toBe("image/jpeg");
  expect(at(result.data, 280, 10)).toEqual([255, 255, 255, 255]);
});

test("the ZIP holds colours without transparency, and the matte", async ({ page }) => {
  const zip = await page.evaluate(async (edits) => {
    const { made } = window;
    const { blob } = await window.exporting.exportFiles(made.original, made.cutout, edits as Edits, {
      format: "zip",
    });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const view = new DataView(bytes.buffer);
    // Stored files follow one another, each after its own header.
    const files: [string, Blob][] = [];
    for (let offset = 0; view.getUint32(offset, true) === 0x04034b50;) {
      const length = view.getUint32(offset + 18, true);
      const name = view.getUint16(offset + 26, true);
      const start = offset + 30 + name + view.getUint16(offset + 28, true);
      files.push([
        new TextDecoder().decode(bytes.subarray(offset + 30, offset + 30 + name)),
        new Blob([bytes.slice(start, start + length)]),
      ]);
      offset = start + length;
    }
    const [first, second] = files;
    if (!first || !second) {
      throw new Error("The ZIP lacks files");
    }
    return {
      names: files.map(([name]) => name),
      color: await window.read(first[1]),
      alpha: await window.read(second[1]),
      cutout: made.cutoutPixels,
    };
  }, noEdits);
  const [color, alpha, cutout] = [zip.color, zip.alpha, zip.cutout].map(unpacked).map(({ data }) => data);
  expect(zip.names).toEqual(["color.jpg", "alpha.png"]);
  expect(color && at(color, 280, 10)[3]).toBe(255);
  expect(alpha && alphas(alpha, 0)).toEqual(cutout && alphas(cutout));
});

test("WebP keeps the transparency", async ({ page }) => {
  const { result, type } = await exported(page, {}, "webp");
  expect(type).toBe("image/webp");
  expect(at(result.data, 280, 10)[3]).toBe(0);
  expect(at(result.data, 90, 90)[3]).toBe(255);
});

test("an original that the browser cannot read is no reason to fail", async ({ page }) => {
  const original = await page.evaluate(async () => {
    const tiff = new Blob([new Uint8Array([0x49, 0x49, 0x2a, 0])], { type: "image/tiff" });
    return (await window.layering.loadLayers(tiff, window.made.cutout)).original;
  });
  expect(original).toBeNull();
});

for (const { name, options } of pictures) {
  test(`what the editor draws is what the API returns: ${name}`, async ({ page }) => {
    const file = (of: string) => readFileSync(`../fixtures/composition/${of}.png`).toString("base64");
    const edits = editsFor(options);
    expect(edits).not.toBeNull();
    const found = await page.evaluate(
      async ({ original, cutout, expected, edits: wanted }) => {
        const blob = (packed: string) =>
          new Blob([Uint8Array.from(atob(packed), (byte) => byte.codePointAt(0) ?? 0)], {
            type: "image/png",
          });
        const layers = await window.layering.loadLayers(blob(original), blob(cutout));
        const drawn = await window.exporting.exportPicture(layers, wanted as Edits, { format: "png" });
        layers.dispose();
        return { drawn: await window.read(drawn), expected: await window.read(blob(expected)) };
      },
      { original: file("original"), cutout: file("cutout"), expected: file(name), edits },
    );
    const [drawn, expected] = [unpacked(found.drawn), unpacked(found.expected)];
    expect([drawn.width, drawn.height]).toEqual([expected.width, expected.height]);
    const { mean, off } = difference(drawn.data, expected.data);
    expect(mean).toBeLessThan(2);
    expect(off).toBeLessThan(0.04);
  });
}

/** The mean visible difference, and the share of samples that differ by a lot: browsers implement blur differently. */
function difference(one: Buffer, other: Buffer): { mean: number; off: number } {
  let [sum, off] = [0, 0];
  for (let index = 0; index < one.length; index += 4) {
    for (let channel = 0; channel < 4; channel += 1) {
      const seen = (data: Buffer) =>
        (data[index + channel] ?? 0) * (channel < 3 ? (data[index + 3] ?? 0) / 255 : 1);
      const apart = Math.abs(seen(one) - seen(other));
      sum += apart;
      off += apart > 12 ? 1 : 0;
    }
  }
  return { mean: sum / one.length, off: off / one.length };
}
