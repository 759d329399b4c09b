import { readFileSync } from "node:fs";

import type { Locator, Page } from "@playwright/test";

import { expectAccessible } from "./accessible.ts";
import { addFiles } from "./editor.ts";
import { clip, heavyClip } from "./clips.ts";
import { newMember, PASSWORD, signedIn } from "./people.ts";
import { downloaded, expect, test } from "./site.ts";
import { filled, words } from "./words.ts";

// Videos, from the upload to the download. The real worker runs, on the CPU.

const texts = words("en");
const { auth, common, editor, history, video } = texts;

/** The time limit of a job: a worker starts and needs half a second for each frame, on a busy machine. */
const WORK_LIMIT_MS = 300_000;
/** Three parts: a part has 16 MiB, and the last one is shorter. */
const HEAVY_BYTES = 36_000_000;

test.describe.configure({ timeout: 900_000 });

test("a member views the free preview, processes the whole video, and downloads it", async ({ page }) => {
  await signedIn(page);
  await page.goto("/editor");
  const sent = puts(page);
  const credits = await videosLeft(page);
  await addFiles(page, clip("disc.mp4"));
  const card = page.getByTestId("video");

  await test.step("it is trimmed by keyboard and reset", async () => {
    const end = card.getByRole("slider", { name: video.trim.end, exact: true });
    await end.press("ArrowLeft");
    await expect(end).toHaveAttribute("aria-valuetext", "0:00.9");
    await end.press("End");
    await expect(end).toHaveAttribute("aria-valuetext", "0:01.0");
    await expect(card.getByRole("radio", { name: video.format.names.webm, exact: true })).toBeChecked();
    await expectAccessible(page, "a video that is being chosen");
  });

  await test.step("the preview costs nothing", async () => {
    await card.getByRole("button", { name: filled(video.start.preview_other, { count: 3 }) }).click();
    await becomes(card, "preview");
    await expectTransparent(page);
    expect(await videosLeft(page)).toBe(credits);
  });

  await test.step("the whole costs one credit, and nothing is sent again", async () => {
    expect(sent).toHaveLength(1);
    await card
      .getByRole("button", { name: filled(video.result.whole_one, { count: 1 }), exact: true })
      .click();
    await becomes(card, "ready");
    expect(sent).toHaveLength(1);
    expect(await videosLeft(page)).toBe(credits - 1);
    await expectTransparent(page);
    await expectAccessible(page, "the result of a video");
  });

  await test.step("it is shown on black, and compared with the original", async () => {
    await card.getByRole("radio", { name: video.result.backdrops.black, exact: true }).click();
    await expect(card.getByTestId("result-stage")).toHaveAttribute("data-backdrop", "black");
    await card.getByRole("radio", { name: video.result.before, exact: true }).click();
    await expect(card.getByLabel(filled(video.player.label, { name: "disc.mp4" }))).toBeVisible();
    await card.getByRole("radio", { name: video.result.after, exact: true }).click();
  });

  await test.step("the file is a WebM with its own name", async () => {
    const button = filled(video.result.download, { format: video.format.names.webm });
    const file = await downloaded(page, () => card.getByRole("link", { name: button }).click());
    expect(file.name).toBe("disc-sansfond.webm");
    expect(file.bytes.subarray(0, 4).toString("hex")).toBe("1a45dfa3");
  });

  await test.step("the history has both jobs, and can filter by kind", async () => {
    await page.getByRole("banner").getByRole("link", { name: common.nav.history, exact: true }).click();
    await expect(page.getByTestId("job")).toHaveCount(2);
    await page.getByRole("radio", { name: history.kind.video, exact: true }).click();
    await expect(page.getByTestId("job")).toHaveCount(2);
    await page.getByRole("radio", { name: history.kind.image, exact: true }).click();
    await expect(page.getByText(history.empty.filtered)).toBeVisible();
  });
});

