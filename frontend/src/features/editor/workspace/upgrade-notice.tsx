import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";

import { runner } from "../queue/editor-queue";
import { isOpen, type Entry } from "../queue/entry";
import { FailureNotice, ProgressRow } from "./pending-picture";

type Props = {
  entry: Entry;
  /** All remaining previews. */
  previews: readonly Entry[];
  signedIn: boolean;
  onFiles: (files: File[]) => void;
};

/** The notice above a preview, or above a picture whose full resolution is in progress. */
export function UpgradeNotice({ entry, previews, signedIn, onFiles }: Props) {
  const { t } = useTranslation("editor");
  if (isOpen(entry)) {
    return (
      <section
        className="border-line bg-surface grid gap-3 rounded-2xl border p-4"
        aria-label={t("work.upgrading")}
      >
        <ProgressRow id={entry.id} name={entry.name} phase={entry.phase} />
      </section>
    );
  }
  if (entry.phase.kind === "failed") {
    return <FailureNotice entry={entry} onFiles={onFiles} />;
  }
  if (entry.phase.kind !== "ready" || entry.phase.scale === "full" || !signedIn) {
    return null;
  }
  return (
    <Notice title={t("work.full.title")}>
      <div className="flex flex-wrap items-center justify-between gap-3">
        {t("work.full.text")}
        <span className="flex flex-wrap gap-2">
          <Button onClick={() => runner.upgrade(entry.id)}>{t("work.full.button")}</Button>
          {previews.length > 1 && (
            <Button look="secondary" onClick={() => previews.forEach(({ id }) => runner.upgrade(id))}>
              {t("work.full.all", { count: previews.length })}
            </Button>
          )}
        </span>
      </div>
    </Notice>
  );
}
