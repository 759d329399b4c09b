"""Unpacks a release for `make deploy RELEASE=…`, and copies the samconfig.toml of this checkout into it.

    python3 infra/release/unpack_service.py sansfond-service-0.1.0-arm64.tar.gz FOLDER

If there is a file with its hash in the same folder, as in a release, the archive must have that hash.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The folder with the installed environment, which is kept.
KEPT = ".sansfond"


class ReleaseError(Exception):
    """An error whose text is one line for the user at the terminal."""


def check(archive: Path) -> None:
    if not archive.is_file():
        raise ReleaseError(f"{archive} is not a file")
    hashes = archive.with_name(f"{archive.name}.sha256")
    if not hashes.exists():
        return
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found not in hashes.read_text().split():
        raise ReleaseError(f"{archive} is damaged: its hash differs from the one in {hashes.name}")


def unpack(archive: Path, folder: Path) -> None:
    """Replaces the folder by the one in the archive. An archive that cannot be unpacked changes nothing."""
    check(archive)
    fresh = folder.with_name(f"{folder.name}.fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        shutil.unpack_archive(archive, fresh, "gztar")
    except (tarfile.TarError, EOFError, OSError, shutil.ReadError) as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise ReleaseError(f"{archive} cannot be unpacked: {error}") from error
    inside = list(fresh.iterdir())
    if len(inside) != 1 or not (inside[0] / "RELEASE").is_file():
        shutil.rmtree(fresh)
        raise ReleaseError(f"{archive} is not a release of the service; the name of a release starts with sansfond-service")
    if (folder / KEPT).exists():
        (folder / KEPT).rename(inside[0] / KEPT)
    shutil.rmtree(folder, ignore_errors=True)
    inside[0].rename(folder)
    fresh.rmdir()
    shutil.copy(ROOT / "samconfig.toml", folder)


def main(words: list[str]) -> int:
    try:
        unpack(Path(words[0]), Path(words[1]))
    except ReleaseError as reason:
        print(f"deploy: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
