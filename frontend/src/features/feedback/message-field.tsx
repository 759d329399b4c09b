import { useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { inputClasses } from "@/components/ui/field";
import { classNames } from "@/lib/class-names";

/** The message field. It shows the remaining characters when few are left. */
export function MessageField({
  label,
  longest,
  error,
}: {
  label: string;
  longest: number;
  error?: ReactNode;
}) {
  const { t, i18n } = useTranslation("feedback");
  const id = useId();
  const [length, setLength] = useState(0);
  const left = longest - length;
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <textarea
        id={id}
        name="message"
        rows={7}
        maxLength={longest}
        required
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        onChange={(event) => setLength(event.target.value.length)}
        className={classNames(inputClasses, "py-2.5")}
      />
      <p role="status" className="text-muted text-sm">
        {left < 500 && t("message.left", { count: left, number: left.toLocaleString(i18n.language) })}
      </p>
      {error && (
        <p id={`${id}-error`} className="text-danger text-sm">
          {error}
        </p>
      )}
    </div>
  );
}
