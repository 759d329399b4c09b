import { islands, type IslandName } from "./islands";

/**
 * A part of the page that wakes up in the browser; everything around it stays the HTML that the build wrote, and
 * neither its code nor its texts are loaded. `inline` for a part of a sentence.
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
