import { expect, it } from "vitest";

import { takeFiles } from "./take-files";

const PLAN = { max_image_bytes: 100, max_megapixels: 1, max_video_bytes: 300 };

function png(name: string, width = 10, length = 40): File {
  const bytes = new Uint8Array(length);
  bytes.set(Uint8Array.from("\x89PNG\r\n\x1A\n\0\0\0\rIHDR", (letter) => letter.charCodeAt(0)));
  new DataView(bytes.buffer).setUint32(16, width);
  new DataView(bytes.buffer).setUint32(20, 1000);
  return new File([bytes], name, { type: "image/jpeg" });
}

it("accepts pictures with their real type, not the claimed one", async () => {
  const { entries, refused } = await takeFiles([png("cat.jpg")], { plan: PLAN, room: 9 });
  expect(refused).toEqual([]);
  expect(entries).toMatchObject([
    { name: "cat.jpg", mediaType: "image/png", size: { width: 10, height: 1000 }, owner: null },
  ]);
  expect(entries[0]?.source?.type).toBe("image/png");
});

it("refuses each file that exceeds the plan or is not a picture", async () => {
  const files = [
    png("heavy.png", 10, 101),
    png("wide.png", 1001),
    new File(["hello"], "note.txt"),
    png("good.png"),
    png("fiftyfirst.png"),
  ];
  const { entries, refused } = await takeFiles(files, { plan: PLAN, room: 1 });
  expect(entries.map(({ name }) => name)).toEqual(["good.png"]);
  expect(refused.map(({ name, reason }) => [name, reason])).toEqual([
    ["heavy.png", "too_many_bytes"],
    ["wide.png", "too_many_pixels"],
    ["note.txt", "unknown"],
    ["fiftyfirst.png", "too_many_pictures"],
  ]);
});

function film(name: string, length = 200): File {
  const bytes = new Uint8Array(length);
  bytes.set(Uint8Array.from("\0\0\0\x20ftypisom", (letter) => letter.charCodeAt(0)));
  return new File([bytes], name, { type: "video/mp4" });
}

it("accepts videos separately from pictures, with their own limits", async () => {
  const files = [film("short.mp4"), png("cat.png"), film("long.mp4", 301), film("second.mp4")];
  const { entries, clips, refused } = await takeFiles(files, { plan: PLAN, room: 9, videoRoom: 1 });
  expect(entries.map(({ name }) => name)).toEqual(["cat.png"]);
  expect(clips).toMatchObject([{ name: "short.mp4", bytes: 200, mediaType: "video/mp4" }]);
  expect(refused.map(({ name, reason }) => [name, reason])).toEqual([
    ["long.mp4", "video_too_large"],
    ["second.mp4", "too_many_videos"],
  ]);
});
