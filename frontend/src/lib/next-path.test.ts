import { expect, test } from "vitest";

import { isInTheApp, nextPath, withNext } from "./next-path";

const next = (value: string) => nextPath(new URLSearchParams({ next: value }));

test("a path of this site is where it goes on, with its query and fragment", () => {
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
])("%j does not lead away from this site", (evil) => {
  expect(next(evil)).toBeNull();
});

test("without the parameter there is nowhere to go on to", () => {
  expect(nextPath(new URLSearchParams())).toBeNull();
  expect(withNext("/sign-in", null)).toBe("/sign-in");
});

test("it never goes round in a circle", () => {
  expect(next("/sign-in?next=/sign-in")).toBeNull();
  expect(next("/register")).toBeNull();
});

test("pages outside the router are known", () => {
  expect(isInTheApp("/editor?job=1")).toBe(true);
  expect(isInTheApp("/fr")).toBe(false);
  expect(isInTheApp("/docs")).toBe(false);
});
