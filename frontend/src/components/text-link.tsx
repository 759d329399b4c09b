import { classNames } from "@/lib/class-names";
import { Link, type LinkProps } from "./link";

/** A link inside a sentence. */
export function TextLink({ className, ...rest }: LinkProps) {
  return (
    <Link
      {...rest}
      className={classNames("text-accent py-1 font-medium underline underline-offset-4", className)}
    />
  );
}
