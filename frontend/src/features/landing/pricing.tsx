import { Check } from "lucide-react";

import { ButtonLink } from "@/components/ui/button";
import { paths, SOURCE } from "@/lib/paths";
import { useTexts } from "@/lib/texts";

import type { limitsOf } from "./numbers";
import { OutwardLink } from "./outward-link";
import { Section } from "./section";

/** Undefined while the service is asked, null if it does not answer. */
export type Limits = ReturnType<typeof limitsOf> | null;

const RULES = ["try", "success", "month", "over"] as const;

/** The plan with its limits as the service states them. No figure of it stands in the code. */
export function Pricing({ limits }: { limits: Limits }) {
  const { t } = useTexts("landing");
  const rows = [
    { name: t("pricing.images"), value: limits?.images },
    { name: t("pricing.largest"), value: limits && t("pricing.megapixels", { number: limits.megapixels }) },
    { name: t("pricing.file"), value: limits && t("pricing.megabytes", { number: limits.megabytes }) },
    { name: t("pricing.together"), value: limits?.together },
  ];
  return (
    <Section id="pricing" title={t("pricing.title")} text={t("pricing.text")}>
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1.2fr)_minmax(0,1fr)]">
        <div className="border-accent bg-surface rounded-3xl border-2 p-6 shadow-xl shadow-black/5 sm:p-8">
          <h3 className="text-2xl font-semibold tracking-tight">{t("pricing.plan")}</h3>
          <p className="text-muted mt-1">{t("pricing.price")}</p>
          <dl aria-busy={limits === undefined} className="divide-line mt-6 divide-y">
            {rows.map(({ name, value }) => (
              <div key={name} className="flex items-baseline justify-between gap-4 py-3">
                <dt>{name}</dt>
                <dd className="min-w-24 text-right text-lg font-semibold whitespace-nowrap tabular-nums">
                  {value ?? "–"}
                </dd>
              </div>
            ))}
          </dl>
          <p role="status" className="text-muted min-h-6 text-sm">
            {limits === null && t("pricing.unavailable")}
          </p>
          <ButtonLink to={paths.register} look="secondary" className="mt-4 w-full">
            {t("pricing.register")}
          </ButtonLink>
        </div>
        <div className="grid gap-6">
          <div className="border-line bg-surface rounded-3xl border p-6 sm:p-8">
            <h3 className="text-lg font-semibold">{t("pricing.rulesTitle")}</h3>
            <ul className="mt-4 grid gap-3">
              {RULES.map((rule) => (
                <li key={rule} className="flex gap-3">
                  <Check aria-hidden className="text-accent mt-0.5 size-5 shrink-0" />
                  <span className="text-pretty">{t(`pricing.rules.${rule}`)}</span>
                </li>
              ))}
            </ul>
          </div>
          <div className="border-line bg-surface rounded-3xl border p-6 sm:p-8">
            <h3 className="text-lg font-semibold">{t("pricing.own.title")}</h3>
            <p className="text-accent mt-1 text-sm font-medium">{t("pricing.own.price")}</p>
            <p className="text-muted mt-3 text-pretty">{t("pricing.own.text")}</p>
            <div className="mt-2">
              <OutwardLink to={`${SOURCE}/blob/main/infra/README.md`}>{t("pricing.own.link")}</OutwardLink>
            </div>
          </div>
        </div>
      </div>
    </Section>
  );
}
