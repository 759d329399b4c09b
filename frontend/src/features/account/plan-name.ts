import { useTranslation } from "react-i18next";

/** The name of a plan. The operator may add plans, which keep their own names. */
export function usePlanName(): (plan: string) => string {
  const { t } = useTranslation("account");
  return (plan) => (plan === "free" ? t("plan.free") : plan);
}
