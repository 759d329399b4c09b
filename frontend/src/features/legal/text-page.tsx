import type { ReactNode } from "react";

import { PageTitle } from "@/components/page-title";

/** A page of text, as wide as reads well. */
export function TextPage({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <div className="page-width py-10 sm:py-16">
      <div className="mx-auto grid max-w-2xl gap-10 leading-7">
        <div className="grid gap-3">
          <PageTitle>{title}</PageTitle>
          <p className="text-muted text-lg text-pretty">{lead}</p>
        </div>
        {children}
      </div>
    </div>
  );
}
