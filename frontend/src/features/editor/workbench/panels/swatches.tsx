import { RadioGroup } from "radix-ui";

type Swatch = {
  value: string;
  label: string;
  /** Its appearance, as a CSS background. */
  look: string;
};

type Props = { label: string; value: string; swatches: readonly Swatch[]; onValue: (value: string) => void };

/** Ready-made choices to look at. None is checked when the value is another. */
export function Swatches({ label, value, swatches, onValue }: Props) {
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value}
      onValueChange={onValue}
      className="grid grid-cols-[repeat(auto-fill,minmax(2.75rem,1fr))] gap-1"
    >
      {swatches.map((swatch) => (
        <RadioGroup.Item
          key={swatch.value}
          value={swatch.value}
          aria-label={swatch.label}
          title={swatch.label}
          className="group grid size-11 cursor-pointer place-items-center rounded-full"
        >
          <span
            aria-hidden
            className="border-line-strong group-data-[state=checked]:outline-accent size-8 rounded-full border outline-3 outline-offset-2 outline-transparent"
            style={{ background: swatch.look }}
          />
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
