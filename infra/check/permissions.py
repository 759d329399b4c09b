"""Compares the roles of infra/template.yaml with the calls that the service tests recorded.

    python infra/check/permissions.py <folder>    one line for each problem; the exit status is 1 if there are any

The folder has the files of `infra/local/recorder.py`, one for each local cloud. The check fails if

* a recorded call is not allowed for the role that made it;
* a role has no recorded call;
* a permission is not needed: all recorded calls would be allowed without it;
* a call could not be read, or no call was recorded.

A simulator of IAM decides whether a call is allowed (iam/simulate.mjs). It gets the policies that the template gives to IAM on
AWS, the resource's ARN, and the context keys that AWS would send.

A permission is the smallest part of a statement: one action on one resource, for one of the values that the condition
allows for the partition key or the prefix. The check removes each of them in turn.

Deliberately absent: bucket and queue policies, the roles of gpu.yaml, which services of AWS assume, and the permission to
write logs with each function's role.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from check_template import NO_PERMISSIONS, TEMPLATE, called, failure_queue, of_type, owner, properties, target, translate

SIMULATE = Path(__file__).resolve().parent / "iam" / "simulate.mjs"
ACCOUNT = "000000000000"
REGION = "us-east-1"

# Permissions that no test can be made to need, each with its reason: role or policy, action, resource, value of the
# condition or None. An entry for a permission that is not granted is a problem. An entry that a run needs is not.
Name = tuple[str, str, str, str | None]
SLOWER = "of two requests that begin the same upload at the same time, the slower aborts its own"
EXCEPTIONS: dict[Name, str] = {
    ("RemoveVideoBackgroundFunction", "s3:AbortMultipartUpload", "Bucket/videos/*", None): SLOWER,
    ("GetUploadFunction", "s3:AbortMultipartUpload", "Bucket/videos/*", None): SLOWER,
    ("WorkerRole", "s3:AbortMultipartUpload", "Bucket/results/*", None): "aborts the upload of a result in parts that fails",
}
# Roles that only services of AWS assume.
SERVICE_ROLES = {
    "ApiRole": "API Gateway assumes it; check_template.py compares its permissions with the routes",
    "RolloutRole": "CodeDeploy assumes it, and the emulator has no CodeDeploy",
}

# The conditions of a complete service on AWS, with videos and mail.
CONDITIONS = {"OnAws": True, "HasSender": True, "HasOperator": True, "SendsFeedback": True, "HasVideos": True}
# The values of the local cloud (infra/local/src/settings.rs), which are in the recorded calls.
PARAMETERS = {
    "SenderEmail": "no-reply@localhost.test",
    "OperatorEmail": "operator@localhost.test",
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
}
# ARNs contain the names of the template, because the recorded calls do.
ARNS = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
    "AWS::Cognito::UserPool": f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{{}}",
}
# The names of the local cloud, in the place of those of gpu.yaml.
STACK_OUTPUTS = {
    "Outputs.QueueArn": f"arn:aws:batch:{REGION}:{ACCOUNT}:job-queue/local",
    "Outputs.JobDefinitionArn": f"arn:aws:batch:{REGION}:{ACCOUNT}:job-definition/local:1",
}
# The condition keys that divide a statement into several permissions.
NARROWING = ("dynamodb:LeadingKeys", "s3:prefix")
# The actions of Lambda with the role of a function that consumes a queue:
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
POLLING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
# And of one that consumes a stream: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
STREAMING = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
# The end of a stream's ARN, after that of its table, with the time of its creation.
STREAM = "/stream/2026-12-02T00:00:00.000"

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

Json = dict[str, Any]


class Fault(Exception):
    """The reason why the roles cannot be checked."""


@dataclass(frozen=True)
class Call:
    """A call of AWS by a role."""

    who: str
    action: str
    resource: str
    below: str
    # As JSON, so that calls can be compared.
    context: str

    def __str__(self) -> str:
        with_ = "" if self.context == "{}" else f" with {self.context}"
        return f"{self.action} on {self.resource}{self.below}{with_}"

    def pattern(self) -> tuple[str, ...]:
        """The same for similar calls: without identifiers, and with only the first part of a partition key."""
        context = re.sub(r'(?<=")([a-z]+#)[^"]*', r"\1", UUID.sub("", self.context))
        return self.who, self.action, self.resource, UUID.sub("", self.below), context


@dataclass(frozen=True)
class Permission:
    """One action on one resource, for one value of the condition."""

    # The role, or the policy that several roles share.
    grantee: str
    statement: int
    action: str
    resource: str
    # The key of the condition and one of the values that it allows.
    key: str | None
    value: str | None

    def name(self, template: Json) -> Name:
        """Its name in EXCEPTIONS."""
        return owner(template, self.grantee), self.action, self.resource.split(":", 5)[-1], self.value


# ------------------------------------------------------------------------------------------------ the recorded calls


def read(folder: Path) -> tuple[list[Call], list[str]]:
    """The distinct calls of all files, and a line for each problem."""
    calls: dict[Call, None] = {}
    faults = []
    for file in sorted(folder.glob("*.jsonl")):
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        owners = {line["key"]: line["who"] for line in lines if "key" in line and "who" in line}
        for line in lines:
            if "unreadable" in line:
                faults.append(f"{file.name}: a call cannot be read: {line['unreadable']}")
            elif "action" in line:
                who = line.get("who") or owners.get(line["key"])
                if who is None:
                    faults.append(f"{file.name}: the caller of {line} is unknown")
                    continue
                context = json.dumps(line["context"], sort_keys=True)
                calls[Call(who, line["action"], line["resource"], line["below"], context)] = None
    if not calls:
        faults.append(f"{folder} holds no recorded call; the service tests write them")
    return list(calls), faults


def lambda_calls(template: Json) -> Iterator[Call]:
    """The calls that Lambda makes with the roles of functions that consume queues or streams."""
    functions = of_type(template, "AWS::Lambda::Function")
    for mapping in of_type(template, "AWS::Lambda::EventSourceMapping").values():
        function = functions[called(template, properties(mapping)["FunctionName"])]
        role, source = target(properties(function)["Role"]), target(properties(mapping)["EventSourceArn"])
        if source in of_type(template, "AWS::DynamoDB::Table"):
            yield from (Call(role, action, source, STREAM, "{}") for action in STREAMING)
            yield Call(role, "dynamodb:ListStreams", "*", "", "{}")
            yield Call(role, "sqs:SendMessage", failure_queue(mapping), "", "{}")
        else:
            yield from (Call(role, action, source, "", "{}") for action in POLLING)


# ------------------------------------------------------------------------------------------- the template's policies


def resolve(value: Any, template: Json) -> Any:
    """A value as CloudFormation resolves it, with the template's names in ARNs. None for AWS::NoValue."""
    match value:
        case list():
            return [one for one in (resolve(item, template) for item in value) if one is not None]
        case {"Ref": "AWS::NoValue"}:
            return None
        case {"Ref": str(name)}:
            return known(PARAMETERS, name)
        case {"Fn::If": [condition, then, otherwise]}:
            return resolve(then if known(CONDITIONS, condition) else otherwise, template)
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return attribute_of(name, attribute, template)
        case {"Fn::Sub": str(text)}:

            def filled(found: re.Match[str]) -> str:
                name, _, attribute = found[1].partition(".")
                return attribute_of(name, attribute, template) if attribute else known(PARAMETERS, name)

            return re.sub(r"\$\{([^}]+)\}", filled, text)
        case dict():
            resolved = {key: resolve(item, template) for key, item in value.items()}
            return {key: item for key, item in resolved.items() if item is not None}
    return value


