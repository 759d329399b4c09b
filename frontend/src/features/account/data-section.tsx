import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useExportMe } from "@/api/export-me";
import { ProblemNotice } from "@/components/problem-notice";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { formatBytes } from "@/lib/format";

import { Section } from "./section";

/** The export of the user's data. */
export function DataSection() {
  const { t, i18n } = useTranslation("account");
  const exporting = useExportMe();
  return (
    <Section title={t("data.title")} about={t("data.about")}>
      <ProblemNotice error={exporting.error} />
      <Button
        look="secondary"
        className="justify-self-start"
        busy={exporting.isPending}
        onClick={() => exporting.mutate()}
      >
        {t("data.button")}
      </Button>
      {exporting.data && (
        <Notice tone="success" title={t("data.ready")}>
          <p>{t("data.valid")}</p>
          {exporting.data.skipped_files > 0 && (
            <p className="mt-1">{t("data.leftOut", { count: exporting.data.skipped_files })}</p>
          )}
          <a
            href={exporting.data.url}
            download
            className="text-accent mt-2 inline-flex min-h-11 items-center gap-2 font-medium underline underline-offset-4"
          >
            <Download aria-hidden className="size-4" />
            {t("data.download", { size: formatBytes(exporting.data.size_bytes, i18n.language) })}
          </a>
        </Notice>
      )}
    </Section>
  );
}
