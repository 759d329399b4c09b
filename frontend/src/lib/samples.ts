/** A photo and its cutout by our engine. */
export type Picture<Id extends string = string> = {
  id: Id;
  /** The photo, a JPEG. */
  src: string;
  /** A WebP with alpha of the same size. */
  cutout: string;
  width: number;
  height: number;
};

/** Photos that visitors may try. `tools/samples` creates them and documents their sources. */
export const samples = [
  picture("red-panda", 1280, 960),
  picture("astronaut", 512, 512),
  picture("coffee", 600, 400),
  picture("kingfisher", 1280, 960),
] as const;

export type Sample = (typeof samples)[number];

/** One more, for the landing page. */
export const crab = picture("crab", 1280, 720);

function picture<Id extends string>(id: Id, width: number, height: number): Picture<Id> {
  return { id, src: `/samples/${id}.jpg`, cutout: `/samples/${id}-cutout.webp`, width, height };
}
