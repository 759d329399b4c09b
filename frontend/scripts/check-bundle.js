// Fails if the landing page loads more JavaScript than it may. Everything counts that the browser fetches without
// being asked: the scripts and preloads of the HTML, and all that they import.

import { readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";

const LIMIT = 90_000;
const dist = path.resolve(import.meta.dirname, "../dist");

/** The scripts of a page with their sizes in bytes, compressed. */
export function scriptsOf(page) {
  const html = readFileSync(path.join(dist, page), "utf8");
  const tags = html.matchAll(
    /<script[^>]*\ssrc="([^"]+)"|<link[^>]*\srel="modulepreload"[^>]*\shref="([^"]+)"/g,
  );
  const found = new Map();
  const follow = (address) => {
    if (found.has(address)) {
      return;
    }
    const code = readFileSync(path.join(dist, address));
    found.set(address, gzipSync(code, { level: 9 }).length);
    for (const [, imported] of code.toString().matchAll(/(?:\bfrom|\bimport)\s*["'](\.[^"']+\.js)["']/g)) {
      follow(path.posix.join(path.posix.dirname(address), imported));
    }
  };
  for (const [, script, preload] of tags) {
    follow(script ?? preload);
  }
  return found;
}

export const total = (scripts) => [...scripts.values()].reduce((sum, size) => sum + size, 0);

if (process.argv[1] === import.meta.filename) {
  const scripts = scriptsOf("index.html");
  const bytes = total(scripts);
  process.stdout.write(
    `landing page: ${(bytes / 1000).toFixed(1)} kB of JavaScript, of ${LIMIT / 1000} kB\n`,
  );
  if (bytes > LIMIT) {
    for (const [address, size] of scripts) {
      process.stderr.write(`  ${(size / 1000).toFixed(1)} kB ${address}\n`);
    }
    process.exitCode = 1;
  }
}
