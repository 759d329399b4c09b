"""`make bench`: runs the measurements, keeps raw numbers in target/bench, writes the tables of docs/BENCHMARKS.md.

It refuses to start on a busy machine.

    python shared/cli/bench/run.py                 everything but ONLY_ON_REQUEST
    python shared/cli/bench/run.py --only parity   one of them; the other sections stay as they are
    python shared/cli/bench/run.py --smoke         one round of each, nothing is written; what cannot be measured is an error
"""

import argparse
import json
import sys
from pathlib import Path

import cold
import foreground
import machine
import parity
import precision
import tables
import warm
from pictures import BENCH, ROOT

sys.path.insert(0, str(ROOT / "infra" / "bench"))

from service import functions_cold, routes, site
from settings import Settings, Unavailable, default_home
from video import encoding, faithful, peer_backgroundremover, speed

DOCUMENT = ROOT / "docs" / "BENCHMARKS.md"
# The cold start first: see the note on memory in cold.py.
MEASUREMENTS = {
    "cold": cold,
    "warm": warm,
    "parity": parity,
    "precision": precision,
    "foreground": foreground,
    "video": speed,
    "video_faithful": faithful,
    "video_encoding": encoding,
    "backgroundremover": peer_backgroundremover,
    "routes": routes,
    "functions_cold": functions_cold,
    "site": site,
}
# Its packages are too large to be installed with the others.
ONLY_ON_REQUEST = ("backgroundremover",)
LEAST_ROUNDS = 7
IDLE_LOAD = 0.7


def rounds(text: str) -> int:
    number = int(text)
    if number < LEAST_ROUNDS:
        raise argparse.ArgumentTypeError(f"at least {LEAST_ROUNDS}")
    return number


def run(name: str, settings: Settings, load: float) -> str:
    """Measures, keeps the raw numbers and returns the text of the section. `load` is the load average before all measurements."""
    print(f"measuring: {name}", flush=True)
    module = MEASUREMENTS[name]
    described = machine.describe(getattr(module, "PEERS", machine.PEERS))
    try:
        raw = module.measure(settings)
    except Unavailable as reason:
        print(f"not measured: {reason}", file=sys.stderr)
        return f"Not measured: {reason}."
    BENCH.mkdir(parents=True, exist_ok=True)
    (BENCH / f"{name}.json").write_text(json.dumps({"machine": described, "load_before": load, "raw": raw}, indent=1))
    text = f"{module.report(json.loads(json.dumps(raw)))}\n{machine.sentence(described)}\n"
    if load > IDLE_LOAD:
        text += f"\n**The machine was busy: load average {load:.2f}. Times are not to be trusted.**\n"
    return text


def smoke(names: list[str], settings: Settings) -> int:
    """Runs and reports each measurement once; returns 1 if any of them fails."""
    broken = 0
    for name in names:
        print(f"smoke: {name}", flush=True)
        try:
            MEASUREMENTS[name].report(json.loads(json.dumps(MEASUREMENTS[name].measure(settings))))
        except Unavailable as reason:
            print(f"smoke: {name}: {reason}", file=sys.stderr)
            broken += 1
    return 1 if broken else 0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    usual = [name for name in MEASUREMENTS if name not in ONLY_ON_REQUEST]
    arguments.add_argument("--only", nargs="+", choices=MEASUREMENTS, default=usual)
    arguments.add_argument("--home", type=Path, default=default_home(), help="holds models/<name>/<name>.onnx")
    arguments.add_argument("--binaries", type=Path, default=ROOT / "target" / "release")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--rounds", type=rounds, default=LEAST_ROUNDS)
    arguments.add_argument("--seconds", type=float, default=5, help="how long each load on a route lasts")
    arguments.add_argument("--document", type=Path, default=DOCUMENT, help="document for the tables")
    arguments.add_argument("--busy", action="store_true", help="measure although other work is running")
    arguments.add_argument("--smoke", action="store_true", help="run one round of each and write nothing")
    options = arguments.parse_args()

    if options.smoke:
        settings = Settings(options.home.resolve(), options.binaries, options.threads, 1, 0.5)
        sys.exit(smoke([name for name in MEASUREMENTS if name in options.only], settings))
    load = machine.load_average()
    if load > IDLE_LOAD:
        print(f"THE MACHINE IS BUSY: load average {load:.2f}, more than {IDLE_LOAD}", file=sys.stderr)
        if not options.busy:
            raise SystemExit("wait until it is idle, or use --busy")
    settings = Settings(options.home.resolve(), options.binaries, options.threads, options.rounds, options.seconds)
    titles = [module.TITLE for module in MEASUREMENTS.values()]
    for name, module in MEASUREMENTS.items():
        if name in options.only:
            # Written after each one, so that an interrupt loses only the one that runs.
            tables.write_sections(options.document, titles, {module.TITLE: run(name, settings, load)})


if __name__ == "__main__":
    main()
