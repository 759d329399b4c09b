import { useTexts } from "@/lib/texts";

import { useLimits, useServiceConfig } from "./use-service";

/** When files are deleted, as the service states it. */
export function Kept() {
  const { t } = useTexts("landing");
  const retention = useServiceConfig()?.retention;
  return retention
    ? t("kept.known", { upload: retention.upload_days, result: retention.result_days })
    : t("kept.unknown");
}

/** Which pictures may be sent, as the service states it. */
export function Types() {
  const { t } = useTexts("landing");
  const limits = useLimits();
  return limits ? t("types.known", limits) : t("types.unknown");
}
