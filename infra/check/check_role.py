"""Checks that the roles of infra/deploy/role.yaml allow the actions of a deployment, and no others.

    python infra/check/check_role.py

The schema of each resource type lists the actions of CloudFormation; AWS publishes it and cfn-lint contains it. Each action
of each type in our three templates must match an Allow of StackRole. The calls in the source of the scripts must match an
Allow of WorkflowRole.

Deliberately absent: resources and conditions. CloudFormation adds the stack's name to resource names, which can only be
seen on AWS.
"""

from __future__ import annotations

import fnmatch
import json
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import cfnlint
from check_machines import lint
from check_template import TEMPLATE, translate
from samtranslator.yaml_helper import yaml_parse

INFRA = Path(__file__).resolve().parents[1]
ROLE = INFRA / "deploy/role.yaml"
TEMPLATES = (INFRA / "gpu.yaml", INFRA / "edge.yaml")
# The scripts of the workflow: all except the tests.
SCRIPTS = sorted(file for folder in ("deploy", "edge") for file in (INFRA / folder).glob("*.py") if not file.name.startswith("test_"))

# Actions in the schemas that none of our resources uses.
UNUSED_SERVICES = {
    "acm-pca": "certificates of a private authority", "autoloop": "sources of logs of that service",
    "codewhisperer": "sources of logs of that service", "eks": "machines of Batch in a cluster of Kubernetes",
    "elasticfilesystem": "functions with a file system", "firehose": "logs that go there", "kinesis": "streams of a table",
    "kms": "customer-managed keys", "payments": "sources of logs of that service", "s3files": "functions with a file system",
    "s3tables": "metadata of a bucket", "vpc-lattice": "endpoints of another kind", "vpce": "endpoints in another region",
    "workmail": "sources of logs of that service",
}
UNUSED_ACTIONS = {
    "apigateway:TagResource": "POST of /tags", "apigateway:UntagResource": "DELETE of /tags",
    "cloudfront:GetVpcOrigin": "origins in a network",
    "cloudfront:CreateConnectionGroup": "distributions for many tenants", "cloudfront:GetConnectionGroup": "distributions for many tenants",
    "cloudfront:UpdateDistributionWithStagingConfig": "a second distribution for trying",
    "codedeploy:RegisterOnPremisesInstance": "machines of one's own",
    "ec2:AttachVpnGateway": "a VPN", "ec2:DetachVpnGateway": "a VPN", "ec2:CreateVpcEncryptionControl": "encryption inside a network",
    "ec2:AssociateSubnetCidrBlock": "IPv6", "ec2:DisassociateSubnetCidrBlock": "IPv6", "ec2:ModifyVpcTenancy": "dedicated machines",
    "iam:AttachGroupPolicy": "policies of groups", "iam:DetachGroupPolicy": "policies of groups",
    "iam:AttachUserPolicy": "policies of users", "iam:DetachUserPolicy": "policies of users",
    "iam:PutRolePermissionsBoundary": "boundaries", "iam:DeleteRolePermissionsBoundary": "boundaries",
    "lambda:GetLayerVersion": "layers", "lambda:GetCodeSigningConfig": "signed code", "lambda:PassCapacityProvider": "machines for functions",
    "logs:AssociateKmsKey": "customer-managed keys", "logs:DisassociateKmsKey": "customer-managed keys",
    "logs:PutBearerTokenAuthentication": "logs by HTTP", "logs:AllowVendedLogDeliveryForResource": "asked of the source's service",
    "logs:PutLogEvents": "CloudFormation writes no log",
    "s3:REST.PUT.OBJECT": "no action of IAM", "s3:getObject": "written so beside s3:GetObject", "s3:GetObjectMetadata": "no action of IAM",
}
# Actions of StackRole that no schema names.
BEYOND_SCHEMAS = {
    "cloudformation:CreateChangeSet": "the transform of SAM",
    "cloudfront:AllowVendedLogDeliveryForResource": "the source of the access logs",
}
# Calls of `sam deploy` and of CloudFormation's waiters; from SAM's source, because our scripts do not contain them.
BY_SAM = {
    "cloudformation:CreateChangeSet", "cloudformation:DescribeChangeSet", "cloudformation:DeleteChangeSet",
    "cloudformation:ExecuteChangeSet", "cloudformation:DescribeStackEvents", "cloudformation:ListStackResources",
    "cloudformation:GetTemplate", "cloudformation:GetTemplateSummary", "cloudformation:ValidateTemplate",
    "s3:GetBucketLocation", "iam:PassRole",
}
# boto3's names that differ from their actions.
ACTIONS = {
    "HeadObject": "GetObject", "ListObjectsV2": "ListBucket", "CopyObject": "PutObject",
    "GetAwsDefaultServiceQuota": "GetAWSDefaultServiceQuota",
}
# Only for WorkerImage=build, which preflight refuses without the permission to push: the operator's own machine builds the
# image.
BY_OPERATORS = {"GetAuthorizationToken"}
# These need no permission, or are calls of the session and not of AWS.
FREE = {"GetCallerIdentity", "GetAvailableRegions", "GetCredentials"}
CALL = re.compile(r"\.((?!get_paginator)(?:admin|copy|create|delete|describe|get|head|list|put|update)_\w+)\(|get_paginator\(\"(\w+)\"\)")
NOT_CALLS = {"get_waiter", "get_all"}
# Actions that execute a deployment, or pass a role that can.
EXECUTING = ("cloudformation:ExecuteChangeSet", "cloudformation:CreateStack", "cloudformation:UpdateStack", "cloudformation:DeleteStack", "iam:PassRole")


