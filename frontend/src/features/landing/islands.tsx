import { Backdrops } from "./backdrops";
import { ChooseButton } from "./choose-button";
import { Examples } from "./examples";
import { Hero } from "./hero";
import { Kept, Types } from "./stated";
import { LandingHeader } from "./landing-header";
import { Plan } from "./plan";

/** What wakes up in the browser. The texts that it needs are listed in `src/app/landing-<language>.ts`. */
export const islands = {
  header: LandingHeader,
  hero: Hero,
  examples: Examples,
  backdrops: Backdrops,
  plan: Plan,
  kept: Kept,
  types: Types,
  choose: ChooseButton,
};

export type IslandName = keyof typeof islands;
