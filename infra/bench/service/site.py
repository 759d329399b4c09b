"""The built landing page: Lighthouse in both languages, and the JavaScript that it loads."""

import json
import os
import statistics
import subprocess
from pathlib import Path
from typing import Any

import tables
from pictures import ROOT
from service.local_cloud import LocalCloud
from settings import Settings, Unavailable

TITLE = "The landing page"
PEERS = ()
FRONTEND = ROOT / "frontend"
LIGHTHOUSE = FRONTEND / "tools" / "lighthouse"
PAGES = {"English": ("/", "index.html"), "French": ("/fr", "fr/index.html")}
ROUNDS = 5
# The budget of scripts/check-bundle.js, which fails the build.
SCRIPT_KB = 90
SCORE = 95
SCRIPTS = """
import { scriptsOf, total } from "./scripts/check-bundle.js";
console.log(JSON.stringify(process.argv.slice(1).map((page) => total(scriptsOf(page)))));
"""


def node(settings: Settings) -> str:
    """The Node.js that `make setup` installed, else the machine's own."""
    own = settings.home / "node" / "bin" / "node"
    return str(own) if own.is_file() else "node"


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        errors = done.stderr.strip().splitlines()
        raise Unavailable(f"`{' '.join(command[:2])}` failed: {errors[-1] if errors else 'it errors nothing'}")
    return done.stdout


def measure(settings: Settings) -> dict[str, Any]:
    if not (FRONTEND / "dist" / "routes.json").is_file():
        raise Unavailable("the site is not built: `make site`")
    if not (LIGHTHOUSE / "node_modules").is_dir():
        raise Unavailable("Lighthouse is not installed: `infra/setup/setup.sh lighthouse`")
    files = [file for _, file in PAGES.values()]
    sizes = run([node(settings), "--input-type=module", "-e", SCRIPTS, *files], FRONTEND)
    # SITE selects another site.
    given = os.environ.get("SITE")
    if given:
        runs = lighthouse(settings, given)
    else:
        with LocalCloud(settings) as cloud:
            runs = lighthouse(settings, f"http://127.0.0.1:{cloud.port}")
    return {"rounds": ROUNDS, "runs": runs, "script_bytes": dict(zip(PAGES, json.loads(sizes), strict=True))}


def lighthouse(settings: Settings, origin: str) -> dict[str, list[dict[str, Any]]]:
    runs = {}
    for language, (path, _) in PAGES.items():
        lines = run([node(settings), "measure.js", str(ROUNDS), origin + path], LIGHTHOUSE)
        runs[language] = [json.loads(line) for line in lines.splitlines()]
    return runs


def report(raw: dict[str, Any]) -> str:
    version = next(iter(raw["runs"].values()))[0]["version"]
    text = (
        f"Lighthouse {version}, {raw['rounds']} rounds: a phone on a slow network, as it simulates them; the site "
        "comes from the front door of `make up`. Median (least–greatest). JavaScript: all that the browser fetches "
        "without being asked, gzip.\n\n"
    )
    head = ("page", "performance", "accessibility", "best practices", "LCP ms", "TBT ms", "CLS", "JavaScript kB", "all kB")
    text += tables.table(head, [row(raw, language) for language in PAGES]) + "\n"
    rows = []
    for language, runs in raw["runs"].items():
        rows += [
            tables.at_least(f"{language}: {what}", statistics.median(run[what] for run in runs), SCORE, 0)
            for what in ("performance", "accessibility")
        ]
        size = raw["script_bytes"][language] / 1000
        rows.append(tables.at_most(f"{language}: JavaScript", size, SCRIPT_KB, 1, " kB"))
    return text + tables.targets(rows)


def row(raw: dict[str, Any], language: str) -> tuple[str, ...]:
    def of(what: str, digits: int = 0) -> str:
        return tables.spread([run[what] for run in raw["runs"][language]], digits)

    scores = (of("performance"), of("accessibility"), of("best-practices"))
    all_kb = statistics.median(run["bytes"] for run in raw["runs"][language]) / 1000
    script_kb = raw["script_bytes"][language] / 1000
    return language, *scores, of("lcp_ms"), of("tbt_ms"), of("cls", 3), f"{script_kb:.1f}", f"{all_kb:.0f}"
