import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

import { classNames } from "@/lib/class-names";

type Tone = "info" | "success" | "warning" | "danger";

const LOOKS: Record<Tone, { icon: typeof Info; classes: string }> = {
  info: { icon: Info, classes: "border-line bg-raised text-text" },
  success: { icon: CircleCheck, classes: "border-success/40 bg-success-soft text-text" },
  warning: { icon: TriangleAlert, classes: "border-warning/40 bg-warning-soft text-text" },
  danger: { icon: CircleAlert, classes: "border-danger/40 bg-danger-soft text-text" },
};

type Props = { tone?: Tone; title?: ReactNode; children?: ReactNode; action?: ReactNode; className?: string };

/** A notice in context. Errors are announced immediately. */
export function Notice({ tone = "info", title, children, action, className }: Props) {
  const { icon: Icon, classes } = LOOKS[tone];
  return (
    <div
      role={tone === "danger" ? "alert" : "status"}
      className={classNames("flex items-start gap-3 rounded-lg border p-3 text-sm", classes, className)}
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="grid min-w-0 flex-1 gap-1">
        {title && <p className="font-medium">{title}</p>}
        {children && <div className="break-words">{children}</div>}
      </div>
      {action}
    </div>
  );
}
