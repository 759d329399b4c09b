import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

import { pages } from "./src/lib/paths.ts";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** The address of the development server, set by `make dev`. The local cloud's front door forwards pages to it. */
const [hmrHost, hmrPort] = (process.env["SANSFOND_VITE"] ?? "").split(":");

/** Serves the pages at the same addresses as the built site does. */
const addresses: Plugin = {
  name: "addresses",
  configureServer({ middlewares }) {
    middlewares.use((request, _, next) => {
      const page = pages()[(request.url ?? "").replace(/\?.*/, "")];
      if (page) {
        // The front pages of all languages are made from one file.
        request.url = page.endsWith("index.html") ? "/index.html" : `/${page}`;
      }
      next();
    });
  },
};

/** The code shared by the landing page and the app, in one file instead of ten. */
const SHELL = [
  ...["compare-slider", "footer", "header", "link", "logo", "theme-switch", "ui/button"].map(
    (name) => `src/components/${name}.tsx`,
  ),
  ...["class-names", "languages", "paths", "pending-files", "samples", "session", "texts", "theme"].map(
    (name) => `src/lib/${name}.ts`,
  ),
  "node_modules/idb-keyval/dist/",
  "node_modules/lucide-react/dist/esm/shared/",
  ...["createLucideIcon", "Icon", "context"].map((name) => `node_modules/lucide-react/dist/esm/${name}.mjs`),
];
// A renamed file would move to another bundle unnoticed.
const missing = SHELL.filter((path) => !existsSync(file(path)));
if (missing.length > 0) {
  throw new Error(`vite.config.ts: the bundle “shell” names files that do not exist: ${missing.join(", ")}`);
}

export default defineConfig(({ isSsrBuild }) => ({
  appType: "mpa",
  plugins: [react(), tailwindcss(), addresses],
  resolve: { alias: { "@": file("src") } },
  build: {
    target: "es2023",
    // The content security policy allows no data: scripts or styles, and small pictures cache better as files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    copyPublicDir: !isSsrBuild,
    // The licenses of the bundled packages, published with them.
    license: !isSsrBuild && { fileName: "licences.txt" },
    rolldownOptions: {
      input: { landing: file("index.html"), app: file("app.html") },
      output: {
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules\/(react|react-dom|scheduler)\// },
            { name: "shell", test: (id) => SHELL.some((path) => id.includes(`/${path}`)) },
          ],
        },
      },
    },
  },
  // The front door does not forward WebSockets.
  server: { hmr: hmrPort ? { host: hmrHost, clientPort: Number(hmrPort) } : true },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test-setup.ts"],
    restoreMocks: true,
  },
}));
