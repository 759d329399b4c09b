import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { beforeEach, expect, test, vi } from "vitest";

import { loadNamespace, startI18n } from "@/lib/i18n";
import { session } from "@/lib/session";

import { ConfirmPage } from "./confirm-page";
import { RegisterPage } from "./register-page";
import { SignInPage } from "./sign-in-page";

type Answer = { status: number; body?: unknown };
const account = {
  id: "1",
  email: "ada@example.org",
  language: "en",
  plan: "free",
  created_at: "2026-11-22T12:00:00Z",
};

/** Answers each path of the API, and records the requests. */
function serve(answers: Record<string, Answer>) {
  const sent: { path: string; body: unknown }[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname: path } = new URL(request.url);
    const text = await request.text();
    sent.push({ path, body: text ? JSON.parse(text) : null });
    const { status, body } = answers[path] ?? { status: 404 };
    const type = status < 400 ? "application/json" : "application/problem+json";
    return new Response(body === undefined ? null : JSON.stringify(body), {
      status,
      headers: { "content-type": type },
    });
  });
  return sent;
}

async function open(address: string) {
  const router = createMemoryRouter(
    [
      { path: "/sign-in", Component: SignInPage },
      { path: "/register", Component: RegisterPage },
      { path: "/confirm", Component: ConfirmPage },
      { path: "*", element: <p>elsewhere</p> },
    ],
    { initialEntries: [address] },
  );
  render(
    <QueryClientProvider client={new QueryClient()}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  await screen.findByRole("heading", { level: 1 });
  return router;
}

async function fill(email: string, password: string) {
  const user = userEvent.setup();
  await user.type(screen.getByLabelText("Email"), email);
  await user.type(screen.getByLabelText("Password"), `${password}{Enter}`);
}

beforeEach(async () => {
  vi.unstubAllGlobals();
  localStorage.clear();
  await startI18n("en", ["common"]);
  await loadNamespace("auth");
});

test("a refused sign-in shows the API's message", async () => {
  serve({
    "/api/auth/login": {
      status: 401,
      body: {
        code: "invalid_credentials",
        title: "Email or password is wrong.",
        status: 401,
        request_id: "r",
      },
    },
  });
  await open("/sign-in");
  await fill("ada@example.org", "nope");
  expect((await screen.findByRole("alert")).textContent).toContain("Email or password is wrong.");
  expect(session.mayExist()).toBe(false);
});

test("a missing value is reported without a request, and its input gets the focus", async () => {
  const sent = serve({});
  await open("/sign-in");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  expect(screen.getByLabelText("Email")).toBe(document.activeElement);
  expect(screen.getByText("Enter your password.")).toBeTruthy();
  expect(sent).toEqual([]);
});

test("signing in continues to the page in `next`", async () => {
  serve({ "/api/auth/login": { status: 200, body: { status: "signed_in", account } } });
  const router = await open("/sign-in?next=%2Fhistory%3Fstate%3Dfailed");
  await fill("ada@example.org", "Passw0rd-Ada");
  await waitFor(() => expect(router.state.location.pathname).toBe("/history"));
  expect(router.state.location.search).toBe("?state=failed");
  expect(session.mayExist()).toBe(true);
});

test("an account that requires a one-time code is asked for it", async () => {
  const sent = serve({
    "/api/auth/login": { status: 200, body: { status: "code_required", session: "s-1" } },
  });
  await open("/sign-in");
  await fill("ada@example.org", "Passw0rd-Ada");
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText("One-time code"), "123 456{Enter}");
  await waitFor(() => expect(sent).toHaveLength(2));
  expect(sent[1]?.body).toEqual({ email: "ada@example.org", session: "s-1", code: "123456" });
});

test("confirming the email address sets the password and signs in with it", async () => {
  const sent = serve({
    "/api/auth/register": { status: 202 },
    "/api/auth/confirm": { status: 204 },
    "/api/auth/login": { status: 200, body: { status: "signed_in", account } },
  });
  const router = await open("/register?next=/account");
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText("Email"), "ada@example.org{Enter}");
  await user.type(await screen.findByLabelText("Code from the email"), "123456{Enter}");
  await screen.findByText("The password does not meet all of the rules yet.");
  await user.type(screen.getByLabelText("Password"), "Passw0rd-Ada{Enter}");
  await waitFor(() => expect(router.state.location.pathname).toBe("/account"));
  const bodies = sent.map(({ body }) => body).filter((body) => body !== null);
  expect(bodies).toEqual([
    { email: "ada@example.org", language: "en" },
    { email: "ada@example.org", code: "123456", password: "Passw0rd-Ada" },
    { email: "ada@example.org", password: "Passw0rd-Ada" },
  ]);
});

test("the sign-in page leads to the confirmation code", async () => {
  await open("/sign-in?next=/account");
  const link = await screen.findByRole("link", { name: "Enter it here" });
  expect(link.getAttribute("href")).toBe("/confirm?next=%2Faccount");
});
