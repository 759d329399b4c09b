"""Compares the mattes of provider openvino (bf16 where the processor has it) with the fp32 mattes of provider cpu."""

import tempfile
from pathlib import Path
from typing import Any

import mattes
import tables
from pictures import gather_frames, gather_pictures
from settings import Settings, Unavailable

TITLE = "OpenVINO against fp32"


def measure(settings: Settings) -> dict[str, Any]:
    settings.require_weights()
    pictures, frames = gather_pictures(), gather_frames()
    differences, failures = [], []
    with tempfile.TemporaryDirectory() as folder:
        exact, fast = Path(folder) / "exact.png", Path(folder) / "fast.png"
        for picture in [*pictures, *frames]:
            try:
                mattes.our_matte(settings, picture, exact, "cpu")
                mattes.our_matte(settings, picture, fast, "openvino")
                differences.append(mattes.difference(picture.name, exact, fast))
            except Unavailable as failure:
                failures.append(f"{picture.name}: {failure}")
    if not differences:
        raise Unavailable(failures[0])
    found = {"differences": differences, "failures": failures}
    return found | {"pictures": len(pictures), "frames": len(frames)}


def report(raw: dict[str, Any]) -> str:
    differences = raw["differences"]
    found = mattes.summary(differences)
    rows = [
        tables.at_most("mean difference, alpha 0 to 1", found["mean"] / 255, 0.001, 5),
    ]
    frames = f"{raw['frames']} clip frames" if raw["frames"] else "no clip frames (no ffmpeg here)"
    text = f"{raw['pictures']} pictures and {frames}; mattes read back from 8-bit PNG.\n\n" + tables.targets(rows)
    text += f"\nWorst picture {found['worst_mean'] / 255:.5f}.\n\n"
    text += tables.table(("furthest apart", "mean of 255", "worst pixel"), mattes.furthest(differences))
    return text + "".join(f"\nNot compared: {failure}\n" for failure in raw["failures"])
