"""`make doctor` on machines that lack one thing or all of them.

    python infra/setup/test_doctor.py

As in test_needs.py, a machine is a PATH with chosen programs. The probes are tested there; these tests check the page: the
words, the commands and the exit status.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from test_needs import HERE, Machine

DOCTOR = HERE / "doctor.sh"
# The programs on the path that `make up` requires.
WHOLE = ("cargo", "rustc", "node", "npm", "python3", "cc", "pkg-config", "ffmpeg", "ffprobe")


def free_ports() -> list[int]:
    with socket.socket() as one, socket.socket() as two, socket.socket() as three:
        for taken in (one, two, three):
            taken.bind(("127.0.0.1", 0))
        return [taken.getsockname()[1] for taken in (one, two, three)]


class Doctor(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name, "home")
        self.machine = Machine(folder.name).real("grep", "flock")
        ports = zip(("PORT", "SANSFOND_CLOUD_PORT", "SANSFOND_BATCH_PORT"), map(str, free_ports()), strict=True)
        # Chromium takes seconds, and most of these tests do not need it.
        self.machine.env |= {"SANSFOND_HOME": str(self.home), "CHROMIUM": "/none", "AWS_EC2_METADATA_DISABLED": "true"} | dict(ports)
        # An ordinary user, on a system without Debian packages.
        self.machine.fake("id", "echo 1000")

    def complete_machine(self) -> Machine:
        """A machine that has everything, with fakes of the slow programs."""
        self.machine.real(*WHOLE)
        self.machine.fake("node", "echo v22.22.0").fake("npm", "echo 11.0.0").fake("cargo", "echo cargo 1.999.0").fake("rustc", "echo rustc 1.999.0")
        self.machine.fake("ffmpeg", "echo ffmpeg version 7").fake("ffprobe", "echo ffprobe version 7")
        # A compiler whose programs print 1, as the probe expects.
        self.machine.fake("cc", "printf '#!%s\necho 1\n' \"$BASH\" >\"$2\"; chmod +x \"$2\"").real("chmod")
        real = f'PATH={os.environ["PATH"]} exec {sys.executable} "$@"'
        return self.machine.fake("python3", f'case $* in *probe_libclang*) echo libclang, made up ;; *) {real} ;; esac')

    def run_doctor(self) -> tuple[int, str]:
        done = subprocess.run(
            [self.machine.bash, str(DOCTOR)], env={"PATH": str(self.machine.bin), "HOME": os.environ["HOME"]} | self.machine.env,
            capture_output=True, text=True, check=False,
        )
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def assert_line(self, page: str, word: str, about: str) -> str:
        """Asserts that the page has a line with this word and subject. Returns the command below it."""
        found = re.search(rf"^  {word} +.*{about}.*\n(?: {{11}}(.*)\n)?", page, re.MULTILINE)
        self.assertTrue(found, f"no “{word} … {about}” in:\n{page}")
        return found[1] or ""

    def test_a_machine_that_has_everything(self) -> None:
        # The machine on which the tests run.
        self.machine.real(*WHOLE)
        code, page = self.run_doctor()
        self.assertEqual(code, 0, page)
        self.assertIn("make up can work here.", page)
        for heading in ("Running: make up", "Testing: make test", "Deploying: make deploy"):
            self.assertIn(heading, page)
        self.assertNotIn("\033", page)
        self.assert_line(page, "ok", "libclang")
        self.assertEqual(self.assert_line(page, "later", "the model"), "make up installs it")

    def test_a_machine_that_has_nothing(self) -> None:
        code, page = self.run_doctor()
        self.assertEqual(code, 1, page)
        for about in ("cargo", "node", "python3", "C compiler", "pkg-config", "libclang"):
            self.assert_line(page, "missing", about)
        self.assertRegex(page, r"make up cannot work here: \d+ missing\.")

    def test_what_only_the_user_can_install(self) -> None:
        for program, about, command in (
            ("cargo", "cargo is missing", "rustup toolchain install stable"),
            ("node", "node is missing", "install Node.js 20"),
            ("python3", "python3 is missing", "install Python 3.11"),
        ):
            with self.subTest(program):
                self.complete_machine().bin.joinpath(program).unlink()
                code, page = self.run_doctor()
                self.assertEqual(code, 1, page)
                self.assertIn(command, self.assert_line(page, "missing", about))

    def test_packages_are_later_if_make_can_install_them(self) -> None:
        self.complete_machine().bin.joinpath("cc").unlink()
        code, page = self.run_doctor()
        self.assertEqual(code, 1, page)
        self.assertIn("as root: apt-get install gcc libc6-dev", self.assert_line(page, "missing", "C compiler"))
        # As root on Debian, make can install it.
        self.machine.fake("apt-get", "exit 1").fake("id", "echo 0")
        code, page = self.run_doctor()
        self.assertEqual(code, 0, page)
        self.assertIn("make up installs it: apt-get install gcc libc6-dev", self.assert_line(page, "later", "C compiler"))
        # Without root, make needs sudo.
        self.machine.fake("id", "echo 1000")
        self.assertEqual(self.run_doctor()[0], 1)
        self.machine.fake("sudo", "exit 1")
        self.assertEqual(self.run_doctor()[0], 0)

    def test_tools_for_tests_are_not_needed_for_running(self) -> None:
        self.complete_machine().bin.joinpath("ffprobe").unlink()
        code, page = self.run_doctor()
        self.assertEqual(code, 0, page)
        self.assert_line(page, "missing", "ffprobe")
        self.assert_line(page, "missing", "there is no /none")
        self.assertIn("make test cannot work here yet.", page)

    def test_a_port_that_is_taken(self) -> None:
        self.complete_machine()
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            self.machine.env["PORT"] = str(taken.getsockname()[1])
            code, page = self.run_doctor()
            self.assertEqual(code, 1, page)
            self.assertRegex(self.assert_line(page, "missing", "port .* is not available"), r"^PORT=\d+ make up$")
            # This checkout's own local cloud may use the port.
            lock = self.home / "local/lock"
            lock.parent.mkdir(parents=True)
            with lock.open("w") as held:
                fcntl.flock(held, fcntl.LOCK_EX)
                code, page = self.run_doctor()
                self.assertEqual(code, 0, page)
                self.assert_line(page, "ok", "local cloud is running")
            self.assertEqual(self.run_doctor()[0], 1)
            # The port of the last start must be free, like a given one. Otherwise the next free port is used.
            port = self.machine.env.pop("PORT")
            (self.home / "local/ports.json").write_text(f'{{"door":{port},"cloud":{port},"batch":{port}}}')
            code, page = self.run_doctor()
            self.assertEqual(code, 1, page)
            self.assert_line(page, "missing", f"port {port} is not available")
            (self.home / "local/ports.json").unlink()
            for name in ("SANSFOND_CLOUD_PORT", "SANSFOND_BATCH_PORT"):
                del self.machine.env[name]
            code, page = self.run_doctor()
            self.assertEqual(code, 0, page)
            self.assertRegex(page, r"ok +port 8080 is (free|taken; make up takes the next)")

    def test_deploying(self) -> None:
        _, page = self.complete_machine() and self.run_doctor()
        self.assertEqual(self.assert_line(page, "missing", "OperatorEmail=operator@example.com"), "edit samconfig.toml")
        self.assertEqual(self.assert_line(page, "later", "sam is not installed"), "make deploy installs it")
        self.assert_line(page, "later", "credentials have not been checked yet")
        # With the environment that can check them.
        python = self.home / "venv/cloud/bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!{self.machine.bash}\nPATH={os.environ["PATH"]} exec {sys.executable} "$@"\n')
        python.chmod(0o755)
        self.machine.env |= {"AWS_CONFIG_FILE": "/none", "AWS_SHARED_CREDENTIALS_FILE": "/none"}
        self.assertIn("make preflight", self.assert_line(self.run_doctor()[1], "missing", "there are no AWS credentials"))
        self.machine.env |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
        self.assert_line(self.run_doctor()[1], "ok", r"AWS credentials \(env\)")

    def test_colors_are_only_for_terminals_that_support_them(self) -> None:
        for more, coloured in (({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"TERM": "xterm", "NO_COLOR": "1"}, False)):
            with self.subTest(more):
                ours, theirs = pty.openpty()
                with os.fdopen(theirs, "w") as terminal:
                    subprocess.run(
                        [self.machine.bash, str(DOCTOR)], stdout=terminal, stderr=terminal, check=False,
                        env={"PATH": str(self.machine.bin), "HOME": os.environ["HOME"]} | self.machine.env | more,
                    )
                    output = os.read(ours, 65536)
                os.close(ours)
                self.assertEqual(b"\033[31m" in output, coloured, output)

    def test_make_doctor_works_before_anything_is_installed(self) -> None:
        make = shutil.which("make")
        assert make
        self.complete_machine().real("find", "make")
        done = subprocess.run(
            [make, "-C", str(HERE.parents[1]), "doctor", f"SHELL={self.machine.bash}"],
            env={"PATH": str(self.machine.bin), "HOME": os.environ["HOME"]} | self.machine.env, capture_output=True, text=True, check=False,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertFalse(self.home.exists(), "make doctor installed something")


if __name__ == "__main__":
    unittest.main()
