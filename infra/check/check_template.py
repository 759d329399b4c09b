"""Checks infra/template.yaml: its translation by SAM, and our own rules.

    python infra/check/check_template.py         one line for each violation; exit status 1 if there are any
    python -m unittest discover infra/check      shows that each of these checks can fail

The template is translated first. A linter that reads the SAM source sees neither the roles nor the permissions nor the
events that SAM generates, and misses circular dependencies. Not checked: whether AWS accepts it. Only a change
set shows this.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Both libraries need a region, and do not call AWS.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from cfnlint.api import lint as cfn_lint
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"

# On three continents, with and without the services that only us-east-1 has. The linter knows which resource types a region
# has, but not which machines.
REGIONS = ["us-east-1", "eu-central-1", "eu-west-3", "ap-southeast-2"]

# Exceptions to the rules, each with its reason. An unused entry is an error.
NO_PERMISSIONS = {"DocsFunction": "serves pages from its binary"}
ANY_RESOURCE = {
    ("SendFeedbackFunction", "ses:SendEmail"): "SES asks for other identities in its sandbox; conditions name both",
    ("DeliverEventsFunction", "dynamodb:ListStreams"): "DynamoDB has no resource-level permission for it",
    ("DeliverEventsFunction", "ses:SendEmail"): "likewise; to customers, and a condition names the sender",
    ("DispatchVideoFunction", "batch:ListJobs"): "Batch has no resource-level permission for it",
    ("RolloutRole", "cloudwatch:DescribeAlarms"): "as in AWSCodeDeployRoleForLambda; it reads the states of alarms",
}
MANAGED_POLICIES = {
    "AWSLambdaBasicExecutionRole": "SAM adds it to every role that it creates; it writes logs and nothing else"
}

# For these actions, DynamoDB always sends the partition keys in use. A “ForAllValues” condition is true if no keys are
# sent, so with Scan or PartiQL it would allow the whole table.
KEYED_ACTIONS = {
    f"dynamodb:{action}"
    for action in (
        "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "ConditionCheckItem"
    )
}

# Actions that access no row.
ROWLESS_ACTIONS = {"dynamodb:ListStreams"}

# Settings of the code that the template does not set.
UNSET_SETTINGS = {
    "SANSFOND_THREADS": "on Lambda a function uses all processors; it is for a developer's machine",
    "SANSFOND_ACCOUNT": "dispatch_video sets it for each job",
    "SANSFOND_JOB": "likewise",
    "SANSFOND_RETRY": "likewise",
    "SANSFOND_VERSION": "the compiler reads it; infra/cross_build.sh sets it",
}

# The code of the functions, without the command line and the local cloud, which have other settings.
CODE = ["functions/*/src", *(f"shared/{name}/src" for name in ("aws", "boot", "domain", "engine", "jobs", "web"))]
SETTING = re.compile(r'"(SANSFOND_[A-Z][A-Z_]*)"')
# The time after a worker's lease at which a job counts as lost.
DOMAIN_RULES = ROOT / "shared" / "domain" / "src" / "rules" / "mod.rs"
LOST_AFTER = re.compile(r"LOST_AFTER: Duration = Duration::from_secs\((\d+) \* 60\);")
# For a queue and its function, as Lambda requires: the visibility timeout as a multiple of the function's timeout, because
# a receive that Lambda throttles is retried within that time; and the number of receives, because such a receive counts.
VISIBILITY_FACTOR = 6
RECEIVES = 5
# The number of metrics that CloudWatch watches for free, and the monthly price of an alarm's metric.
FREE_METRICS = 10
# Alarms of other stacks: edge.yaml's.
METRICS_ELSEWHERE = 1

Resource = dict[str, Any]
Template = dict[str, Any]


# ----------------------------------------------------------------------------------------- reading the template


def translate(source: str) -> Template:
    """The template that CloudFormation receives from SAM, with placeholders for the packages, which do not exist yet."""
    template = yaml_parse(source)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/package.zip"
        if resource["Type"] == "AWS::CloudFormation::Stack":
            resource["Properties"]["TemplateURL"] = "https://bucket.s3.amazonaws.com/gpu.yaml"
    return transform(template, {}, NoManagedPolicies())


class NoManagedPolicies:
    """SAM looks up AWS's managed policies by name. Our template has none by name."""

    def load(self) -> dict[str, str]:
        return {}


