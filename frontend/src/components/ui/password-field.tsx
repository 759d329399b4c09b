import { Eye, EyeOff } from "lucide-react";
import { useId, useState, type InputHTMLAttributes, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { classNames } from "@/lib/class-names";

import { inputClasses } from "./field";

type Props = Omit<InputHTMLAttributes<HTMLInputElement>, "id" | "type"> & {
  label: ReactNode;
  /** The expected input; announced with the field. */
  hint?: ReactNode;
  /** The error in the input. */
  error?: ReactNode;
};

/** A password field whose content can be shown. */
export function PasswordField({ label, hint, error, className, ...rest }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const [shown, setShown] = useState(false);
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const Icon = shown ? EyeOff : Eye;
  return (
    <div className={classNames("grid gap-1.5", className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <div className="relative">
        <input
          {...rest}
          id={id}
          type={shown ? "text" : "password"}
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          aria-invalid={error ? true : undefined}
          aria-describedby={described || undefined}
          className={classNames(inputClasses, "pr-12")}
        />
        <button
          type="button"
          aria-pressed={shown}
          aria-label={t("password.show")}
          onClick={() => setShown(!shown)}
          className="text-muted hover:text-text absolute inset-y-0 right-0 grid w-11 cursor-pointer place-items-center rounded-lg"
        >
          <Icon aria-hidden className="size-5" />
        </button>
      </div>
      {hint && (
        <div id={`${id}-hint`} className="text-muted text-sm">
          {hint}
        </div>
      )}
      {error && (
        <p id={`${id}-error`} className="text-danger text-sm">
          {error}
        </p>
      )}
    </div>
  );
}
