import { useTranslation } from "react-i18next";

import type { Row } from "./describe";
import { Prose } from "./prose";

/** Fields or parameters: name, type, whether it is required, description. */
export function FieldList({
  title,
  note,
  rows,
  answered = false,
}: {
  title: string;
  note?: string | undefined;
  rows: Row[];
  /** True for response fields, which need no "required" mark. */
  answered?: boolean;
}) {
  const { t } = useTranslation("developers");
  return (
    <div className="grid gap-2">
      <h4 className="text-sm font-semibold">
        {title} {note && <span className="text-muted font-normal break-words">{note}</span>}
      </h4>
      {rows.length > 0 && (
        <dl className="divide-line border-line divide-y border-y text-sm">
          {rows.map((row) => (
            <div
              key={row.name}
              className="grid gap-x-4 gap-y-1 py-2 sm:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]"
            >
              <dt className="min-w-0">
                <code className="font-medium break-words">{row.name}</code>
                {!answered && row.required && (
                  <span className="text-danger ml-2 text-xs">{t("reference.required")}</span>
                )}
                <span className="text-muted block font-mono text-xs break-words">{row.type}</span>
              </dt>
              <dd className="text-muted min-w-0" lang="en">
                <Prose text={row.about} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
