"""Compares the mattes of the recipe `rembg` with those of rembg: same weights file, every sample picture."""

import tempfile
from pathlib import Path
from typing import Any

import mattes
import tables
from pictures import ROOT, gather_pictures
from PIL import Image
from settings import MODEL, Settings, Unavailable
from workers import Worker

TITLE = "The same matte as rembg"
KINDS = (".png", ".jpg", ".jpeg", ".webp")


def samples() -> list[Path]:
    """The pictures of the repository and of the packages. If two have the same name, the repository's is used."""
    own = [path for path in (ROOT / "fixtures" / "pictures").iterdir() if path.suffix in KINDS]
    by_name = {path.name: path for path in [*gather_pictures(), *own]}
    return [by_name[name] for name in sorted(by_name)]


def has_profile(picture: Path) -> bool:
    """Whether an ICC profile is embedded: rembg ignores it, we convert the colors first."""
    with Image.open(picture) as opened:
        return bool(opened.info.get("icc_profile"))


def measure(settings: Settings) -> dict[str, Any]:
    settings.require_weights()
    differences, failures = [], []
    with tempfile.TemporaryDirectory() as folder:
        theirs, ours = Path(folder) / "theirs", Path(folder) / "ours"
        theirs.mkdir()
        ours.mkdir()
        command = settings.peer("peer_rembg.py", "--model", MODEL, "--mattes", str(theirs))
        settings.binary("sansfond")
        with Worker(command, settings.environment) as peer:
            for picture in samples():
                peer.ask(picture)
                matte = f"{picture.name}.png"
                try:
                    mattes.our_matte(settings, picture, ours / matte, "cpu")
                    found = mattes.difference(picture.name, theirs / matte, ours / matte)
                    differences.append(found | {"profile": has_profile(picture)})
                except Unavailable as failure:
                    failures.append(f"{picture.name}: {failure}")
    if not differences:
        raise Unavailable(failures[0])
    return {"differences": differences, "failures": failures}


def report(raw: dict[str, Any]) -> str:
    differences = [each for each in raw["differences"] if not each["profile"]]
    profiled = [each for each in raw["differences"] if each["profile"]]
    found = mattes.summary(differences)
    rows = [
        tables.at_most("mean difference, all pictures, of 255", found["mean"], 0.5, 3),
        tables.at_most("mean difference, worst picture, of 255", found["worst_mean"], 0.5, 3),
        tables.at_most("worst pixel of all, of 255", found["worst"], 8, 0),
    ]
    text = f"{len(differences)} pictures, provider cpu.\n\n" + tables.targets(rows)
    text += "\n" + tables.table(("furthest apart", "mean", "worst pixel"), mattes.furthest(differences))
    if profiled:
        apart = ", ".join(f"{each['name']} {each['mean']:.2f}" for each in profiled)
        text += "\nNot counted, because rembg ignores the embedded color profile and we apply it"
        text += f" (mean difference): {apart}.\n"
    return text + "".join(f"\nNot compared: {failure}\n" for failure in raw["failures"])
