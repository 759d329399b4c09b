import { useState } from "react";

import { classNames } from "@/lib/class-names";
import { samples } from "@/lib/samples";
import { useTexts } from "@/lib/texts";

import { SamplePicture } from "./sample-picture";

const BACKDROPS = {
  none: "checkerboard",
  white: "bg-white",
  black: "bg-black",
  sun: "backdrop-sun",
  rose: "backdrop-rose",
} as const;
type Backdrop = keyof typeof BACKDROPS;
const names = Object.keys(BACKDROPS) as Backdrop[];

/** One cutout on several backgrounds, which would show a halo. */
export function Backdrops() {
  const { t } = useTexts("landing");
  const [backdrop, setBackdrop] = useState<Backdrop>("black");
  const [sample] = samples;
  return (
    <div className="grid gap-4">
      <div
        className={classNames(
          "aspect-[4/3] overflow-hidden rounded-2xl transition-colors duration-300",
          BACKDROPS[backdrop],
        )}
      >
        <SamplePicture
          sample={sample}
          kind="cutout"
          alt={t("backdrops.alt")}
          sizes="(min-width: 1024px) 560px, 90vw"
        />
      </div>
      <div role="group" aria-label={t("backdrops.choose")} className="flex gap-2">
        {names.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === backdrop}
            aria-label={t(`backdrops.${name}`)}
            title={t(`backdrops.${name}`)}
            onClick={() => setBackdrop(name)}
            className={classNames(
              "border-line-strong aria-pressed:outline-accent size-11 cursor-pointer rounded-full border outline-2 outline-offset-2 outline-transparent",
              BACKDROPS[name],
            )}
          />
        ))}
      </div>
    </div>
  );
}
