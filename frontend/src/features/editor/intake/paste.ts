import { useEffect } from "react";

type Takers = { takeIn: (files: File[]) => Promise<void>; takeLink: (url: string) => Promise<void> };

/** Accepts pictures, and addresses of pictures, that are pasted while no text field has the focus. */
export function usePaste({ takeIn, takeLink }: Takers, onError: (error: unknown) => void): void {
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      if (!event.clipboardData || isTextField(event.target)) {
        return;
      }
      const files = [...event.clipboardData.files];
      const link = linkIn(event.clipboardData);
      if (files.length > 0) {
        event.preventDefault();
        takeIn(files).catch(onError);
      } else if (link) {
        event.preventDefault();
        takeLink(link).catch(onError);
      }
    };
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  }, [takeIn, takeLink, onError]);
}

/** The address in a paste or a drop, for instance of a picture on another page. */
export function linkIn(data: DataTransfer): string | null {
  const text = (data.getData("text/uri-list") || data.getData("text/plain")).trim().split(/\s/)[0] ?? "";
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? text : null;
}

/** The keys that paste on this system. */
export function pasteKeys(): string {
  return /mac|iphone|ipad/i.test(navigator.platform) ? "⌘V" : "Ctrl+V";
}

function isTextField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, [contenteditable]") !== null;
}
