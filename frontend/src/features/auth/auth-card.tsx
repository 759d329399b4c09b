import type { ReactNode } from "react";

import { PageTitle } from "@/components/page-title";

/** The layout of every sign-in page: a heading, a card, and links to related pages. */
export function AuthCard({
  title,
  lead,
  children,
  footer,
}: {
  title: string;
  lead?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
}) {
  return (
    <div className="page-width py-10 sm:py-16">
      <div className="mx-auto grid max-w-md gap-6">
        <div className="grid gap-2 text-center">
          <PageTitle>{title}</PageTitle>
          {lead && <p className="text-muted text-pretty">{lead}</p>}
        </div>
        <div className="border-line bg-surface rounded-2xl border p-5 sm:p-8">{children}</div>
        {footer && <div className="text-muted grid gap-2 text-center text-sm">{footer}</div>}
      </div>
    </div>
  );
}
