import assert from "node:assert/strict";
import { test } from "node:test";
import { problems } from "./lint.js";

const GOOD = `on: push
permissions:
  contents: read
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@0123456789abcdef0123456789abcdef01234567 # v1.2.3
      - run: make test
`;

async function sees(from, to, expected) {
  assert.notEqual(GOOD.replace(from, to), GOOD);
  const found = await problems(GOOD.replace(from, to));
  assert.ok(found.some((one) => expected.test(one)), `${expected} is not among ${JSON.stringify(found)}`);
}

test("a good workflow has no problem", async () => assert.deepEqual(await problems(GOOD), []));

test("a key that is none", () => sees("runs-on", "run-on", /unexpected key "run-on"/));

test("an expression that means nothing", () => sees("make test", "echo ${{ need.one }}", /undefined variable "need"/));

test("a stranger's text in a script", () =>
  sees("make test", "echo ${{ github.event.pull_request.title }}", /potentially untrusted/));

test("a job that needs one that is not there", () => sees("    steps", "    needs: two\n    steps", /"two"/));

test("an action by its tag, by its branch, without its version", async () => {
  const pin = "@0123456789abcdef0123456789abcdef01234567 # v1.2.3";
  for (const other of ["@v4", "@main", "@0123456789abcdef0123456789abcdef01234567"]) await sees(pin, other, /by its commit/);
});

test("permissions that are not said, or wide", async () => {
  await sees("permissions:\n  contents: read\n", "", /permissions: contents: read is missing/);
  await sees("contents: read", "contents: write", /permissions: contents: read is missing/);
});

test("a verb that the Makefile does not have", () => sees("make test", "make tests", /make tests is no verb/));
