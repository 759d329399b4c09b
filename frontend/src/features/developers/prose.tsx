/** A sentence of the description, whose `code` is set as code. */
export function Prose({ text }: { text: string }) {
  return text.split("`").map((part, index) =>
    // Parts never move, so their place names them.
    index % 2 === 1 ? (
      <code key={index} className="bg-raised rounded px-1 py-0.5 text-[0.9em] break-words">
        {part}
      </code>
    ) : (
      part
    ),
  );
}
