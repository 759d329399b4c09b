import { ImagePlus } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { linkIn } from "./paste";

type Props = {
  takeIn: (files: File[]) => Promise<void>;
  takeLink: (url: string) => Promise<void>;
  onError: (error: unknown) => void;
};

/** Accepts drops on the whole page, and covers it with a hint while something is dragged over it. */
export function DropOverlay({ takeIn, takeLink, onError }: Props) {
  const { t } = useTranslation("editor");
  const [over, setOver] = useState(false);
  useEffect(() => {
    // A child element is entered before its parent is left, so both events are counted.
    let depth = 0;
    const enter = (event: DragEvent) => {
      if (isWanted(event)) {
        event.preventDefault();
        depth += 1;
        setOver(true);
      }
    };
    const leave = (event: DragEvent) => {
      if (isWanted(event)) {
        depth = Math.max(0, depth - 1);
        setOver(depth > 0);
      }
    };
    const move = (event: DragEvent) => {
      if (isWanted(event)) {
        // Without this the browser would open the file in place of the page.
        event.preventDefault();
      }
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      setOver(false);
      if (!event.dataTransfer || !isWanted(event)) {
        return;
      }
      event.preventDefault();
      const files = [...event.dataTransfer.files];
      const link = linkIn(event.dataTransfer);
      if (files.length > 0) {
        takeIn(files).catch(onError);
      } else if (link) {
        takeLink(link).catch(onError);
      }
    };
    const events = { dragenter: enter, dragleave: leave, dragover: move, drop } as const;
    for (const [name, listener] of Object.entries(events)) {
      document.addEventListener(name as keyof typeof events, listener);
    }
    return () => {
      for (const [name, listener] of Object.entries(events)) {
        document.removeEventListener(name as keyof typeof events, listener);
      }
    };
  }, [takeIn, takeLink, onError]);
  if (!over) {
    return null;
  }
  return (
    <div
      data-testid="drop-overlay"
      className="bg-page/90 pointer-events-none fixed inset-0 z-50 grid p-4 backdrop-blur-sm sm:p-8"
    >
      <div className="border-accent bg-accent-soft grid place-content-center justify-items-center gap-3 rounded-3xl border-4 border-dashed text-center">
        <ImagePlus aria-hidden className="text-accent size-16" />
        <p className="text-2xl font-semibold">{t("intake.overlay")}</p>
        <p className="text-muted">{t("intake.overlayHint")}</p>
      </div>
    </div>
  );
}

/** True for files and for links, such as pictures of other pages; not for text, and not over a dialog. */
function isWanted({ dataTransfer, target }: DragEvent): boolean {
  const types = dataTransfer?.types ?? [];
  const inDialog = target instanceof Element && target.closest("dialog") !== null;
  return !inDialog && (types.includes("Files") || types.includes("text/uri-list"));
}
