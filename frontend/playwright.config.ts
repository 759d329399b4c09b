import { defineConfig, devices } from "@playwright/test";

/** The default is Debian's Chromium, which `make pages` installs. */
const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

export default defineConfig({
  testDir: "tests",
  globalSetup: "./tests/local-cloud.ts",
  outputDir: "../target/pages",
  // The machine has two cores, and the service needs one of them.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  forbidOnly: process.env["CI"] !== undefined,
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    launchOptions: { executablePath, args: ["--no-sandbox"] },
    locale: "en-GB",
    trace: "retain-on-failure",
  },
});
