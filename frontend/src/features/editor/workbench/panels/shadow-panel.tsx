import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Shadow } from "../../model";
import { fromPolar, toPolar } from "../../pixels/polar";
import { Range } from "./range";
import { SwitchRow } from "./switch-row";

/** The API's default shadow. */
const FIRST: Shadow = { opacity: 50, blur: 1.5, dx: 1, dy: 2.5 };
const MOST = { blur: 10, distance: 20 };

type Props = { shadow: Shadow | null; onShadow: (shadow: Shadow | null) => void };

/** Gives the subject a shadow. */
export function ShadowPanel({ shadow, onShadow }: Props) {
  const { t } = useTranslation("editor");
  const [left, setLeft] = useState(FIRST);
  // Without a distance there is no direction: it is kept for a later distance.
  const [turned, setTurned] = useState<number | null>(null);
  const percent = (value: number) => t("workbench.percent", { percent: Math.round(value * 10) / 10 });
  return (
    <div className="grid gap-4">
      <SwitchRow
        label={t("workbench.shadow.label")}
        hint={t("workbench.shadow.hint")}
        on={shadow !== null}
        onChange={(on) => {
          if (shadow) {
            setLeft(shadow);
          }
          onShadow(on ? left : null);
        }}
      />
      {shadow && (
        <div className="grid gap-x-5 gap-y-4 max-lg:grid-cols-2">
          <ShadowRanges
            shadow={shadow}
            turned={turned}
            onTurned={setTurned}
            onShadow={onShadow}
            percent={percent}
          />
        </div>
      )}
    </div>
  );
}

function ShadowRanges({
  shadow,
  turned,
  onTurned,
  onShadow,
  percent,
}: {
  shadow: Shadow;
  turned: number | null;
  onTurned: (degrees: number) => void;
  onShadow: (shadow: Shadow) => void;
  percent: (value: number) => string;
}) {
  const { t } = useTranslation("editor");
  const { distance, angle } = toPolar(shadow);
  const direction = turned ?? angle;
  return (
    <>
      <Range
        label={t("workbench.shadow.opacity")}
        value={shadow.opacity}
        min={5}
        max={100}
        step={1}
        text={percent(shadow.opacity)}
        onValue={(opacity) => onShadow({ ...shadow, opacity })}
      />
      <Range
        label={t("workbench.shadow.blur")}
        value={shadow.blur}
        min={0}
        max={MOST.blur}
        step={0.1}
        text={percent(shadow.blur)}
        onValue={(blur) => onShadow({ ...shadow, blur })}
      />
      <Range
        label={t("workbench.shadow.distance")}
        value={distance}
        min={0}
        max={MOST.distance}
        step={0.1}
        text={percent(distance)}
        onValue={(value) => {
          onTurned(direction);
          onShadow({ ...shadow, ...fromPolar(value, direction) });
        }}
      />
      <Range
        label={t("workbench.shadow.direction")}
        value={direction}
        min={0}
        max={360}
        step={5}
        text={t("workbench.degrees", { degrees: Math.round(direction) })}
        onValue={(degrees) => {
          onTurned(degrees);
          onShadow({ ...shadow, ...fromPolar(distance, degrees) });
        }}
      />
    </>
  );
}
