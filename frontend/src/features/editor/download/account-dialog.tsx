import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useConfig } from "@/api/get-config";
import { ButtonLink } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { withNext } from "@/lib/next-path";
import { paths } from "@/lib/paths";

type Props = { open: boolean; onClose: () => void; onLeave: () => void };

/** Asks a visitor who wants the file to create an account; the open pictures are kept. */
export function AccountDialog({ open, onClose, onLeave }: Props) {
  const { t } = useTranslation("editor");
  const { data: config } = useConfig();
  const count = config?.plans[0]?.images_per_month;
  const reasons = [
    count !== undefined && t("account.free", { count }),
    t("account.full"),
    t("account.card"),
  ].filter((reason) => reason !== false);
  return (
    <Dialog open={open} onClose={onClose} title={t("account.title")}>
      <p className="text-muted">{t("account.text")}</p>
      <ul className="grid gap-2">
        {reasons.map((reason) => (
          <li key={reason} className="flex items-center gap-2">
            <Check aria-hidden className="text-success size-5 shrink-0" />
            {reason}
          </li>
        ))}
      </ul>
      <div className="grid gap-2 sm:grid-cols-2">
        <ButtonLink to={withNext(paths.register, paths.editor)} onClick={onLeave}>
          {t("account.register")}
        </ButtonLink>
        <ButtonLink to={withNext(paths.signIn, paths.editor)} look="secondary" onClick={onLeave}>
          {t("account.signIn")}
        </ButtonLink>
      </div>
    </Dialog>
  );
}
