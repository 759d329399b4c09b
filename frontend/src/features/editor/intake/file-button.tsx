import { useRef, type ComponentProps, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";

const ACCEPT =
  "image/jpeg,image/png,image/webp,image/gif,image/bmp,image/tiff,video/*," +
  // Extensions that some systems have no type for.
  ".mp4,.m4v,.mov,.webm,.mkv,.avi,.ts,.mts,.m2ts,.3gp";

type Props = Omit<ComponentProps<typeof Button>, "onClick"> & {
  onFiles: (files: File[]) => void;
  children: ReactNode;
};

/** A button that opens the system's dialog for pictures and videos. */
export function FileButton({ onFiles, children, ...rest }: Props) {
  const { t } = useTranslation("editor");
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button {...rest} onClick={() => input.current?.click()}>
        {children}
      </Button>
      <input
        ref={input}
        type="file"
        accept={ACCEPT}
        multiple
        hidden
        aria-label={t("intake.files")}
        data-testid="file-input"
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          // The same file may be chosen again.
          currentTarget.value = "";
        }}
      />
    </>
  );
}
