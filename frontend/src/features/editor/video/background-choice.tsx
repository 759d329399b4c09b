import { Droplets, Image, PaintBucket, SquareDashed } from "lucide-react";
import { RadioGroup } from "radix-ui";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";

import { ColorField } from "../workbench/panels/color-field";
import { PictureField } from "../workbench/panels/picture-field";
import { backdropOf } from "./backdrop";
import { formats, type Choice } from "./choice";

const KINDS = [
  ["transparent", SquareDashed],
  ["color", PaintBucket],
  ["blur", Droplets],
  ["picture", Image],
] as const;
type Kind = (typeof KINDS)[number][0];

/** True for the kinds that have the same names in the service. */
const isNamed = (background: string): background is Exclude<Kind, "color"> =>
  KINDS.some(([kind]) => kind === background && kind !== "color");

type Props = {
  choice: Choice;
  onChoice: (choice: Choice) => void;
  /** Called with the user's picture after it has been prepared, which takes a moment. */
  onPicture: (picture: Blob) => void;
};

/** The choice of the background. Formats without transparency do not offer "transparent". */
export function BackgroundChoice({ choice, onChoice, onPicture }: Props) {
  const { t } = useTranslation("video");
  const { background, format, picture } = choice;
  const id = useId();
  const [color, setColor] = useState(background.startsWith("#") ? background : "#ffffff");
  const kind: Kind = isNamed(background) ? background : "color";
  const needed = !formats[format].alpha;
  const paint = (next: string) => {
    setColor(next);
    onChoice({ ...choice, background: next });
  };
  return (
    <div className="grid gap-3">
      <p id={id} className="font-medium">
        {t("background.title")}
      </p>
      <RadioGroup.Root
        aria-labelledby={id}
        value={kind}
        onValueChange={(value) =>
          value === "color" ? paint(color) : onChoice({ ...choice, background: value })
        }
        className="grid grid-cols-2 gap-2 sm:grid-cols-4"
      >
        {KINDS.map(([value, Icon]) => (
          <RadioGroup.Item
            key={value}
            value={value}
            disabled={needed && value === "transparent"}
            className="border-line hover:bg-raised data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft grid min-h-16 cursor-pointer content-center justify-items-center gap-1 rounded-xl border p-2 text-center text-xs font-medium disabled:cursor-not-allowed disabled:opacity-50"
          >
            <Icon aria-hidden className="size-5" />
            {t(`background.${value}`)}
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
      {needed && <p className="text-muted text-sm">{t("background.needed")}</p>}
      {kind === "color" && <ColorField label={t("background.color")} color={background} onColor={paint} />}
      {kind === "picture" && (
        <PictureField
          picture={picture}
          hint={t("background.pictureHint")}
          take={backdropOf}
          onPicture={onPicture}
        />
      )}
    </div>
  );
}
