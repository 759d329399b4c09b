import { ImagePlus } from "lucide-react";
import { useTranslation } from "react-i18next";

import { formatBytes } from "@/lib/format";

import { FileButton } from "./file-button";
import { pasteKeys } from "./paste";
import { usePlan } from "./use-intake";

/** The large drop zone of the empty editor. The whole page accepts drops. */
export function DropZone({ onFiles }: { onFiles: (files: File[]) => void }) {
  const { t, i18n } = useTranslation("editor");
  const plan = usePlan();
  return (
    <div className="border-line-strong bg-surface grid min-h-80 content-center justify-items-center gap-4 rounded-3xl border-2 border-dashed p-6 text-center sm:p-12">
      <span className="bg-accent-soft text-accent grid size-20 place-items-center rounded-full">
        <ImagePlus aria-hidden className="size-9" />
      </span>
      <FileButton size="large" onFiles={onFiles}>
        {t("intake.choose")}
      </FileButton>
      <p className="text-lg max-sm:hidden pointer-coarse:hidden">
        {t("intake.dropAnywhere")}{" "}
        <span className="text-muted">{t("intake.pasteHint", { keys: pasteKeys() })}</span>
      </p>
      <p className="text-muted min-h-5 text-sm">
        {plan
          ? t("intake.formats", {
              size: formatBytes(plan.max_image_bytes, i18n.language),
              megapixels: plan.max_megapixels,
            })
          : t("intake.formatsPlain")}
        {plan && plan.max_video_seconds > 0 && (
          <span className="block">
            {t("intake.videoFormats", {
              size: formatBytes(plan.max_video_bytes, i18n.language),
              seconds: plan.max_video_seconds,
            })}
          </span>
        )}
      </p>
    </div>
  );
}