def of_type(template: Template, kind: str) -> dict[str, Resource]:
    return {name: one for name, one in template["Resources"].items() if one["Type"] == kind}


def properties(resource: Resource) -> Resource:
    return resource.get("Properties", {})


def target(value: Any) -> str | None:
    """The logical id that a Ref, a GetAtt or a Sub of one resource points to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            return name
        case {"Fn::Sub": str(text)}:
            names = re.findall(r"\$\{(\w+)(?:\.\w+)?\}", text)
            return names[0] if len(names) == 1 else None
    return None


def called(template: Template, value: Any) -> str | None:
    """The function that an ARN belongs to, also if it is the ARN of an alias or depends on a condition."""
    aliases = {name: target(properties(one)["FunctionName"]) for name, one in of_type(template, "AWS::Lambda::Alias").items()}
    names = {aliases.get(name, name) for name in map(target, branches(value))}
    return names.pop() if len(names) == 1 else None


def branches(value: Any) -> Iterator[Any]:
    """The branches of an Fn::If, or the value itself, without AWS::NoValue."""
    match value:
        case {"Fn::If": [_, then, otherwise]}:
            yield from branches(then)
            yield from branches(otherwise)
        case {"Ref": "AWS::NoValue"}:
            return
        case _:
            yield value


def listed(value: Any) -> list[Any]:
    return [one for item in (value if isinstance(value, list) else [value]) for one in branches(item)]


def statements(document: Resource) -> list[Resource]:
    return listed(document.get("Statement", []))


def role_statements(role: Resource) -> list[Resource]:
    return [one for policy in properties(role).get("Policies", []) for one in statements(policy["PolicyDocument"])]


def owner(template: Template, role: str) -> str:
    """The function that has a role, for messages; the role itself if no function has it."""
    for name, function in of_type(template, "AWS::Lambda::Function").items():
        if target(properties(function)["Role"]) == role:
            return name
    return role


def grants(template: Template) -> Iterator[tuple[str, Resource]]:
    """Every Allow statement of our roles."""
    for name, role in of_type(template, "AWS::IAM::Role").items():
        for statement in role_statements(role):
            yield owner(template, name), statement
    for name, policy in of_type(template, "AWS::IAM::ManagedPolicy").items():
        for statement in statements(properties(policy)["PolicyDocument"]):
            yield name, statement


# -------------------------------------------------------------------------------------------------- the rules


def lint(template: Template) -> list[str]:
    """Errors and warnings of cfn-lint for the translated template."""
    found = cfn_lint(json.dumps(template), regions=REGIONS)
    return [
        f"cfn-lint {match.rule.id}: {'/'.join(map(str, getattr(match, 'path', None) or []))}: {match.message}"
        for match in found
        if not match.rule.id.startswith("I")
    ]


def each_function_has_its_own_permissions(template: Template) -> list[str]:
    problems = []
    seen: dict[str, str] = {}
    roles = of_type(template, "AWS::IAM::Role")
    for name, function in of_type(template, "AWS::Lambda::Function").items():
        role = target(properties(function)["Role"])
        if role not in roles:
            problems.append(f"{name}: its role is not in the template")
            continue
        if role in seen:
            problems.append(f"{name}: shares its role with {seen[role]}")
        seen[role] = name
        managed = properties(roles[role]).get("ManagedPolicyArns", [])
        has_some = bool(role_statements(roles[role]) or any(target(arn) for arn in managed))
        if not has_some and name not in NO_PERMISSIONS:
            problems.append(f"{name}: has no statements of its own")
        if has_some and name in NO_PERMISSIONS:
            problems.append(f"{name}: has permissions, though it {NO_PERMISSIONS[name]}")
    return problems


def no_action_is_a_wildcard(template: Template) -> list[str]:
    return [
        f"{who}: allows {action}; name the actions"
        for who, statement in grants(template)
        for action in listed(statement.get("Action", "*"))
        if "*" in action
    ]


def no_resource_is_everything(template: Template) -> list[str]:
    problems = []
    used = set()
    for who, statement in grants(template):
        if "*" not in listed(statement.get("Resource", "*")):
            continue
        for action in listed(statement.get("Action", "*")):
            if (who, action) in ANY_RESOURCE:
                used.add((who, action))
            else:
                problems.append(f"{who}: {action} on any resource; name the resource, or list the action in ANY_RESOURCE with the reason")
    unused = ANY_RESOURCE.keys() - used
    return problems + [f"{who}: {action} is in ANY_RESOURCE, but not needed there" for who, action in unused]


def table_permissions_name_partitions(template: Template) -> list[str]:
    """Every role names the partitions that it may access, and has only actions that send their partition keys.

    Not for indexes, which have one partition, and streams, which cannot be read by partition.
    """
    problems = []
    for who, statement in grants(template):
        actions = [one for one in listed(statement.get("Action", "*")) if one.startswith("dynamodb:")]
        actions = [one for one in actions if one not in ROWLESS_ACTIONS]
        if all(is_index_or_stream(resource) for resource in listed(statement.get("Resource", "*"))):
            continue
        condition = statement.get("Condition", {}).get("ForAllValues:StringLike", {})
        if actions and "*" in listed(condition.get("dynamodb:LeadingKeys", "*")):
            problems.append(f"{who}: {', '.join(actions)} on any partition; name them in dynamodb:LeadingKeys")
        problems += [
            f"{who}: {one} does not send its partition keys, so the condition would be true"
            for one in actions
            if one not in KEYED_ACTIONS
        ]
    return problems


def is_index_or_stream(resource: Any) -> bool:
    """Returns True for an index of the table and for its stream."""
    text = json.dumps(resource)
    return "/index/" in text or '"StreamArn"' in text


def managed_policies_are_known(template: Template) -> list[str]:
    ours = of_type(template, "AWS::IAM::ManagedPolicy")
    return [
        f"{owner(template, name)}: the managed policy {arn} is not known here; write its statements down"
        for name, role in of_type(template, "AWS::IAM::Role").items()
        for arn in listed(properties(role).get("ManagedPolicyArns", []))
        if target(arn) not in ours and str(arn).rstrip("'}").rsplit("/", 1)[-1] not in MANAGED_POLICIES
    ]


def logs_expire(template: Template) -> list[str]:
    groups = of_type(template, "AWS::Logs::LogGroup")
    endless = [name for name, group in groups.items() if "RetentionInDays" not in properties(group)]
    problems = [f"{name}: keeps logs forever" for name in endless]
    for name, function in of_type(template, "AWS::Lambda::Function").items():
        if target(properties(function).get("LoggingConfig", {}).get("LogGroup")) not in groups:
            problems.append(f"{name}: writes to a log group that is not in the template")
    for name, stage in of_type(template, "AWS::ApiGatewayV2::Stage").items():
        if target(properties(stage).get("AccessLogSettings", {}).get("DestinationArn")) not in groups:
            problems.append(f"{name}: has no access log in the template")
    return problems


def access_logs_have_no_secrets(template: Template) -> list[str]:
    """A header may contain a token, a query a signature, and an address is personal data."""
    forbidden = re.compile(r"\$context\.(?:\w*[hH]eader|\w*query|path\b|identity|authorizer)\w*|\$request")
    return [
        f"{name}: its access log contains {found}"
        for name, stage in of_type(template, "AWS::ApiGatewayV2::Stage").items()
        for found in forbidden.findall(properties(stage).get("AccessLogSettings", {}).get("Format", ""))
    ]


def buckets_are_closed(template: Template) -> list[str]:
    settings = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]
    problems = []
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        block = properties(bucket).get("PublicAccessBlockConfiguration", {})
        problems += [f"{name}: {setting} is not set" for setting in settings if block.get(setting) is not True]
        if "BucketEncryption" not in properties(bucket):
            problems.append(f"{name}: is not encrypted")
        origins = [
            origin
            for rule in properties(bucket).get("CorsConfiguration", {}).get("CorsRules", [])
            for origin in rule["AllowedOrigins"]
        ]
        foreign = [origin for origin in origins if origin != {"Ref": "SiteOrigin"}]
        problems += [f"{name}: allows {origin}, not only the site" for origin in foreign]
    return problems


def storage_requires_tls(template: Template) -> list[str]:
    closed = set()
    policies = [("AWS::S3::BucketPolicy", "Bucket"), ("AWS::SQS::QueuePolicy", "Queues")]
    for kind, field in policies:
        for policy in of_type(template, kind).values():
            for statement in statements(properties(policy)["PolicyDocument"]):
                condition = statement.get("Condition", {}).get("Bool", {})
                if statement["Effect"] == "Deny" and condition.get("aws:SecureTransport") == "false":
                    closed |= {target(one) for one in listed(properties(policy)[field])}
    stores = of_type(template, "AWS::S3::Bucket") | of_type(template, "AWS::SQS::Queue")
    return [f"{name}: can be reached without TLS" for name in stores if name not in closed]


def routes_lead_to_functions(template: Template) -> list[str]:
    problems = []
    functions = of_type(template, "AWS::Lambda::Function")
    integrations = of_type(template, "AWS::ApiGatewayV2::Integration")
    reached = set()
    for name, integration in integrations.items():
        function = called(template, properties(integration).get("IntegrationUri"))
        if function not in functions:
            problems.append(f"{name}: has no function in the template")
            continue
        role = properties(template["Resources"].get(target(properties(integration).get("CredentialsArn")), {}))
        callable_ = {
            target(resource)
            for policy in role.get("Policies", [])
            for statement in statements(policy["PolicyDocument"])
            for resource in listed(statement["Resource"])
        }
        wanted = {target(one) for one in branches(properties(integration).get("IntegrationUri"))}
        problems += [f"{name}: its role may not call {one}" for one in sorted(wanted - callable_)]
        reached.add(function)
    used = set()
    for name, route in of_type(template, "AWS::ApiGatewayV2::Route").items():
        integration = target(properties(route).get("Target"))
        used.add(integration)
        if integration not in integrations:
            problems.append(f"{name}: {properties(route)['RouteKey']} has no integration")
    problems += [f"{name}: no route uses it" for name in integrations if name not in used]

    for mapping in of_type(template, "AWS::Lambda::EventSourceMapping").values():
        reached.add(called(template, properties(mapping)["FunctionName"]))
    for rule in of_type(template, "AWS::Events::Rule").values():
        reached |= {target(one["Arn"]) for one in properties(rule)["Targets"]}
    problems += [f"{name}: nothing calls it" for name in functions if name not in reached]
    return problems


RELEASE = {"Fn::If": ["IsGradual", {"Ref": "Release"}, {"Ref": "AWS::NoValue"}]}


def versions_follow_releases(template: Template) -> list[str]:
    """Versions and functions change with each release, and callers use the alias.

    Without a new version, an alias stays at old code and settings, and Lambda creates no version of an unchanged function.
    If callers bypassed the alias, a rollout would not move any traffic.
    """
    problems = []
    functions, versions = of_type(template, "AWS::Lambda::Function"), of_type(template, "AWS::Lambda::Version")
    for name, version in versions.items():
        function = target(properties(version)["FunctionName"])
        if properties(version).get("Description") != {"Ref": "Release"}:
            problems.append(f"{name}: is not replaced with a Release")
        if properties(functions[function]).get("Description") != RELEASE:
            problems.append(f"{function}: does not change with a Release, so Lambda creates no version of it")
    callers = [*of_type(template, "AWS::ApiGatewayV2::Integration").values(), *of_type(template, "AWS::Lambda::EventSourceMapping").values()]
    targets = [properties(one).get("IntegrationUri", properties(one).get("FunctionName")) for one in callers]
    used = {target(one) for value in targets for one in branches(value)}
    for name, alias in of_type(template, "AWS::Lambda::Alias").items():
        problems += [] if name in used else [f"{name}: nothing calls it"]
        group = alias.get("UpdatePolicy", {}).get("CodeDeployLambdaAliasUpdate", {}).get("DeploymentGroupName")
        alarms = properties(template["Resources"].get(target(group), {})).get("AlarmConfiguration", {}).get("Alarms")
        problems += [] if alarms else [f"{name}: no alarm rolls back a bad version"]
    for name, resource in template["Resources"].items():
        gradual = resource["Type"].startswith("AWS::CodeDeploy::") or resource["Type"] in ("AWS::Lambda::Version", "AWS::Lambda::Alias")
        if gradual and resource.get("Condition") != "IsGradual":
            problems.append(f"{name}: exists without IsGradual; the local cloud has no CodeDeploy")
    return problems


def lost_after(source: str) -> int:
    """LOST_AFTER of the domain, in seconds."""
    found = LOST_AFTER.search(source)
    if not found:
        raise ValueError(f"{DOMAIN_RULES.name} has no LOST_AFTER in minutes")
    return 60 * int(found.group(1))


def leases_outlast_timeouts(template: Template) -> list[str]:
    """A lease ends after the worker's timeout, and a message is delivered again before its job counts as lost."""
    problems = []
    lost = lost_after(DOMAIN_RULES.read_text())
    for timeout, lease in template["Mappings"]["Leases"].items():
        held, hidden = int(lease["Seconds"]), int(lease["Visibility"])
        if held != int(timeout) + 5:
            problems.append(f"Leases: {timeout} seconds need a lease of {int(timeout) + 5}, not {held}")
        if hidden < VISIBILITY_FACTOR * int(timeout):
            needed = VISIBILITY_FACTOR * int(timeout)
            problems.append(f"Leases: {timeout} seconds need a visibility of {needed}, not {hidden}")
        # A minute for the message to be received.
        if hidden + 60 > held + lost:
            problems.append(f"Leases: with {timeout} seconds a job counts as lost before its message is delivered again")
    parameters = template["Parameters"]
    allowed = {str(one) for one in parameters["ImageTimeout"]["AllowedValues"]}
    if allowed != set(template["Mappings"]["Leases"]):
        problems.append("Leases: differs from the allowed values of ImageTimeout")
    problems += [
        f"{queue}: has the visibility timeout {of_timeout}, not that of Leases"
        for queue, function in consumers(template)
        if properties(template["Resources"][function])["Timeout"] == {"Ref": "ImageTimeout"}
        and (of_timeout := properties(template["Resources"][queue])["VisibilityTimeout"]) != VISIBILITY
    ]
    # Only tests set ImageVisibility.
    assertions = [one for rule in template.get("Rules", {}).values() for one in rule["Assertions"]]
    bound = {"Fn::Equals": [{"Ref": "ImageVisibility"}, "0"]}
    if parameters["ImageVisibility"]["Default"] != 0 or bound not in [one["Assert"] for one in assertions]:
        problems.append("ImageVisibility: could be set on AWS")
    function = properties(template["Resources"]["RemoveBackgroundFunction"])
    lease = int(function["Environment"]["Variables"]["SANSFOND_LEASE_SECONDS"])
    if lease != function["Timeout"] + 5:
        problems.append(f"RemoveBackgroundFunction: needs a lease of {function['Timeout'] + 5} seconds, not {lease}")
    return problems


