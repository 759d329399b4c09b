"""Checks infra/gpu.yaml, the machines that process videos, and that template.yaml and the worker agree with it.

    python infra/check/check_machines.py         one line for each violation; exit status 1 if there are any
    python infra/check/test_check_machines.py    shows that each of these checks can fail

Not checked: whether AWS accepts it, whether AWS has such machines, and their cost. The emulator does not support it.
"""

from __future__ import annotations

import email
import re
import sys
from pathlib import Path
from typing import Any

import check_template as service
from check_template import Template, listed, of_type, properties, role_statements, statements
from cfnlint.api import lint as cfn_lint
from samtranslator.yaml_helper import yaml_parse

MACHINES = service.ROOT / "infra" / "gpu.yaml"
WORKER = ("batch-worker/src", "shared/engine/src")
BATCH = service.ROOT / "shared" / "aws" / "src" / "batch.rs"

# Exceptions to the rules, each with its reason.
ANY_RESOURCE = {("ExecutionRole", "ecr:GetAuthorizationToken"): "ECR has no resource-level permission for it"}
MANAGED_POLICIES = {"AmazonEC2ContainerServiceforEC2Role": "needed by ECS's agent; AWS maintains it with the agent"}
# Settings of the worker that the job definition does not set.
UNSET_SETTINGS = {
    "SANSFOND_ACCOUNT": "dispatch_video sets it for each job",
    "SANSFOND_JOB": "likewise",
    "SANSFOND_RETRY": "likewise",
    "SANSFOND_LEASE_SECONDS": "a minute, the worker's default; tests use less",
    "SANSFOND_THREADS": "the worker uses all processors",
    "SANSFOND_FRAMES_AT_ONCE": "the worker's default fits all machines here",
}
# Resources that cost money by the hour, even while no video waits.
COSTS_WHILE_IDLE = {
    "AWS::EC2::NatGateway", "AWS::EC2::EIP", "AWS::EC2::Instance", "AWS::EC2::CapacityReservation",
    "AWS::EFS::FileSystem",
}


def lint(source: str) -> list[str]:
    found = cfn_lint(source, regions=service.REGIONS)
    return [f"cfn-lint {match.rule.id}: {match.message}" for match in found if not match.rule.id.startswith("I")]


def nothing_costs_while_idle(template: Template) -> list[str]:
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
            problems.append(f"{name}: keeps idle machines")
    return problems


def no_inbound_traffic(template: Template) -> list[str]:
    problems = []
    for name, group in of_type(template, "AWS::EC2::SecurityGroup").items():
        if properties(group).get("SecurityGroupIngress"):
            problems.append(f"{name}: allows inbound traffic")
        for rule in properties(group).get("SecurityGroupEgress", [{}]):
            if rule.get("FromPort") != 443 or rule.get("ToPort") != 443:
                problems.append(f"{name}: allows more outbound traffic than TLS")
    problems += [f"{name}: allows inbound traffic" for name in of_type(template, "AWS::EC2::SecurityGroupIngress")]
    return problems


# The address of the machine's credentials, and the firewall rule that blocks a user from it.
CREDENTIALS = "169.254.169.254"
RULE = re.compile(rf"^rule=\(OUTPUT -d {re.escape(CREDENTIALS)} -m owner --uid-owner (\d+) -j DROP\)$", re.M)
# Adds the rule if it is missing. If that fails, the agent must not start, so that no job does.
APPLIED = 'iptables -w -C "${rule[@]}" || iptables -w -I "${rule[@]}" || systemctl mask ecs'


def boothooks(data: Any) -> list[str]:
    """The parts of user data that cloud-init runs at each boot, before it starts the services."""
    message = email.message_from_string(data.get("UserData", {}).get("Fn::Base64", ""))
    return [str(part.get_payload()) for part in message.walk() if part.get_content_type() == "text/cloud-boothook"]


def workers_do_not_reach_the_machine_s_role(template: Template) -> list[str]:
    """Batch runs containers of a single-node job in the machine's own network, where a hop limit does not keep them from
    the machine's credentials. A firewall rule for the container's user does."""
    problems = []
    users = {
        str(properties(one)["ContainerProperties"].get("User", "0")).split(":")[0]
        for one in of_type(template, "AWS::Batch::JobDefinition").values()
    }
    for name, launch in of_type(template, "AWS::EC2::LaunchTemplate").items():
        hooks = boothooks(properties(launch)["LaunchTemplateData"])
        kept = {user for hook in hooks if APPLIED in hook.splitlines() for user in RULE.findall(hook)}
        problems += [
            f"{name}: user {user} of a container could assume the machine's role; no boothook prevents it"
            for user in sorted(users - kept)
        ]
    return problems


