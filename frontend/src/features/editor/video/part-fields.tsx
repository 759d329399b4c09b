import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Field } from "@/components/ui/field";

import type { Part } from "./trim";

type Props = { part: Part | null; limitS: number | undefined; onPart: (part: Part | null) => void };

/** Beyond the end of any video: the service stops at the end. */
const END_MS = 24 * 60 * 60_000;

/** Chooses a part of a video that this browser cannot play, in seconds. */
export function PartFields({ part, limitS, onPart }: Props) {
  const { t } = useTranslation("video");
  const [from, setFrom] = useState(part ? String(part.fromMs / 1000) : "0");
  const [until, setUntil] = useState(part && part.untilMs < END_MS ? String(part.untilMs / 1000) : "");
  const reversed = until !== "" && Number(until) <= Number(from);
  const change = (nextFrom: string, nextUntil: string) => {
    setFrom(nextFrom);
    setUntil(nextUntil);
    const fromMs = Math.max(0, Number(nextFrom) || 0) * 1000;
    const untilMs = nextUntil === "" ? END_MS : Number(nextUntil) * 1000;
    if (untilMs > fromMs) {
      onPart(fromMs === 0 && untilMs === END_MS ? null : { fromMs, untilMs });
    }
  };
  return (
    <div className="grid gap-2">
      <div className="grid grid-cols-2 gap-3">
        <Field
          label={t("trim.from")}
          type="number"
          inputMode="decimal"
          min={0}
          step={0.1}
          value={from}
          onChange={({ currentTarget }) => change(currentTarget.value, until)}
        />
        <Field
          label={t("trim.until")}
          type="number"
          inputMode="decimal"
          min={0}
          step={0.1}
          value={until}
          error={reversed && t("trim.reversed")}
          onChange={({ currentTarget }) => change(from, currentTarget.value)}
        />
      </div>
      {limitS !== undefined && <p className="text-muted text-sm">{t("trim.untilHint", { limit: limitS })}</p>}
    </div>
  );
}
