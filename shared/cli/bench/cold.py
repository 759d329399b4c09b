"""Cold start: from the start of a process to a PNG on disk, with every file already in the page cache.

The peak memory of a process includes that of its parent at the start, so nothing large is imported here.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import tables
from pictures import jpeg_of_megapixels
from settings import MODEL, Settings, Unavailable

TITLE = "Cold start"
PEER = "rembg command line"
OURS = {"ours, cpu": "cpu", "ours, openvino": "openvino"}
COLUMNS = (("wall_s", 2), ("cpu_s", 2), ("peak_mb", 0))
LIMITS = (("wall time", "wall_s", 33.3), ("CPU time", "cpu_s", 40), ("peak memory", "peak_mb", 45))


def commands(settings: Settings, picture: Path, output: Path) -> dict[str, list[str]]:
    rembg = str(Path(sys.executable).parent / "rembg")
    found = {PEER: [rembg, "i", "-m", MODEL, str(picture), str(output)]}
    for name, provider in OURS.items():
        found[name] = settings.image(picture, output, "--recipe", "rembg", "--provider", provider)
    return found


def start(command: list[str], environment: dict[str, str], output: Path) -> dict[str, float] | None:
    """Runs one process; returns elapsed seconds, processor seconds and peak memory, or None if it wrote no picture."""
    output.unlink(missing_ok=True)
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0 or not output.is_file():
        return None
    return {"wall_s": wall_s, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024}


def measure(settings: Settings) -> dict[str, Any]:
    settings.require_weights()
    picture = jpeg_of_megapixels(1)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "cutout.png"
        engines = commands(settings, picture, output)
        warmed = {name: start(command, settings.environment, output) for name, command in engines.items()}
        failed = [name for name, found in warmed.items() if found is None]
        if PEER in failed:
            raise Unavailable("the peer's command line failed")
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in engines if name not in failed}
        for _ in range(settings.rounds):
            for name in runs:
                found = start(engines[name], settings.environment, output)
                if found is None:
                    raise Unavailable(f"{name} failed after it had worked")
                runs[name].append(found)
    return {"rounds": settings.rounds, "threads": settings.threads, "runs": runs, "failed": failed}


def report(raw: dict[str, Any]) -> str:
    runs = raw["runs"]
    middle = {
        name: {key: statistics.median(run[key] for run in each) for key in each[0]} for name, each in runs.items()
    }
    rows = [
        (name, *(tables.spread([run[key] for run in each], digits) for key, digits in COLUMNS))
        for name, each in runs.items()
    ]
    text = f"1 megapixel JPEG, {raw['threads']} threads, {raw['rounds']} interleaved rounds, recipe rembg.\n\n"
    text += tables.table(("", "wall s", "CPU s", "peak MB"), rows) + "\n"
    text += tables.targets(
        tables.at_most(f"{name}: {what}, share of rembg's", 100 * middle[name][key] / middle[PEER][key], limit, 1, " %")
        for name in runs
        if name != PEER
        for what, key, limit in LIMITS
    )
    return text + "".join(f"\nNot measured: {name} wrote no picture.\n" for name in raw["failed"])
