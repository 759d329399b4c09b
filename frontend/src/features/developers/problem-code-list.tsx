import { useTranslation } from "react-i18next";

import { useDescription } from "@/api/get-description";

import { problemCodes } from "./describe";

/** The stable codes of all problems, in a collapsed list. */
export function ProblemCodeList() {
  const { t } = useTranslation("developers");
  const codes = problemCodes(useDescription().data);
  if (codes.length === 0) {
    return null;
  }
  return (
    <details>
      <summary className="min-h-11 cursor-pointer content-center text-sm font-medium">
        {t("errors.codes")}
      </summary>
      <ul className="flex flex-wrap gap-2 pt-2">
        {codes.map((code) => (
          <li key={code}>
            <code className="bg-raised rounded px-2 py-1 text-xs">{code}</code>
          </li>
        ))}
      </ul>
    </details>
  );
}
