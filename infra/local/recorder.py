"""Records every call to AWS by a function or the worker, as the question that IAM would decide.

`cloud.py` puts it in front of the emulator if there is a file to write to, which is so only in tests. Afterwards
`infra/check/permissions.py` checks the lines. There is one line of JSON for each different call:

    {"who": "LoginFunctionRole", "action": "dynamodb:GetItem", "resource": "Table", "below": "",
     "context": {"dynamodb:LeadingKeys": ["account#…"]}}

`who` and `resource` are names from the template; a resource outside of the stack is an ARN. `below` is the part after
the resource's ARN, such as an index or an object. A link that a function has signed counts as the function's call,
because it has the rights of the function's role. A line `{"key": …, "who": …}` names the role of an access key: Batch,
which is not part of the emulator, writes its own lines to the same file and knows callers by their keys only
(`src/batch/record.rs`).

The emulator's own evaluation of actions and conditions is not used, because it is under test. A call that this file
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
# Query parameters that do not matter to IAM. Any other parameter would make another call.
NEUTRAL = {"x-id", "partNumber", "list-type", "encoding-type", "prefix", "delimiter", "continuation-token", "max-keys"}
NEUTRAL_BEGINNINGS = ("x-amz-", "response-")


class Unreadable(Exception):
    """A call that this file cannot read, with a description."""


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

        async def listen():
            message = await receive()
            # The content of a file is not needed, and may be large.
            if signed.service != "s3" or "delete" in query(scope):
                body.extend(message.get("body", b""))
            return message

        try:
            await self.app(scope, listen, send)
        finally:
            self.record(signed, scope, bytes(body))

    def record(self, signed, scope, body):
        """Records one request, which may be several calls for IAM."""
        try:
            who = role(signed.key)
            self.write({"key": signed.key, "who": who})
            for call in calls(signed.service, scope, body):
                self.write({"who": who, **call})
        except Exception as error:  # Whatever the error, a call that was not recorded must be visible.
            self.write({"unreadable": f"{scope['method']} {scope['path']} for {signed.service}: {error!r}"})

    def write(self, line):
        text = json.dumps(line)
        if text not in self.written:
            self.written.add(text)
            # In one write: Batch appends to the same file.
            os.write(self.file, f"{text}\n".encode())


# --------------------------------------------------------------------------------------------------- callers and resources


class Signed:
    """The key and the service in a signature."""

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
    return Signed(parts[0], parts[3]) if len(parts) == 5 else None


def sessions():
    """Whether a key is temporary, as those of the functions and of the worker. Root has a key of another kind."""
    sts = sys.modules.get("ministack.services.sts")
    return sts._sessions if sts else {}


def role(key):
    """The template's name of the role that a temporary key belongs to."""
    # arn:aws:sts::<account>:assumed-role/<role>/<session>
    return logical(sessions()[key]["Arn"].split("/")[1], "AWS::IAM::Role")


def logical(physical, kind):
    """The template's name of a resource of the stack."""
    from ministack.services import cloudformation

    for stack in list(cloudformation._stacks._data.values()):
        for name, resource in list(stack["_resources"].items()):
            if resource.get("ResourceType") == kind and resource.get("PhysicalResourceId") == physical:
                return name
    raise Unreadable(f"the stack has no {kind} {physical}")


# ------------------------------------------------------------------------------------------------ questions to IAM


def call(action, resource, below="", **context):
    return {"action": action, "resource": resource, "below": below, "context": context}


def calls(service, scope, body):
    """The questions to IAM before a request is carried out."""
    readers = {"dynamodb": dynamodb, "s3": s3, "sqs": sqs, "cognito-idp": cognito, "ses": ses}
    if service not in readers:
        raise Unreadable(f"calls of {service} cannot be read")
    found = list(readers[service](scope, body))
    if not found:
        raise Unreadable("it asks for nothing")
    return found


def target(scope, service):
    """The operation that JSON protocols name in a header."""
    name = headers(scope).get("x-amz-target", "")
    if not name.startswith(f"{service}."):
        raise Unreadable(f"the target “{name}”")
    return name.removeprefix(f"{service}.")


def dynamodb(scope, body):
    operation = target(scope, "DynamoDB_20120810")
    request = json.loads(body)
    if operation == "TransactWriteItems":
        # Not an action of IAM: each item is checked as a call of its own.
        for item in request["TransactItems"]:
            for kind, one in item.items():
                yield table(TRANSACTION[kind], one["TableName"], [item_key(one)])
    elif operation == "BatchWriteItem":
        # An action of its own, checked once for each table with all partition keys.
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
    return call(action, logical(name, "AWS::DynamoDB::Table"), below, **{"dynamodb:LeadingKeys": keys})


def item_key(request):
    """The partition key of a written item, or of a given key."""
    return string((request.get("Item") or request["Key"])[PARTITION_KEYS[None]])


def queried_key(request, attribute):
    """The value of the partition key in a query's condition, which is always an equality."""
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
    # The bucket comes first: the endpoint is an IP address, and SDKs write the bucket into the path.
    name, _, key = urllib.parse.unquote(scope["path"]).lstrip("/").partition("/")
    bucket = logical(name, "AWS::S3::Bucket")
    parameters = query(scope)
    others = {one for one in parameters if one not in NEUTRAL and not one.lower().startswith(NEUTRAL_BEGINNINGS)}
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
            # A copy reads, too.
            from_bucket, _, from_key = urllib.parse.unquote(source.split("?")[0]).lstrip("/").partition("/")
            yield call("s3:GetObject", logical(from_bucket, "AWS::S3::Bucket"), f"/{from_key}")
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
    operation = target(scope, "AmazonSQS")
    yield call(f"sqs:{operation}", logical(json.loads(body)["QueueUrl"], "AWS::SQS::Queue"))


def cognito(scope, body):
    operation = target(scope, "AWSCognitoIdentityProviderService")
    yield call(f"cognito-idp:{operation}", logical(json.loads(body)["UserPoolId"], "AWS::Cognito::UserPool"))


def ses(scope, body):
    if (scope["method"], scope["path"]) != ("POST", "/v2/email/outbound-emails"):
        raise Unreadable("another call of SES")
    request = json.loads(body)
    sender = request["FromEmailAddress"]
    recipients = [one for addresses in request["Destination"].values() for one in addresses]
    identity = f"arn:aws:ses:us-east-1:{ACCOUNT}:identity/{sender}"
    yield call("ses:SendEmail", identity, **{"ses:FromAddress": sender, "ses:Recipients": recipients})
