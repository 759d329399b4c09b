import { expect, test } from "vitest";

import { isInTheApp, nextPath, withNext } from "./next-path";

const next = (value: string) => nextPath(new URLSearchParams({ next: value }));

test("a path of this site is accepted, with its query and fragment", () => {
  expect(next("/editor")).toBe("/editor");
  expect(next("/editor?job=01935c&a=b#top")).toBe("/editor?job=01935c&a=b#top");
  expect(nextPath(new URL(withNext("/sign-in", "/editor?job=1"), "https://a.example").searchParams)).toBe(
    "/editor?job=1",
  );
});

test.each([
  "https://evil.example/",
  "//evil.example",
  "///evil.example",
  "/\\evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "/..//evil.example",
  "/.//evil.example",
  "javascript:alert(1)",
  " /editor",
  "editor",
  "",
])("%j is rejected", (evil) => {
  expect(next(evil)).toBeNull();
});

test("without the parameter, there is no next page", () => {
  expect(nextPath(new URLSearchParams())).toBeNull();
  expect(withNext("/sign-in", null)).toBe("/sign-in");
});

test("sign-in pages are rejected, so that there is no loop", () => {
  expect(next("/sign-in?next=/sign-in")).toBeNull();
  expect(next("/register")).toBeNull();
});

test("pages outside the router are recognized", () => {
  expect(isInTheApp("/editor?job=1")).toBe(true);
  expect(isInTheApp("/fr")).toBe(false);
  expect(isInTheApp("/docs")).toBe(false);
});
