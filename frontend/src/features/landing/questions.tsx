import { Plus } from "lucide-react";

import { useTexts } from "@/lib/texts";

import { Island } from "./island";
import { Section } from "./section";

const QUESTIONS = ["account", "types", "hair", "commercial", "training", "program", "own", "video"] as const;

/** Frequent questions with their answers. */
export function Questions() {
  const { t } = useTexts("landing");
  return (
    <Section id="questions" title={t("questions.title")}>
      <div className="divide-line border-line divide-y border-y">
        {QUESTIONS.map((question) => (
          <details key={question} className="group">
            <summary className="flex min-h-11 cursor-pointer list-none items-center justify-between gap-4 py-5 text-lg font-medium [&::-webkit-details-marker]:hidden">
              {t(`questions.${question}.question`)}
              <Plus
                aria-hidden
                className="text-accent size-5 shrink-0 transition-transform group-open:rotate-45"
              />
            </summary>
            <p className="text-muted max-w-prose pb-6 text-pretty">
              {question === "types" ? <Island inline name="types" /> : t(`questions.${question}.answer`)}
            </p>
          </details>
        ))}
      </div>
    </Section>
  );
}
