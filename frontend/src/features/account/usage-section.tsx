import { useTranslation } from "react-i18next";

import { useUsage } from "@/api/get-usage";
import { ProblemNotice } from "@/components/problem-notice";
import { Button } from "@/components/ui/button";
import { Progress } from "@/components/ui/progress";
import { formatDate } from "@/lib/format";

import { Section } from "./section";

type AllowanceProps = { name: string; left: string; used: number; perMonth: number };

/** What this month has used and what is left. */
export function UsageSection() {
  const { t, i18n } = useTranslation(["account", "common"]);
  const usage = useUsage(true);
  return (
    <Section title={t("usage.title")} about={t("usage.about")}>
      {usage.isPending && <div aria-hidden className="bg-raised h-40 animate-pulse rounded-xl" />}
      <ProblemNotice
        error={usage.data ? null : usage.error}
        action={
          <Button look="secondary" size="small" onClick={() => void usage.refetch()}>
            {t("common:action.retry")}
          </Button>
        }
      />
      {usage.data && (
        <>
          <Allowance
            name={t("usage.pictures")}
            left={t("usage.left", { count: usage.data.images.left })}
            used={usage.data.images.used}
            perMonth={usage.data.images.per_month}
          />
          <Allowance
            name={t("usage.videos")}
            left={t("usage.left", { count: usage.data.videos.left })}
            used={usage.data.videos.used}
            perMonth={usage.data.videos.per_month}
          />
          <p className="text-sm">{t("usage.purchased", { count: usage.data.purchased })}</p>
          <p className="text-muted text-sm">
            {t("usage.renews", { date: formatDate(usage.data.renews_at, i18n.language) })}
          </p>
        </>
      )}
    </Section>
  );
}

function Allowance({ name, left, used, perMonth }: AllowanceProps) {
  const { t } = useTranslation(["account", "common"]);
  const label = t("usage.used", { used, perMonth });
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 text-sm">
        <p>
          <span className="font-medium">{name}</span> <span className="text-muted">{label}</span>
        </p>
        <p>{left}</p>
      </div>
      <Progress
        value={perMonth === 0 ? 0 : Math.min(100, (used / perMonth) * 100)}
        label={`${name}: ${label}`}
      />
    </div>
  );
}
