import { Check } from "lucide-react";

import { SOURCE } from "@/lib/paths";
import { useTexts } from "@/lib/texts";

import { Island } from "./island";
import { OutwardLink } from "./outward-link";
import { Section } from "./section";

const RULES = ["try", "success", "month", "over"] as const;

/** The price, and the rules for counting credits. */
export function Pricing() {
  const { t } = useTexts("landing");
  return (
    <Section id="pricing" title={t("pricing.title")} text={t("pricing.text")}>
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1.2fr)_minmax(0,1fr)]">
        <Island name="plan" />
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
