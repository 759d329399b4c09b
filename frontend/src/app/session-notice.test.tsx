import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen, waitFor } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { beforeEach, expect, test, vi } from "vitest";

import { LinkContext } from "@/components/link";
import { startI18n } from "@/lib/i18n";
import { session } from "@/lib/session";

import { RouterLink } from "./router-link";
import { SessionNotice } from "./session-notice";

/** The account of the browser's cookies. */
let signedIn: string | null;
let queries: QueryClient;

beforeEach(async () => {
  localStorage.clear();
  await startI18n("en", ["common"]);
  vi.stubGlobal("fetch", async () =>
    signedIn
      ? new Response(JSON.stringify({ id: signedIn }), { status: 200 })
      : new Response(JSON.stringify({ code: "unauthenticated" }), { status: 401 }),
  );
  queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  signedIn = "ada";
  session.start("ada");
  render(
    <QueryClientProvider client={queries}>
      <LinkContext value={RouterLink}>
        <MemoryRouter>
          <SessionNotice />
        </MemoryRouter>
      </LinkContext>
    </QueryClientProvider>,
  );
  await expectUser("ada");
  queries.setQueryData(["jobs", "all"], "ada's");
  queries.setQueryData(["config"], "limits");
});

const expectUser = (id: string | null) =>
  waitFor(() => expect((queries.getQueryData<{ id: string } | null>(["me"]) ?? null)?.id ?? null).toBe(id));

/** Another tab signs a user in or out. */
function signInElsewhere(account: string | null) {
  const oldValue = localStorage.getItem("signed-in");
  signedIn = account;
  if (account) {
    localStorage.setItem("signed-in", account);
  } else {
    localStorage.removeItem("signed-in");
  }
  act(() => {
    dispatchEvent(new StorageEvent("storage", { key: "signed-in", oldValue, newValue: account }));
  });
}

test("a tab follows when another tab signs in another user, and clears its cache", async () => {
  signInElsewhere("grace");
  expect(queries.getQueryData(["jobs", "all"])).toBeUndefined();
  expect(queries.getQueryData(["config"])).toBe("limits");
  await expectUser("grace");
});

test("a tab follows when another tab signs out, without the notice of an ended session", async () => {
  signInElsewhere(null);
  await expectUser(null);
  expect(queries.getQueryData(["jobs", "all"])).toBeUndefined();
  expect(screen.queryByRole("status")).toBeNull();
});

test("the cache is kept when the same account is stored", () => {
  act(() => {
    dispatchEvent(new StorageEvent("storage", { key: "signed-in", oldValue: "yes", newValue: "ada" }));
  });
  expect(queries.getQueryData(["jobs", "all"])).toBe("ada's");
});

test("the cache is cleared when the session is over", () => {
  act(() => session.expire());
  expect(queries.getQueryData(["jobs", "all"])).toBeUndefined();
  expect(queries.getQueryData(["me"])).toBeNull();
  expect(screen.getByText(/session has ended/iu)).toBeTruthy();
});
