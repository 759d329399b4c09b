import { X } from "lucide-react";
import { useEffect, useId, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { classNames } from "@/lib/class-names";

import { Button } from "./button";

type Props = {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  children: ReactNode;
  className?: string;
};

/**
 * A modal dialog: the browser's own, which traps the focus, closes with Escape and gives the focus back.
 * Not a library's: those inject styles, which the content security policy refuses.
 */
export function Dialog({ open, onClose, title, children, className }: Props) {
  const { t } = useTranslation();
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current;
    if (open && dialog && !dialog.open) {
      dialog.showModal();
    } else if (!open && dialog?.open) {
      dialog.close();
    }
  }, [open]);
  return (
    <dialog
      ref={element}
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => event.target === element.current && onClose()}
      className={classNames(
        "bg-surface text-text m-auto w-[min(32rem,calc(100vw-2rem))] rounded-2xl p-0 shadow-2xl",
        className,
      )}
    >
      {open && (
        <div className="grid gap-4 p-6">
          <div className="flex items-start justify-between gap-4">
            <h2 id={id} className="text-lg font-semibold">
              {title}
            </h2>
            <Button
              look="quiet"
              size="icon"
              className="-mt-2 -mr-3"
              aria-label={t("action.close")}
              onClick={onClose}
            >
              <X aria-hidden className="size-5" />
            </Button>
          </div>
          {children}
        </div>
      )}
    </dialog>
  );
}
