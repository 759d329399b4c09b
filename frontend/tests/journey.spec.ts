import { readFileSync } from "node:fs";

import type { Page } from "@playwright/test";

import { factsOf, languages, type Language } from "../src/lib/languages.ts";
import {
  setBackgroundColor,
  CUTOUT_LIMIT_MS,
  downloadButton,
  expectBackgroundColor,
  fullyReady,
  openPanel,
  paint,
  stage,
  type Place,
} from "./editor.ts";
import { mailedCode, newEmail, PASSWORD } from "./people.ts";
import { allowance, decode, downloaded, expect, fixture, test, type Pixels } from "./site.ts";
import { creditsLeft, filled, words, type Words } from "./words.ts";

// The whole path of a new visitor, from the front page to the file on the disk.

const DEVICES = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};
const NAME = "astronaut.png";
const RED = [255, 0, 0, 255];
/** Across the chest: within the subject, away from its edge. */
const STROKE: readonly Place[] = [
  [0.4, 0.7],
  [0.5, 0.7],
  [0.6, 0.7],
];
const STROKED: Place = [0.5, 0.7];

for (const language of languages) {
  for (const device of ["desktop", "phone"] as const) {
    test.describe(`${language}, ${device}`, () => {
      test.use({ ...DEVICES[device], locale: factsOf(language).locale.replace("_", "-") });

      test("a visitor tries a picture, registers, and downloads the edited picture in full resolution", async ({
        page,
      }) => {
        const texts = words(language);
        await test.step("the front page takes the picture", () => fromLanding(page, language, device));
        await test.step("the preview is there and can be edited", () => edit(page, texts, device));
        const credits = await allowance(page);
        await test.step("the download asks for an account", () => register(page, texts, credits));
        await test.step("the file has the edits, and the original's pixels", () =>
          downloadFiles(page, texts));
        await expect(page.getByTestId("credits")).toContainText(creditsLeft(texts, credits - 1));
        await test.step("the history shows the picture until it is deleted", () =>
          deleteFromHistory(page, texts, device));
        await expect(page.getByTestId("credits")).toContainText(creditsLeft(texts, credits - 1));
      });
    });
  }
}

async function fromLanding(page: Page, language: Language, device: keyof typeof DEVICES) {
  const { landing } = words(language);
  await page.goto(factsOf(language).landing);
  await expect(page.locator("html")).toHaveAttribute("lang", language);
  if (device === "desktop") {
    await drop(page);
  } else {
    // The button works only after the scripts have been loaded.
    await expect(async () => {
      const chooser = page.waitForEvent("filechooser", { timeout: 1_000 });
      const button = page.getByRole("button", { name: landing.intake.choose, exact: true }).first();
      const [choice] = await Promise.all([chooser, button.tap()]);
      await choice.setFiles(fixture(NAME));
    }).toPass();
  }
  await expect(page).toHaveURL(/\/editor$/);
}

async function drop(page: Page) {
  const data = await page.evaluateHandle(
    ({ base64, name }) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.codePointAt(0) ?? 0);
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name, { type: "image/png" }));
      return transfer;
    },
    { base64: readFileSync(fixture(NAME)).toString("base64"), name: NAME },
  );
  // The page accepts drops only after its scripts have been loaded.
  await expect(async () => {
    await page.dispatchEvent("main", "dragenter", { dataTransfer: data });
    await expect(page.getByTestId("drop-overlay")).toBeVisible({ timeout: 500 });
  }).toPass();
  await page.dispatchEvent("main", "drop", { dataTransfer: data });
}

async function edit(page: Page, texts: Words, device: keyof typeof DEVICES) {
  const { editor } = texts;
  await expect(stage(page)).toBeVisible({ timeout: CUTOUT_LIMIT_MS });
  await expect(page.getByText(editor.work.visitor.title, { exact: true })).toBeVisible();
  await openPanel(page, texts, "brush");
  await page.getByRole("radio", { name: editor.workbench.brush.remove, exact: true }).click();
  await paint(page, device === "phone" ? "finger" : "mouse", STROKE);
  await expect(stage(page)).toHaveAttribute("data-strokes", "1");
  await setBackgroundColor(page, texts, "#ff0000");
}

