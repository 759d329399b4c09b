import type { ReactNode } from "react";

/** The label of a control: phones show a shorter one, and screen readers read the full one. */
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
