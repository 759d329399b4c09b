import { useId, type ReactNode } from "react";

type Props<Value extends string> = {
  label: string;
  hint?: ReactNode;
  value: Value;
  options: readonly { value: Value; text: string; lang?: string }[];
  onChange: (value: Value) => void;
};

/** The choice of one of a few options: radio buttons in a row. */
export function Choice<Value extends string>({ label, hint, value, options, onChange }: Props<Value>) {
  const id = useId();
  return (
    <fieldset className="grid gap-2" aria-describedby={hint ? `${id}-hint` : undefined}>
      <legend className="mb-2 text-sm font-medium">{label}</legend>
      <div className="flex flex-wrap gap-2">
        {options.map((option) => (
          <label
            key={option.value}
            lang={option.lang}
            className="border-line-strong has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-accent flex min-h-11 cursor-pointer items-center gap-2 rounded-lg border px-4 text-sm font-medium has-focus-visible:outline-2 has-focus-visible:outline-offset-2"
          >
            <input
              type="radio"
              name={id}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
              className="accent-accent outline-none"
            />
            {option.text}
          </label>
        ))}
      </div>
      {hint && (
        <p id={`${id}-hint`} className="text-muted text-sm">
          {hint}
        </p>
      )}
    </fieldset>
  );
}