async function register(page: Page, texts: Words, credits: number) {
  const { auth, editor } = texts;
  const email = newEmail();
  await downloadButton(page, texts, "png").click();
  const dialog = page.getByRole("dialog", { name: editor.account.title });
  await expect(dialog).toContainText(filled(editor.account.free, { count: credits }));
  await dialog.getByRole("link", { name: editor.account.register }).click();

  await expect(page.getByRole("heading", { level: 1, name: auth.register.title })).toBeVisible();
  await page.getByLabel(auth.email.label, { exact: true }).fill(email);
  await page.getByRole("button", { name: auth.register.button, exact: true }).click();

  await expect(page.getByText(filled(auth.confirm.sent, { email }))).toBeVisible();
  await page.getByLabel(auth.code.label, { exact: true }).fill(await mailedCode(page, email));
  await page.getByLabel(auth.password.label, { exact: true }).fill(PASSWORD);
  // The request reserves a credit. It is held back until the page has shown all credits.
  const creditsChecked = Promise.withResolvers<void>();
  await page.route("**/api/uploads", async (route) => {
    await creditsChecked.promise;
    await route.continue();
  });
  await page.getByRole("button", { name: auth.confirm.button, exact: true }).click();

  await expect(page).toHaveURL(/\/editor$/);
  await expect(page.getByTestId("credits")).toContainText(creditsLeft(texts, credits));
  creditsChecked.resolve();
  await fullyReady(page, texts);
  await expect(page.getByText(editor.work.visitor.title, { exact: true })).toHaveCount(0);
  await expect(stage(page)).toHaveAttribute("data-strokes", "1");
  await expectBackgroundColor(page, texts, "#ff0000");
}

async function downloadFiles(page: Page, texts: Words) {
  const { download } = texts.editor;
  const file = await downloaded(page, () => downloadButton(page, texts, "png").click());
  expect(file.name).toBe("astronaut-cutout.png");
  await page.getByRole("button", { name: download.more }).click();
  const menu = page.getByRole("dialog", { name: download.menu });
  await menu.getByRole("radio", { name: download.formats.matte, exact: true }).check();
  const mask = await downloaded(page, () =>
    menu.getByRole("button", { name: download.button, exact: true }).click(),
  );
  expect(mask.name).toBe("astronaut-matte.png");
  await page.keyboard.press("Escape");

  const original = await decode(page, readFileSync(fixture(NAME)));
  const [result, matte] = [await decode(page, file.bytes), await decode(page, mask.bytes)];
  expect([result.width, result.height]).toEqual([512, 512]);
  expect([matte.width, matte.height]).toEqual([512, 512]);
  expect(result.at(0, 0)).toEqual(RED);
  expect(result.at(...STROKED)).toEqual(RED);
  expect(matte.at(0, 0)).toEqual([0, 0, 0, 255]);
  expect(matte.at(...STROKED)).toEqual([0, 0, 0, 255]);
  compare(original, result, matte);
}

/** Compares every pixel of the result with the original or the background, depending on the matte. */
function compare(original: Pixels, result: Pixels, matte: Pixels) {
  const counts = { subject: 0, background: 0, changed: 0, notRed: 0, colored: 0, seeThrough: 0 };
  for (let index = 0; index < matte.data.length; index += 4) {
    const [gray, green, blue, alpha] = matte.data.subarray(index, index + 4);
    counts.colored += gray === green && gray === blue && alpha === 255 ? 0 : 1;
    const pixel = result.data.subarray(index, index + 4);
    counts.seeThrough += pixel[3] === 255 ? 0 : 1;
    if (gray === 255) {
      counts.subject += 1;
      counts.changed += pixel.equals(original.data.subarray(index, index + 4)) ? 0 : 1;
    } else if (gray === 0) {
      counts.background += 1;
      counts.notRed += pixel.equals(Buffer.from(RED)) ? 0 : 1;
    }
  }
  const pixels = matte.data.length / 4;
  expect(counts).toMatchObject({ changed: 0, notRed: 0, colored: 0, seeThrough: 0 });
  expect(counts.subject / pixels).toBeGreaterThan(0.3);
  expect(counts.background / pixels).toBeGreaterThan(0.2);
}

async function deleteFromHistory(page: Page, { common, history }: Words, device: keyof typeof DEVICES) {
  if (device === "phone") {
    await page.locator("header summary").tap();
  }
  await page.getByRole("banner").getByRole("link", { name: common.nav.history, exact: true }).click();
  const job = page.getByTestId("job");
  await expect(job).toHaveCount(1);
  await expect(job).toContainText(history.states.completed);
  await job.getByRole("button", { name: `${common.action.delete}: ${NAME}` }).click();
  const dialog = page.getByRole("dialog", { name: history.delete.title });
  await expect(dialog).toContainText(filled(history.delete.text, { name: NAME }));
  await dialog.getByRole("button", { name: common.action.delete, exact: true }).click();
  await expect(dialog).toHaveCount(0);
  await expect(job).toHaveCount(0);
  await expect(page.getByText(history.empty.all)).toBeVisible();
  const answer = await page.request.get("/api/jobs");
  expect(await answer.json()).toMatchObject({ jobs: [] });
}
