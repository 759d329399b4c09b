import { SOURCE } from "@/lib/paths";
import { useTexts } from "@/lib/texts";

const FIGURES = ["time", "faster", "size", "failed"] as const;

/** Measured figures, and figures by design. docs/BENCHMARKS.md has the first two. */
export function Figures() {
  const { t } = useTexts("landing");
  return (
    <section aria-label={t("figures.label")} className="border-line bg-surface border-y">
      <div className="page-width py-12">
        <dl className="grid gap-x-8 gap-y-8 sm:grid-cols-2 lg:grid-cols-4">
          {FIGURES.map((figure) => (
            <div key={figure} className="flex flex-col-reverse justify-end gap-2">
              <dt className="text-muted text-sm text-pretty">{t(`figures.${figure}.text`)}</dt>
              <dd className="text-4xl font-bold tracking-tight tabular-nums">
                {t(`figures.${figure}.value`)}
              </dd>
            </div>
          ))}
        </dl>
        <p className="text-muted mt-8 text-sm">
          {t("figures.source")}{" "}
          <a
            href={`${SOURCE}/blob/main/docs/BENCHMARKS.md`}
            className="hover:text-text underline underline-offset-4"
          >
            {t("figures.link")}
          </a>
        </p>
      </div>
    </section>
  );
}
