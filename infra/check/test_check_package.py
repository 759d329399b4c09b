"""check_package.py accepts a package that Lambda can start, and reports each problem.

The tests compile small programs and libraries, with the symbol versions that they need.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import check_package as check
import check_portable

# The names of programs in a Cargo.toml.
BINARIES = re.compile(r'^\[\[bin\]\]\nname = "(.*)"$', re.M)
ARCH = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
OTHER = {"x86_64": "arm64", "arm64": "x86_64"}[ARCH]


def compile_to(path: Path, source: str, *options: str) -> None:
    """Compiles without the machine's libraries."""
    command = ["cc", "-nostdlib", "-fPIC", "-x", "c", "-", "-x", "none", *options, "-o", str(path)]
    subprocess.run(command, input=source, text=True, check=True, capture_output=True)


class Compiler(unittest.TestCase):
    """Compiles libraries and programs for tests."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.scratch = Path(folder.name)

    def library(self, name: str, version: str | None = None, folder: Path | None = None) -> Path:
        """A library with the function `call`, with a symbol version."""
        folder = folder or Path(tempfile.mkdtemp(dir=self.scratch))
        options = ["-shared", f"-Wl,-soname,{name}"]
        if version:
            script = self.scratch / "versions"
            script.write_text(f"{version} {{ call; }};\n")
            options.append(f"-Wl,--version-script={script}")
        compile_to(folder / name, "void call(void) {}", *options)
        return folder / name

    def program(self, path: Path, *libraries: Path) -> None:
        names = [str(library) for library in libraries]
        compile_to(path, "void call(void); void _start(void) { call(); }", "-Wl,--no-as-needed", "-pie", *names)


class Package(Compiler):
    def setUp(self) -> None:
        super().setUp()
        self.packages = self.scratch / "packages"
        self.package = self.packages / "login"
        (self.package / "lib").mkdir(parents=True)
        self.bootstrap(self.library("libc.so.6", "GLIBC_2.34"))
        self.assertEqual(self.found(), [])

    def bootstrap(self, *libraries: Path) -> None:
        self.program(self.package / "bootstrap", *libraries)

    def found(self, arch: str = ARCH) -> list[str]:
        return list(check.problems(self.packages, arch, {"login"}))

    def assert_reports(self, *words: str) -> None:
        found = self.found()
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])

    def test_a_symbol_newer_than_lambdas_glibc(self) -> None:
        self.bootstrap(self.library("libc.so.6", "GLIBC_2.36"))
        self.assert_reports("login: bootstrap", "GLIBC_2.36", "newer")

    def test_a_library_inside_is_looked_at_too(self) -> None:
        newer = self.library("libc.so.6", "GLIBC_2.35")
        inner = self.package / "lib" / "libinner.so.1"
        compile_to(inner, "void call(void); void mine(void) { call(); }", "-shared", str(newer))
        self.assert_reports("lib/libinner.so.1", "GLIBC_2.35")

    def test_a_symbol_newer_than_the_cxx_library_of_amazon_linux(self) -> None:
        for version in ("GLIBCXX_3.4.30", "CXXABI_1.3.14"):
            carried = self.library("libstdc++.so.6", version, self.package / "lib")
            self.bootstrap(carried)
            self.assert_reports(version, "newer")

    def test_a_private_symbol_of_another_glibc(self) -> None:
        self.bootstrap(self.library("libc.so.6", "GLIBC_PRIVATE"))
        self.assert_reports("GLIBC_PRIVATE")

    def test_a_library_that_is_nowhere(self) -> None:
        self.bootstrap(self.library("libavcodec.so.59"))
        self.assert_reports("libavcodec.so.59", "neither")

    def test_a_library_that_may_not_be_on_lambda(self) -> None:
        self.bootstrap(self.library("libstdc++.so.6", "GLIBCXX_3.4.22"))
        self.assert_reports("libstdc++.so.6", "neither")

    def test_a_library_where_the_loader_does_not_look(self) -> None:
        (self.package / "runtime").mkdir()
        library = self.library("libown.so.1", folder=self.package / "runtime")
        self.bootstrap(library)
        self.assert_reports("libown.so.1", "neither")
        library.rename(self.package / "lib" / library.name)
        self.assertEqual(self.found(), [])

    def test_a_version_that_the_carried_library_does_not_have(self) -> None:
        self.library("libstdc++.so.6", "GLIBCXX_3.4.19", self.package / "lib")
        self.bootstrap(self.library("libstdc++.so.6", "GLIBCXX_3.4.22"))
        self.assert_reports("GLIBCXX_3.4.22", "does not have")

    def test_another_architecture(self) -> None:
        found = self.found(OTHER)
        self.assertTrue(any("not for" in problem for problem in found), found)

    def test_too_many_bytes(self) -> None:
        with (self.package / "weights").open("wb") as file:
            file.truncate(check.LIMIT_BYTES)
        self.assert_reports("login:", "Lambda takes")

    def test_a_link(self) -> None:
        (self.package / "lib" / "libc.so").symlink_to("libc.so.6")
        self.assert_reports("lib/libc.so", "link")

    def test_a_file_that_not_every_user_may_read(self) -> None:
        (self.package / "weights").write_text("numbers")
        (self.package / "weights").chmod(0o600)
        self.assert_reports("weights", "may not read")

    def test_a_program_that_cannot_be_started(self) -> None:
        (self.package / "bootstrap").chmod(0o644)
        self.assert_reports("bootstrap", "may not start")
        (self.package / "bootstrap").write_text("#!/bin/sh\n")
        self.assert_reports("bootstrap", "not a program")

    def test_a_truncated_program(self) -> None:
        os.truncate(self.package / "bootstrap", 40)
        found = self.found()
        self.assertTrue(any("cannot be read" in problem for problem in found), found)

    def test_a_foreign_loader(self) -> None:
        library = self.library("libc.so.6", "GLIBC_2.34")
        compile_to(
            self.package / "bootstrap", "void call(void); void _start(void) { call(); }",
            "-pie", "-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1", str(library),
        )  # fmt: skip
        self.assert_reports("ld-musl", "bootstrap")

    def test_packages_and_template_have_the_same_programs(self) -> None:
        self.assertIn("get_me: is not built", list(check.problems(self.packages, ARCH, {"login", "get_me"})))
        (self.packages / "logout").mkdir()
        self.assert_reports("logout", "does not pack it")
        self.assertIn("login: is not built", list(check.problems(self.scratch / "nowhere", ARCH, {"login"})))
        self.assertTrue(list(check.problems(self.packages, ARCH, set())))

    def test_the_template_packs_the_programs_of_all_functions(self) -> None:
        programs = {name for path in (check.ROOT / "functions").glob("*/Cargo.toml") for name in BINARIES.findall(path.read_text())}
        self.assertEqual(check.programs(check.TEMPLATE.read_text()), programs)


class Portable(Compiler):
    """check_portable.py, for a folder of programs for other machines."""

    def setUp(self) -> None:
        super().setUp()
        self.folder = self.scratch / "portable"
        (self.folder / "bin").mkdir(parents=True)
        (self.folder / "lib").mkdir()

    def problems(self) -> list[str]:
        return list(check_portable.problems(self.folder, ARCH))

    def test_a_library_must_be_in_the_folder(self) -> None:
        self.assertEqual(len(self.problems()), 1, "an empty folder")
        library = self.library("libnew.so.1")
        self.program(self.folder / "bin" / "program", library)
        (problem,) = self.problems()
        self.assertIn("libnew.so.1", problem)
        shutil.copy(library, self.folder / "lib")
        self.assertEqual(self.problems(), [])

    def test_a_symbol_newer_than_the_oldest_glibc_is_reported(self) -> None:
        self.program(self.folder / "bin" / "program", self.library("libc.so.6", "GLIBC_2.36"))
        (problem,) = self.problems()
        self.assertIn("GLIBC_2.36", problem)


if __name__ == "__main__":
    unittest.main()
