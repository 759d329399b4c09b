import { Footer } from "@/components/footer";
import { Header } from "@/components/header";
import type { Language } from "@/lib/i18n";
import { useTexts } from "@/lib/texts";

import { Benefits } from "./benefits";
import { Closing } from "./closing";
import { DropOverlay } from "./drop-overlay";
import { Features } from "./features";
import { Figures } from "./figures";
import { Gallery } from "./gallery";
import { Hero } from "./hero";
import { LanguageLink } from "./language-link";
import { limitsOf } from "./numbers";
import { Pricing } from "./pricing";
import { Questions } from "./questions";
import { Steps } from "./steps";
import { Trust } from "./trust";
import { useIntake } from "./use-intake";
import { useServiceConfig, useSignedIn } from "./use-service";

/** The front page. The build writes it into HTML, once for each language; in the browser it wakes up. */
export function LandingPage() {
  const { i18n } = useTexts();
  const language = i18n.language as Language;
  const email = useSignedIn();
  const config = useServiceConfig();
  const limits = config ? (limitsOf(config, language) ?? null) : config;
  const intake = useIntake();
  return (
    <>
      <Header email={email} languageSwitch={<LanguageLink language={language} />} />
      <main id="main" tabIndex={-1} className="outline-none">
        <Hero intake={intake} />
        <Figures />
        <Steps />
        <Gallery />
        <Benefits />
        <Features />
        <Pricing limits={limits} />
        <Trust kept={config?.kept} />
        <Questions limits={limits} />
        <Closing intake={intake} />
      </main>
      <Footer />
      {intake.state === "dragging" && <DropOverlay />}
    </>
  );
}