VISIBILITY = {
    "Fn::If": [
        "ChoosesVisibility",
        {"Ref": "ImageVisibility"},
        {"Fn::FindInMap": ["Leases", {"Ref": "ImageTimeout"}, "Visibility"]},
    ]
}


def consumers(template: Template) -> Iterator[tuple[str, str]]:
    """The queues with the functions that consume them."""
    queues = of_type(template, "AWS::SQS::Queue")
    for mapping in of_type(template, "AWS::Lambda::EventSourceMapping").values():
        if (source := target(properties(mapping)["EventSourceArn"])) in queues:
            yield source, called(template, properties(mapping)["FunctionName"])


def stream_sources(template: Template) -> dict[str, Resource]:
    """The event source mappings of table streams."""
    tables = of_type(template, "AWS::DynamoDB::Table")
    mappings = of_type(template, "AWS::Lambda::EventSourceMapping").items()
    return {name: one for name, one in mappings if target(properties(one)["EventSourceArn"]) in tables}


def failure_queue(mapping: Resource) -> str | None:
    """The queue for the records that a stream's function could not process."""
    destination = properties(mapping).get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    return target(destination)


def stream_retries_are_limited(template: Template) -> list[str]:
    """A record that always fails blocks the records behind it, and a stream keeps records for one day. So retries must be
    limited, the record must be separated from its batch, and it must end in a queue."""
    problems = []
    for name, mapping in stream_sources(template).items():
        source = properties(mapping)
        if "FilterCriteria" not in source:
            problems.append(f"{name}: every change of the table calls its function")
        if source.get("FunctionResponseTypes") != ["ReportBatchItemFailures"] or not source.get("BisectBatchOnFunctionError"):
            problems.append(f"{name}: a failed record makes its whole batch fail")
        if not 0 < source.get("MaximumRetryAttempts", -1) <= 100:
            problems.append(f"{name}: a failed record blocks the next ones for a day")
        if failure_queue(mapping) not in of_type(template, "AWS::SQS::Queue"):
            problems.append(f"{name}: records that it gives up do not go to a queue")
        if source.get("StartingPosition") != "TRIM_HORIZON":
            problems.append(f"{name}: records that are written before it is ready are lost")
    return problems


