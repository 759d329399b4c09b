"""Compares the roles of infra/template.yaml with the calls that the service tests recorded.

    python infra/check/permissions.py <folder>    one line for each problem; the exit status is 1 if there are any

The folder holds what `infra/local/recorder.py` wrote, a file for each local cloud. The judgement fails when

* a recorded call is not allowed to the role that made it;
* a role has no recorded call, so that nothing is known about it;
* a permission is not needed: without it every recorded call would still be allowed;
* a call could not be read, or there is no record at all.

This script does not decide whether a call is allowed: an evaluator of IAM policies does (iam/ask.mjs), with the policies as
CloudFormation gets them on AWS, the resource's ARN, and the context keys that AWS would send.

A permission is the smallest thing that a statement grants: one action, on one of its resources, for one of the values
that its condition allows for the partition key or the prefix. So “removing one Allow turns this red” is what is checked
for each of them, and not only for an example.

Deliberately not judged: bucket and queue policies, the roles of gpu.yaml, which AWS's own services take, and the logs that
Lambda writes with each function's role.
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

from check_template import NO_PERMISSIONS, TEMPLATE, called, given_up_to, of_type, owner, properties, target, translate

ASK = Path(__file__).resolve().parent / "iam" / "ask.mjs"
ACCOUNT = "000000000000"
REGION = "us-east-1"

# Permissions that a test cannot be made to need, each with its reason: role or policy, action, resource, value of the
# condition or None. An entry that grants nothing any more is a fault; one that a run happens to need is none.
Name = tuple[str, str, str, str | None]
SLOWER = "of two requests that begin the same upload at the same time, the slower gives its own up"
KEPT: dict[Name, str] = {
    ("RemoveVideoBackgroundFunction", "s3:AbortMultipartUpload", "Bucket/videos/*", None): SLOWER,
    ("GetUploadFunction", "s3:AbortMultipartUpload", "Bucket/videos/*", None): SLOWER,
    ("WorkerRole", "s3:AbortMultipartUpload", "Bucket/results/*", None): "a result of more than one part that breaks off",
}
# Roles that no code of ours takes.
OTHERS_ROLES = {
    "ApiRole": "API Gateway takes it; check_template.py compares what it may call with the routes",
    "RolloutRole": "CodeDeploy takes it, and the emulator has none",
}

# How the stack is deployed for a whole service: with videos, with mail, on AWS.
CONDITIONS = {"OnAws": True, "HasSender": True, "HasOperator": True, "SendsFeedback": True, "HasVideos": True}
# As the local cloud has them (infra/local/src/settings.rs), because the record holds them.
PARAMETERS = {
    "SenderEmail": "no-reply@localhost.test",
    "OperatorEmail": "operator@localhost.test",
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
}
# ARNs are made of the template's names, because the record is.
ARNS = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
    "AWS::Cognito::UserPool": f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{{}}",
}
# What gpu.yaml would make; the local cloud has these names instead.
STACK_OUTPUTS = {
    "Outputs.QueueArn": f"arn:aws:batch:{REGION}:{ACCOUNT}:job-queue/local",
    "Outputs.JobDefinitionArn": f"arn:aws:batch:{REGION}:{ACCOUNT}:job-definition/local:1",
}
# The condition keys by which statements narrow what they grant.
NARROWING = ("dynamodb:LeadingKeys", "s3:prefix")
# What Lambda does with a function's role to hand it a queue's messages:
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
POLLING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
# And a stream's records: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
STREAMING = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
# A stream's ARN is its table's with this, and the time at which it was made.
STREAM = "/stream/2026-12-02T00:00:00.000"

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

Json = dict[str, Any]


class Fault(Exception):
    """Something that keeps the judgement from being made. Its text says what."""


@dataclass(frozen=True)
class Call:
    """Something that a role asked of AWS."""

    who: str
    action: str
    resource: str
    below: str
    # As JSON, so that calls can be compared.
    context: str

    def __str__(self) -> str:
        with_ = "" if self.context == "{}" else f" with {self.context}"
        return f"{self.action} on {self.resource}{self.below}{with_}"

    def shape(self) -> tuple[str, ...]:
        """What it is an example of: identifiers, and what follows a partition key's first part, do not count."""
        context = re.sub(r'(?<=")([a-z]+#)[^"]*', r"\1", UUID.sub("", self.context))
        return self.who, self.action, self.resource, UUID.sub("", self.below), context


