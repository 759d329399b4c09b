// The last step of the build: writes the landing page into its HTML in both languages, and what the front door
// (routes.json) and search engines (robots.txt, sitemap.xml) want to know.
//
// SITE_ORIGIN, as https://example.com, makes addresses absolute where other sites need them so.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { pages, paths, prerender } from "../dist-prerender/prerender.js";

const dist = path.resolve(import.meta.dirname, "../dist");
const origin = (process.env.SITE_ORIGIN ?? "").replace(/\/+$/, "");

for (const [language, address] of Object.entries(paths.landing)) {
  const file = path.join(dist, pages()[address]);
  const { head, page } = prerender(language, origin);
  if (/\sstyle=/.test(page)) {
    throw new Error("The page has a style attribute, which the content security policy refuses.");
  }
  const built = behind(readFileSync(file, "utf8"));
  const html = replaceOnce(replaceOnce(built, "<!--head-->", head), "<!--page-->", page);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, html);
}

const robots = ["User-agent: *", "Disallow: /api/"];
if (origin) {
  robots.push(`Sitemap: ${origin}/sitemap.xml`);
  writeFileSync(path.join(dist, "sitemap.xml"), sitemap());
}
writeFileSync(path.join(dist, "robots.txt"), `${robots.join("\n")}\n`);
writeFileSync(path.join(dist, "routes.json"), `${JSON.stringify({ pages: pages() }, null, 1)}\n`);

/** The page can be read without its scripts, so its styles and pictures go first. */
function behind(html) {
  const scripts = /\s*<(?:script type="module"|link rel="modulepreload")[^>]*>(?:<\/script>)?/g;
  const late = [...html.matchAll(scripts)].map(([tag]) =>
    tag.replace(/<(script|link) /, '<$1 fetchpriority="low" '),
  );
  return html.replaceAll(scripts, "").replace("\n  </head>", `${late.join("")}\n  </head>`);
}

function replaceOnce(text, mark, by) {
  const parts = text.split(mark);
  if (parts.length !== 2) {
    throw new Error(`${mark} stands ${parts.length - 1} times in the built page instead of once.`);
  }
  return parts.join(by);
}

/** The pages that are worth finding: the landing page, each language naming the other. */
function sitemap() {
  const languages = Object.entries(paths.landing);
  const links = languages.map(
    ([language, address]) =>
      `<xhtml:link rel="alternate" hreflang="${language}" href="${origin}${address}"/>`,
  );
  const urls = languages.map(([, address]) => `<url><loc>${origin}${address}</loc>${links.join("")}</url>`);
  const spaces = `xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<urlset ${spaces}>${urls.join("")}</urlset>\n`;
}
