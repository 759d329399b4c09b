import { useTranslation } from "react-i18next";

import { useLedger, type LedgerEntry } from "@/api/list-ledger";
import { ProblemNotice } from "@/components/problem-notice";
import { Button } from "@/components/ui/button";
import { classNames } from "@/lib/class-names";
import { formatDateTime } from "@/lib/format";

import { Section } from "./section";

/** Where the credits went, latest first. */
export function LedgerSection() {
  const { t } = useTranslation("account");
  const ledger = useLedger();
  const entries = ledger.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <Section title={t("ledger.title")} about={t("ledger.about")}>
      {ledger.isPending && <div aria-hidden className="bg-raised h-40 animate-pulse rounded-xl" />}
      {ledger.isSuccess && entries.length === 0 && <p className="text-muted text-sm">{t("ledger.empty")}</p>}
      {entries.length > 0 && (
        <ul className="divide-line divide-y">
          {entries.map((entry) => (
            <Entry key={`${entry.job} ${entry.at} ${entry.reason}`} entry={entry} />
          ))}
        </ul>
      )}
      <ProblemNotice error={ledger.error} />
      {ledger.hasNextPage && (
        <Button
          look="secondary"
          className="justify-self-start"
          busy={ledger.isFetchingNextPage}
          onClick={() => void ledger.fetchNextPage()}
        >
          {t("ledger.more")}
        </Button>
      )}
    </Section>
  );
}

function Entry({ entry }: { entry: LedgerEntry }) {
  const { t, i18n } = useTranslation("account");
  const sign = new Intl.NumberFormat(i18n.language, { signDisplay: "exceptZero" });
  return (
    <li className="flex items-baseline justify-between gap-4 py-2.5 text-sm">
      <div className="grid gap-0.5">
        <span>
          {t(`ledger.reasons.${entry.reason}`)}
          {entry.source === "purchased" && <span className="text-muted"> · {t("ledger.purchased")}</span>}
        </span>
        <time dateTime={entry.at} className="text-muted">
          {formatDateTime(entry.at, i18n.language)}
        </time>
      </div>
      {/* What was reserved and is used changes nothing any more. */}
      {entry.credits !== 0 && (
        <span className={classNames("font-medium tabular-nums", entry.credits > 0 && "text-success")}>
          {sign.format(entry.credits).replace("-", "−")}
          <span className="sr-only"> {t("ledger.credits")}</span>
        </span>
      )}
    </li>
  );
}
