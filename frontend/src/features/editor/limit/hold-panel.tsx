import { Sparkles } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useUsage } from "@/api/get-usage";
import { Button, ButtonLink } from "@/components/ui/button";
import type { Language } from "@/lib/languages";
import { withNext } from "@/lib/next-path";
import { formatDate } from "@/lib/format";
import { paths } from "@/lib/paths";

import { runner } from "../queue/editor-queue";
import type { Hold } from "../queue/store";
import { useFailureText } from "../workspace/use-failure-text";

/** The reason why pictures wait, and the ways to continue. Nothing is lost in the meantime. */
export function HoldPanel({ hold, waiting }: { hold: Hold | null; waiting: number }) {
  if (!hold || waiting === 0) {
    return null;
  }
  switch (hold.why) {
    case "quota":
      return <QuotaPanel hold={hold} waiting={waiting} />;
    case "preview":
      return <PreviewPanel hold={hold} waiting={waiting} />;
    case "session":
      // The page shows this above everything else.
      return null;
  }
}

function QuotaPanel({ hold, waiting }: { hold: Hold & { why: "quota" }; waiting: number }) {
  const { t, i18n } = useTranslation("editor");
  const { data: usage } = useUsage(true);
  const renewsAt = hold.renewsAt ?? usage?.renews_at;
  const date = renewsAt && formatDate(renewsAt, i18n.language, "long");
  const allowance = hold.allowance ?? usage?.images.allowance;
  const used = Math.max(usage?.images.used ?? 0, allowance ?? 0);
  return (
    <Panel
      title={t("limit.quota.title")}
      actions={
        <>
          <ButtonLink to={`${paths.landing[i18n.language as Language]}#pricing`}>
            {t("limit.quota.pricing")}
          </ButtonLink>
          <Button look="secondary" onClick={runner.resume}>
            {t("limit.quota.again")}
          </Button>
        </>
      }
    >
      {date &&
        (allowance === undefined
          ? t("limit.quota.textPlain", { date })
          : t("limit.quota.text", { used, allowance, date }))}{" "}
      {t("limit.quota.kept", { count: waiting })}
    </Panel>
  );
}

function PreviewPanel({ hold, waiting }: { hold: Hold & { why: "preview" }; waiting: number }) {
  const { t } = useTranslation("editor");
  const failureText = useFailureText();
  const closed = hold.failure.code === "preview_disabled";
  return (
    <Panel
      title={t("limit.preview.title")}
      actions={
        <>
          <ButtonLink to={withNext(paths.register, paths.editor)}>{t("account.register")}</ButtonLink>
          <ButtonLink to={withNext(paths.signIn, paths.editor)} look="secondary">
            {t("account.signIn")}
          </ButtonLink>
          {!closed && (
            <Button look="quiet" onClick={runner.resume}>
              {t("limit.preview.again")}
            </Button>
          )}
        </>
      }
    >
      {closed ? t("limit.preview.closed") : t("limit.preview.busy")}{" "}
      {t("limit.preview.kept", { count: waiting })}
      {!closed && hold.failure.detail && (
        <span className="text-muted mt-1 block text-sm">{failureText(hold.failure).detail}</span>
      )}
    </Panel>
  );
}

function Panel({ title, children, actions }: { title: string; children: ReactNode; actions: ReactNode }) {
  return (
    <section
      role="status"
      data-testid="hold-panel"
      className="border-accent/40 bg-accent-soft grid gap-4 rounded-2xl border p-4 sm:p-6"
    >
      <div className="flex gap-3">
        <Sparkles aria-hidden className="text-accent mt-1 size-5 shrink-0" />
        <div className="grid gap-1">
          <h2 className="font-semibold">{title}</h2>
          <p>{children}</p>
        </div>
      </div>
      <div className="flex flex-wrap gap-2">{actions}</div>
    </section>
  );
}
