import type { ButtonHTMLAttributes } from "react";

import { Link, type LinkProps } from "@/components/link";
import { classNames } from "@/lib/class-names";

type Look = "primary" | "secondary" | "quiet" | "danger";
type Size = "small" | "normal" | "large" | "icon";

const BASE =
  "inline-flex cursor-pointer items-center justify-center gap-2 rounded-lg font-medium whitespace-nowrap " +
  "transition-colors disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-50";

const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong",
  secondary: "border border-line-strong bg-surface text-text hover:bg-raised",
  quiet: "text-text hover:bg-raised",
  danger: "border border-danger text-danger bg-surface hover:bg-danger-soft",
};

const SIZES: Record<Size, string> = {
  small: "min-h-9 px-3 text-sm",
  normal: "min-h-11 px-4 text-sm",
  large: "min-h-13 px-6 text-base",
  icon: "size-11",
};

function buttonClasses(look: Look, size: Size, className: string | undefined) {
  return classNames(BASE, LOOKS[look], SIZES[size], className);
}

type Props = ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look; size?: Size; busy?: boolean };

/** A button. `busy` keeps it in place and readable during its action, and ignores further clicks. */
export function Button({
  look = "primary",
  size = "normal",
  busy = false,
  className,
  onClick,
  children,
  ...rest
}: Props) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      className={buttonClasses(look, size, className)}
    >
      {busy && (
        <span
          aria-hidden
          className="size-4 animate-spin rounded-full border-2 border-current border-r-transparent"
        />
      )}
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function ButtonLink({
  look = "primary",
  size = "normal",
  className,
  ...rest
}: LinkProps & { look?: Look; size?: Size }) {
  return <Link {...rest} className={buttonClasses(look, size, className)} />;
}
