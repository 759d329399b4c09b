import { useId, type InputHTMLAttributes, type ReactNode } from "react";

import { classNames } from "@/lib/class-names";

export const inputClasses =
  "w-full rounded-lg border border-line-strong bg-surface px-3 min-h-11 text-text placeholder:text-muted " +
  "aria-invalid:border-danger";

/** The properties of a labeled input. */
export type FieldProps = Omit<InputHTMLAttributes<HTMLInputElement>, "id"> & {
  label: ReactNode;
  /** The expected input, shown before any error. */
  hint?: ReactNode;
  /** The error in the input. */
  error?: ReactNode;
};

/** A labeled input with a hint and an error that screen readers announce. */
export function Field({ label, hint, error, className, ...rest }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className={classNames("grid gap-1.5", className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={described || undefined}
        className={inputClasses}
      />
      {hint && (
        <p id={`${id}-hint`} className="text-muted text-sm">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-danger text-sm">
          {error}
        </p>
      )}
    </div>
  );
}
