"""Checks the Python package of `make wheel` as a user with rembg's examples would use it.

    python infra/release/check_wheel.py [WHEEL]     one line for each problem; exit status 1 if there are any
    python infra/release/test_check_wheel.py        shows that the comparison can fail

In a new environment with an empty home, this script installs the wheel and its dependencies, runs the command, runs
shared/python/tests, and then runs rembg's examples with the wheel and, with a changed import line, with the real rembg and
the same weights. Images must have the same type and size, and their mattes must agree within TOLERANCES. Times are printed
and not checked. It runs in the environment of the real rembg: `infra/setup/setup.sh rembg`.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "infra" / "release" / "readme_examples.py"
PICTURES = ROOT / "fixtures" / "pictures"
MODEL = "isnet-general-use"
IMPORT = ("\nfrom sansfond import ", "\nfrom rembg import ")


@dataclass(frozen=True)
class Tolerance:
    """The largest accepted differences of a matte, of 255: the mean, and that of the worst pixel."""

    mean: float
    worst: int = 255


# With thresholded edges, a small difference becomes 255. Our alpha matting uses another solver than rembg's. With a
# background, colors are compared: rembg multiplies those of soft pixels by alpha twice, so they are darker.
SAME = Tolerance(mean=0.5, worst=8)
TOLERANCES = {
    # The package's own recipe: no rounding to 8 bits between the network and the result, and its own edges.
    "sansfond": {
        "": Tolerance(mean=4.0, worst=40),
        "post_process_mask": Tolerance(mean=4.0),
        "alpha_matting": Tolerance(mean=15.0),
        "bgcolor": Tolerance(mean=7.0, worst=110),
    },
    # With recipe="rembg": the same values, except for the rounding of another Lanczos filter.
    "rembg": {
        "": SAME,
        "post_process_mask": Tolerance(mean=0.5),
        "alpha_matting": Tolerance(mean=16.0),
        "bgcolor": Tolerance(mean=7.0, worst=80),
    },
}


def matte(image: Image.Image) -> np.ndarray:
    return np.asarray(image.getchannel("A") if image.mode == "RGBA" else image, np.int16)


def compared(expected: Path, actual: Path, tolerance: Tolerance) -> tuple[float, int, str | None]:
    """Mean and maximum difference of two mattes, and the problem of the second image."""
    with Image.open(expected) as one, Image.open(actual) as other:
        if (one.mode, one.size) != (other.mode, other.size):
            return 255.0, 255, f"is {other.mode} of {other.size}, rembg's {one.mode} of {one.size}"
        steps = np.abs(matte(one) - matte(other))
        # With a color behind the whole image, only the colors show the matte.
        if one.mode == "RGBA" and matte(one).min() == 255:
            steps = np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16))
    mean, worst = float(steps.mean()), int(steps.max())
    if mean > tolerance.mean or worst > tolerance.worst:
        return mean, worst, f"differs by {mean:.2f}, at worst {worst}, not {tolerance}"
    return mean, worst, None


def differences(expected: Path, actual: Path, recipe: str) -> Iterator[str]:
    """Compares two folders of results, and prints the differences for each example."""
    names = sorted(path.name for path in expected.glob("*.png"))
    found: dict[str, list[tuple[float, int]]] = {}
    if not names:
        yield f"rembg has written nothing to {expected}"
    for name in names:
        example = Path(name).stem.split()[-1]
        if not (actual / name).is_file():
            yield f"recipe {recipe}: {name} is missing"
            continue
        tolerance = TOLERANCES[recipe].get(example, TOLERANCES[recipe][""])
        mean, worst, problem = compared(expected / name, actual / name, tolerance)
        found.setdefault(example, []).append((mean, worst))
        if problem:
            yield f"recipe {recipe}: {name} {problem}"
    for example, each in found.items():
        means, worsts = zip(*each, strict=True)
        print(f"recipe {recipe:9} {example:18} mean difference {max(means):6.3f} of 255, worst pixel {max(worsts)}")


def print_times(ours: dict[str, float], theirs: dict[str, float]) -> None:
    print(f"\n{'seconds':18} {'sansfond':>9} {'rembg':>9}  rembg takes")
    for name, seconds in ours.items():
        print(f"{name:18} {seconds:9.2f} {theirs[name]:9.2f}  {theirs[name] / seconds:.2f} times as long")
    print()


class Installation:
    """An environment with only the wheel, and an empty home."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.bin = folder / "venv" / "bin"
        (folder / "home").mkdir()
        self.environment = {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(folder / "home"), "LANG": "C.UTF-8"}
        self.home = home

    def install(self, wheel: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", self.folder / "venv"], check=True)
        pip = [self.bin / "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
        self.run(*pip, "--find-links", self.home / "wheels", wheel)

    def run(self, *command: str | Path, **more: str) -> str:
        ran = subprocess.run(command, cwd=self.folder, env=self.environment | more, text=True, stdout=subprocess.PIPE)
        if ran.returncode:
            raise SystemExit(f"check_wheel: {' '.join(map(str, command))} ended with {ran.returncode}")
        return ran.stdout


def command_works(installation: Installation, weights: Path) -> Iterator[str]:
    """Checks the commands of the package."""
    words = installation.run("sansfond", "--version").split()
    if words[:1] != ["sansfond"] or len(words) != 2:
        yield f"sansfond --version printed {words}"
    installation.run("sansfond", "models", "fetch", MODEL, "--from", weights)
    cutout = installation.folder / "cutout.png"
    installation.run("sansfond", "i", PICTURES / "chelsea.png", cutout)
    with Image.open(cutout) as image:
        if image.mode != "RGBA" or image.size != Image.open(PICTURES / "chelsea.png").size:
            yield f"sansfond i wrote {image.mode} of {image.size}"


def model_names(installation: Installation) -> Iterator[str]:
    """Checks that every model of rembg has a name here, except those that are third-party services."""
    theirs = "from rembg.sessions import sessions; print(*(name for name in sessions if sessions[name].is_local()))"
    ours = "import sansfond, sys; print(*(sansfond._catalog_name(name, {}) for name in sys.argv[1:]))"
    names = installation.run(sys.executable, "-c", theirs).split()
    listed = {each["name"] for each in json.loads(installation.run("sansfond", "models", "list", "--json"))}
    for name, ours_name in zip(names, installation.run(installation.bin / "python", "-c", ours, *names).split(), strict=True):
        if ours_name not in listed:
            yield f"rembg's model {name} is not in the catalog as {ours_name}"


@dataclass(frozen=True)
class Side:
    """The package that runs the examples, and the options."""

    name: str
    python: Path
    options: dict[str, str]
    # True if the import line is changed.
    changed: bool = False


def examples(installation: Installation, side: Side) -> dict[str, float]:
    """Runs the examples on the images in `picture/`, adds the results to the side's folder, and returns the seconds."""
    source = EXAMPLES.read_text()
    if source.count(IMPORT[0]) != 1:
        raise SystemExit(f"check_wheel: {EXAMPLES.name} must have one import line of ours")
    script, results = installation.folder / f"{side.name}.py", installation.folder / side.name
    script.write_text(source.replace(*IMPORT) if side.changed else source)
    results.mkdir(exist_ok=True)
    rembg_home = str(installation.folder / "rembg-home")
    pictures = installation.folder / "picture"
    installation.run(side.python, script, pictures, results, json.dumps(side.options), REMBG_HOME=rembg_home)
    return json.loads((results / "seconds.json").read_text())


def problems(wheel: Path, home: Path, folder: Path) -> Iterator[str]:
    weights = home / "models" / MODEL / f"{MODEL}.onnx"
    installation = Installation(folder, home)
    installation.install(wheel)
    yield from command_works(installation, weights)
    yield from model_names(installation)
    installation.run(installation.bin / "python", ROOT / "shared" / "python" / "tests" / "test_package.py", "--quiet")

    theirs = installation.folder / "rembg-home" / "models" / MODEL
    theirs.mkdir(parents=True)
    shutil.copy(weights, theirs / weights.name)
    own = installation.bin / "python"
    ours, like_rembg = Side("ours", own, {}), Side("like-rembg", own, {"recipe": "rembg"})
    real = Side("real", Path(sys.executable), {}, changed=True)
    seconds: dict[str, dict[str, float]] = {side.name: {} for side in (ours, like_rembg, real)}
    # The packages alternate image by image, so that a busy machine affects all of them.
    for picture in sorted(PICTURES.glob("*.png")):
        shutil.rmtree(folder / "picture", ignore_errors=True)
        (folder / "picture").mkdir()
        shutil.copy(picture, folder / "picture")
        for side in (ours, real, like_rembg):
            for name, each in examples(installation, side).items():
                seconds[side.name][name] = seconds[side.name].get(name, 0.0) + each
    yield from differences(folder / real.name, folder / ours.name, "sansfond")
    yield from differences(folder / real.name, folder / like_rembg.name, "rembg")
    print_times(seconds[ours.name], seconds[real.name])


def find_wheel() -> Path:
    if len(sys.argv) > 1:
        return Path(sys.argv[1]).resolve()
    found = sorted((ROOT / "target" / "release-files").glob(f"sansfond-*_{platform.machine()}.whl"))
    if not found:
        raise SystemExit("check_wheel: there is no wheel for this machine; `make wheel` builds it")
    return found[-1]


def main() -> None:
    home = Path(os.environ.get("SANSFOND_HOME", ROOT / ".sansfond")).resolve()
    with tempfile.TemporaryDirectory(prefix="sansfond-wheel-") as folder:
        found = list(problems(find_wheel(), home, Path(folder)))
    for problem in found:
        print(f"check_wheel: {problem}", file=sys.stderr)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
