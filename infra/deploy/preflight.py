"""Checks whether a stage can be deployed: `make preflight STAGE=dev`, which is also the first step of `make deploy`.

    python infra/deploy/preflight.py STAGE [--arch arm64] [Domain=… and other parameters of edge.yaml]
    python infra/deploy/preflight.py --credentials      only checks whether there are any, for `make doctor`

Each check is a function in LOCAL or REMOTE that yields findings. A finding is a line: `ok`, `note` (it can be deployed, but
read this), or `stop`, with the command that fixes it. The checks change nothing. A call that AWS denies is a note. The
remote checks run in parallel, with a few calls each that time out as AWAIT says, so all of them take a few seconds, and half
a minute at most.

Deliberately absent: whether the templates are valid (`make check`), and whether the service works (smoke.py).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from samtranslator.yaml_helper import yaml_parse
from stage import RELEASE, ROOT, Failed, Stage, how_to_get, pairs
from worker_image import BUILD, builder

TEMPLATE = ROOT / "infra/template.yaml"
MACHINES = ROOT / "infra/gpu.yaml"
EDGE_REGION = "us-east-1"
AWAIT = Config(connect_timeout=3, read_timeout=6, retries={"total_max_attempts": 1})
# The services of the templates that not every region has; Batch only with videos.
SERVICES = ("cognito-idp", "sesv2", "lambda", "dynamodb", "apigatewayv2")
# Lambda requires this many unreserved executions; an account with fewer in total can reserve none.
FLOOR = 100
# A function of a new account has at most this, until AWS raises it together with the number of executions.
NEW_ACCOUNT_MEMORY = 3008
ENOUGH_EXECUTIONS = 1000
# In vCPUs, spot and on demand.
QUOTAS = {"gpu": ("L-3819A6DF", "L-DB2E81BA"), "cpu": ("L-34B43A08", "L-1216C47A")}
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError")


@dataclass
class Finding:
    level: str
    says: str
    remedy: str = ""


def ok(says: str) -> Finding:
    return Finding("ok", says)


def note(says: str, remedy: str = "") -> Finding:
    return Finding("note", says, remedy)


def stop(says: str, remedy: str) -> Finding:
    return Finding("stop", says, remedy)


@cache
def parsed(file: Path) -> dict[str, Any]:
    return yaml_parse(file.read_text())


@dataclass
class Context:
    """The input of a check."""

    stage: Stage
    session: Any
    arch: str = ""
    template: dict[str, Any] = field(default_factory=lambda: parsed(TEMPLATE))
    machines: dict[str, Any] = field(default_factory=lambda: parsed(MACHINES))
    # A session creates one client at a time; the clients may be used in parallel.
    client_lock: Lock = field(default_factory=Lock)

    def client(self, service: str, region: str | None = None) -> Any:
        with self.client_lock:
            return self.session.client(service, region_name=region or self.stage.region, config=AWAIT)

    def parameter(self, name: str) -> str:
        """The value that will be deployed: the stage's, or the default of the template."""
        return self.stage.service.get(name, str(self.template["Parameters"].get(name, {}).get("Default", "")))

    @property
    def in_region(self) -> str:
        return f"--region {self.stage.region}"


