"""What run_package.py and lambda_machine.py promise, and that each promise can be broken. `make package-check` runs it.

The functions here are small programs in C, for this machine's own processor, in the same root and with the same
variables as the packaged ones.
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
    """A program in the place of a function's."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.package = Path(folder.name)
        self.package.chmod(0o755)
        self.machine = Machine(NATIVE, HOME / "package" / NATIVE / "root")

    def says(self, body: str, *options: str, environment: dict[str, str] | None = None) -> str:
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
        answers = self.says(tries, "-static").split()
        self.assertEqual(answers[-1], "0", "/tmp")
        self.assertNotIn("0", answers[:-1], dict(zip(paths, answers, strict=True)))
        self.assertEqual(self.says('printf("%d", access("/tmp/x", F_OK));', "-static"), "-1", "the /tmp before")

    def test_there_is_no_sys_and_nothing_of_this_machine(self) -> None:
        for path in ("/sys", "/home", "/usr/bin/env", "/bin/sh", str(check.ROOT)):
            self.assertEqual(self.says(f'printf("%d", access("{path}", F_OK));', "-static"), "-1", path)
        self.assertEqual(self.says('printf("%d", access("/proc/cpuinfo", R_OK));', "-static"), "0")

    def test_it_is_nobody_who_owns_anything(self) -> None:
        if os.environ[lambda_machine.IS_ROOT]:
            self.assertEqual(self.says('printf("%d", getuid());', "-static"), "993")

    def test_the_environment_is_lambdas_and_no_other(self) -> None:
        os.environ["SANSFOND_TEST_LEAK"] = "leaked"
        function = Function("one", "api", 128, {"SANSFOND_LOG": "info"})
        environment = Template.shipped().environment(function, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
        said = self.says("for (char **e = environ; *e; e++) puts(*e);", "-static", environment=environment)
        names = {line.split("=", 1)[0] for line in said.splitlines()}
        self.assertEqual(names, {*lambda_machine.LAMBDA, "_HANDLER", "SANSFOND_LOG", "AWS_ENDPOINT_URL"})
        self.assertIn("_HANDLER=one", said.splitlines())

    def test_a_library_that_the_package_lacks_is_not_found(self) -> None:
        self.assertEqual(self.says('puts("started");'), "started\n", "glibc is there")
        for library in ("libgcc_s.so.1", "libstdc++.so.6"):
            said = self.says('puts("started");', "-Wl,--no-as-needed", f"-l:{library}")
            self.assertIn(library, said)
            self.assertNotIn("started", said)


class Templates(unittest.TestCase):
    def test_every_function_of_the_template_is_read(self) -> None:
        template = Template.shipped()
        self.assertEqual(len(template.functions), lambda_machine.TEMPLATE.read_text().count("Type: AWS::Serverless::Function"))
        self.assertEqual(template.functions["login"].program, "api")
        self.assertEqual(template.functions["cut_out_upload"].memory_mb, 3008)

    def test_a_setting_that_nobody_knows_is_an_error(self) -> None:
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

    def test_only_what_the_api_promises_is_an_answer(self) -> None:
        check.success("get_me", self.answer(200))
        for status in (201, 401, 404, 500, 502):
            with self.assertRaises(check.Wrong):
                check.success("get_me", self.answer(status))

    def test_a_message_that_shall_come_again_is_none(self) -> None:
        check.success("cut_out_upload", check.Answer(1, "ok", b"{}"))
        with self.assertRaises(check.Wrong):
            check.success("cut_out_upload", check.Answer(1, "error", b"{}"))

    def test_a_refusal_must_be_the_one_that_is_expected(self) -> None:
        check.success("fetch_image", self.answer(400, {"code": "url_not_allowed"}))
        for answer in (self.answer(400, {"code": "invalid_request"}), self.answer(200, {})):
            with self.assertRaises(check.Wrong):
                check.success("fetch_image", answer)

    def test_a_picture_that_is_not_cut_out_is_none(self) -> None:
        picture = check.FIXTURES / "pictures" / f"{check.PICTURE}.png"
        with self.assertRaises(check.Wrong):
            check.cutout(picture.read_bytes(), False)
        opened = check.Image.open(picture).convert("RGB")
        with self.assertRaisesRegex(check.Wrong, "mean error"):
            check.cutout(png(opened, None), False)
        check.cutout(png(opened, check.Image.open(check.FIXTURES / "expected" / f"{check.PICTURE}.png").convert("L")), False)

    def test_one_function_that_fails_fails_the_whole(self) -> None:
        def step(package: object, caller: object) -> None:
            raise check.Unavailable("it ended")

        before = check.SPECIAL
        check.SPECIAL = {"login": step, "logout": lambda package, caller: None}
        self.addCleanup(setattr, check, "SPECIAL", before)
        package = check.Package.__new__(check.Package)
        package.callers = iter([{}, {}])
        with quiet():
            self.assertEqual(check.every(package, ["login", "logout"]), ["login: Unavailable: it ended"])


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
    lambda_machine.with_mounts_of_its_own()
    unittest.main()
