import { CopyButton } from "@/components/copy-button";

/** A block of code. It scrolls horizontally within the page, also by keyboard. */
export function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <div className="border-line bg-surface relative rounded-xl border">
      <div className="border-line flex justify-end border-b px-2 py-1">
        <CopyButton text={code} label={label} className="min-h-11" />
      </div>
      <pre
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable content must be reachable by keyboard
        tabIndex={0}
        role="region"
        aria-label={label}
        className="overflow-x-auto rounded-b-xl p-4 text-[0.8125rem] leading-6"
      >
        <code>{code}</code>
      </pre>
    </div>
  );
}
