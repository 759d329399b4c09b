import { useId, useState } from "react";
import { useTranslation } from "react-i18next";

import { inputClasses } from "@/components/ui/field";
import { classNames } from "@/lib/class-names";

import { parseHex } from "../../pixels/color";

type Props = { label: string; color: string; onColor: (color: string) => void };

/** A color, picked or typed. */
export function ColorField({ label, color, onColor }: Props) {
  const { t } = useTranslation("editor");
  const id = useId();
  // The input in progress, which is not a color until it is complete.
  const [draft, setDraft] = useState<string | null>(null);
  const wrong = draft !== null && parseHex(draft) === null;
  return (
    <div role="group" aria-labelledby={`${id}-label`} className="grid gap-1.5">
      <span id={`${id}-label`} className="text-sm font-medium">
        {label}
      </span>
      <div className="flex gap-2">
        <input
          type="color"
          value={color}
          aria-label={t("workbench.color.pick")}
          onChange={(event) => {
            setDraft(null);
            onColor(event.target.value);
          }}
          className="border-line-strong bg-surface size-11 shrink-0 cursor-pointer rounded-lg border p-1"
        />
        <input
          type="text"
          value={draft ?? color}
          aria-label={t("workbench.color.hex")}
          aria-invalid={wrong || undefined}
          aria-describedby={wrong ? `${id}-error` : undefined}
          spellCheck={false}
          autoComplete="off"
          maxLength={9}
          onChange={(event) => {
            setDraft(event.target.value);
            const parsed = parseHex(event.target.value);
            if (parsed) {
              onColor(parsed);
            }
          }}
          onBlur={() => setDraft(null)}
          className={classNames(inputClasses, "min-w-0 font-mono text-sm")}
        />
      </div>
      {wrong && (
        <p id={`${id}-error`} className="text-danger text-sm">
          {t("workbench.color.wrong")}
        </p>
      )}
    </div>
  );
}
