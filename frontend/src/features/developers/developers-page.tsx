import { ExternalLink } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useConfig } from "@/api/get-config";
import { PageTitle } from "@/components/page-title";
import { TextLink } from "@/components/text-link";
import { formatBytes } from "@/lib/format";
import { paths } from "@/lib/paths";

import { CodeBlock } from "./code-block";
import { CodeTabs } from "./code-tabs";
import { Part } from "./part";
import { ProblemCodeList } from "./problem-code-list";
import { Prose } from "./prose";
import { Reference } from "./reference";
import { directSamples, keySample, problemSample, uploadSamples, type SampleLanguage } from "./samples";
import { videoSamples } from "./video-samples";

const PARTS = ["start", "upload", "video", "credits", "errors", "limits", "reference"] as const;
const DIRECT_BYTES = 4_500_000;
const EXTERNAL =
  "text-accent inline-flex min-h-11 items-center gap-1.5 font-medium underline underline-offset-4";

/** The page about using the API. */
export function DevelopersPage() {
  const { t, i18n } = useTranslation("developers");
  const [language, setLanguage] = useState<SampleLanguage>("curl");
  const plan = useConfig().data?.plans[0];
  const { origin } = location;
  const tabs = { language, onLanguage: setLanguage };
  const size = (bytes: number) => formatBytes(bytes, i18n.language);
  return (
    <div className="page-width grid grid-cols-1 gap-10 py-10 lg:grid-cols-[12rem_minmax(0,1fr)] lg:gap-14">
      <div className="grid gap-3 lg:col-span-2">
        <PageTitle>{t("title")}</PageTitle>
        <p className="text-muted max-w-prose text-lg text-pretty">{t("lead")}</p>
        <p className="flex flex-wrap gap-x-6">
          <a href="/docs" className={EXTERNAL}>
            {t("interactive")}
            <ExternalLink aria-hidden className="size-4" />
          </a>
          <a href="/api/openapi.json" className={EXTERNAL}>
            openapi.json
            <ExternalLink aria-hidden className="size-4" />
          </a>
        </p>
      </div>
      <nav aria-label={t("contents")} className="lg:sticky lg:top-24 lg:self-start">
        <ul className="flex flex-wrap gap-x-2 lg:grid">
          {PARTS.map((id) => (
            <li key={id}>
              <a
                href={`#${id}`}
                className="text-muted hover:text-text flex min-h-11 items-center rounded-lg px-2 text-sm font-medium"
              >
                {t(`${id}.title`)}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div className="grid min-w-0 grid-cols-1 gap-14">
        <Part id="start" title={t("start.title")}>
          <p>
            <Prose text={t("start.key")} /> <TextLink to={paths.register}>{t("start.register")}</TextLink>
          </p>
          <CodeBlock code={keySample(origin)} label={t("start.keyLabel")} />
          <p className="text-muted text-sm">
            <Prose text={t("start.secret")} />
          </p>
          <p>
            <Prose text={t("start.direct", { limit: size(DIRECT_BYTES) })} />
          </p>
          <CodeTabs {...tabs} samples={directSamples(origin)} label={t("start.directLabel")} />
          <p className="text-muted text-sm">
            <Prose text={t("start.options")} />
          </p>
        </Part>
        <Part id="upload" title={t("upload.title")}>
          <p>
            <Prose
              text={
                plan
                  ? t("upload.textPlan", {
                      limit: size(plan.max_image_bytes),
                      megapixels: plan.max_megapixels,
                    })
                  : t("upload.text")
              }
            />
          </p>
          <CodeTabs {...tabs} samples={uploadSamples(origin)} label={t("upload.label")} />
          <p className="text-muted text-sm">
            <Prose text={t("upload.notes")} />
          </p>
        </Part>
        <Part id="video" title={t("video.title")}>
          <p>
            <Prose
              text={
                plan
                  ? t("video.textPlan", {
                      limit: size(plan.max_video_bytes),
                      seconds: plan.max_video_seconds,
                    })
                  : t("video.text")
              }
            />
          </p>
          <ol className="grid list-decimal gap-2 pl-5">
            {(["announce", "send", "finish", "wait"] as const).map((step) => (
              <li key={step}>
                <Prose text={t(`video.steps.${step}`)} />
              </li>
            ))}
          </ol>
          <CodeTabs {...tabs} samples={videoSamples(origin)} label={t("video.label")} />
          <p className="text-muted text-sm">
            <Prose text={t("video.options")} />
          </p>
          <p className="text-muted text-sm">
            <Prose text={t("video.notes")} />
          </p>
        </Part>
        <Part id="credits" title={t("credits.title")}>
          <ul className="grid list-disc gap-2 pl-5">
            {plan && <li>{t("credits.plan", { count: plan.images_per_month })}</li>}
            {(["one", "back", "twice", "order", "empty"] as const).map((rule) => (
              <li key={rule}>
                <Prose text={t(`credits.${rule}`)} />
              </li>
            ))}
          </ul>
        </Part>
        <Part id="errors" title={t("errors.title")}>
          <p>
            <Prose text={t("errors.text")} />
          </p>
          <CodeBlock code={problemSample} label={t("errors.label")} />
          <p>
            <Prose text={t("errors.again")} />
          </p>
          <ProblemCodeList />
        </Part>
        <Part id="limits" title={t("limits.title")}>
          <p>
            <Prose text={t("limits.text")} />
          </p>
          <ul className="grid list-disc gap-2 pl-5">
            {(["ordinary", "sensitive"] as const).map((limit) => (
              <li key={limit}>{t(`limits.${limit}`)}</li>
            ))}
            {plan && (
              <>
                <li>{t("limits.jobs", { count: plan.max_job_requests_per_minute })}</li>
                <li>{t("limits.open", { count: plan.max_open_jobs })}</li>
                <li>{t("limits.unchargedImages", { count: plan.max_uncharged_images_per_day })}</li>
                <li>{t("limits.unchargedVideos", { count: plan.max_uncharged_videos_per_day })}</li>
              </>
            )}
          </ul>
        </Part>
        <Part id="reference" title={t("reference.title")}>
          <p className="text-muted">{t("reference.text")}</p>
          <Reference />
        </Part>
      </div>
    </div>
  );
}
