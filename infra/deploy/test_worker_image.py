"""The worker's image is built, tagged with its hash and pushed once. Tested without Docker and AWS."""

from __future__ import annotations

import base64
import sys
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent))

import deploy
import worker_image
from stage import Failed, Stage

REPOSITORY = "210987654321.dkr.ecr.eu-west-3.amazonaws.com/sansfond-worker"
IMAGE = "0123456789abcdef" * 4


class Missing(Exception):
    """ECR's error for an image that does not exist."""


class Registry:
    """The calls of ECR that `push` needs."""

    def __init__(self, tags: set[str]) -> None:
        self.tags = tags
        self.exceptions = mock.Mock(ImageNotFoundException=Missing)

    def describe_images(self, repositoryName: str, imageIds: list[dict[str, str]]) -> None:
        assert repositoryName == "sansfond-worker"
        if imageIds[0]["imageTag"] not in self.tags:
            raise Missing

    def get_authorization_token(self) -> dict[str, Any]:
        return {"authorizationData": [{"authorizationToken": base64.b64encode(b"AWS:secret").decode()}]}


class Pushing(unittest.TestCase):
    def pushed(self, tool: list[str], tags: set[str]) -> tuple[str, list[list[str]], list[str | None]]:
        commands: list[list[str]] = []
        inputs: list[str | None] = []

        def run(command: list[str], failed: str, **options: Any) -> str:
            commands.append(command)
            inputs.append(options.get("input"))
            return f"sha256:{IMAGE}" if "inspect" in command or "images" in command else ""

        with mock.patch.multiple(worker_image, run=run, builder=lambda: tool):
            return worker_image.push(REPOSITORY, Registry(tags)), commands, inputs

    def test_the_tag_is_the_hash_of_the_image_with_both_tools(self) -> None:
        for tool in (["docker"], worker_image.BUILDAH):
            name, commands, inputs = self.pushed(tool, set())
            self.assertEqual(name, f"{REPOSITORY}:{IMAGE[:16]}")
            self.assertEqual(commands[0][0], "infra/release/worker_image.sh")
            self.assertIn("push", commands[-1])
            self.assertIn(name, commands[-1][-1])
            self.assertEqual([given for given in inputs if given], ["secret"])
            self.assertFalse([word for command in commands for word in command if "secret" in word], "on a command line")

    def test_an_existing_image_is_not_pushed_again(self) -> None:
        name, commands, _ = self.pushed(["docker"], {IMAGE[:16]})
        self.assertEqual(name, f"{REPOSITORY}:{IMAGE[:16]}")
        self.assertFalse([command for command in commands if "push" in command or "login" in command])

    def test_a_failed_step_ends_the_deployment(self) -> None:
        with self.assertRaisesRegex(Failed, "could not be built"):
            worker_image.run(["false"], "could not be built")
        with self.assertRaisesRegex(Failed, "could not be built: no-such-program"):
            worker_image.run(["no-such-program"], "could not be built")


class Deploying(unittest.TestCase):
    """The values of WorkerImage, one for each deployment of the service."""

    def deployed(self, outputs: list[dict[str, str]]) -> list[str]:
        images: list[str] = []
        stage = Stage("dev", "sansfond-dev", "eu-west-3", {"WorkerImage": worker_image.BUILD}, {})
        session = mock.MagicMock()
        session.client.return_value.get_parameter.return_value = {"Parameter": {"Value": "s", "Version": 1}}
        known = {"ApiUrl": "https://api.test", "BucketName": "b", "SiteUrl": deploy.NO_ORIGIN, "SiteBucketName": "s",
                 "DistributionId": "d", "DistributionName": "n"}
        here = mock.Mock(**{"was_rejected.return_value": False, "parameters.return_value": {}})
        here.outputs.side_effect = lambda name: known | (outputs[min(len(images), len(outputs) - 1)])
        with mock.patch.multiple(deploy, Stacks=lambda *_: here, publish=lambda *_: "", template=lambda _: {"Parameters": {}},
                                 to_json=lambda _: "", say=lambda _: None):
            deploy.deploy(stage, mock.Mock, session, lambda _, parameters: images.append(parameters["WorkerImage"]),
                          push_image=lambda repository, _: f"{repository}:1")
        return images

    def test_the_first_deployment_creates_the_repository_before_the_image(self) -> None:
        self.assertEqual(self.deployed([{}, {"WorkerRepositoryUri": REPOSITORY}]), ["", f"{REPOSITORY}:1"])

    def test_later_deployments_push_the_image_first(self) -> None:
        self.assertEqual(self.deployed([{"WorkerRepositoryUri": REPOSITORY}]), [f"{REPOSITORY}:1"])


if __name__ == "__main__":
    unittest.main()
