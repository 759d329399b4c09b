import { Switch } from "radix-ui";
import { useId } from "react";

type Props = { label: string; hint: string; on: boolean; onChange: (on: boolean) => void };

/** A switch with a label and a hint. */
export function SwitchRow({ label, hint, on, onChange }: Props) {
  const id = useId();
  return (
    <div className="flex items-center justify-between gap-4">
      <div className="grid gap-0.5">
        <label htmlFor={id} className="text-sm font-medium">
          {label}
        </label>
        <p id={`${id}-hint`} className="text-muted text-sm">
          {hint}
        </p>
      </div>
      <Switch.Root
        id={id}
        checked={on}
        onCheckedChange={onChange}
        aria-describedby={`${id}-hint`}
        className="group grid h-11 w-13 shrink-0 cursor-pointer items-center rounded-full"
      >
        <span className="bg-line-strong group-data-[state=checked]:bg-accent flex h-7 w-13 items-center rounded-full p-1 transition-colors">
          <Switch.Thumb className="bg-surface size-5 rounded-full shadow transition-transform data-[state=checked]:translate-x-6" />
        </span>
      </Switch.Root>
    </div>
  );
}
