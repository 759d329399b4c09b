"""Each probe of needs.sh reports an insufficient machine.

    python infra/setup/test_needs.py

Bash runs the probes with a separate PATH, on which a program is missing, broken or too old. This machine itself is the
sufficient one.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import tomllib
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NEEDS = HERE / "needs.sh"
# The programs that the probes call. Others are missing unless a test adds them.
BASE = ("awk", "cat", "date", "df", "dirname", "env", "head", "mktemp", "rm", "sed", "sort", "timeout", "uname")


class Machine:
    """A PATH with only these programs. Fake programs are bash scripts."""

    def __init__(self, folder: str) -> None:
        self.bin = Path(folder, "bin")
        self.bin.mkdir()
        self.env: dict[str, str] = {}
        # Bash is called by its absolute path, so that its folder is not on the PATH.
        self.bash = shutil.which("bash") or "/bin/bash"
        self.real(*BASE, "bash")

    def real(self, *programs: str) -> Machine:
        for program in programs:
            found = shutil.which(program)
            assert found, f"{program} is missing on this machine"
            wrapper = f'#!{self.bash}\nPATH={os.environ["PATH"]} exec {found} "$@"\n'
            self.write(program, wrapper)
        return self

    def fake(self, program: str, script: str) -> Machine:
        return self.write(program, f"#!{self.bash}\n{script}\n")

    def write(self, program: str, text: str) -> Machine:
        file = self.bin / program
        file.write_text(text)
        file.chmod(0o755)
        return self

    def probe(self, *call: str) -> tuple[int, str]:
        words = " ".join(f"'{word}'" for word in call)
        done = subprocess.run(
            [self.bash, "-c", f"set -euo pipefail; . '{NEEDS}'; if {words}; then exit 0; else exit 1; fi"],
            env={"PATH": str(self.bin), "HOME": str(self.bin), "TMPDIR": tempfile.gettempdir()} | self.env,
            capture_output=True, text=True, check=False,
        )
        return done.returncode, (done.stdout + done.stderr).strip()


class Needs(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.machine = Machine(folder.name)

    def assert_missing(self, need: str, *expected: str) -> None:
        code, output = self.machine.probe(*need.split())
        self.assertEqual((code, len(output.splitlines())), (1, 1), output)
        for part in expected:
            self.assertIn(part, output)

    def assert_found(self, need: str) -> None:
        code, output = self.machine.probe(*need.split())
        self.assertEqual((code, len(output.splitlines())), (0, 1), output)

    def test_rust(self) -> None:
        self.assert_missing("need_rust", "cargo is missing")
        # rustup without a toolchain.
        self.machine.fake("cargo", "echo 'error: no default toolchain'; exit 1").fake("rustc", "exit 1")
        self.assert_missing("need_rust", "does not run")
        self.machine.fake("cargo", "echo 'cargo 1.94.1 (abc 2026-01-01)'").fake("rustc", "echo rustc 1.94.1")
        self.assert_missing("need_rust", "Rust 1.94.1", "or newer")
        self.machine.fake("cargo", "echo 'cargo 1.100.0 (abc 2026-01-01)'")
        self.assert_found("need_rust")

    def test_a_compiler(self) -> None:
        self.assert_missing("need_compiler", "cc is missing")
        # Debian's gcc without libc6-dev.
        self.machine.fake("cc", "echo 'probe.c:1:10: fatal error: math.h: No such file or directory' >&2; exit 1")
        self.assert_missing("need_compiler", "math.h")
        self.machine.fake("cc", "exit 0")
        self.assert_missing("need_compiler", "cannot create programs")
        self.machine.real("cc")
        self.assert_found("need_compiler")

    def test_python(self) -> None:
        self.assert_missing("need_python", "python3 is missing")
        self.machine.fake("python3", "echo 3.9")
        self.assert_missing("need_python", "Python 3.9; 3.11 or newer")
        # Debian's python3 without python3-venv.
        self.machine.fake("python3", 'case $* in *ensurepip*) exit 1 ;; esac; echo 3.13')
        self.assert_missing("need_python", "cannot create virtual environments")
        self.machine.real("python3")
        self.assert_found("need_python")

    def test_node(self) -> None:
        self.assert_missing("need_node", "node is missing")
        self.machine.fake("node", "echo v18.19.0")
        self.assert_missing("need_node", "npm is missing")
        self.machine.fake("npm", "echo 'ERROR: npm v11.0.0 is known not to run on Node.js v18.19.0.' >&2; exit 1")
        self.assert_missing("need_node", "npm does not run with Node.js v18.19.0")
        self.machine.fake("npm", "echo 'npm warn cli npm v11 does not support Node.js v18.19.0.' >&2; echo 11.0.0")
        self.assert_missing("need_node", "does not support")
        self.machine.fake("npm", "echo 6.14.4")
        self.assert_missing("need_node", "npm 6.14.4; 7 or newer")
        self.machine.fake("npm", "echo 9.2.0")
        self.assert_found("need_node")

    def test_pkg_config(self) -> None:
        self.assert_missing("need_pkg_config", "missing")

    def write_pkg_config(self, version: str) -> None:
        """A pkg-config file for each of FFmpeg's libraries, all of them with the version of libavutil."""
        folder = self.folder / "pkgconfig"
        folder.mkdir(exist_ok=True)
        for name in ("avutil", "avcodec", "avformat", "avfilter", "swscale", "swresample"):
            text = f"Name: lib{name}\nDescription: a test's\nVersion: {version}\nLibs: -l{name}\nCflags:\n"
            (folder / f"lib{name}.pc").write_text(text)
        self.machine.env["PKG_CONFIG_LIBDIR"] = str(folder)

    def test_ffmpeg_libraries(self) -> None:
        self.assert_missing("need_ffmpeg_libraries", "pkg-config is missing")
        self.machine.real("pkg-config", "cc")
        self.assert_found("need_ffmpeg_libraries")
        self.machine.env["PKG_CONFIG_LIBDIR"] = str(self.folder)
        self.assert_missing("need_ffmpeg_libraries", "headers are missing: libavutil libavcodec")
        self.write_pkg_config("56.70.100")
        self.assert_missing("need_ffmpeg_libraries", "libavutil 56.70.100 is not of FFmpeg 5.1 to 8")
        self.write_pkg_config("61.1.100")
        self.assert_missing("need_ffmpeg_libraries", "libavutil 61.1.100 is not of FFmpeg 5.1 to 8")

    def test_ffmpeg_libraries_are_linked_and_have_the_encoders(self) -> None:
        self.machine.real("pkg-config")
        self.assert_missing("need_ffmpeg_libraries", "there is no C compiler")
        real = shutil.which("cc")
        # The headers are not in the folder that pkg-config prints.
        self.machine.fake("cc", f'case $* in *-lavcodec*) echo "libavcodec/avcodec.h: No such file" >&2; exit 1 ;; esac; PATH=/usr/bin:/bin exec {real} "$@"')
        self.assert_missing("need_ffmpeg_libraries", "avcodec.h")
        # Stands for libraries that were built without an encoder.
        self.machine.real("cc")
        done = subprocess.run(
            [self.machine.bash, "-c", f". '{NEEDS}'; ffmpeg_encoders+=' no_such_encoder'; need_ffmpeg_libraries"],
            capture_output=True, text=True, check=False,
        )
        self.assertEqual(done.returncode, 1)
        self.assertIn("no encoder no_such_encoder", done.stdout)

    def test_ffmpegs_encoders_are_those_of_the_sinks(self) -> None:
        named = re.search(r'^ffmpeg_encoders="(.*)"$', NEEDS.read_text(), re.MULTILINE)
        assert named
        sources = "".join(file.read_text() for file in (ROOT / "shared/video/src/sink").glob("*.rs"))
        self.assertEqual(set(named[1].split()), set(re.findall(r'\bencoder: "(\w[\w-]*)"', sources)))

    def test_libclang(self) -> None:
        self.assert_missing("need_libclang", "there is no Python")
        self.machine.real("python3")
        self.assert_found("need_libclang")
        here = self.folder / "lib"
        here.mkdir()
        self.machine.env["LIBCLANG_PATH"] = str(here)
        self.assert_missing("need_libclang", "libclang is missing")
        # Debian's package libclang-cpp14 alone.
        (here / "libclang-cpp.so.14").write_bytes(b"\x7fELF\x02")
        self.assert_missing("need_libclang", "libclang is missing")
        (here / "libclang.so").write_text("INPUT(-lclang)")
        self.assert_missing("need_libclang", "cannot be used", "libclang.so")
        (here / "libclang.so").unlink()
        # A library that is not libclang, under its name.
        done = subprocess.run(["cc", "-shared", "-x", "c", "/dev/null", "-o", str(here / "libclang.so.1")], check=False)
        self.assertEqual(done.returncode, 0)
        self.assert_missing("need_libclang", "cannot be used", "clang_createIndex")

    def test_libclang_without_its_headers(self) -> None:
        # A fake of Debian's libclang1-14 without libclang-common-14-dev, because hiding the real headers would need root.
        source = """
            void *clang_createIndex(int a, int b) { return &clang_createIndex; }
            void *clang_parseTranslationUnit(void) { return &clang_createIndex; }
            unsigned clang_getNumDiagnostics(void *unit) { return 1; }
            void *clang_getDiagnostic(void *unit, unsigned number) { return unit; }
            int clang_getDiagnosticSeverity(void *diagnostic) { return 4; }
        """
        command = ["cc", "-shared", "-fPIC", "-w", "-x", "c", "-", "-o", str(self.folder / "libclang.so.1")]
        subprocess.run(command, input=source, text=True, check=True)
        self.machine.real("python3")
        self.machine.env["LIBCLANG_PATH"] = str(self.folder)
        self.assert_missing("need_libclang", "cannot be used", "does not find the C headers")

    def test_ffmpeg_programs(self) -> None:
        self.assert_missing("need_ffmpeg_programs", "ffmpeg is missing")
        self.machine.fake("ffmpeg", "echo 'error while loading shared libraries: libx264.so' >&2; exit 127")
        self.assert_missing("need_ffmpeg_programs", "does not run", "libx264.so")
        self.machine.fake("ffmpeg", "echo ffmpeg version 7.1 Copyright")
        self.assert_missing("need_ffmpeg_programs", "ffprobe is missing")

    def test_a_disk(self) -> None:
        self.assert_missing(f"need_disk {self.folder}/not/there/yet 100000000", "are free")
        self.assert_found(f"need_disk {self.folder}/not/there/yet 0")

    def test_a_port(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            # Without Python and with it.
            self.assert_missing(f"need_port {port} PORT", "is not available", "choose another with PORT")
            self.machine.real("python3")
            self.assert_missing(f"need_port {port} PORT", "is not available", "choose another with PORT")
        self.assert_found(f"need_port {port} PORT")

    def test_chromium(self) -> None:
        self.machine.env["CHROMIUM"] = str(self.folder / "none")
        self.assert_missing("need_chromium", "there is no")
        # Ubuntu's package: a script that requires a snap.
        self.machine.fake("chromium", "echo 'requires the chromium snap to be installed' >&2; exit 1")
        self.machine.env["CHROMIUM"] = str(self.machine.bin / "chromium")
        self.assert_missing("need_chromium", "shows no page")

    def test_every_need_has_debian_packages_except_a_few(self) -> None:
        needs = re.findall(r"^need_(\w+)\(\)", NEEDS.read_text(), re.MULTILINE)
        # These are not Debian packages.
        own = {"rust", "node", "disk", "port"}
        for need in set(needs) - own:
            code, output = self.machine.probe("packages_for", need)
            self.assertEqual(code, 0, need)
            self.assertTrue(output, need)
        self.assertEqual(self.machine.probe("packages_for", "nothing")[0], 1)


class Rust(unittest.TestCase):
    def test_the_oldest_rust_is_the_pinned_one(self) -> None:
        promised = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["rust-version"]
        pinned = tomllib.loads((ROOT / "rust-toolchain.toml").read_text())["toolchain"]["channel"]
        self.assertEqual(pinned, f"{promised}.0")
        self.assertIn(f"/rust:{pinned}-", (ROOT / ".devcontainer/Dockerfile").read_text())


if __name__ == "__main__":
    sys.exit(unittest.main())
