"""The emulator with gate.py and aws_rules.py refuses the requests that AWS refuses.

It runs with the settings of `make up`, and without the service.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile
from pathlib import Path
from typing import Any

import boto3
import gate
from botocore import UNSIGNED
from botocore.auth import HmacV1QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

KEY, SECRET = "AKIAABCDEFGHIJKLMNOP", "A" * 40
SITE = "http://127.0.0.1:8080"
ARNS = "arn:aws:iam::000000000000"
START_LIMIT_S = 90

process: subprocess.Popen[bytes]
port: int


def setUpModule() -> None:
    global process, port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(folder.cleanup)
    home = Path(folder.name)
    credentials = home / "aws-credentials"
    credentials.write_text(f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n")
    environment = {
        "AUTH": "true", "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "PERSIST_STATE": "1", "STATE_DIR": str(home / "emulator"),
        "S3_PERSIST": "1", "S3_DATA_DIR": str(home / "objects"), "TMPDIR": str(home), "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0", "DOCKER_HOST": f"unix://{home}/none.sock", "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8",
    }
    script = Path(__file__).with_name("cloud.py")
    with open(home / "log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(script), str(home / "lock"), SITE, str(credentials)],
            env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=home,
        )
    unittest.addModuleCleanup(process.wait)
    assert process.stdin is not None, "a pipe"
    unittest.addModuleCleanup(process.stdin.close)
    started = time.monotonic()
    while True:
        try:
            if send("GET", "/_ministack/health")[0] == 200:
                return
        except OSError:
            pass
        if process.poll() is not None or time.monotonic() - started > START_LIMIT_S:
            raise AssertionError(f"the emulator does not start: {(home / 'log').read_text()[-2000:]}")
        time.sleep(0.05)


def send(method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """Sends a request with exactly these headers. Returns status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    answer = response.status, response.read()
    connection.close()
    return answer


def client(service: str, key: str | None = KEY, secret: str = SECRET, token: str | None = None, **config: Any) -> Any:
    if key is None:
        config["signature_version"] = UNSIGNED
    elif service == "s3":
        config["signature_version"] = "s3v4"  # Also for links.
    return boto3.session.Session(key, secret, token, "us-east-1").client(
        service, endpoint_url=f"http://127.0.0.1:{port}",
        config=Config(s3={"addressing_style": "path"}, proxies={}, retries={"total_max_attempts": 1}, **config),
    )


