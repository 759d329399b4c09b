import {
  Accessibility,
  Brush,
  Crop,
  FileImage,
  Film,
  History,
  Images,
  Languages,
  Layers,
  Moon,
  type LucideIcon,
} from "lucide-react";

import { useTexts } from "@/lib/texts";

import { Section } from "./section";

const FEATURES = {
  brush: Brush,
  background: Layers,
  shadow: Moon,
  crop: Crop,
  many: Images,
  formats: FileImage,
  video: Film,
  history: History,
  keyboard: Accessibility,
  languages: Languages,
} satisfies Record<string, LucideIcon>;

/** The features of the editor and of an account. */
export function Features() {
  const { t } = useTexts("landing");
  return (
    <Section id="features" title={t("features.title")} className="bg-surface border-line border-y">
      <ul className="grid gap-x-8 gap-y-8 sm:grid-cols-2 lg:grid-cols-3">
        {Object.entries(FEATURES).map(([name, Icon]) => (
          <li key={name} className="flex gap-4">
            <span className="bg-accent-soft text-accent grid size-11 shrink-0 place-items-center rounded-xl">
              <Icon aria-hidden className="size-5" />
            </span>
            <div>
              <h3 className="font-semibold">{t(`features.${name as keyof typeof FEATURES}.title`)}</h3>
              <p className="text-muted mt-0.5 text-pretty">
                {t(`features.${name as keyof typeof FEATURES}.text`)}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </Section>
  );
}
