import { CompareSlider } from "@/components/compare-slider";
import { samples } from "@/lib/samples";
import { useTexts } from "@/lib/texts";

import { DropOverlay } from "./drop-overlay";
import { DropZone } from "./drop-zone";
import { SamplePicture } from "./sample-picture";
import { useIntake } from "./use-intake";

/** The `sizes` of the first picture. The preload link of the prerendered page has the same value. */
export const HERO_SIZES = "(min-width: 1152px) 580px, (min-width: 1024px) 50vw, calc(100vw - 2rem)";

/** The headline, the drop zone, and an example beside them. */
export function Hero() {
  const { t } = useTexts("landing");
  const [sample] = samples;
  const intake = useIntake();
  return (
    <section className="hero-light">
      <div className="page-width grid items-center gap-x-12 gap-y-10 pt-10 pb-16 sm:pt-12 lg:grid-cols-[minmax(0,1fr)_minmax(0,1.12fr)] lg:pt-14 lg:pb-24">
        <div>
          <p className="text-accent text-sm font-semibold">{t("hero.eyebrow")}</p>
          <h1 className="mt-3 text-4xl leading-[1.08] font-bold tracking-tight text-balance sm:text-5xl xl:text-[3.25rem]">
            {t("hero.title")}
          </h1>
          <p className="text-muted mt-5 max-w-xl text-lg leading-8 text-pretty">{t("hero.subtitle")}</p>
          <DropZone intake={intake} />
        </div>
        <CompareSlider
          label={t("hero.compare")}
          glideTo={14}
          className="deep-checks border-line aspect-[4/3] border shadow-2xl shadow-black/15"
          before={<SamplePicture first sample={sample} kind="photograph" alt="" sizes={HERO_SIZES} />}
          after={<SamplePicture first sample={sample} kind="cutout" alt="" sizes={HERO_SIZES} />}
        />
      </div>
      {intake.state === "dragging" && <DropOverlay />}
    </section>
  );
}
