import { cleanup } from "@testing-library/react";
import { useTranslation } from "react-i18next";
import { afterEach } from "vitest";

import { translateBy } from "@/lib/texts";

afterEach(cleanup);

// Components are tested as they stand in the app.
translateBy(useTranslation);