def queues_have_dead_letters(template: Template) -> list[str]:
    """A message that keeps failing goes to the dead letters, whose function returns the credit. Throttled receives count
    too, so a queue needs enough receives that load alone does not create dead letters."""
    queues = of_type(template, "AWS::SQS::Queue")
    ends = {target(properties(queue).get("RedrivePolicy", {}).get("deadLetterTargetArn")) for queue in queues.values()}
    ends |= {failure_queue(mapping) for mapping in stream_sources(template).values()}
    problems = [
        f"{name}: its messages are retried until they expire"
        for name, queue in queues.items()
        if name not in ends and "RedrivePolicy" not in properties(queue)
    ]
    counts = {name: properties(queue).get("RedrivePolicy", {}).get("maxReceiveCount") for name, queue in queues.items()}
    return problems + [
        f"{name}: load alone creates a dead letter, after {count} receives; at least {RECEIVES} are required"
        for name, count in counts.items()
        if count is not None and count < RECEIVES
    ]


def visibility_outlasts_timeouts(template: Template) -> list[str]:
    """A message is not delivered again while its function processes it, and throttling does not use up its receives."""
    problems = []
    for queue, function in consumers(template):
        hidden = properties(template["Resources"][queue]).get("VisibilityTimeout", 30)
        timeout = properties(template["Resources"][function])["Timeout"]
        if isinstance(timeout, int) and not (isinstance(hidden, int) and hidden >= VISIBILITY_FACTOR * timeout):
            needed = VISIBILITY_FACTOR * timeout
            problems.append(f"{queue}: messages are delivered again after {hidden} s, {function} needs {needed} s")
        if not isinstance(timeout, int) and hidden != VISIBILITY:
            problems.append(f"{queue}: messages are delivered again after {hidden}, which does not follow from {function}'s timeout")
    return problems


