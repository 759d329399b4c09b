import { ImageDown } from "lucide-react";

import { useTexts } from "@/lib/texts";

/** Covers the page while files are dragged over it. */
export function DropOverlay() {
  const { t } = useTexts("landing");
  return (
    <div
      data-testid="drop-overlay"
      className="bg-page/85 pointer-events-none fixed inset-0 z-50 grid place-items-center p-4 backdrop-blur-sm sm:p-8"
    >
      <div className="border-accent grid size-full place-content-center justify-items-center gap-4 rounded-3xl border-4 border-dashed">
        <ImageDown aria-hidden className="text-accent size-16" strokeWidth={1.5} />
        <p className="text-2xl font-semibold">{t("intake.release")}</p>
      </div>
    </div>
  );
}
