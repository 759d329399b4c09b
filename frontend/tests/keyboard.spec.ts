import { CUTOUT_LIMIT_MS, downloadButton, stage } from "./editor.ts";
import { expectVisibleFocus, tabTo } from "./keys.ts";
import { newMember, PASSWORD } from "./people.ts";
import { decode, downloaded, expect, fixture, test } from "./site.ts";
import { words } from "./words.ts";

const texts = words("en");
const { auth, common, editor } = texts;
const { workbench } = editor;

test("the first Tab stop of a page skips its header", async ({ page }) => {
  for (const address of ["/", "/editor", "/developers"]) {
    await page.goto(address);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    const skip = page.getByRole("link", { name: common.nav.skip });
    await page.keyboard.press("Tab");
    await expect(skip).toBeFocused();
    await expect(skip).toBeInViewport();
    await expectVisibleFocus(page);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    const past = await page.evaluate(() => document.activeElement?.closest("header") === null);
    expect(past, `after the skip link of ${address}, the focus is still in the header`).toBe(true);
  }
});

test("everything from signing in to the download works without a mouse", async ({ page }) => {
  const email = await newMember(page);
  const { keyboard } = page;
  const button = (name: string) => page.getByRole("button", { name, exact: true });

  await test.step("sign in", async () => {
    await page.goto("/sign-in");
    await tabTo(page, page.getByLabel(auth.email.label, { exact: true }));
    await keyboard.type(email);
    await tabTo(page, page.getByLabel(auth.password.label, { exact: true }));
    await keyboard.type(PASSWORD);
    await keyboard.press("Enter");
    await expect(page).toHaveURL(/\/editor$/);
  });

  await test.step("choose a picture", async () => {
    await expect(page.getByTestId("credits")).toBeVisible();
    await tabTo(page, button(editor.intake.choose));
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), keyboard.press("Enter")]);
    await chooser.setFiles(fixture("astronaut.png"));
    await expect(downloadButton(page, texts, "png")).toBeVisible({ timeout: CUTOUT_LIMIT_MS });
    await expect(stage(page)).toBeVisible();
  });

  await test.step("compare with the original", async () => {
    await tabTo(page, button(workbench.view.compare));
    await keyboard.press("Enter");
    const slider = page.getByRole("slider", { name: workbench.compare.label });
    await tabTo(page, slider, "Shift+Tab");
    await expect(slider).toHaveAttribute("aria-valuenow", "50");
    await keyboard.press("ArrowRight");
    await keyboard.press("ArrowRight");
    await expect(slider).toHaveAttribute("aria-valuenow", "54");
    await keyboard.press("Home");
    await expect(slider).toHaveAttribute("aria-valuenow", "0");
  });

  await test.step("paint a dot in the middle, and a line that is undone", async () => {
    const tab = (name: string) => page.getByRole("tab", { name, exact: true });
    await tabTo(page, tab(workbench.panel.background));
    for (const panel of ["shadow", "crop", "brush"] as const) {
      await keyboard.press("ArrowRight");
      await expect(tab(workbench.panel[panel])).toBeFocused();
    }
    await expect(tab(workbench.panel.brush)).toHaveAttribute("aria-selected", "true");
    await expect(page.getByRole("radio", { name: workbench.brush.remove })).toBeChecked();
    await tabTo(page, stage(page), "Shift+Tab");
    // The first press moves the brush to the middle, the second one paints.
    await keyboard.press("Enter");
    await keyboard.press("Enter");
    await expect(stage(page)).toHaveAttribute("data-strokes", "1");
    await keyboard.down("Space");
    await keyboard.press("ArrowRight");
    await keyboard.press("Shift+ArrowRight");
    await keyboard.up("Space");
    await expect(stage(page)).toHaveAttribute("data-strokes", "2");
    await keyboard.press("Control+z");
    await expect(stage(page)).toHaveAttribute("data-strokes", "1");
  });

  await test.step("choose a color", async () => {
    await tabTo(page, page.getByRole("tab", { name: workbench.panel.brush, exact: true }));
    await keyboard.press("Home");
    await tabTo(page, page.getByRole("radio", { name: workbench.background.kind.transparent, exact: true }));
    // Held for as long as a finger holds it: the radio buttons react only if the key is still down when the focus arrives.
    await keyboard.press("ArrowRight", { delay: 100 });
    await expect(
      page.getByRole("radio", { name: workbench.background.kind.color, exact: true }),
    ).toBeChecked();
    const field = page.getByRole("textbox", { name: workbench.color.hex });
    await tabTo(page, field);
    await keyboard.press("Control+a");
    await keyboard.type("#0000ff");
    await expect(field).toHaveValue("#0000ff");
  });

  await test.step("open and close a dialog, which gives the focus back", async () => {
    const clear = button(editor.queue.clear).first();
    await tabTo(page, clear, "Shift+Tab");
    await keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: editor.queue.clearTitle });
    await expect(dialog).toBeVisible();
    await expect(dialog.locator(":focus")).toHaveCount(1);
    await expectVisibleFocus(page);
    await keyboard.press("Escape");
    await expect(dialog).toHaveCount(0);
    await expect(clear).toBeFocused();
  });

  await test.step("choose the format, close the menu, and download", async () => {
    await tabTo(page, button(editor.download.more));
    await keyboard.press("Enter");
    const menu = page.getByRole("dialog", { name: editor.download.menu });
    await expect(menu.locator(":focus")).toHaveCount(1);
    await keyboard.press("Escape");
    await expect(menu).toHaveCount(0);
    await expect(button(editor.download.more)).toBeFocused();
    await tabTo(page, downloadButton(page, texts, "png"), "Shift+Tab");
    const file = await downloaded(page, () => keyboard.press("Enter"));
    const picture = await decode(page, file.bytes);
    expect(picture.at(0, 0)).toEqual([0, 0, 255, 255]);
    // The dot in the middle of the picture.
    expect(picture.at(0.5, 0.5)).toEqual([0, 0, 255, 255]);
  });
});
