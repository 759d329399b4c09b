import { expect, test } from "vitest";

import { formatBytes, formatDate, formatDateTime } from "./format";

const plain = (text: string) => text.replaceAll(/\s/g, " ");

test("sizes have a suitable unit and the format of the language", () => {
  expect(formatBytes(0, "en")).toBe("0 bytes");
  expect(formatBytes(999, "en")).toBe("999 bytes");
  expect(formatBytes(482_113, "en")).toBe("482.1 kB");
  expect(plain(formatBytes(22_000_000, "fr"))).toBe("22 Mo");
  expect(plain(formatBytes(1_540_000, "fr"))).toBe("1,5 Mo");
});

test("dates have the format of the language", () => {
  expect(formatDate("2026-11-22T12:00:00Z", "en")).toBe("Nov 22, 2026");
  expect(formatDate("2026-11-22T12:00:00Z", "fr")).toBe("22 nov. 2026");
  expect(plain(formatDate("2026-12-01T12:00:00Z", "fr"))).toBe("1er déc. 2026");
  expect(plain(formatDate("2026-12-11T12:00:00Z", "fr", "long"))).toBe("11 décembre 2026");
  expect(plain(formatDateTime("2026-12-01T12:00:00Z", "fr"))).toMatch(/^1er déc\. 2026/);
});