def events_are_not_lost(template: Template) -> list[str]:
    """Events that EventBridge cannot deliver go to the dead letters."""
    problems = []
    queues = of_type(template, "AWS::SQS::Queue")
    senders: dict[str, set[str]] = {}
    for policy in of_type(template, "AWS::SQS::QueuePolicy").values():
        for statement in statements(properties(policy)["PolicyDocument"]):
            if statement["Effect"] == "Allow":
                rules = {target(arn) for arn in listed(statement["Condition"]["ArnEquals"]["aws:SourceArn"])}
                for queue in listed(properties(policy)["Queues"]):
                    senders.setdefault(target(queue) or "", set()).update(rule or "" for rule in rules)
    for name, rule in of_type(template, "AWS::Events::Rule").items():
        for one in properties(rule)["Targets"]:
            if target(one["Arn"]) not in queues:
                continue
            dead_letters = target(one.get("DeadLetterConfig", {}).get("Arn"))
            if dead_letters not in queues:
                problems.append(f"{name}: undeliverable events are lost")
            elif name not in senders.get(dead_letters, set()):
                problems.append(f"{name}: may not write to {dead_letters}")
    return problems


def alarms_are_free(template: Template) -> list[str]:
    """Without Observability=full and Rollout, the alarms stay within CloudWatch's free metrics. Each alarm notifies the
    operator."""
    problems = []
    watched = 0
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
        if target(listed(properties(alarm).get("AlarmActions", [None]))[0]) not in of_type(template, "AWS::SNS::Topic"):
            problems.append(f"{name}: notifies nobody")
        if alarm.get("Condition") not in ("WatchesAll", "WatchesAllVideos", "IsGradual"):
            watched += sum("MetricStat" in one for one in properties(alarm).get("Metrics", [{"MetricStat": {}}]))
    if watched + METRICS_ELSEWHERE > FREE_METRICS:
        more = watched + METRICS_ELSEWHERE
        problems.append(f"the alarms without Observability=full watch {more} metrics; {FREE_METRICS} are free")
    costly = of_type(template, "AWS::CloudWatch::Dashboard") | of_type(template, "AWS::Logs::MetricFilter")
    problems += [
        f"{name}: costs money; only with Observability=full"
        for name, one in costly.items()
        if one.get("Condition") != "WatchesAll"
    ]
    return problems


