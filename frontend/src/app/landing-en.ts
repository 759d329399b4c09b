import { wakeLanding } from "./landing";
import { texts } from "./landing-texts-en";

wakeLanding("en", texts);
