import { useId } from "react";
import { useTranslation } from "react-i18next";

import type { VideoFormat } from "@/api/video-types";
import { formatBytes } from "@/lib/format";

import { formatNames } from "./choice";

type Props = {
  format: VideoFormat;
  /** The formats of the service; undefined for all. */
  offered: readonly VideoFormat[] | undefined;
  /** The approximate size of the result, if it is large. */
  heavyBytes: number | null;
  onFormat: (format: VideoFormat) => void;
};

/** The choice of the output format, each with its purpose. */
export function FormatChoice({ format, offered, heavyBytes, onFormat }: Props) {
  const { t, i18n } = useTranslation("video");
  const name = useId();
  const names = formatNames.filter((one) => offered?.includes(one) ?? true);
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1 font-medium">{t("format.title")}</legend>
      <div className="grid gap-1 sm:grid-cols-2">
        {names.map((one) => (
          <label
            key={one}
            className="border-line hover:bg-raised has-checked:border-accent has-checked:bg-accent-soft flex min-h-11 cursor-pointer items-start gap-3 rounded-lg border px-3 py-2"
          >
            <input
              type="radio"
              name={name}
              aria-label={t(`format.names.${one}`)}
              aria-describedby={`${name}-${one}`}
              checked={format === one}
              onChange={() => onFormat(one)}
              className="accent-accent mt-0.5 size-4 shrink-0"
            />
            <span className="grid">
              <span className="text-sm font-medium">{t(`format.names.${one}`)}</span>
              <span id={`${name}-${one}`} className="text-muted text-xs">
                {t(`format.about.${one}`)}
                {one === format && heavyBytes !== null && (
                  <strong className="text-warning block font-medium">
                    {t("format.heavy", { size: formatBytes(heavyBytes, i18n.language) })}
                  </strong>
                )}
              </span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
