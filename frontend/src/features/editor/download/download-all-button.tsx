import { FolderArchive } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";

import type { Entry } from "../queue/entry";
import { zipAll } from "./download-all";
import type { DownloadSettings } from "./make-file";
import { saveBlob } from "./save-blob";

type Props = { ready: readonly Entry[]; settings: DownloadSettings; onAccountNeeded: (() => void) | null };

/** All pictures that are ready, in one file. */
export function DownloadAllButton({ ready, settings, onAccountNeeded }: Props) {
  const { t } = useTranslation("editor");
  const [done, setDone] = useState<number | null>(null);
  const [failed, setFailed] = useState(false);
  // No ZIP inside a ZIP: for several pictures, the ZIP contains the cutouts.
  const format = settings.format === "zip" ? "png" : settings.format;
  const pack = async () => {
    if (onAccountNeeded) {
      onAccountNeeded();
      return;
    }
    setFailed(false);
    setDone(0);
    try {
      saveBlob(await zipAll(ready, { ...settings, format }, setDone), `${t("download.archive")}.zip`);
    } catch {
      setFailed(true);
    } finally {
      setDone(null);
    }
  };
  return (
    <>
      <Button
        look="secondary"
        size="small"
        className="min-h-11 min-w-11"
        title={t("download.all")}
        busy={done !== null}
        onClick={() => void pack()}
      >
        {done === null && <FolderArchive aria-hidden className="size-4" />}
        <span className="sr-only sm:not-sr-only">
          {done === null ? t("download.all") : t("download.allProgress", { done, count: ready.length })}
        </span>
        {done === null && (
          <span aria-hidden className="text-muted hidden md:inline">
            {t(`download.formats.${format}`)}
          </span>
        )}
      </Button>
      {failed && <Notice tone="danger">{t("download.failed")}</Notice>}
    </>
  );
}
