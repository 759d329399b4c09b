import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { describe, problemCodes, type Operation } from "./describe";

const document: unknown = JSON.parse(readFileSync("../docs/openapi.json", "utf8"));
const groups = describe(document);

function find(id: string): Operation {
  const found = groups.flatMap(({ operations }) => operations).find((one) => one.id === id);
  if (!found) {
    throw new Error(`there is no ${id}`);
  }
  return found;
}

const row = (rows: readonly { name: string }[], name: string) => rows.find((one) => one.name === name);

test("every operation of our description is listed once, under its tag", () => {
  const { paths } = document as { paths: Record<string, object> };
  const count = Object.values(paths).reduce((sum, methods) => sum + Object.keys(methods).length, 0);
  expect(groups.flatMap(({ operations }) => operations)).toHaveLength(count);
  expect(groups.map(({ tag }) => tag)).toContain("jobs");
});

test("an operation has the accepted ways to authenticate", () => {
  expect(find("create_upload").needs).toEqual(["session", "api_key"]);
  expect(find("create_key").needs).toEqual(["session"]);
  expect(find("health").needs).toEqual([]);
});

test("nested fields have dotted names, lists have brackets", () => {
  const upload = find("create_upload");
  expect(row(upload.body?.rows ?? [], "size_bytes")).toMatchObject({ type: "integer", required: true });
  expect(row(upload.body?.rows ?? [], "options.background")).toMatchObject({ required: false });
  const list = find("list_jobs").responses.find(({ status }) => status === "200");
  expect(row(list?.rows ?? [], "jobs[].id")).toMatchObject({ type: "string", required: true });
});

test("a field of only one alternative is not required", () => {
  const rows = find("login").responses.find(({ status }) => status === "200")?.rows ?? [];
  expect(row(rows, "status")).toMatchObject({ required: true, type: '"signed_in" | "code_required"' });
  expect(row(rows, "session")).toMatchObject({ required: false });
});

test("the codes of problems are listed", () => {
  expect(problemCodes(document)).toContain("insufficient_credits");
});

test("an invalid document has no operations", () => {
  expect(describe(null)).toEqual([]);
  expect(describe({})).toEqual([]);
  expect(problemCodes({})).toEqual([]);
});
