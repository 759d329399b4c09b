import { ImagePlus } from "lucide-react";

import { Button } from "@/components/ui/button";
import { samples } from "@/lib/samples";
import { useTexts } from "@/lib/texts";

import { choosePictures, INPUT, preloadEditor } from "./intake";
import { SamplePicture } from "./sample-picture";
import type { useIntake } from "./use-intake";

export type Intake = ReturnType<typeof useIntake>;

/** Accepts a picture or a video without sign-up. The whole page accepts dropped and pasted ones (`useIntake`). */
export function DropZone({ intake: { state, take, takeSample } }: { intake: Intake }) {
  const { t } = useTexts("landing");
  const opening = state === "opening";
  const warm = () => void preloadEditor();
  return (
    <div id="try" className="mt-8 max-w-xl scroll-mt-24" onPointerEnter={warm} onFocus={warm}>
      <section
        aria-label={t("intake.label")}
        className="border-line-strong bg-surface/80 grid justify-items-center gap-3 rounded-3xl border-2 border-dashed px-4 py-7 text-center"
      >
        <input
          id={INPUT}
          type="file"
          accept="image/*,video/*"
          multiple
          hidden
          onChange={(event) => {
            take(event.target.files ?? []);
            // The same file may be chosen again.
            event.target.value = "";
          }}
        />
        <Button
          size="large"
          busy={opening}
          onClick={choosePictures}
          className="shadow-accent/25 w-full max-w-72 rounded-full! shadow-lg"
        >
          {!opening && <ImagePlus aria-hidden className="size-5" />}
          {opening ? t("intake.opening") : t("intake.choose")}
        </Button>
        <p className="text-muted text-sm">
          <span className="pointer-coarse:hidden">{t("intake.drop")}</span>
          <span className="hidden pointer-coarse:inline">{t("intake.dropTouch")}</span>
        </p>
        <p role="status" className="text-danger text-sm empty:hidden">
          {(state === "notAPicture" || state === "sampleFailed") && t(`intake.${state}`)}
        </p>
        <noscript>
          <p className="text-danger text-sm">{t("hero.noScript")}</p>
        </noscript>
      </section>
      <div className="mt-5 flex flex-wrap items-center gap-x-4 gap-y-2">
        <p id="samples" className="text-muted text-sm">
          {t("intake.samples")}
        </p>
        <ul aria-labelledby="samples" className="flex gap-2">
          {samples.map((sample) => (
            <li key={sample.id}>
              <button
                type="button"
                disabled={opening}
                aria-label={t("intake.sample", { name: t(`sample.${sample.id}`) })}
                onClick={() => void takeSample(sample)}
                className="border-line hover:border-accent block size-14 cursor-pointer overflow-hidden rounded-xl border-2 transition-colors"
              >
                <SamplePicture sample={sample} kind="photograph" alt="" sizes="56px" />
              </button>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
