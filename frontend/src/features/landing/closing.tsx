import { samples } from "@/lib/samples";
import { useTexts } from "@/lib/texts";

import { Island } from "./island";
import { SamplePicture } from "./sample-picture";

/** The last section, with another button to start. */
export function Closing() {
  const { t } = useTexts("landing");
  const [, , , kingfisher] = samples;
  return (
    <section aria-labelledby="closing-title" className="page-width">
      <div className="backdrop-deep grid items-end overflow-hidden rounded-3xl sm:grid-cols-[1fr_18rem] lg:grid-cols-[1fr_26rem]">
        <div className="p-8 sm:p-12 lg:p-16">
          <h2
            id="closing-title"
            className="text-3xl font-semibold tracking-tight text-balance text-white sm:text-4xl"
          >
            {t("closing.title")}
          </h2>
          <p className="mt-3 text-lg text-white/85">{t("closing.text")}</p>
          <div className="mt-7">
            <Island name="choose" />
          </div>
        </div>
        <div className="hidden aspect-square sm:block">
          <SamplePicture
            sample={kingfisher}
            kind="cutout"
            alt=""
            sizes="(min-width: 1024px) 560px, 400px"
            className="object-[32%_50%]"
          />
        </div>
      </div>
    </section>
  );
}
