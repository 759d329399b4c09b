import { X } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";

import type { Refusal } from "../queue/store";

/** Shows the refused files and the reasons. */
export function RefusalsNotice({ refusals, onClose }: { refusals: readonly Refusal[]; onClose: () => void }) {
  const { t } = useTranslation("editor");
  if (refusals.length === 0) {
    return null;
  }
  return (
    <Notice
      tone="danger"
      title={t("intake.refusedTitle", { count: refusals.length })}
      action={
        <Button look="quiet" size="icon" aria-label={t("intake.dismiss")} onClick={onClose} className="-m-1">
          <X aria-hidden className="size-5" />
        </Button>
      }
    >
      <ul className="grid max-h-48 gap-1 overflow-y-auto">
        {refusals.map(({ name, text }, place) => (
          // Files of one drop may have the same name.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={`${place} ${name}`}>{t("intake.refusedLine", { name, text })}</li>
        ))}
      </ul>
    </Notice>
  );
}
