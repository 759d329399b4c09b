"""`make deploy RELEASE=…` accepts a release, and refuses other archives before it changes anything."""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
import unittest
from pathlib import Path

import unpack_service
from unpack_service import ReleaseError, unpack


class Unpacking(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.place = Path(folder.name)
        self.target = self.place / "home/release"

    def archive(self, marker: str = "RELEASE") -> Path:
        source = self.place / "sansfond-service-1"
        source.mkdir(exist_ok=True)
        for name in (marker, "samconfig.toml", "deploy.py"):
            (source / name).write_text(f"{name} of the release")
        archive = self.place / f"{source.name}.tar.gz"
        with tarfile.open(archive, "w:gz") as file:
            file.add(source, source.name)
        return archive

    def assert_refused(self, archive: Path, reason: str) -> None:
        with self.assertRaisesRegex(ReleaseError, reason):
            unpack(archive, self.target)

    def test_the_checkouts_parameters_are_copied(self) -> None:
        unpack(self.archive(), self.target)
        self.assertEqual((self.target / "deploy.py").read_text(), "deploy.py of the release")
        self.assertEqual((self.target / "samconfig.toml").read_text(), (unpack_service.ROOT / "samconfig.toml").read_text())

    def test_a_later_release_replaces_it_and_keeps_the_environment(self) -> None:
        unpack(self.archive(), self.target)
        (self.target / ".sansfond").mkdir()
        (self.target / "old.py").touch()
        unpack(self.archive(), self.target)
        self.assertEqual(sorted(file.name for file in self.target.iterdir()), [".sansfond", "RELEASE", "deploy.py", "samconfig.toml"])
        self.assertEqual([file.name for file in self.target.parent.iterdir()], ["release"])

    def test_a_wrong_hash_beside_the_archive_is_refused(self) -> None:
        archive = self.archive()
        hashes = archive.with_name(f"{archive.name}.sha256")
        hashes.write_text(f"{hashlib.sha256(archive.read_bytes()).hexdigest()}  {archive.name}\n")
        unpack(archive, self.target)
        archive.write_bytes(archive.read_bytes() + b"\0")
        self.assert_refused(archive, "damaged")

    def test_an_invalid_archive_keeps_the_previous_release(self) -> None:
        unpack(self.archive(), self.target)
        self.assert_refused(self.place / "nothing.tar.gz", "is not a file")
        cut = self.archive()
        cut.write_bytes(cut.read_bytes()[:100])
        self.assert_refused(cut, "cannot be unpacked")
        (self.place / "sansfond-service-1/RELEASE").unlink()
        self.assert_refused(self.archive(marker="README.md"), "not a release of the service")
        self.assertEqual((self.target / "deploy.py").read_text(), "deploy.py of the release")
        self.assertEqual([file.name for file in self.target.parent.iterdir()], ["release"])


if __name__ == "__main__":
    unittest.main()
