"""dev.py's handling of changes, without a build and without the emulator."""

from __future__ import annotations

import os
import tempfile
import unittest
import zipfile
from io import BytesIO
from pathlib import Path
from unittest import mock

import dev
from test_deploy import TEMPLATE


class Lambda:
    """A client of Lambda that records the code of each function."""

    def __init__(self) -> None:
        self.updated: dict[str, str] = {}

    def get_paginator(self, _name: str) -> Lambda:
        return self

    def paginate(self) -> list[dict]:
        names = ("login", "logout", "preview_cutout", "of_another_stack")
        return [{"Functions": [{"FunctionName": f"sansfond-{name}", "Handler": name} for name in names]}]

    def update_function_code(self, FunctionName: str, ZipFile: bytes) -> None:
        with zipfile.ZipFile(BytesIO(ZipFile)) as archive:
            self.updated[FunctionName] = archive.read("bootstrap").decode()


class Swap(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = Path(folder.name)
        self.programs = root / "target/debug"
        self.programs.mkdir(parents=True)
        for name in ("api", "image"):
            self.write(name, "first")
        (root / "infra").mkdir()
        (root / "infra/template.yaml").write_text(TEMPLATE)
        for name, value in {"CHECKOUT": root, "TARGET": root / "target"}.items():
            patch = mock.patch.object(dev, name, value)
            patch.start()
            self.addCleanup(patch.stop)
        self.cloud = dev.LocalCloud(root / "home", "127.0.0.1:1")
        self.functions = dev.Functions(self.cloud)

    def write(self, name: str, content: str) -> None:
        """Replaces the file, as cargo does; the old file stays behind its hard links."""
        path = self.programs / name
        path.unlink(missing_ok=True)
        path.write_text(content)
        path.chmod(0o755)
        os.utime(path, ns=(0, len(content)))

    def test_the_functions_of_a_changed_program_get_it_and_no_others(self) -> None:
        self.write("api", "second!")
        emulator = Lambda()
        self.assertEqual(self.functions.swap(emulator), ["login", "logout"])
        self.assertEqual(sorted(emulator.updated), ["sansfond-login", "sansfond-logout"])
        self.assertIn("_HANDLER='login'", emulator.updated["sansfond-login"])
        program = self.functions.running["api"]
        self.assertIn(f"exec '{program}'", emulator.updated["sansfond-login"])
        self.assertEqual(program.read_text(), "second!")

    def test_a_program_that_no_function_runs_any_more_is_deleted(self) -> None:
        before = self.functions.running["api"]
        self.write("api", "second!")
        self.functions.swap(Lambda())
        self.assertFalse(before.exists())
        self.assertEqual(len(list((self.cloud.state / "functions").iterdir())), 2)

    def test_nothing_is_swapped_without_a_new_program(self) -> None:
        emulator = Lambda()
        self.assertEqual(self.functions.swap(emulator), [])
        self.assertEqual(emulator.updated, {})

    def test_a_failed_build_swaps_nothing_and_restarts_nothing(self) -> None:
        self.write("api", "second!")
        with (
            mock.patch.object(dev, "build", return_value=None),
            mock.patch.object(self.functions, "swap") as swap,
            mock.patch.object(self.cloud, "stop") as stop,
            mock.patch("builtins.print"),
        ):
            dev.apply_changes({dev.CHECKOUT / "infra/template.yaml"}, self.cloud, self.functions)
        swap.assert_not_called()
        stop.assert_not_called()


class Changes(unittest.TestCase):
    def test_a_changed_file_that_is_read_at_the_start_needs_a_restart(self) -> None:
        for name in ("infra/template.yaml", "infra/local/src/proxy.rs", "infra/edge/headers.json"):
            self.assertTrue(dev.needs_restart([dev.CHECKOUT / name]), name)
        for name in ("functions/api/src/routes/login.rs", "shared/web/src/lib.rs", "docs/openapi.json"):
            self.assertFalse(dev.needs_restart([dev.CHECKOUT / name]), name)

    def test_files_of_builds_and_editors_are_ignored(self) -> None:
        is_watched = dev.SourceFilter()
        self.assertFalse(is_watched(dev.watchfiles.Change.modified, "/c/shared/imaging/fuzz/target/x.d"))
        self.assertFalse(is_watched(dev.watchfiles.Change.added, "/c/functions/api/src/.lib.rs.swp"))
        self.assertTrue(is_watched(dev.watchfiles.Change.modified, "/c/functions/api/src/lib.rs"))

    def test_every_watched_path_exists(self) -> None:
        missing = [name for name in dev.WATCHED if not (dev.CHECKOUT / name).exists()]
        self.assertEqual(missing, [])


if __name__ == "__main__":
    unittest.main()
