import { useTexts } from "@/lib/texts";

import { Island } from "./island";
import { Section } from "./section";

/** More comparisons of a photo and its cutout. */
export function Gallery() {
  const { t } = useTexts("landing");
  return (
    <Section
      id="examples"
      title={t("gallery.title")}
      text={t("gallery.text")}
      className="bg-surface border-line border-y"
    >
      <Island name="examples" />
    </Section>
  );
}
