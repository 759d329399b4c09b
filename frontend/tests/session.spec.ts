import {
  setBackgroundColor,
  CUTOUT_LIMIT_MS,
  downloadButton,
  expectBackgroundColor,
  fullyReady,
  addFiles,
  stage,
} from "./editor.ts";
import { PASSWORD, signedIn } from "./people.ts";
import { picture } from "./pictures.ts";
import { decode, downloaded, expect, fixture, test } from "./site.ts";
import { filled, words } from "./words.ts";

const texts = words("en");
const { account, auth, common, editor, history } = texts;
const ACCESS = "__Host-sansfond-access";

test("an expired access token is renewed silently", async ({ page, context }) => {
  await signedIn(page);
  await page.goto("/account");
  await expect(page.getByTestId("credits")).toBeVisible();
  const renewals: number[] = [];
  page.on("response", (response) => {
    if (response.url().endsWith("/api/auth/refresh")) {
      renewals.push(response.status());
    }
  });
  await context.clearCookies({ name: ACCESS });
  await page.getByRole("banner").getByRole("link", { name: common.nav.history, exact: true }).click();
  await expect(page.getByText(history.empty.all)).toBeVisible();
  await expect(page.getByText(common.session.over)).toHaveCount(0);
  expect(renewals).toEqual([204]);
  expect((await context.cookies()).map(({ name }) => name)).toContain(ACCESS);
});

test("an ended session is reported, and the work continues after signing in again", async ({
  page,
  context,
}) => {
  const email = await signedIn(page);
  await page.goto("/editor");
  await addFiles(page, fixture("astronaut.png"));
  await fullyReady(page, texts);
  await setBackgroundColor(page, texts, "#ff0000");

  await context.clearCookies();
  await addFiles(page, picture("second.png"));
  await expect(page.getByText(common.session.over)).toBeVisible();
  await expect(page.getByText(editor.work.waitingSignIn)).toBeVisible();
  await page
    .getByRole("status")
    .filter({ hasText: common.session.over })
    .getByRole("link", { name: common.session.signIn })
    .click();

  await expect(page).toHaveURL(/\/sign-in\?next=%2Feditor$/);
  await page.getByLabel(auth.email.label, { exact: true }).fill(email);
  await page.getByLabel(auth.password.label, { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: auth.signIn.button, exact: true }).click();
  await expect(page).toHaveURL(/\/editor$/);
  await expect(page.getByText(common.session.over)).toHaveCount(0);
  await expect(page.getByText(filled(editor.queue.progressOf, { done: 2, count: 2 }))).toBeVisible({
    timeout: CUTOUT_LIMIT_MS,
  });

  const { open, state } = editor.queue;
  await page
    .getByRole("button", { name: filled(open, { name: "astronaut.png", state: state.ready }) })
    .click();
  await expectBackgroundColor(page, texts, "#ff0000");
  const file = await downloaded(page, () => downloadButton(page, texts, "png").click());
  const result = await decode(page, file.bytes);
  expect(result.at(0, 0)).toEqual([255, 0, 0, 255]);
});

test("signing out empties the editor, and leaves nothing in the browser", async ({ page, context }) => {
  await signedIn(page);
  await page.goto("/editor");
  await addFiles(page, fixture("astronaut.png"));
  await fullyReady(page, texts);
  await expect.poll(() => countRecords(page)).toBeGreaterThan(0);
  await page.goto("/account");
  await page.getByRole("button", { name: account.profile.signOut, exact: true }).click();
  await expect(page).toHaveURL(/:\d+\/$/);
  expect(await countRecords(page)).toBe(0);
  expect(await context.cookies()).toEqual([]);
  await page.goto("/editor");
  await expect(page.getByRole("heading", { level: 1, name: editor.page.title })).toBeVisible();
  await expect(stage(page)).toHaveCount(0);
  await expect(page.getByRole("banner").getByRole("link", { name: common.nav.signIn })).toBeVisible();
  await expect(page.getByText(common.session.over)).toHaveCount(0);
});

/** The number of records in all databases of the browser. */
async function countRecords(page: import("@playwright/test").Page): Promise<number> {
  return page.evaluate(async () => {
    const done = <Result>(request: IDBRequest<Result>) =>
      new Promise<Result>((resolve, reject) => {
        request.addEventListener("success", () => resolve(request.result));
        request.addEventListener("error", () => reject(request.error ?? new Error("failed")));
      });
    let count = 0;
    for (const { name = "" } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        count += await done(database.transaction(store).objectStore(store).count());
      }
      database.close();
    }
    return count;
  });
}
