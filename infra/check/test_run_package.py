"""Tests run_package.py and lambda_machine.py. `make package-check` runs this file.

The functions are small programs in C for this machine's processor, with the same root and variables as the packaged ones.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import unittest
from contextlib import contextmanager
from collections.abc import Iterator
from pathlib import Path

import lambda_machine
import run_package as check
from lambda_machine import NATIVE, Function, Machine, Template, Unusable

HOME = Path(os.environ["SANSFOND_HOME"]).resolve()
HEAD = "".join(f"#include <{name}.h>\n" for name in ("errno", "fcntl", "stdio", "unistd")) + "extern char **environ;\n"


class OnTheMachine(unittest.TestCase):
    """The environment that lambda_machine.py gives to a program."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.package = Path(folder.name)
        self.package.chmod(0o755)
        self.machine = Machine(NATIVE, HOME / "package" / NATIVE / "root")

    def run_program(self, body: str, *options: str, environment: dict[str, str] | None = None) -> str:
        source = f"{HEAD}int main(void) {{ {body} return 0; }}"
        command = ["cc", "-x", "c", "-", "-o", str(self.package / "bootstrap"), *options]
        subprocess.run(command, input=source, text=True, check=True)
        with self.machine.with_package(self.package) as start:
            done = subprocess.run(
                start, env=environment or {}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
            )
        return done.stdout

    def test_only_tmp_can_be_written(self) -> None:
        paths = ("/x", "/var/task/x", "/etc/x", "/dev/x", "/tmp/x")
        tries = "".join(f'printf("%d ", open("{path}", O_CREAT | O_WRONLY, 0600) >= 0 ? 0 : errno);' for path in paths)
        answers = self.run_program(tries, "-static").split()
        self.assertEqual(answers[-1], "0", "/tmp")
        self.assertNotIn("0", answers[:-1], dict(zip(paths, answers, strict=True)))
        self.assertEqual(self.run_program('printf("%d", access("/tmp/x", F_OK));', "-static"), "-1", "/tmp is new")

    def test_sys_and_the_files_of_this_machine_are_absent(self) -> None:
        for path in ("/sys", "/home", "/usr/bin/env", "/bin/sh", str(check.ROOT)):
            self.assertEqual(self.run_program(f'printf("%d", access("{path}", F_OK));', "-static"), "-1", path)
        self.assertEqual(self.run_program('printf("%d", access("/proc/cpuinfo", R_OK));', "-static"), "0")

    def test_the_program_runs_as_an_unprivileged_user(self) -> None:
        if os.environ[lambda_machine.IS_ROOT]:
            self.assertEqual(self.run_program('printf("%d", getuid());', "-static"), "993")

    def test_the_environment_has_the_variables_of_lambda_and_the_function_only(self) -> None:
        os.environ["SANSFOND_TEST_LEAK"] = "leaked"
        function = Function("one", "api", 128, {"SANSFOND_LOG": "info"})
        environment = Template.shipped().environment(function, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
        output = self.run_program("for (char **e = environ; *e; e++) puts(*e);", "-static", environment=environment)
        names = {line.split("=", 1)[0] for line in output.splitlines()}
        self.assertEqual(names, {*lambda_machine.LAMBDA, "_HANDLER", "SANSFOND_LOG", "AWS_ENDPOINT_URL"})
        self.assertIn("_HANDLER=one", output.splitlines())

    def test_a_library_that_the_package_lacks_is_not_found(self) -> None:
        self.assertEqual(self.run_program('puts("started");'), "started\n", "glibc is there")
        for library in ("libgcc_s.so.1", "libstdc++.so.6"):
            output = self.run_program('puts("started");', "-Wl,--no-as-needed", f"-l:{library}")
            self.assertIn(library, output)
            self.assertNotIn("started", output)


class Templates(unittest.TestCase):
    def test_every_function_of_the_template_is_read(self) -> None:
        template = Template.shipped()
        self.assertEqual(len(template.functions), lambda_machine.TEMPLATE.read_text().count("Type: AWS::Serverless::Function"))
        self.assertEqual(template.functions["login"].program, "api")
        self.assertEqual(template.functions["cut_out_upload"].memory_mb, 3008)

    def test_a_setting_without_a_value_is_an_error(self) -> None:
        template = Template.shipped()
        with self.assertRaisesRegex(Unusable, "SANSFOND_TABLE"):
            template.environment(template.functions["get_me"], {})

    def test_a_value_comes_from_the_parameters_and_mappings(self) -> None:
        template = Template.shipped()
        self.assertEqual(template.value({"Ref": "ImageHome"}), "/var/task")
        lease = {"Fn::FindInMap": ["Leases", {"Ref": "ImageTimeout"}, "Seconds"]}
        self.assertEqual(template.value(lease), "65")


class Answers(unittest.TestCase):
    def answer(self, status: int, body: object = None) -> check.Answer:
        content = json.dumps({"statusCode": status, "body": json.dumps(body)}).encode()
        return check.Answer(1, str(status), content)

    def test_only_a_documented_success_is_accepted(self) -> None:
        check.success("get_me", self.answer(200))
        for status in (201, 401, 404, 500, 502):
            with self.assertRaises(check.CheckFailed):
                check.success("get_me", self.answer(status))

    def test_an_error_of_a_queue_s_function_is_refused(self) -> None:
        check.success("cut_out_upload", check.Answer(1, "ok", b"{}"))
        with self.assertRaises(check.CheckFailed):
            check.success("cut_out_upload", check.Answer(1, "error", b"{}"))

    def test_only_the_expected_error_is_accepted(self) -> None:
        check.success("fetch_image", self.answer(400, {"code": "url_not_allowed"}))
        for answer in (self.answer(400, {"code": "invalid_request"}), self.answer(200, {})):
            with self.assertRaises(check.CheckFailed):
                check.success("fetch_image", answer)

    def test_an_image_that_is_not_cut_out_is_refused(self) -> None:
        picture = check.FIXTURES / "pictures" / f"{check.PICTURE}.png"
        with self.assertRaises(check.CheckFailed):
            check.cutout(picture.read_bytes(), False)
        opened = check.Image.open(picture).convert("RGB")
        with self.assertRaisesRegex(check.CheckFailed, "mean error"):
            check.cutout(png(opened, None), False)
        check.cutout(png(opened, check.Image.open(check.FIXTURES / "expected" / f"{check.PICTURE}.png").convert("L")), False)

    def test_a_failed_function_is_reported(self) -> None:
        def step(package: object, caller: object) -> None:
            raise check.Unavailable("it ended")

        before = check.SPECIAL
        check.SPECIAL = {"login": step, "logout": lambda package, caller: None}
        self.addCleanup(setattr, check, "SPECIAL", before)
        package = check.Package.__new__(check.Package)
        package.callers = iter([{}, {}])
        with quiet():
            self.assertEqual(check.run_all(package, ["login", "logout"]), ["login: Unavailable: it ended"])


def png(picture: check.Image.Image, matte: check.Image.Image | None) -> bytes:
    opened = picture.copy()
    opened.putalpha(matte if matte is not None else 255)
    stream = check.io.BytesIO()
    opened.save(stream, "PNG")
    return stream.getvalue()


@contextmanager
def quiet() -> Iterator[None]:
    out, err = sys.stdout, sys.stderr
    with open(os.devnull, "w") as nowhere:
        sys.stdout = sys.stderr = nowhere
        try:
            yield
        finally:
            sys.stdout, sys.stderr = out, err


if __name__ == "__main__":
    lambda_machine.enter_mount_namespace()
    unittest.main()
