"""Pushes the image of the batch worker to the stack's repository, for a stage with `WorkerImage=build`.

The tag is the hash of the image, so an existing image is not pushed again, and the name in the stack states exactly which
image runs.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
from typing import Any

from stage import ROOT, Failed

# The value in samconfig.toml instead of an image name.
BUILD = "build"
LOCAL = "sansfond-batch-worker:latest"
BUILDAH = ["buildah", "--storage-driver", "vfs"]


def run(command: list[str], failed: str, **options: Any) -> str:
    try:
        done = subprocess.run(command, cwd=ROOT, check=False, text=True, stdout=subprocess.PIPE, **options)
    except OSError as error:
        raise Failed(f"{failed}: {command[0]}: {error.strerror}") from error
    if done.returncode:
        raise Failed(f"{failed}; the reason is above")
    return done.stdout.strip()


def builder() -> list[str]:
    """The tool that infra/release/image_builder.sh chooses."""
    if shutil.which("docker") and not subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        return ["docker"]
    if shutil.which("buildah"):
        return BUILDAH
    raise Failed("the worker's image needs Docker or buildah; install one, or remove WorkerImage")


def digest(tool: list[str]) -> str:
    """The hash of the image that was built last, in hex."""
    kind = ["image", "inspect", LOCAL, "--format", "{{.Id}}"] if tool == ["docker"] else ["images", "--no-trunc", "--quiet", LOCAL]
    return run([*tool, *kind], f"there is no image {LOCAL}").removeprefix("sha256:")[:16]


def push(repository: str, ecr: Any) -> str:
    """Builds the image, pushes it unless it exists there, and returns its name in the repository."""
    run(["infra/release/worker_image.sh", LOCAL], "the worker's image could not be built")
    tool = builder()
    tag = digest(tool)
    name = f"{repository}:{tag}"
    registry, _, path = repository.partition("/")
    try:
        ecr.describe_images(repositoryName=path, imageIds=[{"imageTag": tag}])
        return name
    except ecr.exceptions.ImageNotFoundException:
        pass
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, _, password = base64.b64decode(token).decode().partition(":")
    # On standard input, because every user of the machine can see command lines.
    run([*tool, "login", "--username", user, "--password-stdin", registry], "the login to ECR failed", input=password)
    if tool == ["docker"]:
        run([*tool, "tag", LOCAL, name], "the image cannot be tagged")
        run([*tool, "push", name], "the image could not be pushed")
    else:
        run([*tool, "push", LOCAL, f"docker://{name}"], "the image could not be pushed")
    return name
