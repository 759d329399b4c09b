import { useTexts } from "@/lib/texts";

import { useLimits, useServiceConfig } from "./use-service";

/** The retention of files, from the service's configuration. */
export function RetentionText() {
  const { t } = useTexts("landing");
  const retention = useServiceConfig()?.retention;
  return retention
    ? t("kept.known", { upload: retention.upload_days, result: retention.result_days })
    : t("kept.unknown");
}

/** The accepted types of pictures, from the service's configuration. */
export function PictureTypesText() {
  const { t } = useTexts("landing");
  const limits = useLimits();
  return limits ? t("types.known", limits) : t("types.unknown");
}
