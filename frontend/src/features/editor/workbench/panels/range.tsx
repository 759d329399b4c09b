import { useId } from "react";

type Props = {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  /** The value in words, as it is shown and read out. */
  text: string;
  onValue: (value: number) => void;
};

/** A slider with its label and its value. The browser's own, for accessibility. */
export function Range({ label, value, min, max, step, text, onValue }: Props) {
  const id = useId();
  return (
    <div className="grid gap-0.5">
      <div className="flex justify-between gap-4 text-sm">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        <span aria-hidden className="text-muted tabular-nums">
          {text}
        </span>
      </div>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={text}
        onChange={(event) => onValue(event.target.valueAsNumber)}
        className="accent-accent h-11 w-full cursor-pointer"
      />
    </div>
  );
}
