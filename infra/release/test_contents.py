"""The table of a release has every file with its hash, and nothing else."""

from __future__ import annotations

import hashlib
import tempfile
import tomllib
import unittest
from pathlib import Path

from contents import ReleaseError, table

NAMES = [
    "sansfond-0.1.0-linux-arm64.tar.gz", "sansfond-0.1.0-linux-x86_64.tar.gz", "sansfond-service-0.1.0-arm64.tar.gz",
    "sansfond-service-0.1.0-x86_64.tar.gz", "sansfond-0.1.0-cp311-abi3-manylinux_2_34_aarch64.whl",
    "sansfond-0.1.0-cp311-abi3-manylinux_2_34_x86_64.whl", "sansfond-local-0.1.0-x86_64.docker.tar.gz",
    "sansfond-0.1.0-ffmpeg-x264-sources.tar", "compose.yaml",
]


class Contents(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name in NAMES:
            (self.folder / name).write_text(name)
            (self.folder / f"{name}.sha256").touch()

    def test_every_file_has_a_row_and_a_hash(self) -> None:
        readme, sums = table(self.folder)
        for name in NAMES:
            digest = hashlib.sha256(name.encode()).hexdigest()
            self.assertIn(f"{digest}  {name}\n", sums)
            self.assertRegex(readme, rf"(?m)^\| `{name}` \| .* MB \| .* \| `{digest}` \|$")
        self.assertEqual(len(sums.splitlines()), len(NAMES))

    def test_an_extra_or_missing_file_is_an_error(self) -> None:
        (self.folder / "notes.txt").touch()
        with self.assertRaisesRegex(ReleaseError, "notes.txt is not a file of a release"):
            table(self.folder)
        (self.folder / "notes.txt").unlink()
        (self.folder / NAMES[2]).unlink()
        with self.assertRaisesRegex(ReleaseError, "no file with the service for AWS, functions for arm64"):
            table(self.folder)


class Licences(unittest.TestCase):
    def test_releases_and_cargo_deny_accept_the_same_licenses(self) -> None:
        root = Path(__file__).resolve().parents[2]
        accepted = tomllib.loads((root / "infra/release/about.toml").read_text())["accepted"]
        allowed = tomllib.loads((root / "deny.toml").read_text())["licenses"]["allow"]
        self.assertEqual(accepted, allowed)


if __name__ == "__main__":
    unittest.main()
