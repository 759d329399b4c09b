import { cleanup } from "@testing-library/react";
import { useTranslation } from "react-i18next";
import { afterEach } from "vitest";

import { translateWith } from "@/lib/texts";

afterEach(cleanup);

// In tests, components get their texts from i18next, as in the app.
translateWith(useTranslation);
