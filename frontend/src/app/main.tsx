import "@/styles/index.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { preferredLanguage, startI18n } from "@/lib/i18n";

import { App } from "./app";
import { createRouter } from "./router";

const root = document.getElementById("root");
if (!root) {
  throw new Error("The page has no root. This is a bug.");
}
await startI18n(preferredLanguage(), ["common"]);
const router = createRouter();
createRoot(root).render(
  <StrictMode>
    <App router={router} />
  </StrictMode>,
);
