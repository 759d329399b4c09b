"""How deploy.py packages the functions' code. Nothing is deployed."""

from __future__ import annotations

import io
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from unittest import mock

import deploy

TEMPLATE = """
      CodeUri: ../target/lambda/api
      Handler: login
      CodeUri: ../target/lambda/api
      Handler: logout
      CodeUri: ../target/lambda/image
      Handler: preview_cutout
"""


class Packages(unittest.TestCase):
    """`make up PACKAGED=1`."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name in ("api", "image"):
            (self.folder / name / "lib").mkdir(parents=True)
            # Any program for this machine's processor.
            shutil.copy(sys.executable, self.folder / name / "bootstrap")

    def test_functions_share_a_program(self) -> None:
        self.assertEqual(deploy.functions(TEMPLATE), {"login": "api", "logout": "api", "preview_cutout": "image"})
        with self.assertRaisesRegex(deploy.Failed, "has no function"):
            deploy.functions("      CodeUri: ../target/lambda/api\n")

    def test_each_program_has_a_package(self) -> None:
        found = deploy.built_packages(TEMPLATE, self.folder)
        self.assertEqual(found, {name: self.folder / name for name in ("api", "image")})

    def test_the_error_for_a_missing_package_names_program_and_command(self) -> None:
        shutil.rmtree(self.folder / "image")
        with self.assertRaisesRegex(deploy.Failed, "image is not packaged.*make package ARCH="):
            deploy.built_packages(TEMPLATE, self.folder)

    def test_a_package_for_another_processor_is_refused(self) -> None:
        program = self.folder / "api" / "bootstrap"
        other = {"x86_64": 183, "aarch64": 62}[platform.machine()]
        content = bytearray(program.read_bytes())
        content[18:20] = other.to_bytes(2, "little")
        program.write_bytes(content)
        with self.assertRaisesRegex(deploy.Failed, "another processor"):
            deploy.built_packages(TEMPLATE, self.folder)
        program.write_text("#!/bin/sh\n")
        with self.assertRaisesRegex(deploy.Failed, "another processor"):
            deploy.built_packages(TEMPLATE, self.folder)

    def run_zip(self, built: Path, environment: dict[str, str]) -> str:
        with zipfile.ZipFile(io.BytesIO(deploy.package("login", built))) as archive:
            script = self.folder / "script"
            script.write_bytes(archive.read("bootstrap"))
        script.chmod(0o755)
        return subprocess.run([script], env=environment, capture_output=True, text=True, check=True).stdout

    def test_the_folder_replaces_var_task(self) -> None:
        task = self.folder / "api"
        (task / "bootstrap").write_text('#!/bin/sh\necho "$LAMBDA_TASK_ROOT $LD_LIBRARY_PATH $SANSFOND_HOME $_HANDLER"\n')
        output = self.run_zip(task, {"SANSFOND_HOME": "/var/task"})
        self.assertEqual(output, f"{task} {task}:{task}/lib {task} login\n")
        self.assertEqual(self.run_zip(task, {"SANSFOND_HOME": "/h"}), f"{task} {task}:{task}/lib /h login\n")

    def test_a_program_gets_handler_as_its_only_new_variable(self) -> None:
        binary = self.folder / "api" / "bootstrap"
        binary.write_text('#!/bin/sh\necho "$LAMBDA_TASK_ROOT $LD_LIBRARY_PATH $SANSFOND_HOME $_HANDLER"\n')
        self.assertEqual(self.run_zip(binary, {"SANSFOND_HOME": "/var/task"}), "  /var/task login\n")

    def test_a_new_build_does_not_change_deployed_packages(self) -> None:
        aside = deploy.link_aside("api", self.folder / "api", self.folder / "aside")
        before = (aside / "bootstrap").read_bytes()
        self.assertEqual(deploy.link_aside("api", self.folder / "api", self.folder / "aside"), aside)
        shutil.rmtree(self.folder / "api")
        (self.folder / "api").mkdir()
        (self.folder / "api" / "bootstrap").write_text("another")
        self.assertEqual((aside / "bootstrap").read_bytes(), before)
        self.assertTrue(os.access(aside / "bootstrap", os.X_OK))
        self.assertNotEqual(deploy.link_aside("api", self.folder / "api", self.folder / "aside"), aside)
        deploy.remove(aside)
        self.assertFalse(aside.exists())

    def test_programs_in_a_read_only_folder_are_not_linked(self) -> None:
        with mock.patch.object(deploy.os, "access", lambda place, _: place != self.folder):
            self.assertEqual(deploy.link_aside("api", self.folder / "api", self.folder / "aside"), self.folder / "api")
        self.assertEqual(list((self.folder / "aside").iterdir()), [])


if __name__ == "__main__":
    unittest.main()
