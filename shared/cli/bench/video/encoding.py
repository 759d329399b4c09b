"""Compares VP9's settings: processor time, and bytes for the same visible quality.

The films are cut out by `sansfond video` with the real network and kept as ProRes 4444, colors under transparent
pixels as our encoders get them; FFmpeg's program makes WebM of that, so that only the encoder differs. Likeness is SSIM
(FFmpeg's filter `ssim`, all planes) of the decoded cutout over grey against the one that went in over grey: the filter
knows no alpha, and what is transparent does not count. Bytes are compared as Bjøntegaard did: between curves through
several qualities, where both have the same likeness.
"""

import itertools
import math
import os
import re
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import tables
from settings import MODEL, Settings

from video.clips import ffprobe, film, street

TITLE = "Videos: VP9 with alpha"
FRAMES = 40
QUALITIES = (20, 26, 32, 38)
# The settings of shared/video/src/sink/webm.rs, at crf 30 and 28.
CHOSEN = "realtime, speed 4 (a result)"
QUICK = "realtime, speed 8 (a first look)"
CANDIDATES = {
    "good, speed 1": ("good", 1),
    "good, speed 2": ("good", 2),
    "good, speed 3": ("good", 3),
    "good, speed 4": ("good", 4),
    "good, speed 5": ("good", 5),
    "realtime, speed 3": ("realtime", 3),
    CHOSEN: ("realtime", 4),
    "realtime, speed 5": ("realtime", 5),
    "realtime, speed 6": ("realtime", 6),
    QUICK: ("realtime", 8),
}


def encode(source: Path, output: Path, deadline: str, speed: int, crf: int) -> float:
    """Encodes a file and returns the processor time in seconds."""
    settings = ("-c:v", "libvpx-vp9", "-b:v", "0", "-crf", str(crf), "-deadline", deadline, "-cpu-used", str(speed))
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", str(source), "-pix_fmt", "yuva420p", *settings]
    command += ["-auto-alt-ref", "0", "-row-mt", "1", "-g", "240", "-an", str(output)]
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_utime + usage.ru_stime


def likeness(source: Path, output: Path) -> float:
    """SSIM of the frames over gray, over all planes and frames."""
    stream = ffprobe("-select_streams", "v", "-show_entries", "stream=width,height", str(source))["streams"][0]
    grey = f"color=gray:s={stream['width']}x{stream['height']}:r=25"
    over = "overlay=shortest=1:format=gbrp,format=yuv444p"
    compare = f"{grey}[g0];[g0][0:v]{over}[a];{grey}[g1];[g1][1:v]{over}[b];[a][b]ssim"
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-i", str(source), "-c:v", "libvpx-vp9", "-i", str(output)]
    said = subprocess.run([*command, "-lavfi", compare, "-f", "null", "-"], check=True, capture_output=True, text=True)
    return float(re.findall(r"All:([0-9.]+)", said.stderr)[-1])


def measure(settings: Settings) -> dict[str, Any]:
    settings.require_weights()
    found: dict[str, Any] = {}
    for clip, path in {"film, 1280 × 720": film(FRAMES), "street, 640 × 272": street(FRAMES)}.items():
        with tempfile.TemporaryDirectory() as folder:
            source, output = Path(folder) / "source.mov", Path(folder) / "out.webm"
            command = [settings.binary("sansfond"), "video", str(path), "-o", str(source), "--model", MODEL]
            subprocess.run([*command, "--threads", str(settings.threads)], check=True, env=settings.environment,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            found[clip] = {}
            for name, (deadline, speed) in CANDIDATES.items():
                curve = []
                for crf in QUALITIES:
                    cpu_s = encode(source, output, deadline, speed, crf)
                    curve.append((1000 * cpu_s / FRAMES, output.stat().st_size / 1e3, likeness(source, output)))
                found[clip][name] = curve
    return {"clips": found}


def more_bytes(curve: list[list[float]], other: list[list[float]]) -> float:
    """The additional bytes of one curve relative to another at the same SSIM, as a share."""

    def points(of: list[list[float]]) -> list[tuple[float, float]]:
        return sorted((-10 * math.log10(1 - ssim), math.log(kb)) for _, kb, ssim in of)

    def at(quality: float, line: list[tuple[float, float]]) -> float:
        for (x0, y0), (x1, y1) in itertools.pairwise(line):
            if quality <= x1:
                return y0 + (y1 - y0) * (quality - x0) / (x1 - x0)
        return line[-1][1]

    one, two = points(curve), points(other)
    low, high = max(one[0][0], two[0][0]), min(one[-1][0], two[-1][0])
    steps = [low + (high - low) * step / 100 for step in range(101)]
    return math.exp(statistics.mean(at(x, one) - at(x, two) for x in steps)) - 1


def report(raw: dict[str, Any]) -> str:
    clips = raw["clips"]
    text = f"{FRAMES} frames of each film, cut out by {MODEL}, at crf {', '.join(map(str, QUALITIES))}. Processor time "
    text += "is that of the whole program, including reading ProRes: the mean of the four values of crf. Bytes are compared "
    text += f"with “{CHOSEN}”, for the same SSIM over gray.\n\n"
    heads = ("", *(head for clip in clips for head in (f"{clip}: CPU ms a frame", "bytes")))
    rows = []
    for name in CANDIDATES:
        row = [name]
        for curves in clips.values():
            row.append(f"{statistics.mean(one[0] for one in curves[name]):.0f}")
            row.append("" if name == CHOSEN else f"{100 * more_bytes(curves[name], curves[CHOSEN]):+.0f} %")
        rows.append(tuple(row))
    return text + tables.table(heads, rows)