test("an MP4 has the user's picture as its background", async ({ page }) => {
  await signedIn(page);
  await page.goto("/editor");
  await addFiles(page, clip("disc.mp4"));
  const card = page.getByTestId("video");
  await card.getByRole("radio", { name: video.format.names.mp4, exact: true }).click();
  await card.getByRole("radio", { name: video.background.picture, exact: true }).click();
  const look = card.getByRole("button", { name: filled(video.start.preview_other, { count: 3 }) });
  await expect(card.getByText(video.start.pictureMissing)).toBeVisible();
  await expect(look).toBeDisabled();
  const input = card.getByTestId("background-picture");
  await input.setInputFiles({ name: "notes.txt", mimeType: "image/png", buffer: Buffer.from("notes") });
  await expect(card.getByRole("alert")).toHaveText(editor.workbench.background.notAPicture);
  await input.setInputFiles({ name: "halves.png", mimeType: "image/png", buffer: await halves(page) });
  await expect(card.getByText(video.start.pictureMissing)).toBeHidden();
  await expectAccessible(page, "a picture behind a video");
  await look.click();
  await becomes(card, "preview");
  await card.getByRole("button", { name: filled(video.result.whole_one, { count: 1 }), exact: true }).click();
  await becomes(card, "ready");
  const player = page.getByTestId("result-video");
  await expect
    .poll(() => player.evaluate((element: HTMLVideoElement) => element.currentTime))
    .toBeGreaterThan(0);
  const [red, green] = await player.evaluate((element: HTMLVideoElement) => {
    const { videoWidth: width, videoHeight: height } = element;
    const context = new OffscreenCanvas(width, height).getContext("2d");
    context?.drawImage(element, 0, 0);
    return [3, width - 4].map((x) => [...(context?.getImageData(x, 3, 1, 1).data ?? [])]);
  });
  expectNear(red, [255, 0, 0]);
  expectNear(green, [0, 160, 0]);
});

test("a paused upload continues after a reload with the missing parts", async ({ page }) => {
  await signedIn(page);
  await page.goto("/editor");
  const sent = puts(page);
  await page.route(
    () => true,
    // Only the first part gets through; the others get no response.
    (route) => (isPut(route.request()) && part(route.request().url()) !== "1" ? undefined : route.fallback()),
  );
  await addFiles(page, heavyClip("heavy.mp4", HEAVY_BYTES));
  const card = page.getByTestId("video");
  await start(card);
  await becomes(card, "uploading");
  await expect.poll(() => arrived(page)).toBe(1);
  await card.getByRole("button", { name: video.work.pause, exact: true }).click();
  await becomes(card, "paused");
  await page.unrouteAll({ behavior: "ignoreErrors" });
  // The browser stores its data a moment later.
  await page.waitForTimeout(1_500);
  await page.reload();
  await becomes(card, "paused");
  sent.length = 0;
  await card.getByRole("button", { name: video.work.resume, exact: true }).click();
  await expect.poll(() => sent.map(part).toSorted()).toEqual(["2", "3"]);
  await becomes(card, "ready");
  const { jobs } = await (await page.request.get("/api/jobs")).json();
  expect(jobs).toMatchObject([{ name: "heavy.mp4", kind: "video", state: "completed" }]);
});

test("an upload continues after a lost connection", async ({ page }) => {
  await signedIn(page);
  await page.goto("/editor");
  let broken = 0;
  await page.route(
    () => true,
    (route) => {
      if (isPut(route.request()) && broken < 2) {
        broken += 1;
        return route.abort("connectionreset");
      }
      return route.fallback();
    },
  );
  await addFiles(page, clip("disc.webm"));
  const card = page.getByTestId("video");
  await start(card);
  await becomes(card, "ready");
  expect(broken).toBe(2);
});

