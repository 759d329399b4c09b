// Renders the brand pictures with a browser: the icons from public/favicon.svg, and the Open Graph picture of the front
// page for each language, with the title of the page and the first sample.
//
//     node tools/brand/make.js        CHROMIUM names a browser other than Debian's

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { chromium } from "@playwright/test";

const site = path.resolve(import.meta.dirname, "../..");
const out = (name) => path.join(site, "public", name);
const data = (name, type) => `data:${type};base64,${readFileSync(out(name)).toString("base64")}`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});

/** Renders HTML into a picture. `width` and `height` in pixels. */
async function draw(name, width, height, body, transparent = false) {
  const page = await browser.newPage({ viewport: { width, height } });
  await page.setContent(`<!doctype html><style>* { margin: 0; box-sizing: border-box }</style>${body}`);
  await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode())));
  // As a JPEG, a photo has a fifth of the size.
  const options = name.endsWith(".jpg") ? { quality: 86 } : { omitBackground: transparent };
  await page.screenshot({ path: out(name), ...options });
  await page.close();
}

const mark = data("favicon.svg", "image/svg+xml");
// Systems that round icons themselves need square ones.
const full = readFileSync(out("favicon.svg"), "utf8").replace('rx="8"', 'rx="0"');
const square = `data:image/svg+xml;base64,${Buffer.from(full).toString("base64")}`;
const icon = (source) => `<img src="${source}" style="display: block; width: 100vw; height: 100vh">`;
await draw("apple-touch-icon.png", 180, 180, icon(square));
await draw("icon-192.png", 192, 192, icon(mark), true);
await draw("icon-512.png", 512, 512, icon(mark), true);
await draw("icon-maskable-512.png", 512, 512, icon(square));

const before = data("samples/red-panda.jpg", "image/jpeg");
const after = data("samples/red-panda-cutout.webp", "image/webp");
const template = readFileSync(path.join(import.meta.dirname, "og.html"), "utf8");
for (const language of readdirSync(path.join(site, "src/locales"), { withFileTypes: true })
  .filter((one) => one.isDirectory())
  .map((one) => one.name)) {
  const texts = JSON.parse(readFileSync(path.join(site, `src/locales/${language}/landing.json`), "utf8"));
  const words = { mark, before, after, title: texts.hero.title, eyebrow: texts.hero.eyebrow };
  await draw(
    `og-${language}.jpg`,
    1200,
    630,
    template.replaceAll(/\{\{(\w+)\}\}/g, (_, name) => words[name]),
  );
}

await browser.close();
