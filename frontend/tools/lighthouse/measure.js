// Runs Lighthouse on pages of a running site, emulating a phone on a slow network, and prints one line of JSON for each run.
// `make bench` runs it.
//
//     node measure.js ROUNDS ADDRESS …        CHROMIUM names a browser other than Debian's

import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const [rounds, ...addresses] = process.argv.slice(2);
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const METRICS = {
  "first-contentful-paint": "fcp_ms",
  "largest-contentful-paint": "lcp_ms",
  "total-blocking-time": "tbt_ms",
  "cumulative-layout-shift": "cls",
};

const chrome = await launch({
  chromePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  chromeFlags: ["--headless", "--no-sandbox"],
});
try {
  for (const address of addresses) {
    for (let round = 0; round < Number(rounds); round += 1) {
      const { lhr } = await lighthouse(address, {
        port: chrome.port,
        onlyCategories: CATEGORIES,
        logLevel: "error",
      });
      if (lhr.runtimeError) {
        throw new Error(`${address}: ${lhr.runtimeError.message}`);
      }
      const scores = CATEGORIES.map((name) => [name, Math.round(lhr.categories[name].score * 100)]);
      const metrics = Object.entries(METRICS).map(([audit, name]) => [name, lhr.audits[audit].numericValue]);
      const requests = lhr.audits["network-requests"].details.items;
      const bytes = requests.reduce((sum, { transferSize }) => sum + transferSize, 0);
      process.stdout.write(
        `${JSON.stringify({ address, ...Object.fromEntries([...scores, ...metrics]), bytes, requests: requests.length, version: lhr.lighthouseVersion })}\n`,
      );
    }
  }
} finally {
  chrome.kill();
}
