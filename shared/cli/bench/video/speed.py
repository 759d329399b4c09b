"""Speed of cutting out a film and writing WebM with alpha: `sansfond video` and `rembg b` with ffmpeg.

The same weights, threads and encoder settings. rembg handles neither sound nor times, so ffmpeg adds them.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import tables
from settings import MODEL, Settings, Unavailable

from video.clips import TINY, film, long_film

TITLE = "Videos: speed and memory"
FRAMES = 20
ROUNDS = 3
PEER = "rembg b and ffmpeg"
FULL = "ours, steadied, own colors"
PLAIN = "ours, network output unchanged"
OURS = {FULL: (), PLAIN: ("--no-steady", "--foreground", "0", "--refine", "none")}
# The settings of shared/video/src/sink/webm.rs.
VP9 = ("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-b:v", "0", "-crf", "30", "-deadline", "realtime")
VP9 += ("-cpu-used", "4", "-auto-alt-ref", "0", "-row-mt", "1", "-g", "240")
LENGTHS = (10, 60)


class Processes:
    """Runs processes in sequence or joined by pipes, and keeps the peak memory of the largest."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.peak_mb = 0.0

    def run(self, *commands: list[str]) -> bytes:
        """Pipes the output of each command into the next; returns the output of the last."""
        before, running = subprocess.DEVNULL, []
        for command in commands:
            process = subprocess.Popen(
                command, env=self.environment, stdin=before, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            if running:
                running[-1].stdout.close()
            running.append(process)
            before = process.stdout
        output = running[-1].stdout.read()
        for command, process in zip(commands, running, strict=True):
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                raise Unavailable(f"`{Path(command[0]).name}` failed")
            self.peak_mb = max(self.peak_mb, usage.ru_maxrss / 1024)
        return output


def ours(settings: Settings, clip: Path, output: Path, *extra: str) -> list[str]:
    command = [settings.binary("sansfond"), "video", str(clip), "-o", str(output), "--force", "--json"]
    return [*command, "--provider", "cpu", "--threads", str(settings.threads), "--every-frame", *extra]


def peer(settings: Settings, clip: Path, folder: Path, output: Path, processes: Processes) -> None:
    """Pipes frames into rembg, and joins its pictures and the clip's sound in one file."""
    rembg = str(Path(sys.executable).parent / "rembg")
    picture = str(folder / "frame-%04d.png")
    ffmpeg = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", str(settings.threads)]
    processes.run(
        [*ffmpeg, "-i", str(clip), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        [rembg, "b", "-m", MODEL, "1280", "720", "-o", str(folder / "frame-%04u.png")],
    )
    if not list(folder.glob("frame-*.png")):
        raise Unavailable("rembg wrote no frame")
    first = min(int(path.stem.removeprefix("frame-")) for path in folder.glob("frame-*.png"))
    read = ["-framerate", "25", "-start_number", str(first), "-i", picture, "-i", str(clip)]
    processes.run([*ffmpeg, *read, "-map", "0:v", "-map", "1:a?", *VP9, "-c:a", "libopus", str(output)])


def measure(settings: Settings) -> dict[str, Any]:
    settings.require_weights()
    clip = film(FRAMES)
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in (PEER, *OURS)}
    for _ in range(ROUNDS):
        for name, found in runs.items():
            with tempfile.TemporaryDirectory() as folder:
                output = Path(folder) / "out.webm"
                processes = Processes(settings.environment)
                started = time.perf_counter()
                stages = None
                if name == PEER:
                    peer(settings, clip, Path(folder), output, processes)
                else:
                    said = processes.run(ours(settings, clip, output, "--model", MODEL, *OURS[name]))
                    stages = json.loads(said)["stages"]
                seconds = time.perf_counter() - started
                found.append(
                    {
                        "fps": FRAMES / seconds,
                        "peak_mb": processes.peak_mb,
                        "kb": output.stat().st_size / 1e3,
                        "stages": stages,
                    }
                )
    return {"threads": settings.threads, "runs": runs, "memory": memory(settings)}


def memory(settings: Settings) -> dict[str, float]:
    """Peak memory of a short and of a long film, with the small network."""
    peaks = {}
    for seconds in LENGTHS:
        with tempfile.TemporaryDirectory() as folder:
            processes = Processes(settings.environment)
            processes.run(ours(settings, long_film(seconds), Path(folder) / "out.webm", *TINY))
            peaks[str(seconds)] = processes.peak_mb
    return peaks



def report(raw: dict[str, Any]) -> str:
    runs = raw["runs"]
    text = f"{FRAMES} frames of 1280 × 720 to VP9 with alpha, {MODEL}, CPU provider, {raw['threads']} threads, every "
    text += f"frame inferred, {ROUNDS} interleaved rounds from the start of the process to the file.\n\n"
    rows = [
        (
            name,
            tables.spread([run["fps"] for run in each], 2),
            tables.spread([run["peak_mb"] for run in each]),
            tables.spread([run["kb"] for run in each]),
        )
        for name, each in runs.items()
    ]
    text += tables.table(("", "frames a second", "peak MB of the largest process", "KB"), rows) + "\n"
    stages = ("decode_s", "matte_s", "finish_s", "encode_s")
    text += "Time of each stage per frame. The stages run in parallel.\n\n"
    text += tables.table(
        ("ms a frame", "decode", "network", "steadying and colors", "encode and write"),
        [
            (name, *(f"{1000 * statistics.median(run['stages'][stage] for run in runs[name]) / FRAMES:.0f}" for stage in stages))
            for name in OURS
        ],
    )
    middle = {name: statistics.median(run["fps"] for run in each) for name, each in runs.items()}
    peaks = {name: statistics.median(run["peak_mb"] for run in each) for name, each in runs.items()}
    short, long = (raw["memory"][str(seconds)] for seconds in LENGTHS)
    return text + "\n" + tables.targets(
        [
            tables.at_least(f"{FULL}: times as fast as rembg", middle[FULL] / middle[PEER], 1),
            tables.at_most(f"{FULL}: memory, share of rembg's", 100 * peaks[FULL] / peaks[PEER], 100, 0, " %"),
            tables.at_most(
                f"memory at {LENGTHS[1]} s over that at {LENGTHS[0]} s ({short:.0f} MB)", long / short, 1.05
            ),
        ]
    )
