import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { noEdits } from "../model";
import { CanvasTooLarge } from "./canvas";
import { exportPicture } from "./export";
import { loadLayers, type Layers } from "./layers";
import { renderPicture } from "./render";

// The blobs of jsdom cannot be read as streams.
vi.mock("./png", () => ({
  greyPng: async ({ height }: { height: number }, rows: (y: number, height: number) => Uint8Array) => {
    rows(0, height);
    return new Blob();
  },
}));

const SIDE = 40;
const close = vi.fn<() => void>();
const bitmap = () => ({ width: SIDE, height: SIDE, close }) as unknown as ImageBitmap;
const layers = (): Layers => ({
  width: SIDE,
  height: SIDE,
  full: { width: SIDE, height: SIDE },
  cutout: bitmap(),
  original: bitmap(),
  dispose: () => undefined,
});

beforeEach(() => {
  close.mockReset();
  vi.stubGlobal("createImageBitmap", async () => bitmap());
  // No room for any canvas.
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
});

afterEach(() => vi.unstubAllGlobals());

it("a picture for whose smaller self there is no room is given back", async () => {
  await expect(loadLayers(null, new Blob(), { maxPixels: 100 })).rejects.toThrow(CanvasTooLarge);
  expect(close).toHaveBeenCalledTimes(1);
});

it("a background is given back when there is no room for the result", async () => {
  const edits = { ...noEdits, background: { kind: "picture", picture: new Blob() } } as const;
  await expect(renderPicture(layers(), edits)).rejects.toThrow(CanvasTooLarge);
  expect(close).toHaveBeenCalledTimes(1);
});

it("every canvas is given back when the colours cannot be read", async () => {
  const canvases: HTMLCanvasElement[] = [];
  const failing = layers();
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(function pen(
    this: HTMLCanvasElement,
  ) {
    canvases.push(this);
    let drawn: unknown = null;
    return {
      fillRect: () => undefined,
      clearRect: () => undefined,
      putImageData: () => undefined,
      drawImage: (picture: unknown) => {
        drawn = picture;
      },
      getImageData: (_x: number, _y: number, width: number, height: number) => {
        if (drawn === failing.original) {
          throw new Error("no memory");
        }
        return { data: new Uint8ClampedArray(width * height * 4).fill(255) };
      },
    } as unknown as CanvasRenderingContext2D;
  } as never);
  await expect(exportPicture(failing, noEdits, { format: "zip" })).rejects.toThrow("no memory");
  expect(canvases).toHaveLength(4);
  expect(canvases.map(({ width }) => width)).toEqual([0, 0, 0, 0]);
});