@dataclass(frozen=True)
class Permission:
    """The smallest part of a statement."""

    # The role, or the policy that several roles share.
    grantee: str
    statement: int
    action: str
    resource: str
    # The key of the condition and one of the values that it allows.
    key: str | None
    value: str | None

    def name(self, template: Json) -> Name:
        """As KEPT names it."""
        return owner(template, self.grantee), self.action, self.resource.split(":", 5)[-1], self.value


# ------------------------------------------------------------------------------------------------------- the record


def read(folder: Path) -> tuple[list[Call], list[str]]:
    """Every distinct call of all files, and the unreadable lines."""
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


def polled(template: Json) -> Iterator[Call]:
    """What Lambda asks for with the role of each function that is given a queue's messages or a table's changes."""
    functions = of_type(template, "AWS::Lambda::Function")
    for mapping in of_type(template, "AWS::Lambda::EventSourceMapping").values():
        function = functions[called(template, properties(mapping)["FunctionName"])]
        role, source = target(properties(function)["Role"]), target(properties(mapping)["EventSourceArn"])
        if source in of_type(template, "AWS::DynamoDB::Table"):
            yield from (Call(role, action, source, STREAM, "{}") for action in STREAMING)
            yield Call(role, "dynamodb:ListStreams", "*", "", "{}")
            yield Call(role, "sqs:SendMessage", given_up_to(mapping), "", "{}")
        else:
            yield from (Call(role, action, source, "", "{}") for action in POLLING)


# ------------------------------------------------------------------------------------------- the template's policies


def resolve(value: Any, template: Json) -> Any:
    """A value as CloudFormation would fill it in, with ARNs made of the template's names. None for AWS::NoValue."""
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
    """Of a resource of the template, or of one that the record names by its ARN."""
    if name == "*" or name.startswith("arn:"):
        return name
    kind = template["Resources"][name]["Type"]
    if kind not in ARNS:
        raise Fault(f"{name}: the ARN format of {kind} is unknown here")
    return ARNS[kind].format(name)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def policies(template: Json) -> tuple[dict[str, list[Json]], dict[str, list[str]]]:
    """The statements of each role and shared policy, and which of them each role has."""
    granted: dict[str, list[Json]] = {}
    had: dict[str, list[str]] = {}
    for name, policy in of_type(template, "AWS::IAM::ManagedPolicy").items():
        granted[name] = listed(resolve(properties(policy)["PolicyDocument"]["Statement"], template))
    for name, role in of_type(template, "AWS::IAM::Role").items():
        if name in OTHERS_ROLES:
            continue
        documents = [policy["PolicyDocument"] for policy in properties(role).get("Policies", [])]
        granted[name] = [one for document in documents for one in listed(resolve(document["Statement"], template))]
        shared = [target(one) for one in properties(role).get("ManagedPolicyArns", [])]
        had[name] = [name, *(one for one in shared if one in granted)]
    for grantee, statements in granted.items():
        if any(statement["Effect"] != "Allow" for statement in statements):
            raise Fault(f"{grantee}: has a Deny, which this check does not take apart")
    return granted, had


def narrowing(statement: Json) -> tuple[str, str] | None:
    """Operator and key of the condition that narrows a statement."""
    found = [
        (operator, key)
        for operator, keys in statement.get("Condition", {}).items()
        for key in keys
        if key in NARROWING
    ]
    if len(found) > 1:
        raise Fault(f"more than one condition narrows {statement}")
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
    """The same statements, less one permission."""
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
        # Not an empty list: a ForAllValues over nothing would allow what has no such key.
        if values:
            condition = {**statement["Condition"], operator: {**statement["Condition"][operator], key: values}}
            left.append(
                {**statement, "Action": [permission.action], "Resource": [permission.resource], "Condition": condition}
            )
    return [*statements[: permission.statement], *left, *statements[permission.statement + 1 :]]


