import common from "@/locales/fr/common.json";
import landing from "@/locales/fr/landing.json";

import { hydrateLanding } from "./landing";

hydrateLanding("fr", { common, landing });
