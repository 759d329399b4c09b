import { expect, test } from "vitest";

import { areNone, noEdits, type Edits } from "../model";
import { newEntry } from "./entry";
import { createQueueStore } from "./store";

const entry = (name: string) =>
  newEntry({ file: new Blob(["bytes"]), name, mediaType: "image/jpeg", size: null }, null);

test("only a picture without edits counts as unedited", () => {
  // A new part of the model does not compile without a value.
  const changes: Omit<Edits, "undone"> = {
    background: { kind: "blur", radius: 2 },
    shadow: { opacity: 50, blur: 10, dx: 0, dy: 10 },
    crop: { margin: 5 },
    strokes: [{ tool: "keep", size: 0.1, softness: 0, points: [[0.5, 0.5]] }],
  };
  expect(areNone({ ...noEdits, undone: changes.strokes })).toBe(true);
  const unseen = Object.entries(changes).filter(([name, value]) => areNone({ ...noEdits, [name]: value }));
  expect(unseen).toEqual([]);
});

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
