import { Eye, Maximize, SquareSplitHorizontal, ZoomIn, ZoomOut } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";

import type { Zoom } from "./use-zoom";

type Props = {
  zoom: Zoom;
  hasOriginal: boolean;
  compares: boolean;
  onCompare: (on: boolean) => void;
  showsOriginal: boolean;
  onOriginal: (on: boolean) => void;
};

const STEP = 1.25;
const PRESSED = "aria-pressed:bg-accent-soft aria-pressed:text-accent-strong";

/** The view controls: zoom, and the original beside or instead of the result. */
export function StageBar({ zoom, hasOriginal, compares, onCompare, showsOriginal, onOriginal }: Props) {
  const { t } = useTranslation("editor");
  return (
    <div
      role="group"
      aria-label={t("workbench.view.label")}
      className="border-line bg-surface absolute inset-x-0 top-full flex h-14 items-center justify-between gap-1 border-t px-2"
    >
      <div className="flex items-center">
        <Button
          look="quiet"
          size="icon"
          aria-label={t("workbench.view.smaller")}
          title={t("workbench.view.smaller")}
          aria-disabled={zoom.fits || undefined}
          onClick={() => zoom.by(1 / STEP)}
        >
          <ZoomOut aria-hidden className="size-5" />
        </Button>
        <Button
          look="quiet"
          className="w-16 px-0 tabular-nums"
          aria-label={t("workbench.view.actual", { percent: zoom.percent })}
          title={t("workbench.view.actualShort")}
          onClick={zoom.actual}
        >
          {t("workbench.percent", { percent: zoom.percent })}
        </Button>
        <Button
          look="quiet"
          size="icon"
          aria-label={t("workbench.view.larger")}
          title={t("workbench.view.larger")}
          onClick={() => zoom.by(STEP)}
        >
          <ZoomIn aria-hidden className="size-5" />
        </Button>
        <Button
          look="quiet"
          size="icon"
          className={PRESSED}
          aria-label={t("workbench.view.fit")}
          title={t("workbench.view.fit")}
          aria-pressed={zoom.fits}
          onClick={zoom.fit}
        >
          <Maximize aria-hidden className="size-5" />
        </Button>
      </div>
      <div className="flex items-center">
        <Button
          look="quiet"
          className={`touch-none px-3 select-none ${PRESSED}`}
          disabled={!hasOriginal}
          aria-pressed={showsOriginal}
          aria-label={t("workbench.view.original")}
          title={t("workbench.view.original")}
          onPointerDown={() => onOriginal(true)}
          onPointerUp={() => onOriginal(false)}
          onPointerLeave={() => onOriginal(false)}
          onPointerCancel={() => onOriginal(false)}
          onContextMenu={(event) => event.preventDefault()}
          onKeyDown={({ key }) => (key === " " || key === "Enter") && onOriginal(true)}
          onKeyUp={() => onOriginal(false)}
          onBlur={() => onOriginal(false)}
        >
          <Eye aria-hidden className="size-5" />
          <span className="hidden sm:inline">{t("workbench.view.originalShort")}</span>
        </Button>
        <Button
          look="quiet"
          className={`px-3 ${PRESSED}`}
          disabled={!hasOriginal}
          aria-pressed={compares}
          aria-label={t("workbench.view.compare")}
          title={t("workbench.view.compare")}
          onClick={() => onCompare(!compares)}
        >
          <SquareSplitHorizontal aria-hidden className="size-5" />
          <span className="hidden sm:inline">{t("workbench.view.compare")}</span>
        </Button>
      </div>
    </div>
  );
}
