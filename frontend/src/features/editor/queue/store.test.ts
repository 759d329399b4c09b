import { expect, test } from "vitest";

import { noEdits, type Edits } from "../model";
import { newEntry } from "./entry";
import { createQueueStore } from "./store";

const entry = (name: string) =>
  newEntry({ file: new Blob(["bytes"]), name, mediaType: "image/jpeg", size: null }, null);

test("a look is applied to all pictures, which keep their own strokes", () => {
  const [model, other] = [entry("a.jpg"), entry("b.jpg")];
  const queue = createQueueStore();
  queue.add([model, other]);
  const stroke = { tool: "keep", size: 0.1, softness: 0, points: [[0.5, 0.5]] } as const;
  const look: Edits = {
    ...noEdits,
    background: { kind: "color", color: "#ffffff" },
    shadow: { opacity: 50, blur: 10, dx: 0, dy: 10 },
    crop: { margin: 5 },
  };
  queue.patch(model.id, { edits: look });
  queue.patch(other.id, { edits: { ...noEdits, strokes: [stroke] } });
  queue.lookForAll(model.id);
  expect(queue.entry(other.id)?.edits).toEqual({ ...look, strokes: [stroke] });
  expect(queue.entry(model.id)?.edits).toBe(look);
});
