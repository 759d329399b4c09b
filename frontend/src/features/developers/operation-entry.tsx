import { useTranslation } from "react-i18next";

import { classNames } from "@/lib/class-names";

import type { Operation } from "./describe";
import { FieldList } from "./field-list";
import { Prose } from "./prose";

const METHODS: Readonly<Record<string, string>> = {
  GET: "bg-success-soft text-success",
  POST: "bg-accent-soft text-accent",
  DELETE: "bg-danger-soft text-danger",
};

/** One operation with collapsible details. */
export function OperationEntry({ operation }: { operation: Operation }) {
  const { t } = useTranslation("developers");
  const { method, path, summary, about, needs, parameters, body, responses } = operation;
  return (
    <details className="border-line bg-surface group rounded-xl border">
      <summary className="hover:bg-raised flex min-h-12 cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 rounded-xl px-4 py-2.5">
        <span
          className={classNames(
            "w-16 rounded-md py-0.5 text-center font-mono text-xs font-semibold",
            METHODS[method] ?? "bg-warning-soft text-warning",
          )}
        >
          {method}
        </span>
        <code className="text-sm font-medium break-all">{path}</code>
        <span className="text-muted text-sm" lang="en">
          <Prose text={summary} />
        </span>
      </summary>
      <div className="border-line grid gap-5 border-t p-4">
        {about && (
          <p className="text-sm" lang="en">
            <Prose text={about} />
          </p>
        )}
        <p className="text-muted text-sm">
          {needs.length === 0
            ? t("reference.everybody")
            : needs.map((way) => t(`reference.${way}`)).join(" · ")}
        </p>
        {parameters.length > 0 && (
          <FieldList
            title={t("reference.parameters")}
            rows={parameters.map((one) => ({ ...one, type: `${one.where} · ${one.type}` }))}
          />
        )}
        {body && <FieldList title={t("reference.body")} note={body.mediaTypes.join(", ")} rows={body.rows} />}
        {responses
          // Every operation has the same default problem, which the page explains once.
          .filter(({ status }) => status !== "default")
          .map((response) => (
            <div key={response.status} className="grid gap-1">
              <FieldList
                answered
                title={t("reference.response", { status: response.status })}
                note={response.mediaTypes.join(", ")}
                rows={response.rows}
              />
              {response.about && (
                <p className="text-muted text-sm" lang="en">
                  <Prose text={response.about} />
                </p>
              )}
            </div>
          ))}
      </div>
    </details>
  );
}
