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

async function reports(from, to, expected) {
  assert.notEqual(GOOD.replace(from, to), GOOD);
  const found = await problems(GOOD.replace(from, to));
  assert.ok(found.some((one) => expected.test(one)), `${expected} is not among ${JSON.stringify(found)}`);
}

test("a valid workflow has no problems", async () => assert.deepEqual(await problems(GOOD), []));

test("an unknown key", () => reports("runs-on", "run-on", /unexpected key "run-on"/));

test("an undefined variable in an expression", () => reports("make test", "echo ${{ need.one }}", /undefined variable "need"/));

test("untrusted text in a script", () =>
  reports("make test", "echo ${{ github.event.pull_request.title }}", /potentially untrusted/));

test("a dependency on a job that does not exist", () => reports("    steps", "    needs: two\n    steps", /"two"/));

test("an action by its tag, by its branch, without its version", async () => {
  const pin = "@0123456789abcdef0123456789abcdef01234567 # v1.2.3";
  for (const other of ["@v4", "@main", "@0123456789abcdef0123456789abcdef01234567"]) await reports(pin, other, /by its commit/);
});

test("missing or wide permissions", async () => {
  await reports("permissions:\n  contents: read\n", "", /permissions: contents: read is missing/);
  await reports("contents: read", "contents: write", /permissions: contents: read is missing/);
});

test("a target that the Makefile does not have", () => reports("make test", "make tests", /make tests is not a target/));