# ------------------------------------------------------------------------------------------------------ the questions


class Questions:
    """The questions for the evaluator, all at once: each start of it costs half a second."""

    def __init__(self, template: Json) -> None:
        self.template = template
        self.documents: list[list[Json]] = []
        self.questions: list[Json] = []

    def policy(self, statements: list[Json]) -> int:
        """A policy that questions may be about."""
        self.documents.append([{"Version": "2012-10-17", "Statement": statements}] if statements else [])
        return len(self.documents) - 1

    def add(self, policy: int, call: Call) -> int:
        """Whether a policy allows a call. Returns the place of the answer."""
        resource = arn(call.resource, self.template) + call.below
        context = json.loads(call.context)
        self.questions.append({"policies": policy, "action": call.action, "resource": resource, "context": context})
        return len(self.questions) - 1

    def answers(self) -> list[bool]:
        asked = {"account": ACCOUNT, "policies": self.documents, "questions": self.questions}
        ran = subprocess.run(["node", ASK], input=json.dumps(asked), capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            said = next((line for line in ran.stderr.splitlines() if "Error: " in line), ran.stderr)
            raise Fault(f"the evaluator of IAM policies: {said.strip()}")
        return json.loads(ran.stdout)


# ----------------------------------------------------------------------------------------------------- the judgement


def judge(template: Json, calls: Iterable[Call], kept: dict[Name, str]) -> list[str]:
    """One line for each problem."""
    granted, had = policies(template)
    by_role: dict[str, list[Call]] = defaultdict(list)
    for call in [*calls, *polled(template)]:
        by_role[call.who].append(call)
    faults = [f"{who}: has recorded calls, but no role in the template" for who in by_role if who not in had]
    recorded = {call.who for call in calls}
    faults += [
        f"{owner(template, role)}: no call is recorded; let a service test use it"
        for role in had
        if role not in recorded and owner(template, role) not in NO_PERMISSIONS
    ]

    questions = Questions(template)
    asked: list[tuple[int, Call]] = []
    for role, grantees in had.items():
        whole = questions.policy([statement for one in grantees for statement in granted[one]])
        asked += [(questions.add(whole, call), call) for call in by_role[role]]

    needs: dict[Permission, list[int]] = {}
    for grantee, statements in granted.items():
        for permission in permissions(grantee, statements):
            needs[permission] = []
            for role in (role for role, grantees in had.items() if grantee in grantees):
                examples = {call.shape(): call for call in by_role[role] if call.action == permission.action}
                rest = {**granted, grantee: without(statements, permission)}
                policy = questions.policy([statement for one in had[role] for statement in rest[one]])
                needs[permission] += [questions.add(policy, call) for call in examples.values()]

    answers = questions.answers()
    refused = {call.shape(): call for place, call in asked if not answers[place]}
    faults += [f"{owner(template, call.who)}: is not allowed {call}" for call in refused.values()]
    superfluous = {one.name(template) for one, places in needs.items() if all(answers[place] for place in places)}
    faults += [
        f"{grantee}: {action} on {resource}{f' for {value}' if value else ''} is needed by no recorded call; remove it, "
        "let a service test use it, or list it in KEPT with the reason"
        for grantee, action, resource, value in sorted(superfluous - kept.keys(), key=str)
    ]
    granting = {one.name(template) for one in needs}
    faults += [f"{' '.join(map(str, entry))}: is in KEPT, but not granted" for entry in kept if entry not in granting]
    return faults


def main() -> int:
    calls, faults = read(Path(sys.argv[1]))
    try:
        faults += judge(translate(TEMPLATE.read_text()), calls, KEPT)
    except Fault as fault:
        faults.append(str(fault))
    for fault in faults:
        print(f"permissions: {fault}", file=sys.stderr)
    if not faults:
        print(f"permissions: {len(calls)} recorded calls are allowed, and every permission is needed")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
