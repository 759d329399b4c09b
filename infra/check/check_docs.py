"""Checks that the targets of links, the targets of the Makefile and the paths in the documents exist, and that each promise of
docs/SECURITY.md names tests that exist.

    python infra/check/check_docs.py

A path is a word in `backticks` that begins with a top-level folder and has no placeholder. Decisions are not checked: they
describe the repository of their date.

Not checked: addresses of other sites.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
BLOCK = re.compile(r"^```.*?^```", re.M | re.S)
VERB = re.compile(r"\bmake ([a-z][a-z-]*)")
RULE = re.compile(r"^([a-z][a-z -]*):", re.M)
HEADING = re.compile(r"^#+ +(.*)$", re.M)
SECURITY = "docs/SECURITY.md"
PROMISES = "## What is guarded, and how"
RUST_TEST = re.compile(r"#\[(?:tokio::)?test(?:\([^)]*\))?\]\s+(?:#\[[^\]]*\]\s+)*(?:async )?fn (\w+)\(")
PYTHON_TEST = re.compile(r"^    def (test_\w+)\(", re.M)
# Folders whose contents are built, installed or downloaded.
BUILT = {".git", ".sansfond", "__pycache__", "dist", "dist-prerender", "node_modules", "target"}
# Files that are built, installed or downloaded, and paths with a placeholder.
UNTRACKED = re.compile(r"^(target|dist|frontend/dist|\.sansfond)(/|$)|[<>{}*…$]|\.\.\.")


def repository_files() -> set[str]:
    """The files of the repository. Git is not asked: a source archive has no history, and a machine may have no Git."""
    files = set()
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in BUILT]
        files.update((Path(folder) / name).relative_to(ROOT).as_posix() for name in names)
    return files


def anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    text = re.sub(r"[`*]|\[([^]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r" ", "-", re.sub(r"[^\w\- ]", "", text))


def problems(name: str, text: str, files: set[str], verbs: set[str]) -> list[str]:
    """The targets and paths in one document that do not exist."""
    found = []
    prose = BLOCK.sub("", text)
    for target in LINK.findall(prose):
        path, _, part = target.partition("#")
        if re.match(r"[a-z]+:", target) or path.startswith("/"):
            continue
        there = (ROOT / name).parent / path
        if not there.exists():
            found.append(f"the link {target} leads nowhere")
        elif part and (not path or there.suffix == ".md"):
            page = BLOCK.sub("", there.read_text()) if path else prose
            if part not in map(anchor, HEADING.findall(page)):
                found.append(f"{path or name} has no heading #{part}")
    folders = {file.split("/")[0] for file in files if "/" in file}
    for word in CODE.findall(prose):
        path = word.rstrip("/")
        if " " in path or "/" not in path or path.split("/")[0] not in folders or UNTRACKED.search(path):
            continue
        if path not in files and not any(file.startswith(f"{path}/") for file in files):
            found.append(f"`{word}` does not exist")
    named = VERB.findall("\n".join(BLOCK.findall(text) + CODE.findall(prose)))
    found += [f"`make {verb}` is not a target of the Makefile" for verb in named if verb not in verbs]
    return found


def defined_tests(texts: Iterable[str]) -> set[str]:
    """The names of the tests in source files, Rust or Python."""
    return {name for text in texts for name in RUST_TEST.findall(text) + PYTHON_TEST.findall(text)}


def promise_problems(text: str, tests: set[str]) -> list[str]:
    """The promises of docs/SECURITY.md that name no test, or one that does not exist."""
    section = text.partition(f"{PROMISES}\n")[2].partition("\n## ")[0]
    promises = re.split(r"^- (?=\*\*)", section, flags=re.M)[1:]
    found = [] if promises else [f"there are no promises below “{PROMISES}”"]
    for promise in promises:
        title = re.match(r"\*\*(.+?)\*\*", promise, re.S)
        named = CODE.findall(promise.rpartition("\n  Tests: ")[2]) if "\n  Tests: " in promise else []
        if not named:
            found.append(f"“{title and title[1]}” names no test")
        found += [f"there is no test `{name}`" for name in named if name not in tests]
    return found


def main() -> int:
    files = repository_files()
    makefile = (ROOT / "Makefile").read_text()
    verbs = {verb for line in RULE.findall(makefile) for verb in line.split()}
    documents = [name for name in sorted(files) if name.endswith(".md") and not name.startswith("docs/decisions/")]
    status = 0
    for name in documents:
        for problem in problems(name, (ROOT / name).read_text(), files, verbs):
            print(f"{name}: {problem}", file=sys.stderr)
            status = 1
    sources = [ROOT / name for name in files if name.endswith((".rs", ".py"))]
    tests = defined_tests(source.read_text() for source in sources)
    for problem in promise_problems((ROOT / SECURITY).read_text(), tests):
        print(f"{SECURITY}: {problem}", file=sys.stderr)
        status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
