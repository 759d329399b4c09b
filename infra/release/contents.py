"""Writes the contents of a release: target/release-files/SHA256SUMS, and README.md with a table of the files.

    python3 infra/release/contents.py        an unknown file is an error, and so is a kind of file that is missing
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "target/release-files"
OWN = "MIT or Apache 2.0"
GPL = f"{OWN}; FFmpeg and x264 in it GPL 2 or later; ONNX Runtime MIT"
ARCHITECTURES = ("arm64", "x86_64")


@dataclass(frozen=True)
class Kind:
    """A kind of file, by its suffix."""

    pattern: str
    what: str
    licence: str


def kinds() -> Iterator[Kind]:
    for arch in ARCHITECTURES:
        yield Kind(rf"sansfond-[\d.]+-linux-{arch}\.tar\.gz", f"the command line for Linux on {arch}", GPL)
        yield Kind(
            rf"sansfond-service-[\d.]+-{arch}\.tar\.gz", f"the service for AWS, functions for {arch}",
            f"{OWN}; FFmpeg in it LGPL 2.1; ONNX Runtime MIT; libstdc++ GPL 3 with GCC's exception; the network's weights according to `sansfond models list`")
        machine = {"arm64": "aarch64"}.get(arch, arch)
        yield Kind(rf"sansfond-[\d.]+-cp\d+-abi3-manylinux_2_34_{machine}\.whl", f"the Python package for Linux on {arch}", OWN)
    yield Kind(
        r"sansfond-local-[\d.]+-(arm64|x86_64)\.docker\.tar\.gz", "the whole service on one machine, for `docker load`",
        f"{GPL}; Debian's packages and the emulator's under their own terms; the network's weights according to `sansfond models list`")
    yield Kind(r"sansfond-[\d.]+-ffmpeg-x264-sources\.tar", "the sources that the GPL requires", "GPL 2 or later")
    yield Kind(r"compose\.yaml", "for `docker compose up` with the image", OWN)


class ReleaseError(Exception):
    """The problem of the folder, in one line."""


def table(folder: Path) -> tuple[str, str]:
    """The texts of README.md and SHA256SUMS."""
    files = sorted(file for file in folder.iterdir() if file.name not in ("README.md", "SHA256SUMS") and file.suffix != ".sha256")
    rows, sums, missing = [], [], list(kinds())
    for file in files:
        found = [kind for kind in kinds() if re.fullmatch(kind.pattern, file.name)]
        if len(found) != 1:
            raise ReleaseError(f"{file.name} is not a file of a release; remove it")
        missing = [kind for kind in missing if kind != found[0]]
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        size = file.stat().st_size / 1e6
        rows.append(f"| `{file.name}` | {found[0].what} | {size:.1f} MB | {found[0].licence} | `{digest}` |\n")
        sums.append(f"{digest}  {file.name}\n")
    if missing:
        raise ReleaseError(f"there is no file with {missing[0].what}")
    head = "# Files of this release\n\n| file | contents | size | licenses | SHA-256 |\n| --- | --- | --- | --- | --- |\n"
    foot = (
        "\nEach file contains the full terms: `licences/`, `RUST-CRATES` for every crate, `licences.txt` of the site for its packages."
        "\n`sha256sum --check SHA256SUMS` compares.\n"
    )
    return head + "".join(rows) + foot, "".join(sums)


def main() -> int:
    try:
        readme, sums = table(FOLDER)
    except ReleaseError as reason:
        print(f"release: {reason}", file=sys.stderr)
        return 1
    (FOLDER / "README.md").write_text(readme)
    (FOLDER / "SHA256SUMS").write_text(sums)
    print(readme)
    return 0


if __name__ == "__main__":
    sys.exit(main())
