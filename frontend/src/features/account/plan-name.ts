import { useTranslation } from "react-i18next";

/** What a plan is called. Whoever runs the service may add plans, which keep the names they gave them. */
export function usePlanName(): (plan: string) => string {
  const { t } = useTranslation("account");
  return (plan) => (plan === "free" ? t("plan.free") : plan);
}