def video_times_agree(template: Template) -> list[str]:
    """The worker's time limit ends before that of Batch, because the worker reports the reason."""
    times = template["Mappings"]["VideoTimes"]
    problems = [
        f"VideoTimes: {hours} hours are {60 * int(hours)} minutes, and ten more for Batch"
        for hours, time in times.items()
        if int(time["Minutes"]) != 60 * int(hours) or int(time["Seconds"]) != 3600 * int(hours) + 600
    ]
    # Also ten minutes more; Batch allows six hours at most.
    problems += [
        f"VideoTimes: an update of the machines ends a video of {hours} hours after {time['Update']} minutes"
        for hours, time in times.items()
        if int(time["Update"]) != min(60 * int(hours) + 10, 360)
    ]
    if {str(one) for one in template["Parameters"]["VideoHours"]["AllowedValues"]} != set(times):
        problems.append("VideoTimes: differs from the allowed values of VideoHours")
    return problems


# --------------------------------------------------------------------------------------- the code and the template


def settings_of_template(template: Template) -> set[str]:
    return {
        variable
        for function in of_type(template, "AWS::Lambda::Function").values()
        for variable in properties(function).get("Environment", {}).get("Variables", {})
    }


def settings_of_code(root: Path) -> set[str]:
    """The variables in strings of the code, without the tests at the end of each file."""
    names: set[str] = set()
    for pattern in CODE:
        for folder in root.glob(pattern):
            for file in folder.rglob("*.rs"):
                names |= set(SETTING.findall(file.read_text().split("#[cfg(test)]")[0]))
    return names


