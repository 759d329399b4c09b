"""Records every call to AWS by a function or the worker, with the action and the resource that IAM would check.

`cloud.py` puts it in front of the emulator if a file to write to is given, which only tests do. Afterwards
`infra/check/permissions.py` checks the lines. There is one line of JSON for each different call:

    {"who": "LoginFunctionRole", "action": "dynamodb:GetItem", "resource": "Table", "below": "",
     "context": {"dynamodb:LeadingKeys": ["account#…"]}}

`who` and `resource` are names from the template; a resource outside of the stack is an ARN. `below` is the part after
the resource's ARN, such as an index or an object. A link that a function has signed counts as the function's call,
because it has the permissions of the function's role. A line `{"key": …, "who": …}` names the role of an access key: Batch,
which is not part of the emulator, writes its own lines to the same file and knows only the keys of callers
(`src/batch/record.rs`).

The emulator's own evaluation of actions and conditions is not used, because the tests check it too. A call that this file
cannot read is recorded as `{"unreadable": …}`, and the check fails.

Deliberately absent: calls to Cognito without a signature, calls of the emulator's root, and calls that Lambda makes
with a function's role, such as polling a queue.
"""

import json
import os
import sys
import urllib.parse
from xml.etree import ElementTree

ACCOUNT = "000000000000"
# The partition key of the table and of each index; a request does not say which of its attributes is the key.
PARTITION_KEYS = {None: "pk", "due": "due_pk"}
TRANSACTION = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
}
ITEM_CALLS = {"GetItem", "PutItem", "UpdateItem", "DeleteItem"}
# IAM's names of S3's calls, by method and the query parameter that distinguishes calls.
OBJECT_ACTIONS = {
    ("GET", None): "s3:GetObject",
    ("HEAD", None): "s3:GetObject",
    ("PUT", None): "s3:PutObject",
    ("DELETE", None): "s3:DeleteObject",
    ("POST", "uploads"): "s3:PutObject",
    ("PUT", "uploadId"): "s3:PutObject",
    ("POST", "uploadId"): "s3:PutObject",
    ("GET", "uploadId"): "s3:ListMultipartUploadParts",
    ("DELETE", "uploadId"): "s3:AbortMultipartUpload",
}
# Query parameters that do not change the IAM action. A request with any other parameter is another action.
NEUTRAL = {"x-id", "partNumber", "list-type", "encoding-type", "prefix", "delimiter", "continuation-token", "max-keys"}
NEUTRAL_PREFIXES = ("x-amz-", "response-")


class Unreadable(Exception):
    """A call that this file cannot read; the text describes it."""


class Recorder:
    """Middleware that passes all requests on, and records callers and calls."""

    def __init__(self, app, path):
        self.app = app
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self.written = set()

    async def __call__(self, scope, receive, send):
        signed = credential(scope) if scope["type"] == "http" else None
        if signed is None or signed.key not in sessions():
            await self.app(scope, receive, send)
            return
        body = bytearray()

        async def receive_and_copy():
            message = await receive()
            # The content of an object is not needed, and may be large.
            if signed.service != "s3" or "delete" in query(scope):
                body.extend(message.get("body", b""))
            return message

        try:
            await self.app(scope, receive_and_copy, send)
        finally:
            self.record(signed, scope, bytes(body))

    def record(self, signed, scope, body):
        """Records one request, which IAM may check as several calls."""
        try:
            who = role(signed.key)
            self.write({"key": signed.key, "who": who})
            for call in calls(signed.service, scope, body):
                self.write({"who": who, **call})
        except Exception as error:  # Every error: a call that was not recorded must fail the check.
            self.write({"unreadable": f"{scope['method']} {scope['path']} for {signed.service}: {error!r}"})

    def write(self, line):
        text = json.dumps(line)
        if text not in self.written:
            self.written.add(text)
            # With one write, because Batch appends to the same file.
            os.write(self.file, f"{text}\n".encode())


# --------------------------------------------------------------------------------------------------- callers and resources


class Credential:
    """The access key and the service in a signature."""

    def __init__(self, key, service):
        self.key = key
        self.service = service


def headers(scope):
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def query(scope):
    return dict(urllib.parse.parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))


def credential(scope):
    """The credential of a signed request or a signed link: `<key>/<day>/<region>/<service>/aws4_request`."""
    authorization = headers(scope).get("authorization", "")
    if authorization.startswith("AWS4-HMAC-SHA256 Credential="):
        text = authorization.removeprefix("AWS4-HMAC-SHA256 Credential=").split(",")[0]
    else:
        text = query(scope).get("X-Amz-Credential", "")
    parts = text.split("/")
    return Credential(parts[0], parts[3]) if len(parts) == 5 else None


def sessions():
    """The sessions of temporary keys, by key. Functions and worker have such keys, root does not."""
    sts = sys.modules.get("ministack.services.sts")
    return sts._sessions if sts else {}


def role(key):
    """The name in the template of the role that a temporary key belongs to."""
    # arn:aws:sts::<account>:assumed-role/<role>/<session>
    return logical_name(sessions()[key]["Arn"].split("/")[1], "AWS::IAM::Role")


def logical_name(physical, kind):
    """The name in the template of a resource of the stack."""
    from ministack.services import cloudformation

    for stack in list(cloudformation._stacks._data.values()):
        for name, resource in list(stack["_resources"].items()):
            if resource.get("ResourceType") == kind and resource.get("PhysicalResourceId") == physical:
                return name
    raise Unreadable(f"the stack has no {kind} {physical}")


