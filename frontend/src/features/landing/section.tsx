import type { ReactNode } from "react";

import { classNames } from "@/lib/class-names";

type Props = { id: string; title: string; text?: string; children: ReactNode; className?: string };

/** A section of the page with its own heading. Links of the header may lead to it. */
export function Section({ id, title, text, children, className }: Props) {
  return (
    <section
      id={id}
      aria-labelledby={`${id}-title`}
      className={classNames("scroll-mt-20 py-16 sm:py-24", className)}
    >
      <div className="page-width">
        <div className="max-w-2xl">
          <h2 id={`${id}-title`} className="text-3xl font-semibold tracking-tight text-balance sm:text-4xl">
            {title}
          </h2>
          {text && <p className="text-muted mt-4 text-lg text-pretty">{text}</p>}
        </div>
        <div className="mt-10 sm:mt-12">{children}</div>
      </div>
    </section>
  );
}
