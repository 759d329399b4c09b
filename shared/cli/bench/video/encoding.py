"""What VP9's settings cost and give: processor time, size and likeness of a film's frames, alpha included.

By FFmpeg's program, with a matte that moves: only the encoder differs. Likeness is SSIM (FFmpeg's filter `ssim`, all
planes, of the decoded pictures against those that went in).
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import tables
from settings import Settings

from video.clips import ffmpeg, film

TITLE = "Videos: VP9 with alpha"
FRAMES = 50
CHOSEN = "good, speed 5, crf 28 (a result)"
QUICK = "realtime, speed 8, crf 28 (a first look)"
CANDIDATES = {
    "good, speed 1, crf 28": ("good", 1, 28),
    "good, speed 2, crf 28": ("good", 2, 28),
    "good, speed 4, crf 28": ("good", 4, 28),
    CHOSEN: ("good", 5, 28),
    "realtime, speed 4, crf 30": ("realtime", 4, 30),
    "realtime, speed 5, crf 30": ("realtime", 5, 30),
    QUICK: ("realtime", 8, 28),
}
# A soft disc that wanders through the picture.
MATTE = "geq=lum='255*clip((200-hypot(X-400-6*N,Y-360))/12,0,1)'"
JOINED = f"[0:v]format=gray,{MATTE}[matte];[0:v]format=yuv420p[color];[color][matte]alphamerge,format=yuva420p"


def encode(source: Path, output: Path, deadline: str, speed: int, crf: int) -> float:
    """Seconds of processor that it took."""
    settings = ("-c:v", "libvpx-vp9", "-b:v", "0", "-crf", str(crf), "-deadline", deadline, "-cpu-used", str(speed))
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", str(source), *settings]
    command += ["-auto-alt-ref", "0", "-row-mt", "1", "-g", "240", "-an", str(output)]
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_utime + usage.ru_stime


def likeness(source: Path, output: Path) -> float:
    """SSIM over all planes and frames."""
    read = ["-i", str(source), "-c:v", "libvpx-vp9", "-i", str(output)]
    compare = "[1:v]format=yuva420p[b];[0:v][b]ssim"
    command = ["ffmpeg", "-nostdin", "-hide_banner", *read, "-lavfi", compare, "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return float(re.findall(r"All:([0-9.]+)", said)[-1])


def measure(_: Settings) -> dict[str, Any]:
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.mkv"
        ffmpeg("-i", str(film(FRAMES)), "-filter_complex", JOINED, "-c:v", "ffv1", "-an", str(source))
        for name, (deadline, speed, crf) in CANDIDATES.items():
            output = Path(folder) / "out.webm"
            cpu_s = encode(source, output, deadline, speed, crf)
            found[name] = {
                "cpu_ms": 1000 * cpu_s / FRAMES,
                "kb": output.stat().st_size / 1e3,
                "ssim": likeness(source, output),
            }
    return {"candidates": found}


def report(raw: dict[str, Any]) -> str:
    found = raw["candidates"]
    rows = [
        (name, f"{one['cpu_ms']:.0f}", f"{one['kb']:.0f}", f"{one['ssim']:.4f}") for name, one in found.items()
    ]
    text = f"{FRAMES} frames of 1280 × 720 with a moving matte; processor time of the whole program, which reads "
    text += "lossless frames too.\n\n"
    return text + tables.table(("", "CPU ms a frame", "KB", "SSIM"), rows)
