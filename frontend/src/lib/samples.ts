export type Sample = {
  id: "red-panda" | "kingfisher" | "astronaut" | "coffee";
  /** The photograph, a JPEG. */
  src: string;
  /** Its cutout by our engine, a WebP with alpha of the same size. */
  cutout: string;
  width: number;
  height: number;
};

/** Photographs that visitors may try. `tools/samples` makes them, and says where they come from. */
export const samples: readonly [Sample, Sample, Sample, Sample] = [
  sample("red-panda", 1280, 960),
  sample("astronaut", 512, 512),
  sample("coffee", 600, 400),
  sample("kingfisher", 1280, 960),
];

function sample(id: Sample["id"], width: number, height: number): Sample {
  return { id, src: `/samples/${id}.jpg`, cutout: `/samples/${id}-cutout.webp`, width, height };
}
