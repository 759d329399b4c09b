"""Compares videos with the Python package `backgroundremover`: the same clip, network, weights and threads.

It downloads its weights from its own server, so both run its U²-Net with random ones: see random_u2net.py. It has a
separate environment, `infra/setup/setup.sh backgroundremover`.
"""

import json
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tables
from pictures import ASTRONAUT, BENCH
from settings import HERE, Settings, Unavailable

from video.clips import film, metronome
from video.faithful import RATES, difference_table, differences, times
from video.family import Family
from video.speed import FULL, OURS, PLAIN, Processes, ours

TITLE = "Videos beside backgroundremover"
# Packages of the peer's own Python; their versions are in the report.
PEERS = ()
PACKAGES = ("backgroundremover", "torch", "moviepy", "imageio-ffmpeg")
PEER = "backgroundremover"
PROGRAMS = (PEER, FULL, PLAIN)
OUTPUTS = {"mov": "ProRes 4444", "webm": "VP9 with alpha"}
# The difference of the two lengths does not include the start of the process.
FRAMES = (8, 32)
ROUNDS = 2
FOLDER = BENCH / "backgroundremover"
WEIGHTS = FOLDER / ".u2net" / "u2net.pth"
GRAPH = FOLDER / "u2net.onnx"


@dataclass(frozen=True)
class Bench:
    settings: Settings

    def peer_program(self, name: str) -> str:
        path = self.settings.home / "venv" / PEER / "bin" / name
        if not path.is_file():
            raise Unavailable(f"the Python environment `{PEER}` is not installed")
        return str(path)

    def processes(self) -> Processes:
        """Processes with a separate home, which contains the weights of the package."""
        return Processes({**self.settings.environment, "HOME": str(FOLDER)})

    def make_network(self) -> None:
        if not (WEIGHTS.is_file() and GRAPH.is_file()):
            WEIGHTS.parent.mkdir(parents=True, exist_ok=True)
            script = str(HERE / "video" / "random_u2net.py")
            self.processes().run([self.peer_program("python"), script, str(ASTRONAUT), str(WEIGHTS), str(GRAPH)])

    def command(self, program: str, clip: Path, made: Path) -> list[str]:
        if program == PEER:
            return [self.peer_program(PEER), "-i", str(clip), "-tv", "-m", "u2net", "-wn", "1", "-o", str(made)]
        return ours(self.settings, clip, made, "--model", "u2net", "--weights", str(GRAPH), *OURS[program])

    def run(self, program: str, clip: Path, made: Path) -> dict[str, float]:
        processes = self.processes()
        started = time.perf_counter()
        processes.run(self.command(program, clip, made))
        seconds = time.perf_counter() - started
        # Its exit code is 0 even if its last ffmpeg failed.
        if not made.is_file() or made.stat().st_size == 0:
            raise Unavailable(f"{program} wrote no file")
        return {"s": seconds, "largest_mb": processes.peak_mb, "kb": made.stat().st_size / 1e3}

    def versions(self) -> dict[str, str]:
        ask = "import importlib.metadata as m, json, sys; print(json.dumps({name: m.version(name) for name in sys.argv[1:]}))"
        found = json.loads(self.processes().run([self.peer_program("python"), "-c", ask, *PACKAGES]))
        version = subprocess.run(["ffmpeg", "-version"], check=True, capture_output=True, text=True).stdout
        return {**found, "ffmpeg": version.split()[2]}


def measure(settings: Settings) -> dict[str, Any]:
    bench = Bench(settings)
    bench.make_network()
    short, long = (film(frames) for frames in FRAMES)
    kinds = [(program, output) for output in OUTPUTS for program in PROGRAMS]
    runs: dict[str, dict[str, Any]] = {f"{program}, {output}": {"short": [], "long": []} for program, output in kinds}
    with tempfile.TemporaryDirectory() as folder:
        # Memory first: this run also warms up code that is compiled at the first start.
        for program, output in kinds:
            made = Path(folder) / f"memory.{output}"
            with Family() as family:
                bench.run(program, long, made)
            found = runs[f"{program}, {output}"]
            found.update(family_mb=family.peak_mb, processes=family.processes, frames=len(times(made)[0]))
        for _ in range(ROUNDS):
            for program, output in kinds:
                for length, clip in (("short", short), ("long", long)):
                    made = Path(folder) / f"timed.{output}"
                    made.unlink(missing_ok=True)
                    runs[f"{program}, {output}"][length].append(bench.run(program, clip, made))
        kept = {}
        for rate, variable in RATES:
            name = f"{rate} a second{', every seventh gone' if variable else ''}"
            clip, made = metronome(rate, variable), Path(folder) / f"{len(kept)}.mov"
            bench.run(PEER, clip, made)
            kept[name] = differences(clip, made)
    return {"threads": settings.threads, "runs": runs, "kept": kept, "versions": bench.versions()}


def further_ms(found: dict[str, Any]) -> float:
    """Milliseconds for one more frame, without the start of the process."""
    short, long = (statistics.median(run["s"] for run in found[length]) for length in ("short", "long"))
    return 1000 * (long - short) / (FRAMES[1] - FRAMES[0])


def report(raw: dict[str, Any]) -> str:
    runs, frames = raw["runs"], FRAMES[1]
    text = f"{frames} frames of 1280 × 720 with sound to {' and '.join(f'{kind} ({name})' for name, kind in OUTPUTS.items())}, "
    text += "each with its default encoder for `backgroundremover -tv` or for us. Both ran U²-Net at 320 × 320 as the package "
    text += "defines it, with random weights from a fixed seed, because the package's weights could not be fetched. The peer "
    text += f"ran with one worker and its batches of 2; we inferred every frame. CPU, {raw['threads']} threads for the network; "
    text += f"ffmpeg chose its own number. {ROUNDS} interleaved rounds, from the start of the process to the file. The memory of "
    text += "all processes is the greatest sum in a separate run, with shared memory counted once. The peer prepares all "
    text += "three channels in the same way and stretches the mattes of a batch together, so its mattes differ from ours and "
    text += "the file sizes can only be compared roughly.\n\n"
    rows = [
        (
            name,
            tables.spread([frames / run["s"] for run in found["long"]], 2),
            f"{further_ms(found):.0f}",
            tables.spread([run["largest_mb"] for run in found["long"]]),
            f"{found['family_mb']:.0f} in {found['processes']}",
            tables.spread([run["kb"] for run in found["long"]]),
            found["frames"],
        )
        for name, found in runs.items()
    ]
    head = ("", "frames a second", "ms per additional frame", "peak MB of the largest process", "of all processes", "KB", "frames out")
    text += tables.table(head, rows) + "\n"
    text += "What the peer preserves of a clip: four seconds of 320 × 180 to MOV, with a tone that begins after one second. Our "
    text += "results are in the section on faithfulness.\n\n"
    text += difference_table(raw["kept"]) + "\n"
    targets = []
    for output in OUTPUTS:
        peer, own = runs[f"{PEER}, {output}"], runs[f"{FULL}, {output}"]
        times = statistics.median(run["s"] for run in peer["long"]) / statistics.median(run["s"] for run in own["long"])
        targets.append(tables.at_least(f"{FULL}, {output}: times as fast", times, 1))
        share = 100 * own["family_mb"] / peer["family_mb"]
        targets.append(tables.at_most(f"{FULL}, {output}: memory of all processes, share of the peer's", share, 100, 0, " %"))
    versions = ", ".join(f"{name} {number}" for name, number in raw["versions"].items())
    return text + tables.targets(targets) + f"\nPeer: {versions}.\n"
