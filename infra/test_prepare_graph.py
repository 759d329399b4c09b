"""Tests the changes of prepare_graph.py to the package, and the cases without changes. No package is started."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent))

import prepare_graph

MODEL = "isnet-general-use"


class Packages(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.model = self.folder / "packages" / "image" / "models" / MODEL
        self.model.mkdir(parents=True)
        (self.model / f"{MODEL}.onnx").write_text("weights")
        (self.model / f"{MODEL}.onnx.sha256").write_text("hash")
        self.graph = self.folder / "made" / "cpu-aarch64-0123"
        self.graph.mkdir(parents=True)
        (self.graph / "model.onnx").write_text("graph")

    def run_with(self, prepared: Callable[..., Path], mounts: Callable[[], None] = lambda: None) -> tuple[int, str]:
        output = io.StringIO()
        with mock.patch.multiple(prepare_graph, PACKAGES=self.folder / "packages", prepared=prepared, Machine=mock.Mock()), \
                mock.patch.object(prepare_graph.lambda_machine, "enter_mount_namespace", mounts), \
                mock.patch.dict(os.environ, {"SANSFOND_HOME": str(self.folder)}), contextlib.redirect_stderr(output):
            return prepare_graph.main(["arm64"]), output.getvalue()

    def weights_exist(self) -> bool:
        return (self.model / f"{MODEL}.onnx").is_file()

    def test_the_graph_replaces_the_weights_and_their_hash_stays(self) -> None:
        self.assertEqual(self.run_with(lambda *_: self.graph), (0, ""))
        left = sorted(str(path.relative_to(self.model)) for path in self.model.rglob("*") if path.is_file())
        self.assertEqual(left, [f"{MODEL}.onnx.sha256", "prepared/cpu-aarch64-0123/model.onnx"])

    def test_the_weights_stay_if_packages_cannot_be_started(self) -> None:
        def forbidden() -> None:
            raise prepare_graph.Unusable("no mounts")

        code, output = self.run_with(lambda *_: self.graph, forbidden)
        self.assertEqual(code, 0)
        self.assertIn("each cold start takes a second longer: no mounts", output)
        self.assertTrue(self.weights_exist())

    def test_a_function_that_does_not_start_is_an_error(self) -> None:
        def broken(*_: object) -> Path:
            raise prepare_graph.Unavailable("preview_cutout does not go on")

        code, output = self.run_with(broken)
        self.assertEqual((code, output), (1, "package: preview_cutout does not go on\n"))
        self.assertTrue(self.weights_exist())

    def test_weights_without_a_hash_are_not_removed(self) -> None:
        (self.model / f"{MODEL}.onnx.sha256").unlink()
        self.assertEqual(self.run_with(lambda *_: self.graph)[0], 1)
        self.assertTrue(self.weights_exist())


if __name__ == "__main__":
    unittest.main()