def known(values: dict[str, Any], name: str) -> Any:
    if name not in values:
        raise Fault(f"a policy uses {name}; add its value on AWS to CONDITIONS or PARAMETERS")
    return values[name]


def attribute_of(name: str, attribute: str, template: Json) -> str:
    if attribute == "StreamArn":
        return arn(name, template) + STREAM
    return STACK_OUTPUTS[attribute] if attribute in STACK_OUTPUTS else arn(name, template)


def arn(name: str, template: Json) -> str:
    """The ARN of a resource of the template. Recorded ARNs are returned unchanged."""
    if name == "*" or name.startswith("arn:"):
        return name
    kind = template["Resources"][name]["Type"]
    if kind not in ARNS:
        raise Fault(f"{name}: the ARN format of {kind} is unknown here")
    return ARNS[kind].format(name)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def policies(template: Json) -> tuple[dict[str, list[Json]], dict[str, list[str]]]:
    """The statements of each role and shared policy, and the policies of each role, its own included."""
    granted: dict[str, list[Json]] = {}
    attached: dict[str, list[str]] = {}
    for name, policy in of_type(template, "AWS::IAM::ManagedPolicy").items():
        granted[name] = listed(resolve(properties(policy)["PolicyDocument"]["Statement"], template))
    for name, role in of_type(template, "AWS::IAM::Role").items():
        if name in SERVICE_ROLES:
            continue
        documents = [policy["PolicyDocument"] for policy in properties(role).get("Policies", [])]
        granted[name] = [one for document in documents for one in listed(resolve(document["Statement"], template))]
        shared = [target(one) for one in properties(role).get("ManagedPolicyArns", [])]
        attached[name] = [name, *(one for one in shared if one in granted)]
    for grantee, statements in granted.items():
        if any(statement["Effect"] != "Allow" for statement in statements):
            raise Fault(f"{grantee}: has a Deny, which this check does not support")
    return granted, attached


def narrowing(statement: Json) -> tuple[str, str] | None:
    """Operator and key of the condition that divides a statement into permissions, if it has one."""
    found = [
        (operator, key)
        for operator, keys in statement.get("Condition", {}).items()
        for key in keys
        if key in NARROWING
    ]
    if len(found) > 1:
        raise Fault(f"more than one condition divides {statement}")
    return found[0] if found else None


def permissions(grantee: str, statements: list[Json]) -> Iterator[Permission]:
    for place, statement in enumerate(statements):
        narrowed = narrowing(statement)
        operator, key = narrowed or (None, None)
        values = listed(statement["Condition"][operator][key]) if narrowed else [None]
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                for value in values:
                    yield Permission(grantee, place, action, resource, key, value)