def settings_agree(in_template: set[str], in_code: set[str]) -> list[str]:
    wanted = in_code - UNSET_SETTINGS.keys()
    unset = [f"{name}: the code reads it, but the template does not set it" for name in sorted(wanted - in_template)]
    return unset + [f"{name}: the template sets it, but no code reads it" for name in sorted(in_template - in_code)]


def filter_terms(template: Template) -> set[str]:
    """The search terms of metric filters in the logs: quoted messages and names of fields."""
    words: set[str] = set()
    for one in of_type(template, "AWS::Logs::MetricFilter").values():
        words |= set(re.findall(r'"([^"]+)"', properties(one)["FilterPattern"]))
        values = [str(metric["MetricValue"]) for metric in properties(one)["MetricTransformations"]]
        words |= {value.removeprefix("$.") for value in values if value.startswith("$.")}
    return words


def filters_match_the_code(words: set[str], root: Path) -> list[str]:
    """A filter for a line that no code writes would never match."""
    folders = [folder for pattern in CODE for folder in root.glob(pattern)]
    code = "".join(file.read_text() for folder in folders for file in folder.rglob("*.rs"))
    return [
        f"a metric filter looks for “{word}”, which no code logs"
        for word in sorted(words)
        if f'"{word}"' not in code and not re.search(rf"\b{re.escape(word)} =", code)
    ]


