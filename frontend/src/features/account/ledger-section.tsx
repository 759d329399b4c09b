import { useTranslation } from "react-i18next";

import { useLedger, type LedgerEntry } from "@/api/list-ledger";
import { ProblemNotice } from "@/components/problem-notice";
import { Button } from "@/components/ui/button";
import { classNames } from "@/lib/class-names";
import { formatDateTime } from "@/lib/format";

import { usePlanName } from "./plan-name";
import { Section } from "./section";

/** The changes of the credits, newest first. */
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
            <Entry key={JSON.stringify(entry)} entry={entry} />
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
        <Cause entry={entry} />
        <time dateTime={entry.created_at} className="text-muted">
          {formatDateTime(entry.created_at, i18n.language)}
        </time>
      </div>
      {/* The use of a reserved credit changes nothing: the credit was subtracted before. */}
      {entry.credits !== 0 && (
        <span className={classNames("font-medium tabular-nums", entry.credits > 0 && "text-success")}>
          {sign.format(entry.credits).replace("-", "−")}
          <span className="sr-only"> {t(`ledger.credits.${entry.kind}`)}</span>
        </span>
      )}
    </li>
  );
}

/** The cause of a change, and the kind of credits. */
function Cause({ entry }: { entry: LedgerEntry }) {
  const { t } = useTranslation("account");
  const planName = usePlanName();
  const { cause, kind } = entry;
  switch (cause.type) {
    case "job":
      return (
        <What
          text={t(`ledger.job.${kind}.${cause.reason}`)}
          notes={jobNotes(entry).map((note) => t(`ledger.notes.${note}`))}
        />
      );
    case "purchase":
    case "refund":
    case "grant":
      return <What text={t(`ledger.${cause.type}`)} notes={[t(`ledger.credits.${kind}`)]} />;
    case "plan":
      return (
        <What
          text={t(`ledger.plan.${cause.change}`, { plan: planName(cause.plan) })}
          notes={[t(`ledger.credits.${kind}`)]}
        />
      );
  }
}

type Note = "returned" | "used" | "lapsed" | "granted" | "purchased" | "free";

/** The outcome of a job's credit, and its origin unless it is the allowance. */
function jobNotes({ cause, credits }: LedgerEntry): Note[] {
  if (cause.type !== "job") {
    return [];
  }
  const { reason, source } = cause;
  if (source === "free") {
    return ["free"];
  }
  const notes: Note[] = [];
  if (reason === "kept") {
    notes.push("used");
  } else if (reason !== "reserved") {
    // The allowance of a past month is not returned.
    notes.push(credits > 0 ? "returned" : "lapsed");
  }
  return source === "allowance" ? notes : [...notes, source];
}

function What({ text, notes }: { text: string; notes: string[] }) {
  return (
    <span>
      {text}
      {notes.length > 0 && <span className="text-muted"> · {notes.join(" · ")}</span>}
    </span>
  );
}
