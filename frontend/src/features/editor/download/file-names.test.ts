import { expect, it } from "vitest";

import { downloadName, uniqueNames } from "./file-names";

it("calls a download after its picture", () => {
  expect(downloadName("cat.jpg", "png")).toBe("cat-cutout.png");
  expect(downloadName("cat.v2.jpeg", "jpeg")).toBe("cat.v2-cutout.jpg");
  expect(downloadName("cat", "matte")).toBe("cat-matte.png");
});

it("makes no folders of names that come from elsewhere", () => {
  expect(downloadName("../../etc/passwd", "png")).toBe("..-..-etc-passwd-cutout.png");
  expect(downloadName(".jpg", "zip")).toBe("picture-cutout.zip");
});

it("gives each file of a ZIP its own name", () => {
  expect(uniqueNames(["a.png", "b.png", "A.png", "a.png", "a-2.png"])).toEqual([
    "a.png",
    "b.png",
    "A-2.png",
    "a-3.png",
    "a-2-2.png",
  ]);
});