def allowed(template: dict[str, Any], role: str, effect: str = "Allow") -> list[str]:
    """The patterns of actions in a role's policies."""
    found = []
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::IAM::ManagedPolicy" and {"Ref": role} in resource["Properties"]["Roles"]:
            for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
                actions = statement["Action"]
                if statement["Effect"] == effect:
                    found += [actions] if isinstance(actions, str) else actions
    return found


def matches(pattern: str, action: str) -> bool:
    return fnmatch.fnmatchcase(action.lower(), pattern.lower())


@cache
def schemas() -> dict[str, dict[str, Any]]:
    folder = Path(cfnlint.__file__).parent / "data/schemas/resources"
    found: dict[str, dict[str, Any]] = {}
    for file in folder.glob("*.json"):
        schema = json.loads(file.read_text())
        found.setdefault(schema["typeName"], schema)
    return found


@cache
def types() -> frozenset[str]:
    documents = [translate(TEMPLATE.read_text()), *(yaml_parse(file.read_text()) for file in TEMPLATES)]
    return frozenset(resource["Type"] for document in documents for resource in document["Resources"].values())


def needed(kinds: Iterable[str]) -> dict[str, str]:
    """Each action that CloudFormation may call, with its resource type."""
    found = {}
    for kind in sorted(kinds):
        for handler in schemas()[kind].get("handlers", {}).values():
            for action in handler.get("permissions", []):
                if action.split(":")[0].lower() not in UNUSED_SERVICES and action not in UNUSED_ACTIONS:
                    found.setdefault(action, kind)
    return found


def stacks_can_be_deployed(template: dict[str, Any], kinds: Iterable[str]) -> Iterator[str]:
    patterns = allowed(template, "StackRole")
    wanted = needed(kinds)
    for kind in sorted(kinds):
        if not schemas().get(kind, {}).get("handlers"):
            yield f"{kind}: its schema lists no CloudFormation calls; look them up and list them here"
    for action, kind in wanted.items():
        if not any(matches(pattern, action) for pattern in patterns):
            yield f"StackRole: {kind} needs {action}, which nothing allows"


def stack_role_allows_no_more(template: dict[str, Any], kinds: Iterable[str]) -> Iterator[str]:
    wanted = [*needed(kinds), *BEYOND_SCHEMAS]
    for pattern in allowed(template, "StackRole"):
        if not any(matches(pattern, action) for action in wanted):
            yield f"StackRole: {pattern} is allowed, and no resource of ours needs it"


def called(sources: Iterable[str]) -> set[str]:
    """The operations that scripts call, with IAM's names, without the service."""
    names = {one or other for source in sources for one, other in CALL.findall(source)} - NOT_CALLS
    operations = {"".join(part.capitalize() for part in name.split("_")) for name in names}
    return {ACTIONS.get(operation, operation) for operation in operations} - FREE - BY_OPERATORS


def scripts_can_call(template: dict[str, Any], sources: Iterable[str]) -> Iterator[str]:
    patterns = allowed(template, "WorkflowRole")
    operations = called(sources)
    for operation in sorted(operations):
        if not any(pattern.split(":")[1] == operation for pattern in patterns):
            yield f"WorkflowRole: a script calls {operation}, which nothing allows"
    for action in sorted(BY_SAM - set(patterns)):
        yield f"WorkflowRole: sam calls {action}, which nothing allows"
    for pattern in patterns:
        if pattern not in BY_SAM and pattern.split(":")[1] not in operations:
            yield f"WorkflowRole: {pattern} is allowed, and nothing calls it"


def only_one_environment_is_trusted(template: dict[str, Any]) -> Iterator[str]:
    for statement in template["Resources"]["WorkflowRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
        conditions = statement.get("Condition", {})
        exact = conditions.get("StringEquals", {})
        if set(conditions) != {"StringEquals"}:
            yield "WorkflowRole: its trust policy must use only StringEquals"
        if exact.get("token.actions.githubusercontent.com:aud") != "sts.amazonaws.com":
            yield "WorkflowRole: accepts tokens for other audiences"
        subject = exact.get("token.actions.githubusercontent.com:sub", {})
        if subject != {"Fn::Sub": "repo:${Repository}:environment:${Environment}"}:
            yield "WorkflowRole: jobs of another repository or environment can assume it"


def read_only_role_executes_nothing(template: dict[str, Any]) -> Iterator[str]:
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::IAM::ManagedPolicy" or resource.get("Condition") == "Deploys":
            continue
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            for pattern in [actions] if isinstance(actions, str) else actions:
                if any(matches(pattern, action) for action in EXECUTING):
                    yield f"{name}: the read-only role may {pattern}"


def exceptions_are_used(kinds: Iterable[str]) -> Iterator[str]:
    """An unused exception would hide the next problem."""
    named = {action for kind in kinds for handler in schemas()[kind].get("handlers", {}).values() for action in handler.get("permissions", [])}
    for action in sorted(set(UNUSED_ACTIONS) - named):
        yield f"UNUSED_ACTIONS: no schema names {action}"
    for service in sorted(set(UNUSED_SERVICES) - {action.split(":")[0].lower() for action in named}):
        yield f"UNUSED_SERVICES: no schema names {service}"


def problems(source: str) -> Iterator[str]:
    template = yaml_parse(source)
    sources = [file.read_text() for file in SCRIPTS]
    yield from lint(source)
    yield from stacks_can_be_deployed(template, types())
    yield from stack_role_allows_no_more(template, types())
    yield from exceptions_are_used(types())
    yield from scripts_can_call(template, sources)
    yield from only_one_environment_is_trusted(template)
    yield from read_only_role_executes_nothing(template)


def main() -> int:
    found = list(problems(ROLE.read_text()))
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
