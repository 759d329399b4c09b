import { classNames } from "@/lib/class-names";
import type { Sample } from "@/lib/samples";

/** What `tools/samples/make.py` wrote; none is wider than the photograph. */
const WIDTHS = [320, 640, 960];

type Props = {
  sample: Sample;
  kind: "photograph" | "cutout";
  /** Empty where the words beside it say what is seen. */
  alt: string;
  /** How wide it is shown, in the words of the `sizes` attribute. */
  sizes: string;
  /** The first picture that is seen does not wait for anything. */
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
        fetchPriority={first ? "high" : "auto"}
        decoding="async"
        draggable={false}
        className={classNames("size-full object-cover", className)}
      />
    </picture>
  );
}

/** The `srcset` of a sample's AVIF files. */
export function sampleSources({ id, width }: Sample, kind: Props["kind"]): string {
  const name = kind === "cutout" ? `/samples/${id}-cutout` : `/samples/${id}`;
  const widths = new Set(WIDTHS.map((each) => Math.min(each, width)));
  return [...widths].map((each) => `${name}-${each}.avif ${each}w`).join(", ");
}
