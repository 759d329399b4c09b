import { Backdrops } from "./backdrops";
import { ChooseButton } from "./choose-button";
import { Examples } from "./examples";
import { Hero } from "./hero";
import { RetentionText, PictureTypesText } from "./service-texts";
import { LandingHeader } from "./landing-header";
import { Plan } from "./plan";

/** The parts of the page that the browser hydrates. `island-texts.ts` lists the texts that they need. */
export const islands = {
  header: LandingHeader,
  hero: Hero,
  examples: Examples,
  backdrops: Backdrops,
  plan: Plan,
  kept: RetentionText,
  types: PictureTypesText,
  choose: ChooseButton,
};

export type IslandName = keyof typeof islands;
