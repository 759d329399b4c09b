import type { Page } from "@playwright/test";

import { expectAccessibleInBothThemes } from "./accessible.ts";
import { CUTOUT_LIMIT_MS, downloadButton, fullyReady, addFiles, openPanel, stage } from "./editor.ts";
import { newEmail, signedIn } from "./people.ts";
import { half, picture } from "./pictures.ts";
import { expect, fixture, test } from "./site.ts";
import { filled, words } from "./words.ts";

// States that appear only after an action, checked with axe. `every-page.spec.ts` checks the pages.

const texts = words("en");
const { account, auth, common, editor, history } = texts;
const { workbench } = editor;

test.use({ reducedMotion: "reduce" });

test("the editor is accessible with every panel and dialog", async ({ page }) => {
  await signedIn(page);
  await page.goto("/editor");
  await addFiles(page, [picture("first.png"), picture("second.png")]);
  await expect(page.getByText(filled(editor.queue.progressOf, { done: 2, count: 2 }))).toBeVisible({
    timeout: CUTOUT_LIMIT_MS,
  });
  await fullyReady(page, texts);

  for (const kind of ["transparent", "color", "gradient", "picture", "blur"] as const) {
    await page.getByRole("radio", { name: workbench.background.kind[kind], exact: true }).click();
    await expectAccessibleInBothThemes(page, `background: ${kind}`);
  }
  await openPanel(page, texts, "shadow");
  await page.getByRole("switch", { name: workbench.shadow.label }).click();
  await expectAccessibleInBothThemes(page, "shadow");
  await openPanel(page, texts, "crop");
  await page.getByRole("switch", { name: workbench.crop.label }).click();
  await expectAccessibleInBothThemes(page, "crop");
  await openPanel(page, texts, "brush");
  await page.getByText(workbench.shortcuts.label, { exact: true }).click();
  await expectAccessibleInBothThemes(page, "brush");
  await page.getByRole("button", { name: workbench.view.compare, exact: true }).click();
  await expect(page.getByRole("slider", { name: workbench.compare.label })).toBeVisible();
  await expectAccessibleInBothThemes(page, "compare");

  await page.getByRole("button", { name: editor.download.more }).click();
  await expect(page.getByRole("dialog", { name: editor.download.menu })).toBeVisible();
  await expectAccessibleInBothThemes(page, "download menu");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: editor.queue.clear, exact: true }).first().click();
  await expect(page.getByRole("dialog", { name: editor.queue.clearTitle })).toBeVisible();
  await expectAccessibleInBothThemes(page, "clear dialog");
  await page.keyboard.press("Escape");

  await addFiles(page, [
    half("broken.png"),
    { name: "letter.txt", mimeType: "text/plain", buffer: Buffer.from("Hello") },
  ]);
  await expect(page.getByRole("alert").filter({ hasText: editor.intake.refused.unknown })).toBeVisible();
  await expect(page.getByRole("alert").filter({ hasText: editor.work.creditBack })).toBeVisible({
    timeout: CUTOUT_LIMIT_MS,
  });
  await expectAccessibleInBothThemes(page, "refused and failed");
});

test("the dialog and pages that ask a visitor for an account are accessible", async ({ page }) => {
  await page.goto("/editor");
  await addFiles(page, fixture("astronaut.png"));
  await expect(stage(page)).toBeVisible({ timeout: CUTOUT_LIMIT_MS });
  await expectAccessibleInBothThemes(page, "preview");
  await downloadButton(page, texts, "png").click();
  await expect(page.getByRole("dialog", { name: editor.account.title })).toBeVisible();
  await expectAccessibleInBothThemes(page, "account dialog");
  await page.getByRole("link", { name: editor.account.register }).click();
  await page.getByRole("button", { name: auth.register.button, exact: true }).click();
  await expect(page.getByText(auth.email.wrong)).toBeVisible();
  await expectAccessibleInBothThemes(page, "register, with mistakes");
  await page.getByLabel(auth.email.label, { exact: true }).fill(newEmail());
  await page.getByRole("button", { name: auth.register.button, exact: true }).click();
  await expect(page.getByLabel(auth.code.label, { exact: true })).toBeVisible();
  await expectAccessibleInBothThemes(page, "confirm");
  await page.getByRole("button", { name: auth.confirm.button, exact: true }).click();
  await expect(page.getByText(auth.password.weak)).toBeVisible();
  await expectAccessibleInBothThemes(page, "confirm, with mistakes");
});

test("the dialogs that delete, and the notices of a lost connection or session, are accessible", async ({
  page,
  context,
}) => {
  await signedIn(page);
  await page.goto("/editor");
  await addFiles(page, fixture("astronaut.png"));
  await fullyReady(page, texts);
  await page.goto("/account");
  await page.getByRole("button", { name: account.danger.button, exact: true }).click();
  await expect(page.getByRole("dialog", { name: account.danger.dialogTitle })).toBeVisible();
  await expectAccessibleInBothThemes(page, "delete the account");
  await page.goto("/history");
  await page
    .getByTestId("job")
    .getByRole("button", { name: `${common.action.delete}: astronaut.png` })
    .click();
  await expect(page.getByRole("dialog", { name: history.delete.title })).toBeVisible();
  await expectAccessibleInBothThemes(page, "delete a picture");
  await page.keyboard.press("Escape");
  await openMenu(page);
  await expectAccessibleInBothThemes(page, "menu of a phone");
  await context.setOffline(true);
  await expect(page.getByText(common.state.offline)).toBeVisible();
  await expectAccessibleInBothThemes(page, "offline");
  await context.setOffline(false);
  await context.clearCookies();
  await page.goto("/account");
  await expect(page.getByText(common.session.over)).toBeVisible();
  await expectAccessibleInBothThemes(page, "session over");
});

async function openMenu(page: Page) {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.locator("header summary").click();
  await expect(page.getByRole("navigation", { name: common.nav.menu })).toBeVisible();
}
