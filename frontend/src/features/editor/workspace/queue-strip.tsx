import { useEffect, useRef, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import { queue, runner } from "../queue/editor-queue";
import type { Entry } from "../queue/entry";
import { QueueTile } from "./queue-tile";

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

type Props = { entries: readonly Entry[]; selectedId: string | null };

/** All pictures of the editor, in their order. Arrow keys select, Delete removes. */
export function QueueStrip({ entries, selectedId }: Props) {
  const { t } = useTranslation("editor");
  const list = useRef<HTMLUListElement>(null);
  const place = entries.findIndex(({ id }) => id === selectedId);
  useEffect(() => {
    const tile = list.current?.children[place];
    tile?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [place]);
  const focus = (at: number) => list.current?.querySelectorAll<HTMLElement>("[data-tile]")[at]?.focus();
  const remove = (id: string, at: number) => {
    runner.remove(id);
    // The neighbor gets the focus, so that the next key is not lost.
    requestAnimationFrame(() => focus(Math.min(at, entries.length - 2)));
  };
  const press = (event: KeyboardEvent) => {
    if (!(event.target instanceof HTMLElement) || !event.target.matches("[data-tile]")) {
      return;
    }
    const last = entries.length - 1;
    const target =
      event.key === "Home" ? 0 : event.key === "End" ? last : place + (STEPS[event.key] ?? Number.NaN);
    const entry = entries[Math.min(last, Math.max(0, target))];
    if (event.key === "Delete" && selectedId) {
      event.preventDefault();
      remove(selectedId, place);
    } else if (entry) {
      event.preventDefault();
      queue.select(entry.id);
      focus(entries.indexOf(entry));
    }
  };
  return (
    <ul
      ref={list}
      aria-label={t("queue.label")}
      onKeyDown={press}
      className="-m-1 flex gap-3 overflow-x-auto p-1 [scrollbar-width:thin]"
    >
      {entries.map((entry, at) => (
        <QueueTile
          key={entry.id}
          entry={entry}
          selected={entry.id === selectedId}
          onSelect={() => queue.select(entry.id)}
          onRemove={() => remove(entry.id, at)}
        />
      ))}
    </ul>
  );
}
