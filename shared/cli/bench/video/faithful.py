"""Measures changes of frames, times, sound and length, which must stay the same, and of flicker, which must fall.

Everything but flicker uses the small network, because it does not depend on the network.
"""

import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy
import tables
from PIL import Image
from settings import MODEL, Settings

from video.clips import TINY, ffprobe, metronome, still
from video.speed import Processes, ours

TITLE = "Videos: faithfulness and flicker"
RATES = (("25", False), ("30000/1001", False), ("60", False), ("30", True))
OUTPUTS = ("webm", "mov", "mp4")
STILL_FRAMES = 12
STEADY = {"steadied": (), "network output unchanged": ("--no-steady",)}


def times(path: Path) -> tuple[list[float], float]:
    """The start of each frame and the end of the last one, which MP4 stores for the stream and WebM for the frame."""
    entries = ("-show_entries", "packet=pts_time,duration_time:stream=start_time,duration")
    found = ffprobe("-select_streams", "v:0", *entries, str(path))
    shown = sorted((float(packet["pts_time"]), float(packet.get("duration_time", 0))) for packet in found["packets"])
    stream = found["streams"][0]
    end = float(stream["start_time"]) + float(stream.get("duration", 0))
    return [at for at, _ in shown], max(end, sum(shown[-1]))


def onset(path: Path) -> float:
    """The start of the tone, in seconds after the first frame."""
    decode = ["ffmpeg", "-v", "error", "-nostdin", "-copyts", "-i", str(path), "-vn", "-af", "aresample=async=1:first_pts=0"]
    samples = subprocess.run([*decode, "-ac", "1", "-ar", "48000", "-f", "s16le", "-"], check=True, capture_output=True)
    loud = numpy.abs(numpy.frombuffer(samples.stdout, numpy.int16).astype(int)) > 500
    return float(numpy.argmax(loud)) / 48000 - times(path)[0][0]


def compare(settings: Settings, clip: Path, output: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / f"out.{output}"
        background = ("--bg-color", "white") if output == "mp4" else ()
        Processes(settings.environment).run(ours(settings, clip, made, *TINY, *background))
        return differences(clip, made)


def differences(clip: Path, made: Path) -> dict[str, float]:
    """The differences between a clip and its result: frames, times, sound and length."""
    (before, end_before), (after, end_after) = times(clip), times(made)
    pairs = zip(before, after, strict=False)
    return {
        "frames": len(before),
        "lost": abs(len(before) - len(after)),
        "time_ms": 1000 * max(abs((a - before[0]) - (b - after[0])) for a, b in pairs),
        "sound_ms": 1000 * abs(onset(clip) - onset(made)),
        "length_frames": abs((end_before - before[0]) - (end_after - after[0])) / (before[1] - before[0]),
    }


def flicker(settings: Settings, *extra: str) -> float:
    """Mean absolute difference of the matte from one frame to the next, in levels of 255."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "out.zip"
        command = ours(settings, still(STILL_FRAMES), made, "--model", MODEL, "--format", "png", *extra)
        Processes(settings.environment).run(command)
        with zipfile.ZipFile(made) as archive:
            names = sorted(name for name in archive.namelist() if name.endswith(".png"))
            mattes = [numpy.asarray(Image.open(archive.open(name)).getchannel("A"), float) for name in names]
    return float(numpy.mean([numpy.abs(a - b).mean() for a, b in zip(mattes, mattes[1:], strict=False)]))


def measure(settings: Settings) -> dict[str, Any]:
    settings.require_weights()
    found = {}
    for rate, variable in RATES:
        clip = metronome(rate, variable)
        for output in OUTPUTS:
            name = f"{rate} a second{', every seventh frame missing' if variable else ''}, {output}"
            found[name] = compare(settings, clip, output)
    return {
        "clips": found,
        "flicker": {name: flicker(settings, *extra) for name, extra in STEADY.items()},
    }


def difference_table(clips: dict[str, dict[str, float]]) -> str:
    """A table of `differences`, one row per clip."""
    head = ("", "frames", "lost or added", "time off, ms", "sound off, ms", "length off, frames")
    rows = [
        (
            name,
            f"{found['frames']:.0f}",
            f"{found['lost']:.0f}",
            f"{found['time_ms']:.2f}",
            f"{found['sound_ms']:.1f}",
            f"{found['length_frames']:.2f}",
        )
        for name, found in clips.items()
    ]
    return tables.table(head, rows)


def report(raw: dict[str, Any]) -> str:
    clips = raw["clips"]
    text = "Four seconds of 320 × 180 with a tone that begins after one second, measured by `ffprobe` before and after.\n\n"
    text += difference_table(clips) + "\n"
    text += f"Flicker: a still photograph with camera noise, {STILL_FRAMES} frames, {MODEL}; mean difference of the matte "
    text += "from one frame to the next, in levels of 255.\n\n"
    text += tables.table(("", "levels"), [(name, f"{value:.3f}") for name, value in raw["flicker"].items()]) + "\n"

    def worst(key: str) -> float:
        return max(found[key] for found in clips.values())

    return text + tables.targets(
        [
            tables.at_most("frames lost", worst("lost"), 0, 0),
            tables.at_most("times", worst("time_ms"), 1, 2, " ms"),
            tables.at_most("sound", worst("sound_ms"), 20, 1, " ms"),
            tables.at_most("length", worst("length_frames"), 1, 2, " frames"),
        ]
    )
