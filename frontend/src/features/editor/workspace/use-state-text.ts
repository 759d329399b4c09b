import { useTranslation } from "react-i18next";

import type { Phase } from "../model";

/** The state of a picture, in a word or two. */
export function useStateText(): (phase: Phase) => string {
  const { t } = useTranslation("editor");
  return (phase) => {
    switch (phase.kind) {
      case "uploading":
        return t("queue.state.uploading", { percent: Math.round(phase.share * 100) });
      case "processing":
        return t(phase.share === 1 ? "queue.state.fetching" : "queue.state.processing");
      case "ready":
        return t(phase.scale === "full" ? "queue.state.ready" : "queue.state.preview");
      case "waiting":
      case "failed":
      case "cancelled":
        return t(`queue.state.${phase.kind}`);
    }
  };
}

/** The progress of a picture in percent, as one bar for upload and processing; null while unknown. */
export function progressOf(phase: Phase): number | null {
  switch (phase.kind) {
    case "uploading":
      return phase.share * 50;
    case "processing":
      return phase.share === null ? null : 50 + phase.share * 50;
    case "waiting":
      return 0;
    case "ready":
    case "failed":
    case "cancelled":
      return 100;
  }
}
