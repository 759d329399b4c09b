import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Edits } from "../../model";
import { Range } from "./range";
import { SwitchRow } from "./switch-row";

type Crop = Edits["crop"];
type Props = { crop: Crop; onCrop: (crop: Crop) => void };

/** Cuts the picture to its subject. */
export function CropPanel({ crop, onCrop }: Props) {
  const { t } = useTranslation("editor");
  const [left, setLeft] = useState({ margin: 5 });
  return (
    <div className="grid gap-4">
      <SwitchRow
        label={t("workbench.crop.label")}
        hint={t("workbench.crop.hint")}
        on={crop !== null}
        onChange={(on) => {
          if (crop) {
            setLeft(crop);
          }
          onCrop(on ? left : null);
        }}
      />
      {crop && (
        <Range
          label={t("workbench.crop.margin")}
          value={crop.margin}
          min={0}
          max={50}
          step={1}
          text={t("workbench.percent", { percent: crop.margin })}
          onValue={(margin) => onCrop({ margin })}
        />
      )}
    </div>
  );
}
