import { classNames } from "@/lib/class-names";

/** A progress bar: 0 to 100, or null while unknown. */
export function Progress({
  value,
  label,
  className,
}: {
  value: number | null;
  label: string;
  className?: string;
}) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={value === null ? undefined : Math.round(value)}
      className={classNames("bg-line h-2 overflow-hidden rounded-full", className)}
    >
      <div
        className={classNames(
          "bg-accent h-full origin-left rounded-full transition-transform duration-300",
          value === null && "animate-pulse",
        )}
        style={{ transform: `scaleX(${value === null ? 0.4 : value / 100})` }}
      />
    </div>
  );
}
