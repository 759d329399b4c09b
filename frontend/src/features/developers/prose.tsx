/** A sentence of the API description. Text in backticks is rendered as code. */
export function Prose({ text }: { text: string }) {
  return [...text.matchAll(/`([^`]+)`|[^`]+/g)].map(({ 0: words, 1: code, index: offset }) =>
    code === undefined ? (
      words
    ) : (
      <code key={offset} className="bg-raised rounded px-1 py-0.5 text-[0.9em] break-words">
        {code}
      </code>
    ),
  );
}
