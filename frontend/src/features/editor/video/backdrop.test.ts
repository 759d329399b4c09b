import { expect, it } from "vitest";

import { base64Of } from "./backdrop";

it("a file of any length is encoded without a change", async () => {
  const bytes = Uint8Array.from({ length: 100_001 }, (_, index) => index * 7);
  const text = await base64Of(new Blob([bytes]));
  expect(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))).toEqual(bytes);
  expect(await base64Of(new Blob([]))).toBe("");
});
