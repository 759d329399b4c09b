import { NavLink } from "react-router";

import type { LinkProps } from "@/components/link";
import { paths } from "@/lib/paths";

/** A link that changes the page without loading it, where the page is one of the app's. */
export function RouterLink({ to, children, ...rest }: LinkProps) {
  const [path] = to.split("#");
  if (path !== undefined && Object.values(paths.landing).includes(path)) {
    return (
      <a href={to} {...rest}>
        {children}
      </a>
    );
  }
  return (
    <NavLink to={to} end {...rest}>
      {children}
    </NavLink>
  );
}
