import { CircleAlert, CircleCheck, LoaderCircle } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useHealth } from "@/api/get-health";
import { PageTitle } from "@/components/page-title";
import { ProblemNotice } from "@/components/problem-notice";
import { TextLink } from "@/components/text-link";
import { Button } from "@/components/ui/button";
import { classNames } from "@/lib/class-names";
import { paths } from "@/lib/paths";

const LOOKS = {
  up: { icon: CircleCheck, classes: "text-success bg-success-soft" },
  down: { icon: CircleAlert, classes: "text-danger bg-danger-soft" },
  asking: { icon: LoaderCircle, classes: "text-muted bg-raised" },
};

/** The current state of the service, as seen from this browser. */
export function StatusPage() {
  const { t, i18n } = useTranslation("legal");
  const health = useHealth();
  const state = health.isPending ? "asking" : health.isError ? "down" : "up";
  const { icon: Icon, classes } = LOOKS[state];
  const facts = health.data && [
    { name: t("status.model"), value: health.data.model },
    { name: t("status.provider"), value: health.data.provider.toUpperCase() },
    { name: t("status.version"), value: health.data.version },
    {
      name: t("status.took"),
      value: new Intl.NumberFormat(i18n.language, {
        style: "unit",
        unit: "millisecond",
        maximumFractionDigits: 0,
      }).format(health.data.took_ms),
    },
  ];
  const checked = Math.max(health.dataUpdatedAt, health.errorUpdatedAt);
  return (
    <div className="page-width py-10 sm:py-16">
      <div className="mx-auto grid max-w-xl gap-6">
        <PageTitle>{t("status.title")}</PageTitle>
        <div className="border-line bg-surface grid gap-6 rounded-2xl border p-5 sm:p-8">
          <div role="status" className="flex items-center gap-4">
            <span className={classNames("grid size-14 shrink-0 place-items-center rounded-full", classes)}>
              <Icon aria-hidden className={classNames("size-7", state === "asking" && "animate-spin")} />
            </span>
            <div>
              <p className="text-lg font-semibold">{t(`status.${state}`)}</p>
              <p className="text-muted text-sm">{t(`status.${state}Text`)}</p>
            </div>
          </div>
          <ProblemNotice error={health.error} />
          <dl className="grid min-h-32 content-start gap-3 text-sm sm:grid-cols-[10rem_1fr]">
            {facts?.map(({ name, value }) => (
              <div key={name} className="grid gap-0.5 sm:contents">
                <dt className="text-muted">{name}</dt>
                <dd className="font-medium break-words">{value}</dd>
              </div>
            ))}
          </dl>
          <div className="flex flex-wrap items-center gap-4">
            <Button look="secondary" busy={health.isFetching} onClick={() => void health.refetch()}>
              {t("status.again")}
            </Button>
            {checked > 0 && (
              <p className="text-muted text-sm">
                {t("status.checked", {
                  time: new Date(checked).toLocaleTimeString(i18n.language, { timeStyle: "medium" }),
                })}
              </p>
            )}
          </div>
        </div>
        <p className="text-muted text-sm">
          {t("status.trouble")} <TextLink to={paths.feedback}>{t("status.tell")}</TextLink>
        </p>
      </div>
    </div>
  );
}