test("the credit of a cancelled video is returned", async ({ page }) => {
  await signedIn(page);
  await page.goto("/editor");
  const credits = await videosLeft(page);
  await page.route(
    () => true,
    (route) => (isPut(route.request()) ? undefined : route.fallback()),
  );
  await addFiles(page, clip("disc.mp4"));
  const card = page.getByTestId("video");
  await start(card);
  await becomes(card, "uploading");
  expect(await videosLeft(page)).toBe(credits - 1);
  await card.getByRole("button", { name: common.action.cancel, exact: true }).click();
  await becomes(card, "cancelled");
  await expect.poll(() => videosLeft(page)).toBe(credits);
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("half a video fails with the reason, and costs nothing", async ({ page }) => {
  await signedIn(page);
  await page.goto("/editor");
  const credits = await videosLeft(page);
  const whole = readFileSync(clip("disc.mp4"));
  const half = { name: "half.mp4", mimeType: "video/mp4", buffer: whole.subarray(0, whole.length / 2) };
  await addFiles(page, half);
  const card = page.getByTestId("video");
  await start(card);
  await becomes(card, "failed");
  const { jobs } = await (await page.request.get("/api/jobs")).json();
  expect(jobs).toMatchObject([{ state: "failed" }]);
  await expect(card.getByRole("alert")).toContainText(jobs[0].failure.message);
  await expect(card).toContainText(video.failure.creditBack);
  expect(await videosLeft(page)).toBe(credits);
});

test("a visitor's video from the front page is kept during the sign-in", async ({ page }) => {
  const email = await newMember(page);
  await page.goto("/");
  // Without its scripts, the page does not accept the file.
  await expect(async () => {
    await page.setInputFiles("input[type=file]", clip("disc.mp4"));
    await expect(page).toHaveURL(/\/editor$/, { timeout: 2_000 });
  }).toPass();
  const card = page.getByTestId("video");
  await expect(card.getByText(video.start.visitorTitle, { exact: true })).toBeVisible();
  await card.getByRole("radio", { name: video.format.names.gif, exact: true }).check();
  await card.getByRole("link", { name: editor.account.signIn, exact: true }).click();
  await page.getByLabel(auth.email.label, { exact: true }).fill(email);
  await page.getByLabel(auth.password.label, { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: auth.signIn.button, exact: true }).click();
  await expect(page).toHaveURL(/\/editor$/);
  await expect(card.getByRole("radio", { name: video.format.names.gif, exact: true })).toBeChecked();
  await expect(
    card.getByRole("button", { name: filled(video.start.whole_one, { count: 1 }), exact: true }),
  ).toBeEnabled();
});

async function start(card: Locator): Promise<void> {
  await card.getByRole("button", { name: filled(video.start.whole_one, { count: 1 }), exact: true }).click();
}

/** Waits for a state of a video. The card has it as an attribute, so that tests do not depend on its texts. */
async function becomes(card: Locator, state: string): Promise<void> {
  await expect(card).toHaveAttribute("data-state", state, { timeout: WORK_LIMIT_MS });
}

async function videosLeft(page: Page): Promise<number> {
  const usage = await (await page.request.get("/api/usage")).json();
  return usage.videos.available;
}

/** The number of uploaded parts of the only job. */
async function arrived(page: Page): Promise<number> {
  const { jobs } = await (await page.request.get("/api/jobs")).json();
  const upload = await (await page.request.get(`/api/jobs/${jobs[0].id}/upload`)).json();
  return upload.parts.filter(({ uploaded }: { uploaded: boolean }) => uploaded).length;
}

const isPut = (request: { method: () => string }) => request.method() === "PUT";

/** The number of the part in the address of an upload. */
function part(address: string): string | null {
  return new URL(address).searchParams.get("partNumber");
}

/** Records the addresses of all uploads to the bucket. */
function puts(page: Page): string[] {
  const seen: string[] = [];
  page.on("request", (request) => {
    if (isPut(request)) {
      seen.push(request.url());
    }
  });
  return seen;
}

/** Expects that the result plays, with transparent corners and an opaque subject. */
async function expectTransparent(page: Page): Promise<void> {
  const player = page.getByTestId("result-video");
  await expect(player).toBeVisible();
  const time = () => player.evaluate((element: HTMLVideoElement) => element.currentTime);
  await expect.poll(time).toBeGreaterThan(0);
  const pixels = async () =>
    player.evaluate((element: HTMLVideoElement) => {
      const { videoWidth: width, videoHeight: height } = element;
      const context = new OffscreenCanvas(width, height).getContext("2d");
      if (!context) {
        throw new Error("no canvas");
      }
      context.drawImage(element, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      const alphaAt = (x: number, y: number) => data[(y * width + x) * 4 + 3] ?? -1;
      let opaque = 0;
      for (let index = 3; index < data.length; index += 4) {
        opaque += (data[index] ?? 0) > 200 ? 1 : 0;
      }
      const corners = Math.max(alphaAt(width - 2, 1), alphaAt(width - 2, height - 2));
      return { corners, opaque: opaque / (width * height) };
    });
  await expect
    .poll(async () => {
      const { corners, opaque } = await pixels();
      // The disc covers a sixth of the frame.
      return corners < 40 && opaque > 0.05 && opaque < 0.5;
    })
    .toBe(true);
}

/** A large picture, red on the left and green on the right. The clip has neither color. */
async function halves(page: Page): Promise<Buffer> {
  const bytes = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(2400, 1600);
    const context = canvas.getContext("2d");
    for (const [x, color] of [
      [0, "#ff0000"],
      [1200, "#00a000"],
    ] as const) {
      if (context) {
        context.fillStyle = color;
        context.fillRect(x, 0, 1200, 1600);
      }
    }
    const blob = await canvas.convertToBlob({ type: "image/png" });
    return [...new Uint8Array(await blob.arrayBuffer())];
  });
  return Buffer.from(bytes);
}

/** Expects a color, with a tolerance for JPEG and H.264. */
function expectNear(pixel: number[] | undefined, color: readonly number[]): void {
  for (const [index, channel] of color.entries()) {
    expect(Math.abs((pixel?.[index] ?? -1) - channel), `${pixel}`).toBeLessThan(40);
  }
}