def functions_are_named_after_their_handlers(source: str) -> list[str]:
    """Compares names with handlers. infra/local/tests/it/contract.rs compares the handlers with the programs."""
    problems = []
    for name, one in of_type(yaml_parse(source), "AWS::Serverless::Function").items():
        handler = properties(one).get("Handler", "")
        if name != (wanted := f"{handler.title().replace('_', '')}Function"):
            problems.append(f"{name}: must be named {wanted} after its handler")
    return problems


def settings_are_text(template: Template) -> list[str]:
    """Environment variables are strings. CloudFormation converts numbers; other tools refuse them or fail to start."""

    def literals(value: Any) -> Iterator[Any]:
        if isinstance(value, dict):
            # The first element of an If is its condition.
            parts = value["Fn::If"][1:] if "Fn::If" in value else []
            for part in parts:
                yield from literals(part)
        else:
            yield value

    return [
        f"{function}: {name} is {literal!r}, which is not a string; put it in quotation marks"
        for function, one in of_type(template, "AWS::Lambda::Function").items()
        for name, value in properties(one).get("Environment", {}).get("Variables", {}).items()
        for literal in literals(value)
        if not isinstance(literal, str)
    ]


RULES = [
    lint,
    settings_are_text,
    each_function_has_its_own_permissions,
    no_action_is_a_wildcard,
    no_resource_is_everything,
    table_permissions_name_partitions,
    managed_policies_are_known,
    logs_expire,
    access_logs_have_no_secrets,
    buckets_are_closed,
    storage_requires_tls,
    routes_lead_to_functions,
    versions_follow_releases,
    leases_outlast_timeouts,
    queues_have_dead_letters,
    visibility_outlasts_timeouts,
    events_are_not_lost,
    stream_retries_are_limited,
    alarms_are_free,
    video_times_agree,
]


def main() -> int:
    source = TEMPLATE.read_text()
    template = translate(source)
    problems = [problem for rule in RULES for problem in rule(template)]
    problems += settings_agree(settings_of_template(template), settings_of_code(ROOT))
    problems += functions_are_named_after_their_handlers(source)
    problems += filters_match_the_code(filter_terms(template), ROOT)
    for problem in problems:
        print(f"infra/template.yaml: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
