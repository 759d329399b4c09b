/** A date in the format of the language. */
export function formatDate(iso: string, language: string, dateStyle: "medium" | "long" = "medium"): string {
  return withOrdinal(new Date(iso).toLocaleDateString(language, { dateStyle }), language);
}

/** A day and a time. */
export function formatDateTime(iso: string, language: string): string {
  const written = new Date(iso).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
  return withOrdinal(written, language);
}

/** In French, the first day of a month is an ordinal, which browsers do not format. */
function withOrdinal(date: string, language: string): string {
  return language === "fr" ? date.replace(/^1(?=\s)/, "1er") : date;
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** A size of a file, in units of a thousand and at most one decimal. */
export function formatBytes(bytes: number, language: string): string {
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: UNITS[power] ?? "byte",
    unitDisplay: power === 0 ? "long" : "short",
    maximumFractionDigits: 1,
  }).format(bytes / 1000 ** power);
}