def without(statements: list[Json], permission: Permission) -> list[Json]:
    """The statements without one permission."""
    statement = statements[permission.statement]
    actions, resources = listed(statement["Action"]), listed(statement["Resource"])
    other_actions = [one for one in actions if one != permission.action]
    other_resources = [one for one in resources if one != permission.resource]
    left = []
    if other_actions:
        left.append({**statement, "Action": other_actions})
    if other_resources:
        left.append({**statement, "Action": [permission.action], "Resource": other_resources})
    if permission.key:
        operator, key = narrowing(statement)
        values = [one for one in listed(statement["Condition"][operator][key]) if one != permission.value]
        # No statement with an empty list: ForAllValues would allow all calls without the key.
        if values:
            condition = {**statement["Condition"], operator: {**statement["Condition"][operator], key: values}}
            left.append(
                {**statement, "Action": [permission.action], "Resource": [permission.resource], "Condition": condition}
            )
    return [*statements[: permission.statement], *left, *statements[permission.statement + 1 :]]


# ------------------------------------------------------------------------------------------------------ the simulator


class Simulator:
    """Simulates all calls with one process, because its start takes half a second."""

    def __init__(self, template: Json) -> None:
        self.template = template
        self.documents: list[list[Json]] = []
        self.requests: list[Json] = []

    def policy(self, statements: list[Json]) -> int:
        """Adds a policy. Returns its index."""
        self.documents.append([{"Version": "2012-10-17", "Statement": statements}] if statements else [])
        return len(self.documents) - 1

    def add(self, policy: int, call: Call) -> int:
        """Adds a call to simulate with a policy. Returns the index of the answer."""
        resource = arn(call.resource, self.template) + call.below
        context = json.loads(call.context)
        self.requests.append({"policies": policy, "action": call.action, "resource": resource, "context": context})
        return len(self.requests) - 1

    def answers(self) -> list[bool]:
        """For each added call, whether it is allowed."""
        simulation = {"account": ACCOUNT, "policies": self.documents, "questions": self.requests}
        ran = subprocess.run(["node", SIMULATE], input=json.dumps(simulation), capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            error = next((line for line in ran.stderr.splitlines() if "Error: " in line), ran.stderr)
            raise Fault(f"the simulator of IAM: {error.strip()}")
        return json.loads(ran.stdout)


# --------------------------------------------------------------------------------------------------------- the check


def check_roles(template: Json, calls: Iterable[Call], kept: dict[Name, str]) -> list[str]:
    """One line for each problem."""
    granted, attached = policies(template)
    by_role: dict[str, list[Call]] = defaultdict(list)
    for call in [*calls, *lambda_calls(template)]:
        by_role[call.who].append(call)
    faults = [f"{who}: has recorded calls, but no role in the template" for who in by_role if who not in attached]
    recorded = {call.who for call in calls}
    faults += [
        f"{owner(template, role)}: no call is recorded; add a service test that uses it"
        for role in attached
        if role not in recorded and owner(template, role) not in NO_PERMISSIONS
    ]

    simulator = Simulator(template)
    asked: list[tuple[int, Call]] = []
    for role, policy_names in attached.items():
        whole = simulator.policy([statement for one in policy_names for statement in granted[one]])
        asked += [(simulator.add(whole, call), call) for call in by_role[role]]

    needs: dict[Permission, list[int]] = {}
    for grantee, statements in granted.items():
        for permission in permissions(grantee, statements):
            needs[permission] = []
            for role in (role for role, policy_names in attached.items() if grantee in policy_names):
                examples = {call.pattern(): call for call in by_role[role] if call.action == permission.action}
                rest = {**granted, grantee: without(statements, permission)}
                policy = simulator.policy([statement for one in attached[role] for statement in rest[one]])
                needs[permission] += [simulator.add(policy, call) for call in examples.values()]

    answers = simulator.answers()
    refused = {call.pattern(): call for place, call in asked if not answers[place]}
    faults += [f"{owner(template, call.who)}: is not allowed {call}" for call in refused.values()]
    unneeded = {one.name(template) for one, places in needs.items() if all(answers[place] for place in places)}
    faults += [
        f"{grantee}: {action} on {resource}{f' for {value}' if value else ''} is needed by no recorded call; remove it, "
        "add a service test that needs it, or list it in EXCEPTIONS with the reason"
        for grantee, action, resource, value in sorted(unneeded - kept.keys(), key=str)
    ]
    granting = {one.name(template) for one in needs}
    faults += [f"{' '.join(map(str, entry))}: is in EXCEPTIONS, but not granted" for entry in kept if entry not in granting]
    return faults


def main() -> int:
    calls, faults = read(Path(sys.argv[1]))
    try:
        faults += check_roles(translate(TEMPLATE.read_text()), calls, EXCEPTIONS)
    except Fault as fault:
        faults.append(str(fault))
    for fault in faults:
        print(f"permissions: {fault}", file=sys.stderr)
    if not faults:
        print(f"permissions: {len(calls)} recorded calls are allowed, and every permission is needed")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
