import type { ReactNode } from "react";

import { classNames } from "@/lib/class-names";
import { paths, SOURCE } from "@/lib/paths";
import { samples } from "@/lib/samples";
import { useTexts } from "@/lib/texts";

import { Island } from "./island";
import { OutwardLink } from "./outward-link";
import { SamplePicture } from "./sample-picture";
import { Section } from "./section";

/** The benefits, each of which can be verified. */
export function Benefits() {
  const { t } = useTexts("landing");
  const [sample] = samples;
  return (
    <Section id="benefits" title={t("benefits.title")}>
      <div className="grid gap-6 lg:grid-cols-6 lg:grid-rows-[1fr_auto]">
        <Card
          title={t("benefits.halo.title")}
          text={t("benefits.halo.text")}
          className="lg:col-span-4 lg:row-span-2"
        >
          <div className="mt-6">
            <Island name="backdrops" />
          </div>
        </Card>
        <Card title={t("benefits.edges.title")} text={t("benefits.edges.text")} className="lg:col-span-2">
          <div className="mt-6 aspect-[3/2] flex-1 overflow-hidden rounded-2xl bg-black">
            <SamplePicture
              sample={sample}
              kind="cutout"
              alt={t("benefits.edges.alt")}
              sizes="(min-width: 1024px) 960px, 180vw"
              className="origin-[12%_78%] scale-[2.6]"
            />
          </div>
        </Card>
        <Card title={t("benefits.fair.title")} text={t("benefits.fair.text")} className="lg:col-span-2" />
        <Card title={t("benefits.own.title")} text={t("benefits.own.text")} className="lg:col-span-3">
          <Code>{DEPLOY}</Code>
          <div className="mt-auto pt-4">
            <OutwardLink to={`${SOURCE}/blob/main/infra/README.md`}>{t("benefits.own.link")}</OutwardLink>
          </div>
        </Card>
        <Card title={t("benefits.api.title")} text={t("benefits.api.text")} className="lg:col-span-3">
          <Code>{CURL}</Code>
          <div className="mt-auto pt-4">
            <OutwardLink to={paths.developers}>{t("benefits.api.link")}</OutwardLink>
          </div>
        </Card>
      </div>
    </Section>
  );
}

const DEPLOY = `make up
make deploy`;

const CURL = `curl "$SITE/api/remove-background" \\
  -H "X-Api-Key: $KEY" \\
  -F image_file=@photo.jpg -o cutout.png`;

function Code({ children }: { children: string }) {
  return (
    <pre className="bg-raised mt-5 rounded-xl p-4 text-sm leading-relaxed break-words whitespace-pre-wrap">
      <code>{children}</code>
    </pre>
  );
}

type CardProps = { title: string; text: string; children?: ReactNode; className?: string };

function Card({ title, text, children, className }: CardProps) {
  return (
    <div
      className={classNames(
        "border-line bg-surface flex min-w-0 flex-col rounded-3xl border p-6 sm:p-8",
        className,
      )}
    >
      <h3 className="text-xl font-semibold tracking-tight">{title}</h3>
      <p className="text-muted mt-2 max-w-prose text-pretty">{text}</p>
      {children}
    </div>
  );
}
