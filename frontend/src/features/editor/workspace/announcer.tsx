import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { queue } from "../queue/editor-queue";
import { useFailureText } from "./use-failure-text";

/** Announces state changes of the pictures to screen readers. */
export function Announcer() {
  const { t } = useTranslation("editor");
  const failureText = useFailureText();
  const [words, setWords] = useState("");
  useEffect(
    () =>
      queue.subscribe(({ entries }, before) => {
        if (entries === before.entries) {
          return;
        }
        const known = new Map(before.entries.map((entry) => [entry.id, entry.phase.kind]));
        const added = entries.filter(({ id }) => !known.has(id)).length;
        const news = entries.flatMap(({ id, name, phase }) => {
          if (!known.has(id) || known.get(id) === phase.kind) {
            return [];
          }
          switch (phase.kind) {
            case "ready":
              return [t("queue.announceReady", { name })];
            case "failed":
              return [t("queue.announceFailed", { name, detail: failureText(phase.failure).detail })];
            case "cancelled":
              return [t("queue.announceCancelled", { name })];
            case "waiting":
            case "uploading":
            case "processing":
              return [];
          }
        });
        if (added > 0) {
          news.unshift(t("intake.added", { count: added }));
        }
        if (news.length > 0) {
          setWords(news.join(" "));
        }
      }),
    // `failureText` is a new function each time, but depends only on the language, as `t` does.
    // oxlint-disable-next-line react/exhaustive-deps
    [t],
  );
  return (
    <div role="status" className="sr-only" data-testid="announcer">
      {words}
    </div>
  );
}
