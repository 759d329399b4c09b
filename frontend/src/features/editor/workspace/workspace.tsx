import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { NarrowLabel } from "@/components/ui/narrow-label";
import { Notice } from "@/components/ui/notice";

import { AccountDialog } from "../download/account-dialog";
import { DownloadAllButton } from "../download/download-all-button";
import { DownloadMenu } from "../download/download-menu";
import { useDownloadSettings } from "../download/use-download-settings";
import { FileButton } from "../intake/file-button";
import { HoldPanel } from "../limit/hold-panel";
import { queue, runner } from "../queue/editor-queue";
import { shownItem, type Entry } from "../queue/entry";
import type { QueueState } from "../queue/store";
import { Workbench } from "../workbench/workbench";
import { HeaderBar } from "./header-bar";
import { PendingPicture } from "./pending-picture";
import { QueueStrip } from "./queue-strip";
import { UpgradeNotice } from "./upgrade-notice";

type Props = { state: QueueState; signedIn: boolean; onFiles: (files: File[]) => void };

/** The editor with pictures in it. */
export function Workspace({ state, signedIn, onFiles }: Props) {
  const { t } = useTranslation("editor");
  const [settings, setSettings] = useDownloadSettings();
  const [asking, setAsking] = useState(false);
  const { entries, selectedId, hold } = state;
  const entry = entries.find(({ id }) => id === selectedId) ?? entries[0];
  const ready = entries.filter(({ phase }) => phase.kind === "ready");
  const previews = ready.filter(isPreview);
  const waiting = entries.filter(({ phase }) => phase.kind === "waiting").length;
  // A visitor who uses a feature of an account is asked to create one.
  const onAccountNeeded = signedIn ? null : () => setAsking(true);
  const packed = signedIn ? ready.filter((one) => !isPreview(one)) : ready;
  const leave = () => {
    for (const { id } of previews) {
      queue.patch(id, { wantsFull: true });
    }
  };
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <div className="flex items-center gap-3">
        <FileButton look="secondary" size="small" className="min-h-11" onFiles={onFiles}>
          <Plus aria-hidden className="size-4" />
          <NarrowLabel narrow={t("intake.addShort")}>{t("intake.add")}</NarrowLabel>
        </FileButton>
        <p className="text-muted min-w-0 text-sm">
          {entries.length > 1
            ? t("queue.progressOf", { done: ready.length, count: entries.length })
            : t("queue.count", { count: entries.length })}
        </p>
        <span className="ml-auto flex shrink-0 justify-end gap-1 sm:gap-2">
          {packed.length > 1 && (
            <DownloadAllButton
              ready={packed}
              settings={settings}
              onAccountNeeded={packed.some(isPreview) ? onAccountNeeded : null}
            />
          )}
          <ClearButton entries={entries} signedIn={signedIn} />
        </span>
      </div>
      {entries.length > 1 && <QueueStrip entries={entries} selectedId={entry?.id ?? null} />}
      <HoldPanel hold={hold} waiting={waiting} />
      {entry && (
        <>
          <HeaderBar entry={entry} signedIn={signedIn}>
            {entry.phase.kind === "ready" && !(signedIn && isPreview(entry)) && (
              <DownloadMenu
                key={entry.id}
                entry={entry}
                settings={settings}
                onSettings={setSettings}
                onAccountNeeded={isPreview(entry) ? onAccountNeeded : null}
              />
            )}
          </HeaderBar>
          <Picture entry={entry} previews={previews} state={state} signedIn={signedIn} onFiles={onFiles} />
        </>
      )}
      <AccountDialog open={asking} onClose={() => setAsking(false)} onLeave={leave} />
    </div>
  );
}

function Picture({ entry, previews, state, signedIn, onFiles }: Props & { entry: Entry; previews: Entry[] }) {
  const { t } = useTranslation("editor");
  const shown = shownItem(entry);
  if (!shown) {
    return <PendingPicture entry={entry} hold={state.hold} signedIn={signedIn} onFiles={onFiles} />;
  }
  return (
    <>
      <UpgradeNotice entry={entry} previews={previews} signedIn={signedIn} onFiles={onFiles} />
      <Workbench
        key={entry.id}
        item={shown}
        onEdits={(edits) => queue.patch(entry.id, { edits })}
        onLookForAll={state.entries.length > 1 ? () => queue.lookForAll(entry.id) : null}
      />
      {/* Under the picture: over it, it would push the tools off a small screen. */}
      {!signedIn && isPreview(entry) && (
        <Notice title={t("work.visitor.title")}>{t("work.visitor.text")}</Notice>
      )}
    </>
  );
}

function ClearButton({ entries, signedIn }: { entries: readonly Entry[]; signedIn: boolean }) {
  const { t } = useTranslation("editor");
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button
        look="quiet"
        size="small"
        className="min-h-11 min-w-11"
        title={t("queue.clear")}
        onClick={() => setAsking(true)}
      >
        <Trash2 aria-hidden className="size-4" />
        <span className="sr-only sm:not-sr-only">{t("queue.clear")}</span>
      </Button>
      <Dialog open={asking} onClose={() => setAsking(false)} title={t("queue.clearTitle")}>
        <p className="text-muted">{t(signedIn ? "queue.clearText" : "queue.clearTextVisitor")}</p>
        <div className="flex justify-end gap-2">
          <Button look="secondary" onClick={() => setAsking(false)}>
            {t("action.cancel", { ns: "common" })}
          </Button>
          <Button look="danger" onClick={() => entries.forEach(({ id }) => runner.remove(id))}>
            {t("queue.clear")}
          </Button>
        </div>
      </Dialog>
    </>
  );
}

function isPreview({ phase }: Entry): boolean {
  return phase.kind === "ready" && phase.scale === "preview";
}
