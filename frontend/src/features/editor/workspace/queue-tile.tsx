import { RotateCw, X } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";
import { Progress } from "@/components/ui/progress";
import { classNames } from "@/lib/class-names";

import { runner } from "../queue/editor-queue";
import { isOpen, type Entry } from "../queue/entry";
import { Thumbnail } from "./thumbnail";
import { progressOf, useStateText } from "./use-state-text";

type Props = { entry: Entry; selected: boolean; onSelect: () => void; onRemove: () => void };

/** One picture of the queue: thumbnail, state and actions. */
export function QueueTile({ entry, selected, onSelect, onRemove }: Props) {
  const { t } = useTranslation("editor");
  const { name, phase, source } = entry;
  const state = useStateText()(phase);
  const open = isOpen(entry);
  const again = phase.kind === "failed" || phase.kind === "cancelled";
  return (
    <li
      className={classNames(
        "bg-surface relative flex w-64 shrink-0 items-center rounded-xl border-2",
        selected ? "border-accent" : "border-line",
      )}
    >
      <button
        type="button"
        data-tile
        aria-current={selected || undefined}
        aria-label={t("queue.open", { name, state })}
        // All tiles are one stop of the Tab key; the arrow keys move between them.
        tabIndex={selected ? 0 : -1}
        onClick={onSelect}
        className="flex min-w-0 flex-1 cursor-pointer items-center gap-3 rounded-l-xl p-2 text-left"
      >
        <Thumbnail of={phase.kind === "ready" ? phase.cutout : source} />
        <span className="grid min-w-0 gap-0.5">
          <span className="truncate text-sm font-medium" title={name}>
            {name}
          </span>{" "}
          <span
            className={classNames(
              "truncate text-xs",
              phase.kind === "failed"
                ? "text-danger"
                : phase.kind === "ready"
                  ? "text-success"
                  : "text-muted",
            )}
          >
            {state}
          </span>
          {open && phase.kind !== "waiting" && (
            <Progress value={progressOf(phase)} label={t("queue.progress", { name })} className="mt-1 h-1" />
          )}
        </span>
      </button>
      {again && (
        <Button
          look="quiet"
          size="icon"
          tabIndex={selected ? 0 : -1}
          aria-label={t("queue.retry", { name })}
          onClick={() => runner.retry(entry.id)}
        >
          <RotateCw aria-hidden className="size-4" />
        </Button>
      )}
      <Button
        look="quiet"
        size="icon"
        tabIndex={selected ? 0 : -1}
        aria-label={t(open && phase.kind !== "waiting" ? "queue.cancel" : "queue.remove", { name })}
        onClick={() => (open && phase.kind !== "waiting" ? runner.cancel(entry.id) : onRemove())}
      >
        <X aria-hidden className="size-4" />
      </Button>
    </li>
  );
}
