import type { Page } from "@playwright/test";

import { expectAccessibleInBothThemes } from "./accessible.ts";
import { CUTOUT_LIMIT_MS, addFiles, stage } from "./editor.ts";
import { signedIn } from "./people.ts";
import { picture } from "./pictures.ts";
import { allowance, expect, test } from "./site.ts";
import { creditsLeft, filled, words } from "./words.ts";

const texts = words("en");
const { queue, limit, work } = texts.editor;

test.use({ reducedMotion: "reduce" });

test("without credits, a picture waits and the page shows the renewal date", async ({ page }) => {
  await signedIn(page);
  const count = await allowance(page);
  await page.goto("/editor");
  await addFiles(page, pictures(count));
  await expect(page.getByText(filled(queue.progressOf, { done: count, count }))).toBeVisible({
    timeout: CUTOUT_LIMIT_MS,
  });
  await expect(page.getByTestId("credits")).toContainText(creditsLeft(texts, 0));
  await expect(page.getByTestId("hold-panel")).toHaveCount(0);

  await addFiles(page, [picture("one-too-many.png")]);
  await expectLimit(page, count);
  await expectAccessibleInBothThemes(page, "limit panel");

  await page.reload();
  await expectLimit(page, count);
  await page.getByRole("link", { name: limit.quota.pricing, exact: true }).click();
  await expect(page).toHaveURL(/\/#pricing$/);
  await expect(page.locator("#pricing")).toBeInViewport();
  await page.goBack();
  await expectLimit(page, count);

  const { jobs } = await (await page.request.get("/api/jobs")).json();
  expect(jobs.map(({ state }: { state: string }) => state)).toEqual(Array(count).fill("completed"));
});

/** Expects the panel with the renewal date, and the waiting picture beside the finished ones. */
async function expectLimit(page: Page, count: number) {
  const { renews_at: renewsAt } = await (await page.request.get("/api/usage")).json();
  const date = new Date(renewsAt).toLocaleDateString("en", { dateStyle: "long" });
  const panel = page.getByTestId("hold-panel");
  await expect(panel).toContainText(limit.quota.title);
  await expect(panel).toContainText(filled(limit.quota.text, { used: count, allowance: count, date }));
  await expect(panel).toContainText(limit.quota.kept_one);
  await expect(page.getByText(filled(queue.progressOf, { done: count, count: count + 1 }))).toBeVisible();
  await page
    .getByRole("button", {
      name: filled(queue.open, { name: "one-too-many.png", state: queue.state.waiting }),
    })
    .click();
  await expect(page.getByText(work.waitingQuota, { exact: true })).toBeVisible();
  await expect(page.getByRole("img", { name: "one-too-many.png" })).toBeVisible();
  await expect(stage(page)).toHaveCount(0);
}

function pictures(count: number) {
  return Array.from({ length: count }, (_, index) => picture(`${index + 1}.png`));
}
