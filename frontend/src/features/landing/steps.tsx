import { Brush, Download, Upload } from "lucide-react";
import type { ReactNode } from "react";

import { crab } from "@/lib/samples";
import { useTexts } from "@/lib/texts";

import { SamplePicture } from "./sample-picture";
import { Section } from "./section";

const SIZES = "(min-width: 1024px) 360px, (min-width: 640px) 45vw, 90vw";

/** The steps from a photo to its cutout, shown on one picture. */
export function Steps() {
  const { t } = useTexts("landing");
  const picture = (kind: "photograph" | "cutout", className = "") => (
    <SamplePicture sample={crab} kind={kind} alt="" sizes={SIZES} className={className} />
  );
  return (
    <Section id="how" title={t("steps.title")}>
      <ol className="grid gap-x-6 gap-y-10 md:grid-cols-3">
        <Step number={1} title={t("steps.give.title")} text={t("steps.give.text")} icon={<Upload />}>
          <div className="bg-raised size-full p-5">
            <div className="border-line-strong size-full overflow-hidden rounded-xl border-2 border-dashed p-2">
              {picture("photograph", "rounded-lg")}
            </div>
          </div>
        </Step>
        <Step number={2} title={t("steps.look.title")} text={t("steps.look.text")} icon={<Brush />}>
          <div className="checkerboard size-full">{picture("cutout", "origin-[38%_60%] scale-[1.8]")}</div>
        </Step>
        <Step number={3} title={t("steps.take.title")} text={t("steps.take.text")} icon={<Download />}>
          <div className="backdrop-sun size-full p-4">
            {picture("cutout", "object-contain! drop-shadow-[0_1.2rem_1rem_rgb(80_30_0/0.45)]")}
          </div>
        </Step>
      </ol>
    </Section>
  );
}

type StepProps = { number: number; title: string; text: string; icon: ReactNode; children: ReactNode };

function Step({ number, title, text, icon, children }: StepProps) {
  return (
    <li>
      <div className="border-line relative aspect-[3/2] overflow-hidden rounded-2xl border">
        {children}
        <span
          aria-hidden
          className="bg-surface text-accent absolute bottom-3 left-3 grid size-11 place-items-center rounded-full shadow-lg [&>svg]:size-5"
        >
          {icon}
        </span>
      </div>
      <h3 className="mt-5 flex items-baseline gap-2.5 text-lg font-semibold">
        <span className="text-accent tabular-nums">{number}</span>
        {title}
      </h3>
      <p className="text-muted mt-1.5 text-pretty">{text}</p>
    </li>
  );
}
