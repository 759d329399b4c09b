import { LayoutGrid, List } from "lucide-react";
import { ToggleGroup } from "radix-ui";
import { useTranslation } from "react-i18next";

import type { JobFilter, KindFilter } from "@/api/list-jobs";

import type { View } from "./use-view";

export const filters = ["all", "open", "completed", "failed", "cancelled"] as const satisfies JobFilter[];
export type Filter = (typeof filters)[number];

export const kinds = ["all", "image", "video"] as const satisfies KindFilter[];

type Props = {
  filter: Filter;
  onFilter: (filter: Filter) => void;
  kind: KindFilter;
  onKind: (kind: KindFilter) => void;
  view: View;
  onView: (view: View) => void;
};

const CHIP =
  "min-h-11 cursor-pointer rounded-lg px-3 text-sm font-medium whitespace-nowrap text-muted hover:text-text " +
  "aria-checked:bg-accent-soft aria-checked:text-text";

/** The filter and the layout of the jobs. */
export function Toolbar({ filter, onFilter, kind, onKind, view, onView }: Props) {
  const { t } = useTranslation("history");
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <ToggleGroup.Root
        type="single"
        aria-label={t("filter.label")}
        value={filter}
        // Pressing the selected item again gives an empty value, which is ignored.
        onValueChange={(value) => value && onFilter(value as Filter)}
        className="border-line bg-surface flex max-w-full flex-wrap gap-1 rounded-xl border p-1"
      >
        {filters.map((value) => (
          <ToggleGroup.Item key={value} value={value} className={CHIP}>
            {t(`filter.${value}`)}
          </ToggleGroup.Item>
        ))}
      </ToggleGroup.Root>
      <ToggleGroup.Root
        type="single"
        aria-label={t("kind.label")}
        value={kind}
        onValueChange={(value) => value && onKind(value as KindFilter)}
        className="border-line bg-surface flex max-w-full flex-wrap gap-1 rounded-xl border p-1"
      >
        {kinds.map((value) => (
          <ToggleGroup.Item key={value} value={value} className={CHIP}>
            {t(`kind.${value}`)}
          </ToggleGroup.Item>
        ))}
      </ToggleGroup.Root>
      <ToggleGroup.Root
        type="single"
        aria-label={t("view.label")}
        value={view}
        onValueChange={(value) => value && onView(value as View)}
        className="border-line bg-surface flex gap-1 rounded-xl border p-1"
      >
        <ToggleGroup.Item value="grid" aria-label={t("view.grid")} title={t("view.grid")} className={CHIP}>
          <LayoutGrid aria-hidden className="size-5" />
        </ToggleGroup.Item>
        <ToggleGroup.Item value="list" aria-label={t("view.list")} title={t("view.list")} className={CHIP}>
          <List aria-hidden className="size-5" />
        </ToggleGroup.Item>
      </ToggleGroup.Root>
    </div>
  );
}
