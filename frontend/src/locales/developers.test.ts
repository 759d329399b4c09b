import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { languages } from "@/lib/languages";

type Schema = { enum?: string[]; properties?: Record<string, unknown> };
type Texts = { start: { options: string }; video: { options: string } };

const { schemas } = JSON.parse(readFileSync("../docs/openapi.json", "utf8")).components as {
  schemas: Record<string, Schema>;
};
const texts = import.meta.glob<Texts>("./*/developers.json", { import: "default", eager: true });

/** The names of a schema: its values or its fields. */
function namesOf(schema: string): string[] {
  const { enum: values = [], properties = {} } = schemas[schema] ?? {};
  return [...values, ...Object.keys(properties)];
}

test.each(languages)("the documentation in %s names every format and every option", (language) => {
  const { start, video } = texts[`./${language}/developers.json`] as Texts;
  const missing = (text: string, ...from: string[]) =>
    from.flatMap(namesOf).filter((name) => !text.includes(`\`${name}\``));
  expect(namesOf("ImageFormat")).toContain("png");
  expect(namesOf("VideoOptions")).toContain("steady");
  expect(missing(start.options, "ImageFormat", "ImageOptions")).toEqual([]);
  expect(missing(video.options, "VideoFormat", "VideoOptions")).toEqual([]);
});
