import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useUsage } from "@/api/get-usage";
import { formatBytes } from "@/lib/format";

import type { Entry } from "../queue/entry";

/** The current picture, the remaining credits, and the download. */
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
    <div className="flex flex-wrap items-center gap-x-3 gap-y-3 sm:gap-x-6">
      <div className="grid min-w-0 flex-1">
        <h2 className="truncate text-lg font-semibold" title={name}>
          {name}
        </h2>
        <p className="text-muted truncate text-sm tabular-nums">
          {size && t("work.pixels", size)}
          {bytes && (
            <span className={size ? "max-sm:hidden" : ""}>
              {size && " · "}
              {formatBytes(bytes, i18n.language)}
            </span>
          )}
        </p>
        {signedIn && <CreditsLeft />}
      </div>
      {children}
    </div>
  );
}

/** On a phone; on larger screens, the header of the site shows it in full. */
function CreditsLeft() {
  const { t } = useTranslation("editor");
  const { data: usage } = useUsage(true);
  const count = usage?.images.available;
  return (
    <p data-testid="credits-left" className="text-muted truncate text-sm sm:hidden">
      {count !== undefined && t("limit.left", { count })}
    </p>
  );
}
