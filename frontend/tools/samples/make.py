"""Makes the files of the site's sample pictures from the photos in public/samples, `<id>.jpg`.

The engine of this repository cuts each one out: `<id>-cutout.webp` has the size of the photo. For the landing page, both are
scaled to the widths that it requests: `<id>-<width>.avif` and `<id>-cutout-<width>.avif`.

    python frontend/tools/samples/make.py [ID ...]    with a Python that has Pillow, after `make build`
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "frontend" / "public" / "samples"
ENGINE = ROOT / "target" / "release" / "sansfond"
HOME = {"SANSFOND_HOME": str(ROOT / ".sansfond")}
# The same widths as in src/features/landing/sample-picture.tsx. No file is wider than its photo.
WIDTHS = (320, 720, 960)


def cut_out(photograph: Path) -> Image.Image:
    with tempfile.TemporaryDirectory() as folder:
        png = Path(folder) / "cutout.png"
        subprocess.run([ENGINE, "image", photograph, "-o", png], check=True, env=os.environ | HOME)
        with Image.open(png) as opened:
            return opened.convert("RGBA")


def resized(picture: Image.Image, width: int) -> Image.Image:
    return picture.resize((width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS)


def make(photograph: Path) -> None:
    cutout = cut_out(photograph)
    cutout.save(SAMPLES / f"{photograph.stem}-cutout.webp", quality=82, alpha_quality=90, method=6)
    with Image.open(photograph) as opened:
        before = opened.convert("RGB")
    for width in {min(width, before.width) for width in WIDTHS}:
        resized(before, width).save(SAMPLES / f"{photograph.stem}-{width}.avif", quality=54, speed=2)
        resized(cutout, width).save(SAMPLES / f"{photograph.stem}-cutout-{width}.avif", quality=56, speed=2)


def main() -> None:
    ids = sys.argv[1:] or sorted(path.stem for path in SAMPLES.glob("*.jpg"))
    for name in ids:
        make(SAMPLES / f"{name}.jpg")


if __name__ == "__main__":
    main()
