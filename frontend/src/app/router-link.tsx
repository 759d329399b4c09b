import { NavLink } from "react-router";

import type { LinkProps } from "@/components/link";
import { paths } from "@/lib/paths";

/** A link that changes the page without a reload. Landing pages are not part of the app, so they are loaded. */
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
