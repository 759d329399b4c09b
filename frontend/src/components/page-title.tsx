import type { ReactNode } from "react";

import { classNames } from "@/lib/class-names";

/** The one heading of a page, and the title of its tab. */
export function PageTitle({ children, className }: { children: string; className?: string }): ReactNode {
  return (
    <>
      <title>{`${children} · Sansfond`}</title>
      <h1 className={classNames("text-3xl font-semibold tracking-tight text-balance", className)}>
        {children}
      </h1>
    </>
  );
}
