import { useTranslation } from "react-i18next";

import { useUsage, type KindUsage } from "@/api/get-usage";
import { ProblemNotice } from "@/components/problem-notice";
import { Button } from "@/components/ui/button";
import { Progress } from "@/components/ui/progress";
import { formatDate } from "@/lib/format";

import { Section } from "./section";

/** The used and remaining credits of this month. */
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
          <Kind name={t("usage.pictures")} usage={usage.data.images} />
          <Kind name={t("usage.videos")} usage={usage.data.videos} />
          <p className="text-muted text-sm">{t("usage.owned")}</p>
          <p className="text-muted text-sm">
            {t("usage.renews", { date: formatDate(usage.data.renews_at, i18n.language) })}
          </p>
        </>
      )}
    </Section>
  );
}

/** The allowance of a kind, and further credits. */
function Kind({ name, usage }: { name: string; usage: KindUsage }) {
  const { t, i18n } = useTranslation("account");
  const { used, allowance, remaining, purchased, granted } = usage;
  const write = new Intl.NumberFormat(i18n.language);
  const label = t("usage.used", { used: write.format(used), perMonth: write.format(allowance) });
  const amount = (count: number) => ({ count, amount: write.format(count) });
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 text-sm">
        <p>
          <span className="font-medium">{name}</span> <span className="text-muted">{label}</span>
        </p>
        <p>{t("usage.left", amount(remaining))}</p>
      </div>
      <Progress
        value={allowance === 0 ? 0 : Math.min(100, (used / allowance) * 100)}
        label={`${name}: ${label}`}
      />
      <p className="text-sm">
        {t("usage.purchased", amount(purchased))}
        {granted > 0 && ` · ${t("usage.granted", amount(granted))}`}
      </p>
    </div>
  );
}
