import { ChevronDown, Copy, Download, Share2 } from "lucide-react";
import { Popover } from "radix-ui";
import { useId, useState, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";
import { NarrowLabel } from "@/components/ui/narrow-label";
import { Notice } from "@/components/ui/notice";

import { canCopyPictures, copyPicture, FormatUnsupported } from "../pixels/export";
import { formats, type ExportFormat } from "../pixels/formats";
import type { Entry } from "../queue/entry";
import { downloadName } from "./file-names";
import { makeFile, type DownloadSettings } from "./make-file";
import { saveBlob } from "./save-blob";
import { canShareFiles, shareFile } from "./share-file";

const FORMATS = Object.keys(formats) as ExportFormat[];

type Props = {
  entry: Entry;
  settings: DownloadSettings;
  onSettings: (settings: DownloadSettings) => void;
  /** For a visitor: no file is created, because an account is required first. */
  onAccountNeeded: (() => void) | null;
};

type Outcome = { tone: "success" | "warning" | "danger"; text: string };

/** The download: at once in the last format, or in another one from the menu. */
export function DownloadMenu({ entry, settings, onSettings, onAccountNeeded }: Props) {
  const { t } = useTranslation("editor");
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const run = async (work: () => Promise<Outcome | null>, failed: string) => {
    if (onAccountNeeded) {
      setOpen(false);
      onAccountNeeded();
      return;
    }
    setBusy(true);
    setOutcome(null);
    try {
      setOutcome(await work());
    } catch (error) {
      const text = error instanceof FormatUnsupported ? t("download.noWebp") : failed;
      setOutcome({ tone: "danger", text });
    } finally {
      setBusy(false);
    }
  };
  const download = ({ detail }: MouseEvent) => {
    if (detail > 1) {
      // The second half of a double click: one file is wanted, not two.
      return;
    }
    void run(async () => {
      const { blob, reduced } = await makeFile(entry, settings);
      saveBlob(blob, downloadName(entry.name, settings.format));
      return reduced && { tone: "warning", text: t("download.reduced", reduced) };
    }, t("download.failed"));
  };
  const share = () =>
    run(async () => {
      const { blob } = await makeFile(entry, settings);
      await shareFile(new File([blob], downloadName(entry.name, settings.format), { type: blob.type }));
      return null;
    }, t("download.shareFailed"));
  const copy = () =>
    run(async () => {
      const { blob } = { blob: makeFile(entry, { ...settings, format: "png" }).then((made) => made.blob) };
      await copyPicture(blob);
      return { tone: "success", text: t("download.copied") };
    }, t("download.copyFailed"));
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Anchor asChild>
        <div className="flex">
          <Button busy={busy} onClick={download} className="rounded-r-none">
            {!busy && <Download aria-hidden className="size-4" />}
            <NarrowLabel narrow={t("download.button")}>
              {t("download.formatButton", { format: t(`download.formats.${settings.format}`) })}
            </NarrowLabel>
          </Button>
          <Popover.Trigger asChild>
            <Button
              size="icon"
              aria-label={t("download.more")}
              className="border-on-accent/30 rounded-l-none border-l"
            >
              <ChevronDown aria-hidden className="size-4" />
            </Button>
          </Popover.Trigger>
        </div>
      </Popover.Anchor>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={8}
          collisionPadding={16}
          aria-label={t("download.menu")}
          className="bg-surface border-line z-50 grid max-h-(--radix-popover-content-available-height) w-80 max-w-[calc(100vw-2rem)] overflow-y-auto gap-4 rounded-2xl border p-4 shadow-2xl"
        >
          <FormatChoice settings={settings} onSettings={onSettings} />
          <div className="grid gap-2">
            <Button busy={busy} onClick={download}>
              {t("download.button")}
            </Button>
            {canCopyPictures() && (
              <Button look="secondary" busy={busy} onClick={() => void copy()}>
                <Copy aria-hidden className="size-4" />
                {t("download.copy")}
              </Button>
            )}
            {canShareFiles() && (
              <Button look="secondary" busy={busy} onClick={() => void share()}>
                <Share2 aria-hidden className="size-4" />
                {t("download.share")}
              </Button>
            )}
          </div>
          {outcome && <Notice tone={outcome.tone}>{outcome.text}</Notice>}
        </Popover.Content>
      </Popover.Portal>
      {outcome && !open && (
        <Notice tone={outcome.tone} className="basis-full">
          {outcome.text}
        </Notice>
      )}
    </Popover.Root>
  );
}

function FormatChoice({ settings, onSettings }: Pick<Props, "settings" | "onSettings">) {
  const { t } = useTranslation("editor");
  const name = useId();
  const percent = Math.round(settings.quality * 100);
  return (
    <>
      <fieldset className="grid gap-1">
        <legend className="mb-1 text-sm font-medium">{t("download.format")}</legend>
        {FORMATS.map((format) => (
          <label
            key={format}
            className="hover:bg-raised has-checked:bg-accent-soft flex min-h-11 cursor-pointer items-center gap-3 rounded-lg px-3 py-1.5"
          >
            <input
              type="radio"
              name={name}
              aria-label={t(`download.formats.${format}`)}
              aria-describedby={`${name}-${format}`}
              checked={settings.format === format}
              onChange={() => onSettings({ ...settings, format })}
              className="accent-accent size-4 shrink-0"
            />
            <span className="grid">
              <span className="text-sm font-medium">{t(`download.formats.${format}`)}</span>
              <span id={`${name}-${format}`} className="text-muted text-xs">
                {t(`download.about.${format}`)}
              </span>
            </span>
          </label>
        ))}
      </fieldset>
      {formats[settings.format].quality !== null && (
        <label className="grid gap-2 text-sm">
          <span className="flex justify-between font-medium">
            {t("download.quality")} <span className="tabular-nums">{percent}</span>
          </span>
          <input
            type="range"
            min={40}
            max={100}
            step={1}
            value={percent}
            onChange={({ currentTarget }) =>
              onSettings({ ...settings, quality: Number(currentTarget.value) / 100 })
            }
            className="accent-accent min-h-6 w-full"
          />
        </label>
      )}
    </>
  );
}
