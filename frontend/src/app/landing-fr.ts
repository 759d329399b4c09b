import { wakeLanding } from "./landing";
import { texts } from "./landing-texts-fr";

wakeLanding("fr", texts);
