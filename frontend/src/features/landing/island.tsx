import { islands, type IslandName } from "./islands";

/**
 * A part of the page that the browser hydrates. Everything around it stays prerendered HTML, whose code and texts
 * are not loaded. `inline` is for a part of a sentence.
 */
export function Island({ name, inline = false }: { name: IslandName; inline?: boolean }) {
  const Place = inline ? "span" : "div";
  const Content = islands[name];
  return (
    <Place data-island={name} className="contents">
      <Content />
    </Place>
  );
}
