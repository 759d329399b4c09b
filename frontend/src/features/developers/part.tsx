import type { ReactNode } from "react";

/** A part of the documentation that can be linked to. */
export function Part({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <section aria-labelledby={id} className="grid min-w-0 grid-cols-1 gap-4">
      <h2 id={id} tabIndex={-1} className="scroll-mt-24 text-2xl font-semibold tracking-tight outline-none">
        {title}
      </h2>
      {children}
    </section>
  );
}
