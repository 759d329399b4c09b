import { EyeOff, KeyRound, MapPin, Scale, Trash2 } from "lucide-react";

import { SOURCE } from "@/lib/paths";
import { useTexts } from "@/lib/texts";

import { Island } from "./island";
import { OutwardLink } from "./outward-link";
import { Section } from "./section";

/** Storage, deletion, access and licenses. */
export function Trust() {
  const { t } = useTexts("landing");
  const items = [
    { id: "where", icon: MapPin, text: t("trust.where.text") },
    { id: "gone", icon: Trash2, text: <Island inline name="kept" /> },
    {
      id: "who",
      icon: KeyRound,
      text: t("trust.who.text"),
      link: { to: `${SOURCE}/blob/main/docs/SECURITY.md`, text: t("trust.who.link") },
    },
    {
      id: "licences",
      icon: Scale,
      text: t("trust.licences.text"),
      link: { to: `${SOURCE}#models-and-licenses`, text: t("trust.licences.link") },
    },
    { id: "alone", icon: EyeOff, text: t("trust.alone.text") },
  ] as const;
  return (
    <Section id="trust" title={t("trust.title")} className="bg-surface border-line border-y">
      <ul className="grid gap-x-10 gap-y-10 sm:grid-cols-2 lg:grid-cols-6">
        {items.map(({ id, icon: Icon, text, ...rest }, index) => (
          <li key={id} className={index < 3 ? "lg:col-span-2" : "lg:col-span-3"}>
            <Icon aria-hidden className="text-accent size-7" strokeWidth={1.75} />
            <h3 className="mt-3 text-lg font-semibold">{t(`trust.${id}.title`)}</h3>
            <p className="text-muted mt-1.5 text-pretty">{text}</p>
            {"link" in rest && <OutwardLink to={rest.link.to}>{rest.link.text}</OutwardLink>}
          </li>
        ))}
      </ul>
    </Section>
  );
}