def machines_are_closed(template: Template) -> list[str]:
    problems = []
    for name, launch in of_type(template, "AWS::EC2::LaunchTemplate").items():
        data = properties(launch)["LaunchTemplateData"]
        metadata = data.get("MetadataOptions", {})
        if metadata.get("HttpTokens") != "required" or metadata.get("HttpProtocolIpv6") != "disabled":
            problems.append(f"{name}: the machine's credentials are available without a token, or over IPv6")
        if "KeyName" in data:
            problems.append(f"{name}: has a key pair")
        disks = [disk["Ebs"] for disk in data.get("BlockDeviceMappings", [])]
        if not disks or any(disk.get("Encrypted") is not True for disk in disks):
            problems.append(f"{name}: customers' videos would be on an unencrypted disk")
    launches = of_type(template, "AWS::EC2::LaunchTemplate")
    for name, environment in of_type(template, "AWS::Batch::ComputeEnvironment").items():
        used = properties(environment)["ComputeResources"].get("LaunchTemplate", {}).get("LaunchTemplateId")
        if service.target(used) not in launches:
            problems.append(f"{name}: its machines do not use the launch template")
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
            problems.append(f"{name}: mounts folders of the machine")
        if "Timeout" not in properties(definition):
            problems.append(f"{name}: has no time limit")
    return problems


def permissions_are_narrow(template: Template) -> list[str]:
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
                problems.append(f"{name}: can be assumed by more than an AWS service")
    return problems


def logs_expire(template: Template) -> list[str]:
    groups = of_type(template, "AWS::Logs::LogGroup")
    endless = [name for name, group in groups.items() if "RetentionInDays" not in properties(group)]
    problems = [f"{name}: keeps logs forever" for name in endless]
    for name, definition in of_type(template, "AWS::Batch::JobDefinition").items():
        options = properties(definition)["ContainerProperties"].get("LogConfiguration", {}).get("Options", {})
        if service.target(options.get("awslogs-group")) not in groups:
            problems.append(f"{name}: writes to a log group that is not in the template")
    return problems


# The causes that are retried, by the field of the rule: a lost machine; an image that could not be pulled, or a Docker
# that did not respond; a worker that was asked to stop; a worker whose dependency failed (batch-worker/src/main.rs).
TRANSIENT = {
    ("OnStatusReason", "Host EC2*"), ("OnStatusReason", "Task failed to start*"), ("OnExitCode", "75"),
    ("OnExitCode", "1"),
}
# Batch rejects a sixth rule.
MAX_RULES = 5


def only_transient_failures_are_retried(template: Template) -> list[str]:
    problems = []
    for name, definition in of_type(template, "AWS::Batch::JobDefinition").items():
        rules = properties(definition).get("RetryStrategy", {}).get("EvaluateOnExit", [])
        retrying = [rule for rule in rules if rule.get("Action") == "RETRY"]
        retried = {(key, str(value)) for rule in retrying for key, value in rule.items() if key != "Action"}
        problems += [f"{name}: is not retried after {' '.join(one)}" for one in sorted(TRANSIENT - retried)]
        problems += [f"{name}: is retried after {' '.join(one)}" for one in sorted(retried - TRANSIENT)]
        if any(len(rule) != 2 for rule in rules):
            problems.append(f"{name}: a rule with two conditions requires both")
        if not rules or rules[-1] != {"OnReason": "*", "Action": "EXIT"}:
            problems.append(f"{name}: Batch retries jobs that no rule matches; end the rules with EXIT on *")
        if len(rules) > MAX_RULES:
            problems.append(f"{name}: has {len(rules)} rules; Batch allows {MAX_RULES}")
    return problems


