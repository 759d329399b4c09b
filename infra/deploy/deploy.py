"""Deploys a stage to AWS: the service to its region, the edge to us-east-1, the site to its bucket.

    python infra/deploy/deploy.py STAGE [--yes | --changes] [--role=ARN] [Domain=… and other parameters of edge.yaml]

`make rollout` calls it, as `make deploy` does after preflight and packages. `--yes` confirms the change set of a stage with
confirm_changeset; `--changes` only shows the changes to the service; `--role` is the role that CloudFormation assumes instead
of your identity. Stage, region and parameters are those of samconfig.toml: `[STAGE.deploy.parameters]` for template.yaml,
`[STAGE.edge.parameters]` for edge.yaml. This script adds the values that one stack needs from the other: the origin of the
site, the host of the API, and the secret secrets_of_edge them. The secret is created at the first deployment and stored in Parameter
Store. The site is built once, and its origin is inserted when it is known.

Deliberately absent: anything that `sam deploy` does for the main stack.
"""

from __future__ import annotations

import argparse
import os
import secrets
import struct
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError
from preflight import sam_program
from stage import RELEASE, ROOT, Failed, Stage, how_to_get, pairs
from worker_image import BUILD, push

sys.path.insert(0, str(ROOT / "infra/edge"))

from publish import publish
from site_files import DIST, NO_ORIGIN, ROUTES, Site, SiteError, read, template, to_json

PACKAGES = ROOT / "target/lambda"
# `e_machine` of an ELF file.
ARCHITECTURES = {183: "arm64", 62: "x86_64"}
# The default of `Rollout` in template.yaml.
ALL_AT_ONCE = "AllAtOnce"
# CloudFront takes certificates and firewalls only from here.
EDGE_REGION = "us-east-1"


def say(text: str) -> None:
    print(f"deploy: {text}", flush=True)


class Stacks:
    """CloudFormation in one region."""

    def __init__(self, client: Any, role: str = "") -> None:
        self.client = client
        self.role = {"RoleARN": role} if role else {}

    def find(self, name: str) -> dict[str, Any] | None:
        try:
            return self.client.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def outputs(self, name: str) -> dict[str, str]:
        stack = self.find(name) or {}
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def parameters(self, name: str) -> dict[str, str]:
        """The parameters of the last deployment, with stars in the place of secrets."""
        stack = self.find(name) or {}
        return {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}

    def remove_failed(self, name: str) -> None:
        """Deletes a stack whose creation failed, because it cannot be updated."""
        stack = self.find(name)
        if stack and stack["StackStatus"] == "ROLLBACK_COMPLETE":
            self.client.delete_stack(StackName=name, **self.role)
            self.client.get_waiter("stack_delete_complete").wait(StackName=name)

    def deploy(self, name: str, body: str, parameters: dict[str, str]) -> None:
        """Creates or updates a stack, and waits for it."""
        request = {
            "StackName": name,
            "TemplateBody": body,
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            **self.role,
        }
        self.remove_failed(name)
        stack = self.find(name)
        since = datetime.now(UTC)
        try:
            if stack:
                self.client.update_stack(**request)
            else:
                self.client.create_stack(**request)
            self.client.get_waiter("stack_update_complete" if stack else "stack_create_complete").wait(StackName=name)
        except WaiterError as error:
            raise Failed(f"{name}: {self.failure_reason(name, since) or error}") from error
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise

    def was_rejected(self, name: str, since: datetime) -> bool:
        """True if a change set was created since then and not executed: the user answered no."""
        if not self.find(name):
            return True
        changes = self.client.list_change_sets(StackName=name).get("Summaries", [])
        return any(one["ExecutionStatus"] == "AVAILABLE" and one["CreationTime"] >= since for one in changes)

    def failure_reason(self, name: str, since: datetime) -> str | None:
        """The first resource that failed, and its reason."""
        events = self.client.describe_stack_events(StackName=name)["StackEvents"]
        failed = [one for one in events if one["ResourceStatus"].endswith("_FAILED") and one["Timestamp"] >= since]
        if not failed:
            return None
        return f"{failed[-1]['LogicalResourceId']}: {failed[-1].get('ResourceStatusReason', 'no reason')}"


