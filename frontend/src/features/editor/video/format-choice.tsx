import { useId } from "react";
import { useTranslation } from "react-i18next";

import type { VideoFormat } from "@/api/video-types";
import { formatBytes } from "@/lib/format";

import { formatNames } from "./choice";

type Props = {
  format: VideoFormat;
  /** What the service can make; undefined for all. */
  offered: readonly VideoFormat[] | undefined;
  /** About how large the chosen one will be, where that is worth a word. */
  heavyBytes: number | null;
  onFormat: (format: VideoFormat) => void;
};

/** Chooses what shall come out. Each says what it is for. */
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
