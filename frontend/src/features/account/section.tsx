import { useId, type ReactNode } from "react";

import { classNames } from "@/lib/class-names";

type Props = { title: string; about?: ReactNode; children: ReactNode; danger?: boolean };

/** A section of the account page: its title and description on the left, its content on the right. */
export function Section({ title, about, children, danger }: Props) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={classNames(
        "bg-surface grid gap-5 rounded-2xl border p-5 sm:p-6 md:grid-cols-[13rem_1fr] md:gap-8",
        danger ? "border-danger/50" : "border-line",
      )}
    >
      <div className="grid content-start gap-1">
        <h2 id={id} className={classNames("text-lg font-semibold", danger && "text-danger")}>
          {title}
        </h2>
        {about && <p className="text-muted text-sm text-pretty">{about}</p>}
      </div>
      <div className="grid min-w-0 content-start gap-5">{children}</div>
    </section>
  );
}
