import { fileURLToPath } from "node:url";

import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** The front door of `make up`, for `npm run dev`. */
const FRONT_DOOR = `http://127.0.0.1:${process.env["PORT"] ?? 8080}`;
/** The API takes changes from its own origin only, which in development is not where the pages come from. */
const proxy = { target: FRONT_DOOR, changeOrigin: true, headers: { origin: FRONT_DOOR } };

export default defineConfig(({ isSsrBuild }) => ({
  appType: "mpa",
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": file("src") } },
  build: {
    target: "es2023",
    // The content security policy allows no data: scripts or styles, and small pictures cache better as files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    copyPublicDir: !isSsrBuild,
    // The terms of what is bundled, published with it.
    license: !isSsrBuild && { fileName: "licences.txt" },
    rolldownOptions: {
      input: { landing: file("index.html"), french: file("fr/index.html"), app: file("app.html") },
      output: {
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules\/(react|react-dom|scheduler)\// },
            // What the landing page shares with the app, in one file instead of ten.
            {
              name: "shell",
              test: /src\/components\/(header|footer|link|logo|theme-switch|compare-slider|ui\/button)\.tsx|src\/lib\/(class-names|paths|pending-files|samples|session|texts|theme)\.ts|node_modules\/(idb-keyval|lucide-react\/dist\/esm\/(shared|createLucideIcon|Icon|context|defaultAttributes))/,
            },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": proxy, "/docs": proxy, "/outbox": proxy } },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test-setup.ts"],
    restoreMocks: true,
  },
}));
