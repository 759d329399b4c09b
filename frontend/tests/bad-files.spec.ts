import path from "node:path";

import type { Page } from "@playwright/test";

import { CUTOUT_LIMIT_MS, addFiles, stage } from "./editor.ts";
import { signedIn } from "./people.ts";
import { half, picture, type MadeFile } from "./pictures.ts";
import { allowance, expect, fixture, test } from "./site.ts";
import { creditsLeft, filled, words } from "./words.ts";

const texts = words("en");
const { editor } = texts;

const file = (name: string, mimeType: string, content: string): MadeFile => ({
  name,
  mimeType,
  buffer: Buffer.from(content, "latin1"),
});
const film = file("film.flv", "video/x-flv", "FLV\x01\x05\0\0\0\x09\0\0\0\0");
const playlist = file("film.mp4", "video/mp4", "#EXTM3U\nhttp://example.org/a.ts\n");
const paper = file("paper.pdf", "application/pdf", "%PDF-1.7");
const broken = half("broken.png");

/** Files that the page refuses without a request, with its message for each. */
const REFUSED_FILES = [
  [file("letter.jpg", "image/jpeg", "Dear Sir or Madam"), editor.intake.refused.unknown],
  [
    file("drawing.svg", "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
    editor.intake.refused.svg,
  ],
  [file("nothing.png", "image/png", ""), editor.intake.refused.empty],
  [film, editor.intake.refused.video],
  [playlist, editor.intake.refused.unknown],
] as const;

test("files that are neither pictures nor videos are refused with the reason, and are not sent", async ({
  page,
}) => {
  await signedIn(page);
  await page.goto("/editor");
  const sent = uploads(page);
  await addFiles(
    page,
    REFUSED_FILES.map(([one]) => one),
  );
  const notice = page.getByRole("alert");
  await expect(notice).toContainText(
    filled(editor.intake.refusedTitle_other, { count: REFUSED_FILES.length }),
  );
  await expect(notice.getByRole("listitem")).toHaveText(
    REFUSED_FILES.map(([{ name }, text]) => filled(editor.intake.refusedLine, { name, text })),
  );

  await addFiles(page, path.resolve(fixture("."), "../odd/header-60000.png"));
  await expect(notice.getByRole("listitem")).toHaveText([/^header-60000\.png: .* 50 megapixels/]);
  await notice.getByRole("button", { name: editor.intake.dismiss }).click();
  await expect(notice).toHaveCount(0);
  await expect(page.getByRole("heading", { level: 1, name: editor.page.title })).toBeVisible();
  expect(sent).toEqual([]);
  const { jobs } = await (await page.request.get("/api/jobs")).json();
  expect(jobs).toEqual([]);
});

test("a good picture among bad files is accepted", async ({ page }) => {
  await page.goto("/editor");
  await addFiles(page, [film, picture("good.png")]);
  await expect(page.getByRole("alert")).toContainText(editor.intake.refused.video);
  await expect(page.getByRole("heading", { name: "good.png" })).toBeVisible();
  await expect(stage(page)).toBeVisible({ timeout: CUTOUT_LIMIT_MS });
});

test("the front page refuses a document with a message", async ({ page }) => {
  const { intake } = texts.landing;
  await page.goto("/");
  // Without its scripts, the page does not check the file.
  await expect(async () => {
    await page.setInputFiles("input[type=file]", paper);
    await expect(page.getByText(intake.notAPicture, { exact: true })).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(page).toHaveURL(/\/$/);
});

test("a broken picture fails with the service's reason, and the credit is returned", async ({ page }) => {
  const { account } = texts;
  await signedIn(page);
  const credits = await allowance(page);
  await page.goto("/editor");
  const sent = uploads(page);
  await addFiles(page, broken);
  const notice = page.getByRole("alert");
  await expect(notice).toContainText(editor.work.creditBack, { timeout: CUTOUT_LIMIT_MS });
  expect(sent).toHaveLength(1);
  const { jobs } = await (await page.request.get("/api/jobs")).json();
  expect(jobs).toMatchObject([{ name: "broken.png", state: "failed" }]);
  expect(jobs[0].failure.message).not.toBe("");
  await expect(notice).toContainText(jobs[0].failure.message);
  await expect(page.getByRole("button", { name: editor.work.otherPicture })).toBeVisible();
  await expect(page.getByTestId("credits")).toContainText(creditsLeft(texts, credits));
  await page.goto("/account");
  await expect(page.getByText(account.ledger.job.image.failed)).toBeVisible();
  await expect(page.getByText(account.ledger.job.image.reserved)).toBeVisible();
});

test("a visitor sees the reason for a broken picture too", async ({ page }) => {
  await page.goto("/editor");
  const answered = page.waitForResponse("**/api/preview");
  await addFiles(page, broken);
  const answer = await answered;
  expect(answer.status()).toBe(422);
  const { detail } = await answer.json();
  await expect(page.getByRole("alert")).toContainText(detail);
  await expect(page.getByRole("alert")).not.toContainText(editor.work.creditBack);
  await expect(stage(page)).toHaveCount(0);
});

/** Records the paths of all requests that send a picture. */
function uploads(page: Page): string[] {
  const seen: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() === "POST" && /^\/api\/(uploads|preview)$/.test(pathname)) {
      seen.push(pathname);
    }
  });
  return seen;
}