def edge_secrets(ssm: Any, stage: Stage) -> dict[str, str]:
    """The parameters EdgeSecret, which CloudFront sends to the functions and which is created once, and EdgeSecretPrevious.

    The functions accept both, because CloudFront receives a new secret minutes later than they do.
    """
    name = f"/{stage.stack}/edge-secret"
    try:
        parameter = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    except ssm.exceptions.ParameterNotFound:
        secret = secrets.token_hex(32)
        about = "The secret that CloudFront sends to the functions. To change it, overwrite it and deploy."
        ssm.put_parameter(Name=name, Value=secret, Type="SecureString", Description=about)
        return {"EdgeSecret": secret, "EdgeSecretPrevious": ""}
    previous = ""
    if parameter["Version"] > 1:
        before = ssm.get_parameter(Name=f"{name}:{parameter['Version'] - 1}", WithDecryption=True)
        previous = before["Parameter"]["Value"]
    return {"EdgeSecret": parameter["Value"], "EdgeSecretPrevious": previous}


def check_packages(stage: Stage, folder: Path = PACKAGES) -> None:
    """Checks that there are programs, and that they are for the architecture of the stage."""
    wanted = stage.service.get("Architecture", "arm64")
    programs = sorted(folder.glob("*/bootstrap"))
    if not programs:
        raise Failed(f"nothing is built; {how_to_get(wanted, stage.name)}")
    for program in programs:
        with program.open("rb") as file:
            head = file.read(20)
        built = ARCHITECTURES.get(struct.unpack("<H", head[18:20])[0]) if head[:4] == b"\x7fELF" else None
        if built != wanted:
            raise Failed(f"{program.parent.name} is built for {built}, {stage.name} runs on {wanted}; {how_to_get(wanted, stage.name)}")


def release(stage: Stage, now: datetime) -> dict[str, str]:
    """The parameter Release, a new name for each deployment, if the stage rolls out versions of its functions.

    Other stages have none, so that a deployment without changes stays without changes.
    """
    return {} if stage.service.get("Rollout", ALL_AT_ONCE) == ALL_AT_ONCE else {"Release": f"{now:%Y-%m-%dT%H:%M:%SZ}"}


def sam_command(stage: Stage, parameters: dict[str, str], options: tuple[str, ...] = ()) -> list[str]:
    """The command of SAM. The parameters replace all of samconfig.toml's."""
    program = sam_program()
    if not program:
        raise Failed("sam is missing; make preflight shows how to install it")
    # With SAM's quotation marks, because an imprint contains spaces.
    quoted = {key: value.replace("\\", "\\\\").replace('"', '\\"') for key, value in parameters.items()}
    overrides = [f'{key}="{value}"' for key, value in quoted.items()]
    return [program, "deploy", "--config-env", stage.name, *options, "--parameter-overrides", *overrides]


def sam_deploy(stage: Stage, parameters: dict[str, str], options: tuple[str, ...] = ()) -> None:
    """Deploys the main stack with SAM, which handles the packages."""
    if subprocess.run(sam_command(stage, parameters, options), cwd=ROOT, check=False).returncode:
        raise Failed("sam deploy failed; its output is above")


def show_changes(stage: Stage, session: Any, deploy_service: Any = sam_deploy) -> None:
    """Prints the changes of a deployment to the service, according to CloudFormation. The edge has no such list."""
    secrets_of_edge = edge_secrets(session.client("ssm", region_name=stage.region), stage)
    edge = Stacks(session.client("cloudformation", region_name=EDGE_REGION))
    domain = (edge.parameters(stage.edge_stack) | stage.edge).get("Domain")
    origin = f"https://{domain}" if domain else edge.outputs(stage.edge_stack).get("SiteUrl", NO_ORIGIN)
    parameters = stage.service | secrets_of_edge | {"SiteOrigin": origin} | release(stage, datetime.now(UTC))
    if parameters.get("WorkerImage") == BUILD:
        # Only a deployment builds the image.
        here = Stacks(session.client("cloudformation", region_name=stage.region))
        parameters["WorkerImage"] = here.parameters(stage.stack).get("WorkerImage", "")
    deploy_service(stage, parameters, ("--no-execute-changeset",))


def built_site() -> Site:
    """Builds the site, before its origin is known; a release contains it."""
    if RELEASE.exists():
        return read()
    command = ["npm", "run", "--silent", "--prefix", "frontend", "build"]
    if subprocess.run(command, cwd=ROOT, check=False, env=os.environ | {"SITE_ORIGIN": NO_ORIGIN}).returncode:
        raise Failed("the site could not be built; the reason is above")
    site = read()
    # The site with that address is only for this deployment: mark it as old, so that `make up` builds its own.
    os.utime(DIST / ROUTES, (0, 0))
    return site