def code(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def placeholders(context: Context) -> Iterator[Finding]:
    found = context.stage.placeholders()
    for one in found:
        yield stop(one, "write your own value there, or delete the line if the parameter is optional")
    if not found:
        yield ok(f"the parameters of {context.stage.name} have no placeholders")


def architecture(context: Context) -> Iterator[Finding]:
    wanted = context.parameter("Architecture")
    if context.arch and context.arch != wanted:
        yield stop(
            f"the programs would be built for {context.arch}, the functions would run on {wanted}",
            how_to_get(wanted, context.stage.name),
        )


def sam_program() -> str | None:
    own = Path(os.environ.get("SANSFOND_HOME", ROOT / ".sansfond"), "venv/sam/bin/sam")
    return str(own) if own.exists() else shutil.which("sam")


def sam(_: Context) -> Iterator[Finding]:
    program = sam_program()
    remedy = "SANSFOND_HOME=$PWD/.sansfond infra/setup/setup.sh sam"
    if not program:
        yield stop("sam is missing", remedy)
        return
    result = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    if result.returncode:
        yield stop(f"{program} does not run", remedy)
    else:
        yield ok(result.stdout.strip())


def identity(context: Context) -> Iterator[Finding]:
    who = context.client("sts").get_caller_identity()
    yield ok(f"you are {who['Arn']} in account {who['Account']}, and deploy to {context.stage.region}")
    if who["Arn"].endswith(":root"):
        yield note("you are the account's root user", "deploy as an IAM role or user instead")


def region(context: Context) -> Iterator[Finding]:
    here = context.stage.region
    services = (*SERVICES, "batch") if context.parameter("WorkerImage") else SERVICES
    lacking = [name for name in services if here not in context.session.get_available_regions(name)]
    if lacking:
        yield stop(f"{here} has no {', '.join(lacking)}", f"choose another region for {context.stage.name} in samconfig.toml")
    else:
        yield ok(f"{here} has all required services")


def stacks(context: Context) -> Iterator[Finding]:
    for name, where in ((context.stage.stack, context.stage.region), (context.stage.edge_stack, EDGE_REGION)):
        try:
            status = context.client("cloudformation", where).describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            yield ok(f"{name} does not exist yet and will be created")
            continue
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            yield stop(f"{name} is being changed right now ({status})", "wait until the change has ended")
        elif status.endswith("ROLLBACK_FAILED"):
            yield stop(
                f"{name} could not roll back after a failure ({status})",
                f"aws cloudformation continue-update-rollback --region {where} --stack-name {name}",
            )
        elif status == "DELETE_FAILED":
            yield stop(f"{name} is half deleted", f"aws cloudformation delete-stack --region {where} --stack-name {name}")
        elif status == "ROLLBACK_COMPLETE":
            yield ok(f"{name} remains from a failed first attempt, and will be created again")
        else:
            yield ok(f"{name} exists and will be updated ({status})")


def reserved(context: Context, parameters: Callable[[str], str]) -> int:
    """The number of executions that the template reserves, with these parameters."""

    def holds(condition: Any) -> bool:
        match condition:
            case {"Fn::Not": [one]}:
                return not holds(one)
            case {"Fn::Equals": [{"Ref": name}, value]}:
                return parameters(name) == str(value)
        raise ValueError(f"a condition that preflight cannot read: {condition}")

    def number(value: Any) -> int:
        if isinstance(value, dict) and "Fn::If" in value:
            condition, reserved_here, _ = value["Fn::If"]
            return number(reserved_here) if holds(context.template["Conditions"][condition]) else 0
        if isinstance(value, dict) and "Ref" in value:
            return int(parameters(value["Ref"]) or 0)
        return int(value)

    functions = (resource.get("Properties", {}) for resource in context.template["Resources"].values())
    return sum(number(one["ReservedConcurrentExecutions"]) for one in functions if "ReservedConcurrentExecutions" in one)


def reserved_already(context: Context) -> int:
    """The executions that the deployed stack reserves, which AWS has already subtracted from the unreserved ones."""
    try:
        stack = context.client("cloudformation").describe_stacks(StackName=context.stage.stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return 0
        raise
    if stack["StackStatus"] in ("ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"):
        return 0
    known = {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}
    return reserved(context, lambda name: known.get(name, "0"))


def executions(context: Context) -> Iterator[Finding]:
    limits = context.client("lambda").get_account_settings()["AccountLimit"]
    total = limits["ConcurrentExecutions"]
    more = (
        f"aws service-quotas request-service-quota-increase {context.in_region} --service-code lambda "
        f"--quota-code L-B99A9384 --desired-value {ENOUGH_EXECUTIONS}"
    )
    reserved_here = reserved(context, context.parameter)
    left = limits["UnreservedConcurrentExecutions"] + (reserved_already(context) if reserved_here else 0) - reserved_here
    pictures = int(context.parameter("ImageConcurrency"))
    if reserved_here and left < min(FLOOR, total):
        yield stop(
            f"{reserved_here} reserved executions would leave {left} of the account's {total}; Lambda requires "
            f"{min(FLOOR, total)} for all other functions",
            f"set PreviewConcurrency=0 and ReservedExecutions=off for {context.stage.name} in samconfig.toml, or: {more}",
        )
    elif pictures > left:
        yield stop(
            f"ImageConcurrency={pictures} is more than the {left} executions that the account has",
            f"set ImageConcurrency={max(2, left // 2)} for {context.stage.name} in samconfig.toml, or: {more}",
        )
    elif pictures * 2 > left:
        yield note(f"{pictures} images at once would leave {left - pictures} of {left} executions for everything else", more)
    elif total < ENOUGH_EXECUTIONS:
        yield note(f"{total} executions at once in this account; more calls than that are throttled", more)
    else:
        yield ok(f"Lambda runs {total} executions at once in this account, {left} of them unreserved")
    memory = int(context.parameter("ImageMemory"))
    if memory > NEW_ACCOUNT_MEMORY and total < ENOUGH_EXECUTIONS:
        yield note(
            f"ImageMemory={memory}; a new account may be limited to {NEW_ACCOUNT_MEMORY} MB without reporting it",
            f"set ImageMemory={NEW_ACCOUNT_MEMORY}, or ask AWS support",
        )


def sender(context: Context) -> Iterator[Finding]:
    address = context.parameter("SenderEmail")
    if not address:
        yield note("without a SenderEmail, Cognito sends the emails, 50 a day", "see “A sender” in infra/README.md")
        return
    ses = context.client("sesv2")
    create = f"aws sesv2 create-email-identity {context.in_region} --email-identity {address}"
    try:
        verified = ses.get_email_identity(EmailIdentity=address)["VerifiedForSendingStatus"]
    except ClientError as error:
        if code(error) != "NotFoundException":
            raise
        yield stop(f"SES in {context.stage.region} has no identity {address}", f"{create}, and follow the link in the email")
        return
    if verified:
        yield ok(f"SES sends as {address}")
    else:
        yield stop(f"{address} is not verified for SES yet", "follow the link in AWS's email; it expires after a day, then: "
                   f"aws sesv2 delete-email-identity {context.in_region} --email-identity {address}; {create}")
    account = ses.get_account()
    if not account.get("SendingEnabled", True):
        yield stop("SES has stopped sending for this account", f"aws sesv2 get-account {context.in_region}")
    if not account["ProductionAccessEnabled"]:
        yield note(
            "SES is in its sandbox: only verified addresses receive email, so customers cannot sign up",
            "aws sesv2 put-account-details, see “A sender” in infra/README.md",
        )


def operator(context: Context) -> Iterator[Finding]:
    if context.parameter("OperatorEmail"):
        yield ok(f"alarms go to {context.parameter('OperatorEmail')}")
    else:
        yield note("without an OperatorEmail, alarms are not sent", "set OperatorEmail in samconfig.toml")


def machine_types(context: Context) -> set[str]:
    """The machine types that gpu.yaml requests: those of the stage, else its default."""
    named = {one.strip() for one in context.parameter("MachineTypes").split(",") if one.strip()}
    return named or set(context.machines["Mappings"]["MachineTypes"][context.parameter("Machines")]["Types"])


def machines(context: Context) -> Iterator[Finding]:
    if not context.parameter("WorkerImage"):
        yield ok("videos stay turned off: there is no WorkerImage")
        return
    wanted = machine_types(context)
    answer = context.client("ec2").describe_instance_type_offerings(
        LocationType="region", Filters=[{"Name": "instance-type", "Values": sorted(wanted)}], MaxResults=100,
    )
    lacking = sorted(wanted - {one["InstanceType"] for one in answer["InstanceTypeOfferings"]})
    if lacking:
        yield stop(
            f"{context.stage.region} has no {', '.join(lacking)}, and Batch rejects all types if one is missing",
            f"remove them from MachineTypes for {context.stage.name} in samconfig.toml, or choose others there",
        )
    else:
        yield ok(f"{context.stage.region} has all machine types for videos: {', '.join(sorted(wanted))}")
    zones = len(context.client("ec2").describe_availability_zones()["AvailabilityZones"])
    if zones < int(context.parameter("MachineZones")):
        yield stop(
            f"{context.stage.region} offers this account {zones} zones, not {context.parameter('MachineZones')}",
            f"set MachineZones={zones} for {context.stage.name} in samconfig.toml",
        )
    else:
        yield ok(f"machines are requested in {context.parameter('MachineZones')} of {zones} zones")


def vcpus(context: Context) -> Iterator[Finding]:
    if not context.parameter("WorkerImage"):
        return
    quotas = context.client("service-quotas")
    wanted = float(context.parameter("MachineVcpus"))
    kind = context.parameter("Machines")
    least = 4 if kind == "gpu" else 8
    values = {}
    for way, quota in zip(("spot", "on demand"), QUOTAS[kind], strict=True):
        try:
            values[way] = quotas.get_service_quota(ServiceCode="ec2", QuotaCode=quota)["Quota"]["Value"]
        except ClientError as error:
            if code(error) != "NoSuchResourceException":
                raise
            # An account that never requested an increase may have only AWS's default value.
            values[way] = quotas.get_aws_default_service_quota(ServiceCode="ec2", QuotaCode=quota)["Quota"]["Value"]
        if values[way] < wanted:
            ask = (
                f"aws service-quotas request-service-quota-increase {context.in_region} --service-code ec2 "
                f"--quota-code {quota} --desired-value {wanted:.0f}"
            )
            says = f"{values[way]:.0f} vCPUs {way} for {kind} machines; MachineVcpus={wanted:.0f}"
            yield note(says, ask)
        else:
            yield ok(f"{values[way]:.0f} vCPUs {way} for {kind} machines")
    if all(value < least for value in values.values()):
        yield stop("no machine can be rented: videos would wait for hours and fail", "raise one of the two quotas first, or remove WorkerImage")


def spot_role(context: Context) -> Iterator[Finding]:
    if not context.parameter("WorkerImage"):
        return
    try:
        context.client("iam").get_role(RoleName="AWSServiceRoleForEC2Spot")
        yield ok("the account has its role for spot machines")
    except ClientError as error:
        if code(error) != "NoSuchEntity":
            raise
        yield stop("the account has no role for spot machines yet", "aws iam create-service-linked-role --aws-service-name spot.amazonaws.com")


def image(context: Context) -> Iterator[Finding]:
    if context.parameter("WorkerImage") == BUILD:
        if RELEASE.exists():
            yield stop("a release does not build the worker's image", "set WorkerImage=… in samconfig.toml to an image in ECR (README.md)")
            return
        try:
            tool = builder()[0]
        except Failed as reason:
            yield stop(str(reason), "apt-get install buildah")
            return
        try:
            context.client("ecr").get_authorization_token()
        except ClientError as error:
            if code(error) != "AccessDeniedException":
                raise
            yield stop("you may not push to ECR, so the worker's image cannot be built here", "set WorkerImage=… to an image that has been pushed")
            return
        yield ok(f"the worker's image will be built with {tool} and pushed")
        return
    name = context.parameter("WorkerImage")
    if not name:
        return
    parsed = re.fullmatch(r"(\d+)\.dkr\.ecr\.([a-z0-9-]+)\.[a-z.]+/([^:@]+)(?::([\w.-]+)|@(sha256:[0-9a-f]+))", name)
    if not parsed:
        yield stop(f"WorkerImage={name} is not an ECR image with a tag or a digest", "correct it in samconfig.toml")
        return
    account, where, repository, tag, digest = parsed.groups()
    wanted = {"imageTag": tag} if tag else {"imageDigest": digest}
    try:
        context.client("ecr", where).describe_images(registryId=account, repositoryName=repository, imageIds=[wanted])
        yield ok(f"the worker's image exists: {repository}:{tag or digest}")
    except ClientError as error:
        if code(error) not in ("ImageNotFoundException", "RepositoryNotFoundException"):
            raise
        yield stop(f"ECR has no {name}", "build and push it, see “Videos” in infra/README.md")


def domain(context: Context) -> Iterator[Finding]:
    name, zone, certificate = (context.stage.edge.get(key, "") for key in ("Domain", "HostedZoneId", "CertificateArn"))
    if not name:
        yield note("without a Domain, the site has a CloudFront domain name, unless it already has its own")
        return
    if zone:
        try:
            owned = context.client("route53").get_hosted_zone(Id=zone)["HostedZone"]["Name"].rstrip(".")
        except ClientError as error:
            if code(error) != "NoSuchHostedZone":
                raise
            yield stop(f"Route 53 has no zone {zone}", f"aws route53 list-hosted-zones-by-name --dns-name {name}")
            return
        if name == owned or name.endswith(f".{owned}"):
            yield ok(f"{name} is in the zone {owned}")
        else:
            yield stop(f"{name} is not in the zone {owned}", f"aws route53 list-hosted-zones-by-name --dns-name {name}")
    if certificate:
        try:
            status = context.client("acm", EDGE_REGION).describe_certificate(CertificateArn=certificate)["Certificate"]["Status"]
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise
            status = "not there"
        if status == "ISSUED":
            yield ok("the certificate is issued")
        else:
            yield stop(f"the certificate is {status}", "see “A domain” in infra/README.md")
    if not zone and not certificate and not deployed_with_certificate(context, name):
        yield stop(f"{name} has neither HostedZoneId nor CertificateArn", "see “A domain” in infra/README.md")


def deployed_with_certificate(context: Context, name: str) -> bool:
    """Parameters of the edge that are not given stay as they are, so one deployment with them is enough."""
    try:
        stack = context.client("cloudformation", EDGE_REGION).describe_stacks(StackName=context.stage.edge_stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return False
        raise
    known = {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}
    return known.get("Domain") == name and bool(known.get("HostedZoneId") or known.get("CertificateArn"))


# The first checks make no calls. Without an identity, the others cannot make any.
LOCAL: tuple[Callable[[Context], Iterator[Finding]], ...] = (placeholders, architecture, sam, region)
REMOTE: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    stacks, executions, sender, operator, domain, machines, vcpus, spot_role, image,
)


def findings(check: Callable[[Context], Iterator[Finding]], context: Context) -> list[Finding]:
    """The findings of a check. A call that AWS refuses is a note, a call without a response is a stop."""
    found: list[Finding] = []
    try:
        # One by one, so that findings before a failed call are kept.
        for finding in check(context):
            found.append(finding)
    except ClientError as error:
        reason = " ".join(str(error).split())
        if code(error) in DENIED and check is not identity:
            found.append(note(f"{check.__name__}: unknown, because your permissions do not allow the call ({error.operation_name})", f"allow {error.operation_name}, or check it yourself"))
        else:
            found.append(stop(f"{check.__name__}: {reason}", "aws sso login, or aws configure" if check is identity else "try again"))
    except BotoCoreError as error:
        reason = " ".join(str(error).split())
        found.append(stop(f"{check.__name__}: {reason}", "aws sso login, or aws configure" if check is identity else "try again"))
    return found


def run_checks(context: Context) -> Iterator[Finding]:
    """Runs all checks, and yields their findings in the order of LOCAL and REMOTE."""
    for check in LOCAL:
        yield from findings(check, context)
    who = findings(identity, context)
    yield from who
    if any(finding.level == "stop" for finding in who):
        return
    with ThreadPoolExecutor(len(REMOTE)) as pool:
        for result in pool.map(lambda check: findings(check, context), REMOTE):
            yield from result


def show(finding: Finding, colour: bool) -> None:
    paint = {"ok": "\033[32m", "note": "\033[33m", "stop": "\033[31m"}[finding.level] if colour else ""
    print(f"  {paint}{finding.level:<5}{paint and chr(27) + '[0m'} {finding.says}", flush=True)
    if finding.remedy:
        print(f"        {finding.remedy}", flush=True)


def credentials() -> int:
    found = boto3.session.Session().get_credentials()
    print(f"AWS credentials ({found.method}); `make preflight` shows their identity" if found else "there are no AWS credentials")
    return 0 if found else 1


def main(words: list[str]) -> int:
    if words == ["--credentials"]:
        return credentials()
    try:
        arch = ""
        if "--arch" in words:
            place = words.index("--arch")
            arch = words[place + 1]
            words = words[:place] + words[place + 2:]
        if not words:
            raise Failed("which stage? preflight.py STAGE [--arch ARCH] [Key=Value …]")
        stage = Stage.read(words[0], pairs(words[1:]))
    except Failed as reason:
        print(f"preflight: {reason}", file=sys.stderr)
        return 1
    context = Context(stage, boto3.session.Session(region_name=stage.region), arch)
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    print(f"preflight of {stage.name}")
    stops = 0
    for finding in run_checks(context):
        show(finding, colour)
        stops += finding.level == "stop"
    if stops:
        print(f"preflight: {stops} to fix before {stage.name} can be deployed", file=sys.stderr)
    return 1 if stops else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
