"""The checks of `make rollout` before it deploys, and the command of SAM. test_edge.py tests the deployment."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import sys
import tempfile
import unittest
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent))

import deploy
import stage
from stage import Failed, Stage

STAGE = Stage("dev", "sansfond-dev", "eu-west-3", {"Architecture": "arm64", "Imprint": 'A "B" \\ C'}, {})


class Packages(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def build(self, name: str, machine: int, magic: bytes = b"\x7fELF") -> None:
        (self.folder / name).mkdir()
        (self.folder / name / "bootstrap").write_bytes(magic + bytes(14) + struct.pack("<H", machine) + bytes(40))

    def assert_refused(self, reason: str) -> None:
        with self.assertRaisesRegex(Failed, reason):
            deploy.check_packages(STAGE, self.folder)

    def test_nothing_built(self) -> None:
        self.assert_refused("nothing is built; make deploy STAGE=dev ARCH=arm64")

    def test_the_other_architecture(self) -> None:
        self.build("login", 183)
        deploy.check_packages(STAGE, self.folder)
        self.build("logout", 62)
        self.assert_refused("logout is built for x86_64, dev runs on arm64")

    def test_the_error_in_a_release_names_no_build_command(self) -> None:
        with mock.patch.object(stage, "RELEASE", self.folder):
            self.assert_refused("nothing is built; take the release for arm64, or change Architecture")

    def test_a_file_that_is_not_a_program(self) -> None:
        self.build("login", 183, b"#!/b")
        self.assert_refused("login is built for None")


class Built(unittest.TestCase):
    def test_the_site_of_a_deployment_is_marked_as_old(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            dist = Path(folder)
            routes = dist / "routes.json"
            routes.touch()
            with mock.patch.multiple(deploy, DIST=dist, read=lambda: "site"), \
                    mock.patch.object(deploy.subprocess, "run", return_value=mock.Mock(returncode=0)) as run:
                # A release contains its site.
                with mock.patch.object(deploy, "RELEASE", dist):
                    self.assertEqual(deploy.built_site(), "site")
                self.assertFalse(run.called)
                self.assertGreater(routes.stat().st_mtime, 0)
                self.assertEqual(deploy.built_site(), "site")
            self.assertEqual(run.call_args.kwargs["env"]["SITE_ORIGIN"], deploy.NO_ORIGIN)
            # For make, the site is now older than its sources; a running front door still serves it.
            self.assertEqual(routes.stat().st_mtime, 0)


class Releases(unittest.TestCase):
    def test_each_deployment_with_a_rollout_has_a_new_release_name(self) -> None:
        gradual = Stage("prod", "sansfond-prod", "eu-west-3", {"Rollout": "Canary10Percent10Minutes"}, {})
        moments = [datetime(2026, 12, 2, 10, 0, second, tzinfo=UTC) for second in (1, 2)]
        names = [deploy.release(gradual, moment)["Release"] for moment in moments]
        self.assertEqual(names, ["2026-12-02T10:00:01Z", "2026-12-02T10:00:02Z"])

    def test_without_a_rollout_there_is_no_release_name(self) -> None:
        at_once = Stage("dev", "sansfond-dev", "eu-west-3", {"Rollout": "AllAtOnce"}, {})
        for stage_ in (STAGE, at_once):
            self.assertEqual(deploy.release(stage_, datetime.now(UTC)), {})


class Sam(unittest.TestCase):
    def test_a_missing_sam_is_an_error(self) -> None:
        with mock.patch.object(deploy, "sam_program", lambda: None), self.assertRaisesRegex(Failed, "sam is missing"):
            deploy.sam_command(STAGE, {})

    def test_parameters_are_quoted_and_options_are_passed_on(self) -> None:
        with mock.patch.object(deploy, "sam_program", lambda: "/sam"):
            command = deploy.sam_command(STAGE, STAGE.service, ("--no-execute-changeset",))
        self.assertEqual(command[:5], ["/sam", "deploy", "--config-env", "dev", "--no-execute-changeset"])
        self.assertEqual(command[-1], 'Imprint="A \\"B\\" \\\\ C"')

    def test_the_options_of_the_command_line(self) -> None:
        deployed = mock.Mock(return_value="https://site.test")
        shown = mock.Mock()
        with mock.patch.multiple(deploy, check_packages=lambda _: None, deploy=deployed, show_changes=shown), \
                mock.patch.dict(os.environ, {"AWS_EC2_METADATA_DISABLED": "true"}), contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(deploy.main(["dev", "--yes", "--role=arn:x", "Domain=cut.test"]), 0)
            self.assertEqual(deploy.main(["prod", "--changes"]), 0)
        stage, _, _, service, role = deployed.call_args.args
        self.assertEqual((stage.edge["Domain"], role), ("cut.test", "arn:x"))
        self.assertEqual(service.keywords, {"options": ("--no-confirm-changeset", "--role-arn", "arn:x")})
        self.assertEqual(shown.call_args.args[0].name, "prod")
        self.assertEqual(deployed.call_count, 1)

    def test_changes_are_shown_and_not_executed(self) -> None:
        session, service = mock.MagicMock(), mock.Mock()
        session.client.return_value.get_parameter.return_value = {"Parameter": {"Value": "s", "Version": 1}}
        stacks = mock.Mock(**{"parameters.return_value": {"Domain": "cut.test"}})
        with mock.patch.object(deploy, "Stacks", lambda _: stacks):
            deploy.show_changes(STAGE, session, service)
        stage, parameters, options = service.call_args.args
        self.assertEqual((stage, parameters["SiteOrigin"], options), (STAGE, "https://cut.test", ("--no-execute-changeset",)))


if __name__ == "__main__":
    unittest.main()