def deploy(
    stage: Stage, build_site: Callable[[], Site], session: Any, deploy_service: Any = sam_deploy, role: str = "",
    push_image: Callable[[str, Any], str] = push,
) -> str:
    """Deploys everything. Returns the address of the site."""
    clients = {
        name: session.client(name, region_name=region)
        for name, region in (("ssm", stage.region), ("s3", EDGE_REGION), ("cloudfront", EDGE_REGION))
    }
    here = Stacks(session.client("cloudformation", region_name=stage.region), role)
    edge = Stacks(session.client("cloudformation", region_name=EDGE_REGION), role)
    # `sam deploy` refuses a stack whose creation failed.
    here.remove_failed(stage.stack)
    secrets_of_edge = edge_secrets(clients["ssm"], stage)

    # Parameters that are not given stay: a deployment without DOMAIN must not remove the domain from the site.
    chosen = edge.parameters(stage.edge_stack) | stage.edge
    domain = chosen.get("Domain")
    before = edge.outputs(stage.edge_stack).get("SiteUrl", NO_ORIGIN)
    origin = f"https://{domain}" if domain else before
    site = build_site()
    document = template(site)
    chosen = {key: value for key, value in chosen.items() if key in document["Parameters"] or key in stage.edge}

    builds = stage.service.get("WorkerImage") == BUILD

    def worker() -> str:
        """Builds the worker's image; not before the first deployment, which creates its repository."""
        repository = here.outputs(stage.stack).get("WorkerRepositoryUri")
        if not repository:
            return ""
        say("the worker's image; with CUDA it is large, and the push takes minutes")
        return push_image(repository, session.client("ecr", region_name=stage.region))

    image = {"WorkerImage": worker()} if builds else {}

    def deploy_service_for(origin: str) -> None:
        since = datetime.now(UTC)
        deploy_service(stage, stage.service | image | secrets_of_edge | {"SiteOrigin": origin} | release(stage, since))
        # `sam deploy` reports success if the user answers no.
        if here.was_rejected(stage.stack, since):
            raise Failed("the service was not deployed, so neither edge nor site was changed")

    say(f"the service, for {origin}")
    deploy_service_for(origin)
    if builds and not image["WorkerImage"]:
        image["WorkerImage"] = worker()
        say("the service again, with videos")
        deploy_service_for(origin)
    service = here.outputs(stage.stack)

    say("the edge; the first time takes minutes, longer with a new certificate")
    parameters = chosen | {
        "ApiHost": urlsplit(service["ApiUrl"]).hostname,
        "BucketOrigin": f"https://{service['BucketName']}.s3.{stage.region}.amazonaws.com",
        "EdgeSecret": secrets_of_edge["EdgeSecret"],
        "OperatorEmail": stage.service.get("OperatorEmail", ""),
    }
    edge.deploy(stage.edge_stack, to_json(document), parameters)
    outputs = edge.outputs(stage.edge_stack)
    if outputs["SiteUrl"] != origin:
        say(f"the service again, for {outputs['SiteUrl']}")
        deploy_service_for(outputs["SiteUrl"])

    changes = publish(
        site.with_origin(outputs["SiteUrl"]), outputs["SiteBucketName"], outputs["DistributionId"], clients["s3"], clients["cloudfront"],
        datetime.now(UTC),
    )
    say(f"the site: {changes}")
    if domain and not chosen.get("HostedZoneId"):
        say(f"in your DNS: a CNAME (or ALIAS) from {domain} to {outputs['DistributionName']}")
    return outputs["SiteUrl"]


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="deploy.py", description="Deploys a stage to AWS.")
    parser.add_argument("stage", help="a section of samconfig.toml")
    parser.add_argument("parameters", nargs="*", metavar="Key=Value", help="parameters of edge.yaml")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--yes", action="store_true", help="ask nothing")
    how.add_argument("--changes", action="store_true", help="show the changes to the service, and stop")
    parser.add_argument("--role", default="", metavar="ARN", help="the role that CloudFormation assumes")
    given = parser.parse_intermixed_args(words)
    try:
        stage = Stage.read(given.stage, pairs(given.parameters))
        session = boto3.session.Session(region_name=stage.region)
        check_packages(stage)
        if given.changes:
            show_changes(stage, session)
            return 0
        options = ("--no-confirm-changeset",) if given.yes else ()
        options += ("--role-arn", given.role) if given.role else ()
        say(deploy(stage, built_site, session, partial(sam_deploy, options=options), given.role))
    except (Failed, SiteError) as reason:
        print(f"deploy: {reason}", file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(f"deploy: AWS says: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
