import { createContext, use, type AnchorHTMLAttributes, type ComponentType } from "react";

export type LinkProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> & { to: string };

/** A plain link loads a page. The app replaces it with the router's link, which keeps the page state. */
function PlainLink({ to, children, ...rest }: LinkProps) {
  return (
    <a href={to} {...rest}>
      {children}
    </a>
  );
}

export const LinkContext = createContext<ComponentType<LinkProps>>(PlainLink);

/** A link to a page of this site, for components used on both the landing page and in the app. */
export function Link(props: LinkProps) {
  const Kind = use(LinkContext);
  return <Kind {...props} />;
}
