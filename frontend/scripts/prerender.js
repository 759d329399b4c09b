// The last step of the build: makes the landing page of each language out of its HTML, and writes what the front door
// (routes.json) and search engines (robots.txt, sitemap.xml) want to know.
//
// SITE_ORIGIN, as https://example.com, makes addresses absolute where other sites need them so.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { pages, paths, prerender } from "../dist-prerender/prerender.js";

const dist = path.resolve(import.meta.dirname, "../dist");
const origin = (process.env.SITE_ORIGIN ?? "").replace(/\/+$/, "");

const built = behind(readFileSync(path.join(dist, "index.html"), "utf8"));
for (const [language, address] of Object.entries(paths.landing)) {
  if (!existsSync(path.join(dist, `og-${language}.jpg`))) {
    throw new Error(`public/og-${language}.jpg is missing. node tools/brand/make.js draws it.`);
  }
  const parts = Object.entries(prerender(language, origin));
  const html = parts.reduce((text, [name, part]) => replaceOnce(text, `<!--${name}-->`, part), built);
  if (/\sstyle=/.test(html)) {
    throw new Error("The page has a style attribute, which the content security policy refuses.");
  }
  const file = path.join(dist, pages()[address]);
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
