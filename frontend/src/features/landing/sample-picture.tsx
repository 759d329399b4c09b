import { classNames } from "@/lib/class-names";
import type { Picture } from "@/lib/samples";

/** The widths that `tools/samples/make.py` writes. None is wider than the photo. */
const WIDTHS = [320, 720, 960];

type Props = {
  sample: Picture;
  kind: "photograph" | "cutout";
  /** Empty if the text beside it describes the picture. */
  alt: string;
  /** The displayed width, as a value of the `sizes` attribute. */
  sizes: string;
  /** True for pictures at the top of the page, which are not loaded lazily. */
  first?: boolean;
  className?: string;
};

/** A sample or its cutout, in the size that the screen needs. */
export function SamplePicture({ sample, kind, alt, sizes, first = false, className }: Props) {
  return (
    <picture className="contents">
      <source type="image/avif" srcSet={sampleSources(sample, kind)} sizes={sizes} />
      <img
        src={kind === "cutout" ? sample.cutout : sample.src}
        alt={alt}
        width={sample.width}
        height={sample.height}
        sizes={sizes}
        loading={first ? "eager" : "lazy"}
        decoding={first ? "auto" : "async"}
        draggable={false}
        className={classNames("size-full object-cover", className)}
      />
    </picture>
  );
}

/** The `srcset` of a sample's AVIF files. */
export function sampleSources({ id, width }: Picture, kind: Props["kind"]): string {
  const name = kind === "cutout" ? `/samples/${id}-cutout` : `/samples/${id}`;
  const widths = new Set(WIDTHS.map((each) => Math.min(each, width)));
  return [...widths].map((each) => `${name}-${each}.avif ${each}w`).join(", ");
}
