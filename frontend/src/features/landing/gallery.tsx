import { useTexts } from "@/lib/texts";

import { Island } from "./island";
import { Section } from "./section";

/** More pictures with a handle to move. */
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
