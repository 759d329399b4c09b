import { ImageUp } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";

import { decode } from "../../pixels/layers";

type Props = {
  picture: Blob | null;
  /** A note about the use of the picture, if it leaves the browser. */
  hint?: string;
  /** Prepares a file; fails if it is not a picture. */
  take?: (file: Blob) => Promise<Blob>;
  onPicture: (picture: Blob) => void;
};

/** A background picture of the user. */
export function PictureField({ picture, hint, take = checked, onPicture }: Props) {
  const { t } = useTranslation("editor");
  const input = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState(false);
  const choose = async (file: File) => {
    try {
      const taken = await take(file);
      setWrong(false);
      onPicture(taken);
    } catch {
      setWrong(true);
    }
  };
  return (
    <div className="grid gap-3">
      {picture && <Thumbnail picture={picture} />}
      <Button look="secondary" onClick={() => input.current?.click()}>
        <ImageUp aria-hidden className="size-5" />
        {t(picture ? "workbench.background.otherPicture" : "workbench.background.choosePicture")}
      </Button>
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        data-testid="background-picture"
        onChange={(event) => {
          const file = event.target.files?.[0];
          // The same file can be chosen again.
          event.target.value = "";
          if (file) {
            void choose(file);
          }
        }}
      />
      {wrong ? (
        <Notice tone="danger">{t("workbench.background.notAPicture")}</Notice>
      ) : (
        <p className="text-muted text-sm">{hint ?? t("workbench.background.pictureHint")}</p>
      )}
    </div>
  );
}

/** As it is, if the browser can decode it. */
async function checked(file: Blob): Promise<Blob> {
  (await decode(file)).close();
  return file;
}

function Thumbnail({ picture }: { picture: Blob }) {
  const image = useRef<HTMLImageElement>(null);
  useEffect(() => {
    const url = URL.createObjectURL(picture);
    if (image.current) {
      image.current.src = url;
    }
    return () => URL.revokeObjectURL(url);
  }, [picture]);
  return <img ref={image} alt="" className="border-line h-24 w-full rounded-lg border object-cover" />;
}
