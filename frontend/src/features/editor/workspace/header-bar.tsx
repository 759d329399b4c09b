import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useUsage } from "@/api/get-usage";
import { formatBytes } from "@/lib/format";

import type { Entry } from "../queue/entry";

/** What picture is being worked on, how many more there can be, and the way to the file. */
export function HeaderBar({
  entry,
  signedIn,
  children,
}: {
  entry: Entry;
  signedIn: boolean;
  children: ReactNode;
}) {
  const { t, i18n } = useTranslation("editor");
  const { name, size, phase } = entry;
  const bytes = phase.kind === "ready" && phase.scale === "full" ? phase.cutout.size : entry.source?.size;
  return (
    <div className="flex flex-wrap items-center gap-x-6 gap-y-3">
      <div className="grid min-w-0 flex-1 basis-48">
        <h2 className="truncate text-lg font-semibold" title={name}>
          {name}
        </h2>
        <p className="text-muted text-sm tabular-nums">
          {size && t("work.pixels", size)}
          {size && bytes ? " · " : ""}
          {bytes ? formatBytes(bytes, i18n.language) : ""}
        </p>
      </div>
      <div className="flex flex-wrap items-center justify-end gap-3 empty:hidden max-sm:w-full">
        {signedIn && <CreditsLeft />}
        {children}
      </div>
    </div>
  );
}

/** On a phone; where there is room, the head of the site says it in full. */
function CreditsLeft() {
  const { t } = useTranslation("editor");
  const { data: usage } = useUsage(true);
  const count = usage && usage.images.left + usage.purchased;
  return (
    <p data-testid="credits-left" className="text-muted mr-auto text-sm whitespace-nowrap sm:hidden">
      {count !== undefined && t("limit.left", { count })}
    </p>
  );
}
