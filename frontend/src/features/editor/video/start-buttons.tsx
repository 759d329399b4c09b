import { Eye, Sparkles, WandSparkles } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useConfig } from "@/api/get-config";
import { useUsage } from "@/api/get-usage";
import { Button, ButtonLink } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { formatDate } from "@/lib/format";
import type { Language } from "@/lib/languages";
import { withNext } from "@/lib/next-path";
import { paths } from "@/lib/paths";

import { lacksPicture } from "./choice";
import type { VideoClip } from "./clip";
import { usePrice } from "./price";
import { videoRunner } from "./video-queue";

/** The default length of a preview. */
const PREVIEW_MS = 3_000;

type Props = { clip: VideoClip; signedIn: boolean; refusal: string | null };

/** The start buttons; for a visitor, the links to an account; without credits, the remaining options. */
export function StartButtons({ clip, signedIn, refusal }: Props) {
  const { t } = useTranslation("video");
  const { data: config } = useConfig();
  const left = useVideoCredits(signedIn);
  const price = usePrice(clip);
  const { phase } = clip;
  if (!signedIn) {
    return <AccountPanel />;
  }
  const code = phase.kind === "choosing" ? phase.refused?.code : undefined;
  const none = lacksCredit(left, price) || code === "insufficient_credits";
  const lacking = lacksPicture(clip.choice);
  const previewMs = config?.video.preview_duration_ms ?? PREVIEW_MS;
  return (
    <div className="border-line grid gap-4 border-t pt-6">
      {refusal && code !== "insufficient_credits" && <Notice tone="danger">{refusal}</Notice>}
      {none && <QuotaPanel left={left} price={price} />}
      {lacking && <Notice>{t("start.pictureMissing")}</Notice>}
      <div className="flex flex-wrap items-center gap-3">
        <Button
          look={none ? "primary" : "secondary"}
          disabled={lacking}
          onClick={() => videoRunner.start(clip.id, true)}
        >
          <Eye aria-hidden className="size-4" />
          {t("start.preview", { count: Math.round(previewMs / 1000) })}
        </Button>
        {!none && (
          <Button
            className="whitespace-normal"
            disabled={lacking}
            onClick={() => videoRunner.start(clip.id, false)}
          >
            <WandSparkles aria-hidden className="size-4 shrink-0" />
            {t("start.whole", { count: price })}
          </Button>
        )}
        <p data-testid="video-credits" className="text-muted text-sm">
          {left !== undefined && t("start.credits", { count: left })}
        </p>
      </div>
      <p className="text-muted text-sm">{t("start.previewHint")}</p>
    </div>
  );
}

/** The number of videos that can still be started; undefined while unknown. */
export function useVideoCredits(signedIn: boolean): number | undefined {
  const { data: usage } = useUsage(signedIn);
  return usage?.videos.available;
}

/** True if the remaining credits are known not to be enough. */
export const lacksCredit = (left: number | undefined, price: number) => left !== undefined && left < price;

/** The renewal date and the prices, for users without a credit. */
export function QuotaPanel({ left, price }: { left: number | undefined; price: number }) {
  const { t, i18n } = useTranslation("video");
  const { data: usage } = useUsage(true);
  const date = usage && formatDate(usage.renews_at, i18n.language, "long");
  return (
    <section
      role="status"
      data-testid="video-quota"
      className="border-accent/40 bg-accent-soft grid gap-4 rounded-2xl border p-4 sm:p-6"
    >
      <div className="flex gap-3">
        <Sparkles aria-hidden className="text-accent mt-1 size-5 shrink-0" />
        <div className="grid gap-1">
          <h3 className="font-semibold">
            {left !== undefined && left >= 1 ? t("quota.tooFew", { count: price }) : t("quota.title")}
          </h3>
          <p>{date ? t("quota.text", { date }) : t("quota.textPlain")}</p>
        </div>
      </div>
      <div className="flex flex-wrap gap-2">
        <ButtonLink look="secondary" to={`${paths.landing[i18n.language as Language]}#pricing`}>
          {t("quota.pricing")}
        </ButtonLink>
      </div>
    </section>
  );
}

/** Asks a visitor to create an account or to sign in. The video waits in the meantime. */
function AccountPanel() {
  const { t } = useTranslation(["video", "editor"]);
  return (
    <section
      data-testid="video-account"
      className="border-accent/40 bg-accent-soft grid gap-4 rounded-2xl border p-4 sm:p-6"
    >
      <div className="grid gap-1">
        <h3 className="font-semibold">{t("start.visitorTitle")}</h3>
        <p>{t("start.visitorText")}</p>
        <p className="text-muted text-sm">{t("start.visitorReload")}</p>
      </div>
      <div className="flex flex-wrap gap-2">
        <ButtonLink to={withNext(paths.register, paths.editor)}>{t("editor:account.register")}</ButtonLink>
        <ButtonLink to={withNext(paths.signIn, paths.editor)} look="secondary">
          {t("editor:account.signIn")}
        </ButtonLink>
      </div>
    </section>
  );
}
