import type { ReactNode } from "react";

/** The words of a control: on a phone shorter ones are shown, and the full ones are still read out. */
export function NarrowLabel({ narrow, children }: { narrow: string; children: ReactNode }) {
  return (
    <>
      <span aria-hidden className="sm:hidden">
        {narrow}
      </span>
      <span className="sr-only sm:not-sr-only">{children}</span>
    </>
  );
}