# ------------------------------------------------------------------------------------------------- calls for IAM


def call(action, resource, below="", **context):
    return {"action": action, "resource": resource, "below": below, "context": context}


def calls(service, scope, body):
    """The calls that IAM checks before a request is carried out."""
    readers = {"dynamodb": dynamodb, "s3": s3, "sqs": sqs, "cognito-idp": cognito, "ses": ses}
    if service not in readers:
        raise Unreadable(f"calls of {service} cannot be read")
    found = list(readers[service](scope, body))
    if not found:
        raise Unreadable("the request has no action")
    return found


def operation_name(scope, service):
    """The name of the operation, which JSON protocols put into a header."""
    name = headers(scope).get("x-amz-target", "")
    if not name.startswith(f"{service}."):
        raise Unreadable(f"the operation “{name}”")
    return name.removeprefix(f"{service}.")


def dynamodb(scope, body):
    operation = operation_name(scope, "DynamoDB_20120810")
    request = json.loads(body)
    if operation == "TransactWriteItems":
        # IAM has no such action and checks each item as a separate call.
        for item in request["TransactItems"]:
            for kind, one in item.items():
                yield table(TRANSACTION[kind], one["TableName"], [item_key(one)])
    elif operation == "BatchWriteItem":
        # IAM checks this action once for each table, with all partition keys.
        for name, writes in request["RequestItems"].items():
            keys = [item_key(one) for write in writes for one in write.values()]
            yield table("dynamodb:BatchWriteItem", name, sorted(set(keys)))
    elif operation == "Query":
        index = request.get("IndexName")
        below = f"/index/{index}" if index else ""
        yield table("dynamodb:Query", request["TableName"], [queried_key(request, PARTITION_KEYS[index])], below)
    elif operation in ITEM_CALLS:
        yield table(f"dynamodb:{operation}", request["TableName"], [item_key(request)])
    else:
        raise Unreadable(operation)


def table(action, name, keys, below=""):
    return call(action, logical_name(name, "AWS::DynamoDB::Table"), below, **{"dynamodb:LeadingKeys": keys})


def item_key(request):
    """The partition key in a request's item or key."""
    return string((request.get("Item") or request["Key"])[PARTITION_KEYS[None]])


def queried_key(request, attribute):
    """The value of the partition key in a query's condition. DynamoDB allows only `=` for it."""
    names = request.get("ExpressionAttributeNames", {})
    for condition in request["KeyConditionExpression"].split(" AND "):
        name, sign, value = (condition.split() + ["", "", ""])[:3]
        if names.get(name, name) == attribute and sign == "=":
            return string(request["ExpressionAttributeValues"][value])
    raise Unreadable(f"a query without {attribute}: {request['KeyConditionExpression']}")


def string(value):
    """Partition keys are strings here."""
    return value["S"]


def s3(scope, body):
    # The path starts with the bucket, because the endpoint is an IP address.
    name, _, key = urllib.parse.unquote(scope["path"]).lstrip("/").partition("/")
    bucket = logical_name(name, "AWS::S3::Bucket")
    parameters = query(scope)
    others = {one for one in parameters if one not in NEUTRAL and not one.lower().startswith(NEUTRAL_PREFIXES)}
    method = scope["method"]
    if key:
        if len(others) > 1:
            raise Unreadable(f"the parameters {sorted(others)}")
        kind = (method, next(iter(others), None))
        if kind not in OBJECT_ACTIONS:
            raise Unreadable(f"{kind} on an object")
        yield call(OBJECT_ACTIONS[kind], bucket, f"/{key}")
        source = headers(scope).get("x-amz-copy-source")
        if source:
            # A copy also reads its source.
            from_bucket, _, from_key = urllib.parse.unquote(source.split("?")[0]).lstrip("/").partition("/")
            yield call("s3:GetObject", logical_name(from_bucket, "AWS::S3::Bucket"), f"/{from_key}")
    elif (method, others) == ("POST", {"delete"}):
        for element in ElementTree.fromstring(body).iter():
            if element.tag.rpartition("}")[2] == "Key":
                yield call("s3:DeleteObject", bucket, f"/{element.text}")
    elif (method, others) == ("GET", set()) and parameters.get("list-type") == "2":
        listed = {"s3:prefix": parameters["prefix"]} if "prefix" in parameters else {}
        yield call("s3:ListBucket", bucket, **listed)
    else:
        raise Unreadable(f"{method} {sorted(others)} on a bucket")


def sqs(scope, body):
    operation = operation_name(scope, "AmazonSQS")
    yield call(f"sqs:{operation}", logical_name(json.loads(body)["QueueUrl"], "AWS::SQS::Queue"))


def cognito(scope, body):
    operation = operation_name(scope, "AWSCognitoIdentityProviderService")
    yield call(f"cognito-idp:{operation}", logical_name(json.loads(body)["UserPoolId"], "AWS::Cognito::UserPool"))


def ses(scope, body):
    if (scope["method"], scope["path"]) != ("POST", "/v2/email/outbound-emails"):
        raise Unreadable("a call of SES that does not send an email")
    request = json.loads(body)
    sender = request["FromEmailAddress"]
    recipients = [one for addresses in request["Destination"].values() for one in addresses]
    identity = f"arn:aws:ses:us-east-1:{ACCOUNT}:identity/{sender}"
    yield call("ses:SendEmail", identity, **{"ses:FromAddress": sender, "ses:Recipients": recipients})
