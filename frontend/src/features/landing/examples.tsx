import { CompareSlider } from "@/components/compare-slider";
import { samples } from "@/lib/samples";
import { useTexts } from "@/lib/texts";

import { SamplePicture } from "./sample-picture";

const SIZES = "(min-width: 1024px) 360px, (min-width: 640px) 45vw, 92vw";

/** A person, a product, an animal. */
export function Examples() {
  const { t } = useTexts("landing");
  const [, astronaut, coffee, kingfisher] = samples;
  const shown = [
    { id: "astronaut", sample: astronaut, position: "object-[50%_0%]" },
    { id: "coffee", sample: coffee, position: "" },
    { id: "kingfisher", sample: kingfisher, position: "object-[30%_50%]" },
  ] as const;
  return (
    <ul className="grid gap-x-6 gap-y-10 sm:grid-cols-2 lg:grid-cols-3">
      {shown.map(({ id, sample, position }) => (
        <li key={id}>
          <CompareSlider
            label={t("gallery.compare", { name: t(`sample.${id}`) })}
            className="border-line aspect-square border"
            before={
              <SamplePicture sample={sample} kind="photograph" alt="" sizes={SIZES} className={position} />
            }
            after={<SamplePicture sample={sample} kind="cutout" alt="" sizes={SIZES} className={position} />}
          />
          <h3 className="mt-4 text-lg font-semibold">{t(`gallery.${id}.title`)}</h3>
          <p className="text-muted mt-1 text-pretty">{t(`gallery.${id}.text`)}</p>
        </li>
      ))}
    </ul>
  );
}
