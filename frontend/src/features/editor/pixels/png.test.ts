import { expect, it } from "vitest";

import { crc32, filtered } from "./png";

it("the checksum is the one that the format's description gives for its last chunk", () => {
  expect(crc32(new TextEncoder().encode("IEND"))).toBe(0xae426082);
});

it("rows are written as differences from the row above, however many are read at a time", () => {
  const size = { width: 5, height: 600 };
  const value = (x: number, y: number) => (x * 40 + y * 3) % 256;
  const bytes = filtered(size, (y, rows) =>
    Uint8Array.from({ length: rows * size.width }, (_, index) =>
      value(index % size.width, y + Math.floor(index / size.width)),
    ),
  );
  const above = new Uint8Array(size.width);
  let wrong = 0;
  for (let y = 0; y < size.height; y += 1) {
    const start = y * (size.width + 1);
    wrong += bytes[start] === 2 ? 0 : 1;
    for (let x = 0; x < size.width; x += 1) {
      above[x] = (above[x] ?? 0) + (bytes[start + 1 + x] ?? 0);
      wrong += above[x] === value(x, y) ? 0 : 1;
    }
  }
  expect(wrong).toBe(0);
});
