import { ButtonLink } from "@/components/ui/button";
import { paths } from "@/lib/paths";
import { useTexts } from "@/lib/texts";

import { useLimits } from "./use-service";

/** The plan with its limits. All numbers come from the service. */
export function Plan() {
  const { t } = useTexts("landing");
  const limits = useLimits();
  const rows = [
    { name: t("plan.images"), value: limits?.images },
    { name: t("plan.largest"), value: limits && t("plan.megapixels", { number: limits.megapixels }) },
    { name: t("plan.file"), value: limits && t("plan.megabytes", { number: limits.megabytes }) },
    { name: t("plan.videos"), value: limits?.videos },
    { name: t("plan.longest"), value: limits && t("plan.seconds", { number: limits.videoSeconds }) },
    { name: t("plan.videoFile"), value: limits && t("plan.megabytes", { number: limits.videoMegabytes }) },
    { name: t("plan.together"), value: limits?.together },
  ];
  return (
    <div className="border-accent bg-surface flex h-full flex-col rounded-3xl border-2 p-6 shadow-xl shadow-black/5 sm:p-8">
      <h3 className="text-2xl font-semibold tracking-tight">{t("plan.name")}</h3>
      <p className="text-muted mt-1">{t("plan.price")}</p>
      <dl aria-busy={limits === undefined} className="divide-line mt-6 divide-y">
        {rows.map(({ name, value }) => (
          <div key={name} className="flex items-baseline justify-between gap-4 py-3">
            <dt>{name}</dt>
            <dd className="min-w-24 shrink-0 text-right text-lg font-semibold whitespace-nowrap tabular-nums">
              {value ?? "–"}
            </dd>
          </div>
        ))}
      </dl>
      <p role="status" className="text-muted min-h-6 pb-4 text-sm">
        {limits === null && t("plan.unavailable")}
      </p>
      <ButtonLink to={paths.register} look="secondary" className="mt-auto w-full">
        {t("plan.register")}
      </ButtonLink>
    </div>
  );
}
