import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import { Notice } from "@/components/ui/notice";

function watch(changed: () => void) {
  addEventListener("online", changed);
  addEventListener("offline", changed);
  return () => {
    removeEventListener("online", changed);
    removeEventListener("offline", changed);
  };
}

/** Shows a notice while the connection is lost. */
export function OfflineNotice() {
  const { t } = useTranslation();
  const online = useSyncExternalStore(watch, () => navigator.onLine);
  return (
    <div aria-live="polite" className="page-width">
      {!online && (
        <Notice tone="warning" className="mt-4">
          {t("state.offline")}
        </Notice>
      )}
    </div>
  );
}
