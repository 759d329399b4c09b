import { Footer } from "@/components/footer";

import { Benefits } from "./benefits";
import { Closing } from "./closing";
import { Features } from "./features";
import { Figures } from "./figures";
import { Gallery } from "./gallery";
import { Island } from "./island";
import { Pricing } from "./pricing";
import { Questions } from "./questions";
import { Steps } from "./steps";
import { Trust } from "./trust";

/** The front page. The build prerenders it in each language, and the browser hydrates its islands. */
export function LandingPage() {
  return (
    <>
      <Island name="header" />
      <main id="main" tabIndex={-1} className="outline-none">
        <Island name="hero" />
        <Figures />
        <Steps />
        <Gallery />
        <Benefits />
        <Features />
        <Pricing />
        <Trust />
        <Questions />
        <Closing />
      </main>
      <Footer />
    </>
  );
}