def machine_types_are_a_parameter(template: Template) -> list[str]:
    """A region that lacks one of the types rejects the whole compute environment, and one with fewer zones than
    subnets the whole stack."""
    problems = []
    for name, environment in of_type(template, "AWS::Batch::ComputeEnvironment").items():
        resources = properties(environment)["ComputeResources"]
        if {"Ref": "MachineTypes"} not in listed(resources["InstanceTypes"]):
            problems.append(f"{name}: its machines cannot be chosen")
        used_subnets = {service.target(one) for one in listed(resources["Subnets"])}
        missed = sorted(of_type(template, "AWS::EC2::Subnet").keys() - used_subnets)
        problems += [f"{name}: does not use {subnet}" for subnet in missed]
    unconditional = [name for name, one in of_type(template, "AWS::EC2::Subnet").items() if "Condition" not in one]
    if len(unconditional) > 2:
        problems.append(f"{', '.join(unconditional)}: some regions have only two zones")
    return problems


def an_update_waits_for_videos(template: Template) -> list[str]:
    return [
        f"{name}: an update ends videos before their time limit"
        for name, environment in of_type(template, "AWS::Batch::ComputeEnvironment").items()
        if properties(environment).get("UpdatePolicy")
        != {"TerminateJobsOnUpdate": False, "JobExecutionTimeoutMinutes": {"Ref": "UpdateMinutes"}}
    ]


def failures_are_reported(template: Template) -> list[str]:
    """Rules for Batch's events, which cost nothing, notify the operator of a blocked queue and a failed job."""
    notified = set()
    for rule in of_type(template, "AWS::Events::Rule").values():
        if any(one["Arn"] == {"Ref": "AlarmTopic"} for one in properties(rule)["Targets"]):
            pattern = properties(rule)["EventPattern"]
            notified |= {(kind, *pattern["detail"].get("status", [])) for kind in pattern["detail-type"]}
    wanted = {("Batch Job Queue Blocked",), ("Batch Job State Change", "FAILED")}
    return [f"{' '.join(one)}: nobody is notified" for one in sorted(wanted - notified)]


RULES = [
    nothing_costs_while_idle,
    no_inbound_traffic,
    machines_are_closed,
    workers_do_not_reach_the_machine_s_role,
    containers_are_closed,
    permissions_are_narrow,
    logs_expire,
    only_transient_failures_are_retried,
    machine_types_are_a_parameter,
    an_update_waits_for_videos,
    failures_are_reported,
]


# ------------------------------------------------------------------------------------------ with template.yaml and code


def parameters_and_outputs_agree(template: Template, parent: Template) -> list[str]:
    """Compares the parameters and outputs of the two templates, which the linter reads one by one."""
    given: set[str] = set()
    for stack in of_type(parent, "AWS::CloudFormation::Stack").values():
        given |= set(properties(stack).get("Parameters", {}))
    wanted = set(template["Parameters"])
    problems = [f"{name}: template.yaml does not set it" for name in sorted(wanted - given)]
    problems += [f"{name}: template.yaml sets it, but nothing uses it" for name in sorted(given - wanted)]
    used = {name for name in re.findall(r"Outputs\.(\w+)", str(parent))}
    return problems + [f"{name}: template.yaml uses this output" for name in sorted(used - set(template["Outputs"]))]


CANCEL_REASON = re.compile(r'terminate_job\(\).*?\.reason\("([^"]+)"\)', re.S)


def cancel_reason_agrees(template: Template, source: str) -> list[str]:
    """The rules exclude cancelled videos by the reason in the code, because a cancellation is not a failure."""
    code = set(CANCEL_REASON.findall(source))
    ours = [
        set(one["anything-but"])
        for rule in of_type(template, "AWS::Events::Rule").values()
        for one in properties(rule)["EventPattern"]["detail"].get("statusReason", [])
    ]
    return [] if ours and all(one == code for one in ours) else [f"videos are canceled with {code}, but the rules have {ours}"]


def settings_of_worker(root: Path) -> set[str]:
    names: set[str] = set()
    for file in (file for folder in WORKER for file in (root / folder).rglob("*.rs")):
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
    problems = [f"{name}: the worker reads it, but the job definition does not set it" for name in sorted(unset)]
    extra = sorted(in_template - in_code)
    return problems + [f"{name}: the job definition sets it, but no code reads it" for name in extra]


def main() -> int:
    source = MACHINES.read_text()
    template: dict[str, Any] = yaml_parse(source)
    problems = lint(source) + [problem for rule in RULES for problem in rule(template)]
    problems += parameters_and_outputs_agree(template, service.translate(service.TEMPLATE.read_text()))
    problems += cancel_reason_agrees(template, BATCH.read_text())
    problems += settings_agree(settings_of_machines(template), settings_of_worker(service.ROOT))
    for problem in problems:
        print(f"infra/gpu.yaml: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
