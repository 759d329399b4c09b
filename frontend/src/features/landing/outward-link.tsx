import { ArrowRight } from "lucide-react";

import { Link } from "@/components/link";

/** A link after a text, to a page with more about it. */
export function OutwardLink({ to, children }: { to: string; children: string }) {
  return (
    <Link
      to={to}
      className="text-accent inline-flex min-h-11 items-center gap-1.5 font-medium underline-offset-4 hover:underline"
    >
      {children}
      <ArrowRight aria-hidden className="size-4 shrink-0" />
    </Link>
  );
}
