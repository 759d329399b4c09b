import "@/styles/index.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { preferredLanguage, startI18n } from "@/lib/i18n";

import { App } from "./app";

const root = document.getElementById("root");
if (!root) {
  throw new Error("The page has no root. This is a bug.");
}
await startI18n(preferredLanguage(), ["common"]);
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
