import { Button } from "@/components/ui/button";
import { useTexts } from "@/lib/texts";

import { choosePictures } from "./intake";

/** Another button for choosing a picture, on a dark background. */
export function ChooseButton() {
  const { t } = useTexts("landing");
  return (
    <Button
      size="large"
      onClick={choosePictures}
      className="rounded-full! bg-white! text-black! hover:bg-white/90!"
    >
      {t("intake.choose")}
    </Button>
  );
}
