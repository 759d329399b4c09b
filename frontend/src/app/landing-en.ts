import common from "@/locales/en/common.json";
import landing from "@/locales/en/landing.json";

import { hydrateLanding } from "./landing";

hydrateLanding("en", { common, landing });