def role(name: str, *statements: dict[str, Any]) -> Any:
    """Creates a role with these statements. Returns a function that creates clients with the role."""
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"{ARNS}:root"}, "Action": "sts:AssumeRole"}]}
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    client("iam").put_role_policy(RoleName=name, PolicyName="it", PolicyDocument=json.dumps(policy))
    keys = client("sts").assume_role(RoleArn=f"{ARNS}:role/{name}", RoleSessionName="test")["Credentials"]
    return lambda service: client(service, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


class Case(unittest.TestCase):
    def assert_denied(self, call: Any, *codes: str, **arguments: Any) -> None:
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertIn(caught.exception.response["Error"]["Code"], codes or ("AccessDeniedException", "AccessDenied"))


class Keys(Case):
    """Only the installation's key and temporary keys of the emulator have permissions."""

    UNKNOWN = ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId")

    def test_the_installation_s_key_may_do_everything(self) -> None:
        self.assertEqual(client("sts").get_caller_identity()["Arn"], f"{ARNS}:root")
        client("sqs").create_queue(QueueName="by-root")

    def test_well_known_keys_may_do_nothing(self) -> None:
        for key in ("test", "000000000000", "123456789012", "AKIAABCDEFGHIJKLMNOQ"):
            for secret in ("test", SECRET):
                with self.subTest(key=key):
                    self.assert_denied(client("sqs", key, secret).list_queues, *self.UNKNOWN)
                    self.assert_denied(client("sts", key, secret).get_caller_identity, *self.UNKNOWN)
                    self.assert_denied(client("dynamodb", key, secret).list_tables, *self.UNKNOWN)
                    self.assert_denied(client("s3", key, secret).list_buckets, *self.UNKNOWN)

    def test_the_key_s_id_without_its_secret_is_refused(self) -> None:
        wrong = "B" * 40
        for service, call in (("sqs", "list_queues"), ("cloudformation", "list_stacks"), ("s3", "list_buckets")):
            with self.subTest(service):
                self.assert_denied(getattr(client(service, KEY, wrong), call), "SignatureDoesNotMatch",
                                   "InvalidSignatureException", "AccessDenied")

    def test_unsigned_requests_are_refused(self) -> None:
        client("s3").create_bucket(Bucket="closed")
        client("s3").put_object(Bucket="closed", Key="a", Body=b"a")
        unsigned = client("s3", None)
        for call, arguments in (
            ("list_buckets", {}), ("create_bucket", {"Bucket": "anyones"}), ("get_object", {"Bucket": "closed", "Key": "a"}),
            ("put_object", {"Bucket": "closed", "Key": "b"}), ("delete_object", {"Bucket": "closed", "Key": "a"}),
            ("list_objects_v2", {"Bucket": "closed"}), ("get_object", {"Bucket": "closed", "Key": "none"}),
        ):
            with self.subTest(call):
                self.assert_denied(getattr(unsigned, call), "AccessDenied", **arguments)
        for query in ("Action=ListStacks&Version=2010-05-15", "Action=ListQueues", "Action=ListUsers&Version=2010-05-08"):
            status, _ = send("GET", f"/?{query}")
            self.assertIn(status, (400, 403), query)
        target = {"X_Amz_Target": "DynamoDB_20120810.ListTables", "Content_Type": "application/x-amz-json-1.0"}
        for authorization in ({}, {"Authorization": "Bearer x"}, {"Authorization": "AWS4-HMAC-SHA256 x"},
                              {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/"
                                                "aws4_request, SignedHeaders=host, Signature=0"}):
            with self.subTest(authorization):
                self.assertIn(send("POST", "/", b"{}", **target, **authorization)[0], (400, 403))

    def test_links_with_a_signature_of_version_2_are_refused(self) -> None:
        client("s3").create_bucket(Bucket="links")
        client("s3").put_object(Bucket="links", Key="a", Body=b"text")
        link = client("s3").generate_presigned_url("get_object", {"Bucket": "links", "Key": "a"})
        self.assertEqual(send("GET", link.split(str(port), 1)[1]), (200, b"text"))
        request = AWSRequest("GET", f"http://127.0.0.1:{port}/links/a")
        HmacV1QueryAuth(Credentials(KEY, SECRET)).add_auth(request)
        self.assertEqual(send("GET", request.prepare().url.split(str(port), 1)[1])[0], 403)

    def test_a_page_is_refused_even_with_the_key(self) -> None:
        template = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
        stack = {"StackName": "by-a-page", "TemplateBody": template}
        link = client("cloudformation").generate_presigned_url("create_stack", stack, HttpMethod="GET")
        path = link.split(str(port), 1)[1]
        self.assertEqual(send("GET", path, Sec_Fetch_Site="cross-site")[0], 403)
        self.assertEqual(send("GET", path, Host=f"x.execute-api.localhost:{port}", Origin="http://evil.test")[0], 403)
        self.assertNotIn("by-a-page", str(client("cloudformation").list_stacks()))
        self.assertEqual(send("GET", path)[0], 200, "without a page, the link works")
        self.assertIn("by-a-page", str(client("cloudformation").list_stacks()))


def row(pk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": "a"}}


class PartitionKeys(Case):
    """`dynamodb:LeadingKeys`."""

    ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/rows"

    @classmethod
    def setUpClass(cls) -> None:
        names = ("pk", "sk", "due")
        for table in ("rows", "others"):
            client("dynamodb").create_table(
                TableName=table, BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                GlobalSecondaryIndexes=[{
                    "IndexName": "due", "KeySchema": [{"AttributeName": "due", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }],
            )
        everything = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem",
                      "BatchWriteItem", "ConditionCheckItem")
        cls.own = staticmethod(role("own-rows", {
            "Effect": "Allow", "Action": [f"dynamodb:{one}" for one in everything],
            "Resource": [cls.ARN, f"{cls.ARN}/index/*", cls.ARN.replace("rows", "others")],
            "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["own#*"]}},
        }))("dynamodb")
        cls.split = role("split", *(
            {"Effect": "Allow", "Action": f"dynamodb:{action}", "Resource": cls.ARN,
             "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [prefix]}}}
            for action, prefix in (("PutItem", "puts#*"), ("ConditionCheckItem", "checks#*"))
        ))("dynamodb")

    def assert_own_only(self, call: str, make: Any) -> None:
        """The call is allowed for an own row and denied for another. `make` returns the arguments for a partition key."""
        with self.subTest(call):
            getattr(self.own, call)(**make("own#1"))
            self.assert_denied(getattr(self.own, call), **make("other#1"))

    def test_calls_for_one_row(self) -> None:
        self.assert_own_only("put_item", lambda pk: {"TableName": "rows", "Item": row(pk)})
        self.assert_own_only("get_item", lambda pk: {"TableName": "rows", "Key": row(pk)})
        self.assert_own_only("update_item", lambda pk: {
            "TableName": "rows", "Key": row(pk), "UpdateExpression": "SET n = :n",
            "ExpressionAttributeValues": {":n": {"N": "1"}}})
        self.assert_own_only("delete_item", lambda pk: {"TableName": "rows", "Key": row(pk)})

    def test_the_table_may_be_named_by_its_arn(self) -> None:
        self.assert_own_only("get_item", lambda pk: {"TableName": self.ARN, "Key": row(pk)})

    def test_queries(self) -> None:
        self.assert_own_only("query", lambda pk: {
            "TableName": "rows", "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)",
            "ExpressionAttributeValues": {":pk": {"S": pk}, ":sk": {"S": "a"}}})
        self.assert_own_only("query", lambda pk: {
            "TableName": "rows", "KeyConditionExpression": "begins_with(sk, :own) and (#p = :pk)",
            "ExpressionAttributeNames": {"#p": "pk"},
            "ExpressionAttributeValues": {":pk": {"S": pk}, ":own": {"S": "own#"}}})
        self.assert_own_only("query", lambda pk: {"TableName": "rows", "KeyConditions": {
            "pk": {"AttributeValueList": [{"S": pk}], "ComparisonOperator": "EQ"}}})
        # An index has its own partition key.
        self.assert_own_only("query", lambda due: {
            "TableName": "rows", "IndexName": "due", "KeyConditionExpression": "due = :due",
            "ExpressionAttributeValues": {":due": {"S": due}}})

    def test_a_batch_with_one_forbidden_row_is_denied(self) -> None:
        self.assert_own_only("batch_get_item", lambda pk: {"RequestItems": {"rows": {"Keys": [row("own#2"), row(pk)]}}})
        for kind, member in (("PutRequest", "Item"), ("DeleteRequest", "Key")):
            self.assert_own_only("batch_write_item", lambda pk, kind=kind, member=member: {"RequestItems": {
                "rows": [{kind: {member: row("own#2")}}], "others": [{kind: {member: row(pk)}}]}})

    def test_each_item_of_a_transaction_is_checked(self) -> None:
        self.assert_own_only("transact_get_items", lambda pk: {
            "TransactItems": [{"Get": {"TableName": "rows", "Key": row(one)}} for one in ("own#2", pk)]})
        condition = {"ConditionExpression": "attribute_not_exists(n)"}
        values = {"UpdateExpression": "SET m = :m", "ExpressionAttributeValues": {":m": {"N": "1"}}}
        for detail in ({"Put": {}}, {"Delete": {}}, {"Update": values}, {"ConditionCheck": condition}):
            kind, extra = next(iter(detail.items()))
            self.assert_own_only("transact_write_items", lambda pk, kind=kind, extra=extra: {"TransactItems": [
                {"Put": {"TableName": "rows", "Item": row("own#3")}},
                {kind: {"TableName": "rows", "Item" if kind == "Put" else "Key": row(pk), **extra}},
            ]})

    def test_each_item_of_a_transaction_needs_the_permission_for_its_own_action(self) -> None:
        def transaction(put: str, check: str) -> dict[str, Any]:
            return {"TransactItems": [
                {"Put": {"TableName": "rows", "Item": row(put)}},
                {"ConditionCheck": {"TableName": "rows", "Key": row(check),
                                    "ConditionExpression": "attribute_not_exists(pk)"}},
            ]}

        self.split.transact_write_items(**transaction("puts#1", "checks#1"))
        self.assert_denied(self.split.transact_write_items, **transaction("checks#1", "puts#1"))
        self.assert_denied(self.split.transact_write_items, **transaction("puts#2", "puts#2"))

    def test_the_condition_does_not_apply_to_requests_without_partition_keys(self) -> None:
        """As on AWS: ForAllValues is true for no values. A role that must not scan must not have the action."""
        self.own.scan(TableName="rows")


class MissingObjects(Case):
    """403 for callers who may not list, 404 for those who may."""

    @classmethod
    def setUpClass(cls) -> None:
        client("s3").create_bucket(Bucket="files")
        client("s3").put_object(Bucket="files", Key="lists/there", Body=b"text")
        objects = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::files/*"}
        listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::files"}
        prefixed = {**listing, "Condition": {"StringLike": {"s3:prefix": "lists/*"}}}
        cls.no_listing = staticmethod(role("no-listing", objects))("s3")
        cls.lists = staticmethod(role("lists", objects, listing))("s3")
        cls.lists_prefix = staticmethod(role("lists-prefix", objects, prefixed))("s3")

    def test_the_error_without_permission_to_list_hides_whether_an_object_exists(self) -> None:
        for call in ("get_object", "head_object"):
            self.assert_denied(getattr(self.no_listing, call), "AccessDenied", "403", Bucket="files", Key="lists/none")
            self.assert_denied(getattr(self.lists, call), "NoSuchKey", "404", Bucket="files", Key="lists/none")
        self.no_listing.get_object(Bucket="files", Key="lists/there")

    def test_a_prefix_is_compared_with_the_object_s_key(self) -> None:
        for call in ("get_object", "head_object"):
            ask = getattr(self.lists_prefix, call)
            self.assert_denied(ask, "NoSuchKey", "404", Bucket="files", Key="lists/none")
            self.assert_denied(ask, "AccessDenied", "403", Bucket="files", Key="other/none")

    def test_a_list_is_allowed_only_with_the_prefix(self) -> None:
        self.lists_prefix.list_objects_v2(Bucket="files", Prefix="lists/a")
        self.assert_denied(self.lists_prefix.list_objects_v2, Bucket="files", Prefix="other/")
        self.assert_denied(self.lists_prefix.list_objects_v2, Bucket="files")

    def test_a_missing_source_of_a_copy(self) -> None:
        copy = {"Bucket": "files", "Key": "copy", "CopySource": {"Bucket": "files", "Key": "lists/no%20ne"}}
        self.assert_denied(self.no_listing.copy_object, "AccessDenied", **copy)
        self.assert_denied(self.lists_prefix.copy_object, "NoSuchKey", **copy)

    def test_a_link_to_a_missing_object(self) -> None:
        for one, expected in ((self.no_listing, 403), (self.lists, 404)):
            link = one.generate_presigned_url("get_object", {"Bucket": "files", "Key": "none"})
            self.assertEqual(send("GET", link.split(str(port), 1)[1])[0], expected)


class Payloads(Case):
    """Input and output of a function behind an HTTP API."""

    CODE = (
        "def handler(event, context):\n"
        "    if event['rawPath'] == '/fails':\n"
        "        raise ValueError('internal')\n"
        "    return {'statusCode': 200, 'body': 'x' * int(event['queryStringParameters']['bytes'])}\n"
    )

    @classmethod
    def setUpClass(cls) -> None:
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("code.py", cls.CODE)
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
        client("iam").create_role(RoleName="function", AssumeRolePolicyDocument=json.dumps(trust))
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        cls.function = client("lambda").create_function(
            FunctionName="sizes", Runtime=f"python{version}", Handler="code.handler", Timeout=60,
            Role=f"{ARNS}:role/function", Code={"ZipFile": package.getvalue()},
        )["FunctionArn"]
        gateway = client("apigatewayv2")
        api = gateway.create_api(Name="sizes", ProtocolType="HTTP")["ApiId"]
        integration = gateway.create_integration(
            ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=cls.function, PayloadFormatVersion="2.0",
        )["IntegrationId"]
        gateway.create_route(ApiId=api, RouteKey="$default", Target=f"integrations/{integration}")
        gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
        cls.host = f"{api}.execute-api.localhost:{port}"

    def ask(self, path: str, body: bytes = b"") -> tuple[int, bytes]:
        # API Gateway encodes a body of this type as base64, so the event is a third larger.
        return send("POST", path, body, Host=self.host, Content_Type="application/octet-stream")

    def test_a_response_over_the_limit_is_an_error_500(self) -> None:
        status, body = self.ask("/?bytes=6000000")
        self.assertEqual((status, len(body)), (200, 6_000_000))
        self.assertEqual(self.ask("/?bytes=6300000"), (500, b'{"message":"Internal Server Error"}'))

    def test_a_request_over_the_limit_does_not_reach_the_function(self) -> None:
        self.assertEqual(self.ask("/?bytes=1", b"x" * 4_500_000), (200, b"x"))
        self.assertEqual(self.ask("/?bytes=1", b"x" * 4_800_000), (413, b'{"message":"Request Entity Too Large"}'))

    def test_the_api_hides_the_error_of_a_function(self) -> None:
        self.assertEqual(self.ask("/fails"), (500, b'{"message":"Internal Server Error"}'))

    def test_a_direct_call_of_a_function_returns_the_error(self) -> None:
        event = {"rawPath": "/", "queryStringParameters": {"bytes": "6300000"}}
        answer = client("lambda").invoke(FunctionName="sizes", Payload=json.dumps(event))
        self.assertEqual(json.load(answer["Payload"])["errorType"], "Function.ResponseSizeTooLarge")

    def test_only_the_exact_host_name_of_the_api_is_served(self) -> None:
        self.assertEqual(send("POST", "/?bytes=1", Host=self.host)[0], 200)
        wrong = ("f" if self.host[0] != "f" else "0") + self.host[1:]
        self.assertEqual(send("POST", "/?bytes=1", Host=wrong)[0], 403)


class Access(Case):
    def test_requests_go_through_the_gate(self) -> None:
        self.assertEqual(send("GET", "/_ministack/health", Host="evil.test")[0], 403)
        self.assertEqual(send("POST", gate.EVENTS, b'{"Entries": []}', Origin=SITE)[0], 403)


if __name__ == "__main__":
    unittest.main()
