import { ImageIcon } from "lucide-react";
import { useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { Progress } from "@/components/ui/progress";
import { classNames } from "@/lib/class-names";

import { FileButton } from "../intake/file-button";
import type { Phase } from "../model";
import { runner } from "../queue/editor-queue";
import type { Entry } from "../queue/entry";
import type { Hold } from "../queue/store";
import { useFailureText } from "./use-failure-text";
import { useObjectUrl } from "./use-object-url";
import { progressOf } from "./use-state-text";

type Props = {
  entry: Entry;
  hold: Hold | null;
  signedIn: boolean;
  onFiles: (files: File[]) => void;
};

/** A picture without a cutout yet: the original, and its state. */
export function PendingPicture({ entry, hold, signedIn, onFiles }: Props) {
  const { phase, source, name } = entry;
  const url = useObjectUrl(source);
  const [broken, setBroken] = useState(false);
  const moving = phase.kind === "uploading" || phase.kind === "processing";
  return (
    <div className="bg-surface border-line grid overflow-hidden rounded-2xl border">
      <div className="border-line grid min-h-24 content-center gap-3 border-b p-4 sm:p-6">
        <PhaseDetails entry={entry} hold={hold} signedIn={signedIn} onFiles={onFiles} />
      </div>
      <div className="bg-raised relative grid h-[min(55dvh,36rem)] place-items-center overflow-hidden">
        {url && !broken ? (
          <img
            src={url}
            alt={name}
            onError={() => setBroken(true)}
            className={classNames(
              "absolute inset-0 size-full object-contain",
              phase.kind !== "waiting" && !moving && "opacity-50",
            )}
          />
        ) : (
          <ImageIcon aria-hidden className="text-muted size-16" />
        )}
        {moving && <div className="bg-accent/15 absolute inset-0 animate-pulse" aria-hidden />}
      </div>
    </div>
  );
}

function PhaseDetails({ entry, hold, signedIn, onFiles }: Props) {
  const { t } = useTranslation("editor");
  const { id, name, phase } = entry;
  switch (phase.kind) {
    case "waiting":
      return entry.found ? (
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p className="text-muted">{t("work.found")}</p>
          <Button look="secondary" onClick={() => runner.begin(id)}>
            {t("work.foundButton")}
          </Button>
        </div>
      ) : (
        <p className="text-muted">{t(waitingText(entry, hold, signedIn))}</p>
      );
    case "uploading":
    case "processing":
      return <ProgressRow id={id} name={name} phase={phase} />;
    case "failed":
      return <FailureNotice entry={entry} onFiles={onFiles} />;
    case "cancelled":
      return (
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p>
            <span className="font-medium">{t("work.cancelled")}</span>{" "}
            <span className="text-muted">{t("work.cancelledHint")}</span>
          </p>
          <Retry id={id} />
        </div>
      );
    case "ready":
      return null;
  }
}

function waitingText(entry: Entry, hold: Hold | null, signedIn: boolean) {
  if (entry.owner !== null && (!signedIn || hold?.why === "session")) {
    return "work.waitingSignIn";
  }
  switch (hold?.why) {
    case "quota":
      return "work.waitingQuota";
    case "preview":
      return "work.waitingAccount";
    case "session":
    case undefined:
      return "work.waiting";
  }
}

/** The progress, with a cancel button. */
export function ProgressRow({ id, name, phase }: { id: string; name: string; phase: Phase }) {
  const { t } = useTranslation("editor");
  const online = useSyncExternalStore(watchConnection, () => navigator.onLine);
  const uploading = phase.kind === "uploading";
  const fetching = phase.kind === "processing" && phase.share === 1;
  const what = uploading ? "work.uploading" : fetching ? "work.fetching" : "work.processing";
  const hint = online ? (uploading ? "work.uploadingHint" : "work.processingHint") : "work.offline";
  const percent = uploading ? Math.round(phase.share * 100) : null;
  return (
    <div className="flex flex-wrap items-center gap-x-6 gap-y-3">
      <div className="grid min-w-0 flex-1 basis-64 gap-2">
        <p className="flex justify-between gap-4 font-medium">
          {t(what)}
          {percent !== null && <span className="tabular-nums">{t("workbench.percent", { percent })}</span>}
        </p>
        <Progress value={progressOf(phase)} label={t("queue.progress", { name })} />
        <p className="text-muted text-sm">{t(hint)}</p>
      </div>
      <Button look="secondary" onClick={() => runner.cancel(id)}>
        {t("action.cancel", { ns: "common" })}
      </Button>
    </div>
  );
}

/** The failure of a picture, and its remedies. */
export function FailureNotice({ entry, onFiles }: { entry: Entry; onFiles: (files: File[]) => void }) {
  const { t } = useTranslation("editor");
  const failureText = useFailureText();
  const { id, phase } = entry;
  if (phase.kind !== "failed") {
    return null;
  }
  const { code, creditBack } = phase.failure;
  const { title, detail } = failureText(phase.failure);
  return (
    <div className="grid gap-3">
      <Notice tone="danger" title={title}>
        {detail} {creditBack && t("work.creditBack")}
      </Notice>
      <div className="flex flex-wrap gap-3">
        {(!code.endsWith("_gone") || entry.source) && <Retry id={id} />}
        <FileButton look="quiet" onFiles={onFiles}>
          {t("work.otherPicture")}
        </FileButton>
      </div>
    </div>
  );
}

function Retry({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <Button look="secondary" onClick={() => runner.retry(id)}>
      {t("action.retry")}
    </Button>
  );
}

function watchConnection(changed: () => void) {
  addEventListener("online", changed);
  addEventListener("offline", changed);
  return () => {
    removeEventListener("online", changed);
    removeEventListener("offline", changed);
  };
}
