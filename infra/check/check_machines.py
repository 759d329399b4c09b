"""Checks infra/gpu.yaml, the machines that work on videos, and that template.yaml and the worker agree with it.

    python infra/check/check_machines.py         one line for each broken promise; the exit status tells
    python infra/check/test_check_machines.py    shows that each of these checks can fail

Not checked: whether AWS accepts it, has such machines to give, or what they cost. The emulator knows nothing of it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import check_template as service
from check_template import Template, listed, of_type, properties, role_statements, statements
from cfnlint.api import lint as cfn_lint
from samtranslator.yaml_helper import yaml_parse

MACHINES = service.ROOT / "infra" / "gpu.yaml"
WORKER = "batch-worker/src"

# What may stay although a rule forbids it, each with its reason.
ANY_RESOURCE = {("ExecutionRole", "ecr:GetAuthorizationToken"): "ECR knows no resource for it"}
MANAGED_POLICIES = {"AmazonEC2ContainerServiceforEC2Role": "what ECS's agent needs; AWS keeps it up with the agent"}
# What the worker can be told and the job definition does not say.
UNSET_SETTINGS = {
    "SANSFOND_ACCOUNT": "dispatch_video gives it to each job",
    "SANSFOND_JOB": "likewise",
    "SANSFOND_RETRY": "likewise",
    "SANSFOND_LEASE_SECONDS": "a minute, as the worker chooses; tests want less",
    "SANSFOND_THREADS": "all processors are the worker's",
    "SANSFOND_FRAMES_AT_ONCE": "the worker's own choice fits all machines here",
}
# What costs money by the hour whether a video waits or not.
COSTS_WHILE_IDLE = {
    "AWS::EC2::NatGateway", "AWS::EC2::EIP", "AWS::EC2::Instance", "AWS::EC2::CapacityReservation",
    "AWS::EFS::FileSystem",
}


def lint(source: str) -> list[str]:
    found = cfn_lint(source, regions=["us-east-1"])
    return [f"cfn-lint {match.rule.id}: {match.message}" for match in found if not match.rule.id.startswith("I")]


def nothing_costs_while_nobody_comes(template: Template) -> list[str]:
    problems = [
        f"{name}: a {one['Type']} costs money by the hour"
        for name, one in template["Resources"].items()
        if one["Type"] in COSTS_WHILE_IDLE
    ]
    for name, endpoint in of_type(template, "AWS::EC2::VPCEndpoint").items():
        if properties(endpoint).get("VpcEndpointType") != "Gateway":
            problems.append(f"{name}: only gateway endpoints are free")
    for name, environment in of_type(template, "AWS::Batch::ComputeEnvironment").items():
        resources = properties(environment)["ComputeResources"]
        if resources.get("MinvCpus") != 0 or resources.get("DesiredvCpus", 0) != 0:
            problems.append(f"{name}: keeps machines that nobody needs")
    return problems


def nothing_comes_in(template: Template) -> list[str]:
    problems = []
    for name, group in of_type(template, "AWS::EC2::SecurityGroup").items():
        if properties(group).get("SecurityGroupIngress"):
            problems.append(f"{name}: lets somebody in")
        for rule in properties(group).get("SecurityGroupEgress", [{}]):
            if rule.get("FromPort") != 443 or rule.get("ToPort") != 443:
                problems.append(f"{name}: lets more out than TLS")
    problems += [f"{name}: lets somebody in" for name in of_type(template, "AWS::EC2::SecurityGroupIngress")]
    return problems


def machines_are_closed(template: Template) -> list[str]:
    problems = []
    for name, launch in of_type(template, "AWS::EC2::LaunchTemplate").items():
        data = properties(launch)["LaunchTemplateData"]
        metadata = data.get("MetadataOptions", {})
        if metadata.get("HttpTokens") != "required" or metadata.get("HttpPutResponseHopLimit") != 1:
            problems.append(f"{name}: a container could take the machine's role")
        if "KeyName" in data:
            problems.append(f"{name}: somebody has a key to it")
        disks = [disk["Ebs"] for disk in data.get("BlockDeviceMappings", [])]
        if not disks or any(disk.get("Encrypted") is not True for disk in disks):
            problems.append(f"{name}: customers' videos would lie on a disk that is not encrypted")
    launches = of_type(template, "AWS::EC2::LaunchTemplate")
    for name, environment in of_type(template, "AWS::Batch::ComputeEnvironment").items():
        used = properties(environment)["ComputeResources"].get("LaunchTemplate", {}).get("LaunchTemplateId")
        if service.target(used) not in launches:
            problems.append(f"{name}: its machines are not those of the launch template")
    return problems


def containers_are_closed(template: Template) -> list[str]:
    problems = []
    for name, definition in of_type(template, "AWS::Batch::JobDefinition").items():
        container = properties(definition)["ContainerProperties"]
        if container.get("Privileged", False):
            problems.append(f"{name}: is privileged")
        if str(container.get("User", "0")).split(":")[0] in ("", "0", "root"):
            problems.append(f"{name}: runs as root")
        if container.get("ReadonlyRootFilesystem") is not True:
            problems.append(f"{name}: may change its own program")
        if any("Host" in volume for volume in container.get("Volumes", [])):
            problems.append(f"{name}: sees folders of the machine")
        if "Timeout" not in properties(definition):
            problems.append(f"{name}: may run for ever")
    return problems


def rights_are_few(template: Template) -> list[str]:
    problems = []
    for name, role in of_type(template, "AWS::IAM::Role").items():
        for statement in role_statements(role):
            for action in listed(statement.get("Action", "*")):
                if "*" in action:
                    problems.append(f"{name}: allows {action}; name the actions")
                if "*" in listed(statement.get("Resource", "*")) and (name, action) not in ANY_RESOURCE:
                    problems.append(f"{name}: {action} on any resource")
        for arn in listed(properties(role).get("ManagedPolicyArns", [])):
            if str(arn).rstrip("'}").rsplit("/", 1)[-1] not in MANAGED_POLICIES:
                problems.append(f"{name}: the managed policy {arn} is not known here")
        for statement in statements(properties(role)["AssumeRolePolicyDocument"]):
            if list(statement["Principal"]) != ["Service"]:
                problems.append(f"{name}: can be taken by more than a service of AWS")
    return problems


def logs_end(template: Template) -> list[str]:
    groups = of_type(template, "AWS::Logs::LogGroup")
    endless = [name for name, group in groups.items() if "RetentionInDays" not in properties(group)]
    problems = [f"{name}: keeps logs for ever" for name in endless]
    for name, definition in of_type(template, "AWS::Batch::JobDefinition").items():
        options = properties(definition)["ContainerProperties"].get("LogConfiguration", {}).get("Options", {})
        if service.target(options.get("awslogs-group")) not in groups:
            problems.append(f"{name}: writes to a log group that is not in the template")
    return problems


def only_a_lost_machine_is_followed_by_another(template: Template) -> list[str]:
    problems = []
    for name, definition in of_type(template, "AWS::Batch::JobDefinition").items():
        rules = properties(definition).get("RetryStrategy", {}).get("EvaluateOnExit", [])
        retrying = [rule for rule in rules if rule.get("Action") == "RETRY"]
        retried = {str(value) for rule in retrying for key, value in rule.items() if key != "Action"}
        if retried != {"Host EC2*", "75"}:
            problems.append(f"{name}: is tried again after {sorted(retried)}")
        if not rules or rules[-1] != {"OnReason": "*", "Action": "EXIT"}:
            problems.append(f"{name}: Batch retries what no rule names; end them with EXIT on *")
    return problems


PROMISES = [
    nothing_costs_while_nobody_comes,
    nothing_comes_in,
    machines_are_closed,
    containers_are_closed,
    rights_are_few,
    logs_end,
    only_a_lost_machine_is_followed_by_another,
]


# ------------------------------------------------------------------------------------------ with template.yaml and code


def parents_agree(template: Template, parent: Template) -> list[str]:
    """Parameters and outputs, which no linter follows from one file into the other."""
    given: set[str] = set()
    for stack in of_type(parent, "AWS::CloudFormation::Stack").values():
        given |= set(properties(stack).get("Parameters", {}))
    wanted = set(template["Parameters"])
    problems = [f"{name}: template.yaml does not give it" for name in sorted(wanted - given)]
    problems += [f"{name}: template.yaml gives it, nothing takes it" for name in sorted(given - wanted)]
    used = {name for name in re.findall(r"Outputs\.(\w+)", str(parent))}
    return problems + [f"{name}: template.yaml uses this output" for name in sorted(used - set(template["Outputs"]))]


def settings_of_worker(root: Path) -> set[str]:
    names: set[str] = set()
    for file in (root / WORKER).rglob("*.rs"):
        names |= set(service.SETTING.findall(file.read_text().split("#[cfg(test)]")[0]))
    return names


def settings_of_machines(template: Template) -> set[str]:
    return {
        variable["Name"]
        for definition in of_type(template, "AWS::Batch::JobDefinition").values()
        for variable in properties(definition)["ContainerProperties"].get("Environment", [])
        if variable["Name"].startswith("SANSFOND_")
    }


def settings_agree(in_template: set[str], in_code: set[str]) -> list[str]:
    # Read by sansfond-telemetry for every program.
    in_code = in_code | {"SANSFOND_LOG"}
    unset = in_code - in_template - UNSET_SETTINGS.keys()
    problems = [f"{name}: the worker reads it, the job definition does not set it" for name in sorted(unset)]
    extra = sorted(in_template - in_code)
    return problems + [f"{name}: the job definition sets it, no code reads it" for name in extra]


def main() -> int:
    source = MACHINES.read_text()
    template: dict[str, Any] = yaml_parse(source)
    problems = lint(source) + [problem for promise in PROMISES for problem in promise(template)]
    problems += parents_agree(template, service.translate(service.TEMPLATE.read_text()))
    problems += settings_agree(settings_of_machines(template), settings_of_worker(service.ROOT))
    for problem in problems:
        print(f"infra/gpu.yaml: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
