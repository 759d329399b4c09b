"""The recorder's lines for each kind of call, and for calls that it cannot read.

    python infra/local/test_recorder.py
"""

import asyncio
import json
import tempfile
import unittest
from pathlib import Path

from ministack.services import cloudformation, sts
from recorder import Recorder

KEY = "ASIA0000000000000001"
STACK = {
    "LoginFunctionRole": ("AWS::IAM::Role", "sansfond-LoginFunctionRole-1"),
    "Table": ("AWS::DynamoDB::Table", "sansfond-Table-1"),
    "Bucket": ("AWS::S3::Bucket", "sansfond-bucket-1"),
    "VideoQueue": ("AWS::SQS::Queue", "http://localhost:4566/000000000000/sansfond-VideoQueue-1"),
    "UserPool": ("AWS::Cognito::UserPool", "us-east-1_1"),
}
PUT = {"Item": {"pk": {"S": "account#1"}, "sk": {"S": "profile"}}, "TableName": "sansfond-Table-1"}
OTHER = {"Key": {"pk": {"S": "key#1"}, "sk": {"S": "key"}}, "TableName": "sansfond-Table-1"}


def setUpModule():
    sts._sessions[KEY] = {"Arn": "arn:aws:sts::000000000000:assumed-role/sansfond-LoginFunctionRole-1/login"}
    resources = {name: {"ResourceType": kind, "PhysicalResourceId": made} for name, (kind, made) in STACK.items()}
    cloudformation._stacks._data["000000000000", "us-east-1", "sansfond"] = {"_resources": resources}


def record(service, method="POST", path="/", query="", body=None, key=KEY, **headers):
    """Sends a request and returns the recorded lines. Asserts that the request reaches the emulator unchanged."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    reached = bytearray()

    async def app(scope, receive, send):
        more = True
        while more:
            message = await receive()
            reached.extend(message["body"])
            more = message.get("more_body", False)

    middle = len(content) // 2
    messages = [
        {"type": "http.request", "body": content[:middle], "more_body": True},
        {"type": "http.request", "body": content[middle:]},
    ]

    async def receive():
        return messages.pop(0)

    if key and "X-Amz-Credential" not in query:
        headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={key}/20261201/us-east-1/{service}/aws4_request, S=1"
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "calls.jsonl"
        asyncio.run(Recorder(app, file)(scope, receive, None))
        assert bytes(reached) == content
        return [json.loads(line) for line in file.read_text().splitlines()]


def dynamodb(operation, body):
    return record("dynamodb", body=body, x_amz_target=f"DynamoDB_20120810.{operation}")


def calls(lines):
    """Action, resource and context of each line, except the first, which names the key's role."""
    owner, *rest = lines
    assert owner == {"key": KEY, "who": "LoginFunctionRole"}, owner
    assert all(line["who"] == "LoginFunctionRole" for line in rest), rest
    return [(line["action"], line["resource"] + line["below"], line["context"]) for line in rest]


def keys(*values):
    return {"dynamodb:LeadingKeys": list(values)}


class Dynamodb(unittest.TestCase):
    def test_a_call_for_an_item_has_its_partition_key(self):
        self.assertEqual(calls(dynamodb("PutItem", PUT)), [("dynamodb:PutItem", "Table", keys("account#1"))])
        self.assertEqual(calls(dynamodb("DeleteItem", OTHER)), [("dynamodb:DeleteItem", "Table", keys("key#1"))])

    def test_a_transaction_is_one_call_for_each_item(self):
        items = [{"Put": PUT}, {"ConditionCheck": OTHER}, {"Delete": OTHER}, {"Update": OTHER}]
        self.assertEqual(
            calls(dynamodb("TransactWriteItems", {"TransactItems": items})),
            [
                ("dynamodb:PutItem", "Table", keys("account#1")),
                ("dynamodb:ConditionCheckItem", "Table", keys("key#1")),
                ("dynamodb:DeleteItem", "Table", keys("key#1")),
                ("dynamodb:UpdateItem", "Table", keys("key#1")),
            ],
        )

    def test_a_batch_is_one_call_with_all_its_keys(self):
        writes = [{"DeleteRequest": {"Key": OTHER["Key"]}}, {"PutRequest": {"Item": PUT["Item"]}}]
        self.assertEqual(
            calls(dynamodb("BatchWriteItem", {"RequestItems": {"sansfond-Table-1": writes}})),
            [("dynamodb:BatchWriteItem", "Table", keys("account#1", "key#1"))],
        )

    def test_a_query_has_the_partition_key_of_its_table_or_index(self):
        query = {
            "TableName": "sansfond-Table-1",
            "KeyConditionExpression": "#pk = :pk AND begins_with(sk, :job)",
            "ExpressionAttributeNames": {"#pk": "pk"},
            "ExpressionAttributeValues": {":pk": {"S": "account#1"}, ":job": {"S": "job#"}},
        }
        self.assertEqual(calls(dynamodb("Query", query)), [("dynamodb:Query", "Table", keys("account#1"))])
        due = {
            "TableName": "sansfond-Table-1",
            "IndexName": "due",
            "KeyConditionExpression": "due_pk = :open AND due_at <= :now",
            "ExpressionAttributeValues": {":open": {"S": "open"}, ":now": {"N": "1"}},
        }
        self.assertEqual(calls(dynamodb("Query", due)), [("dynamodb:Query", "Table/index/due", keys("open"))])


class S3(unittest.TestCase):
    def object(self, method, query="", **headers):
        return calls(record("s3", method, "/sansfond-bucket-1/results/a%20b", query, b"", **headers))

    def test_calls_on_an_object_have_iam_s_names(self):
        for method, query, action in [
            ("GET", "x-id=GetObject", "GetObject"),
            ("HEAD", "", "GetObject"),
            ("PUT", "x-id=PutObject", "PutObject"),
            ("DELETE", "", "DeleteObject"),
            ("POST", "uploads=", "PutObject"),
            ("PUT", "partNumber=1&uploadId=u", "PutObject"),
            ("POST", "uploadId=u", "PutObject"),
            ("GET", "uploadId=u&x-id=ListParts", "ListMultipartUploadParts"),
            ("DELETE", "uploadId=u", "AbortMultipartUpload"),
        ]:
            self.assertEqual(self.object(method, query), [(f"s3:{action}", "Bucket/results/a b", {})], query)

    def test_a_copy_reads_and_writes(self):
        self.assertEqual(
            self.object("PUT", x_amz_copy_source="sansfond-bucket-1/videos/a%20c"),
            [("s3:PutObject", "Bucket/results/a b", {}), ("s3:GetObject", "Bucket/videos/a c", {})],
        )

    def test_a_link_counts_as_a_call_of_its_signer(self):
        query = f"X-Amz-Credential={KEY}%2F20261201%2Fus-east-1%2Fs3%2Faws4_request&response-content-type=x"
        self.assertEqual(self.object("GET", query), [("s3:GetObject", "Bucket/results/a b", {})])

    def test_deleting_several_objects_is_one_call_for_each(self):
        body = b'<Delete xmlns="http://s3/"><Object><Key>results/1</Key></Object><Object><Key>results/2</Key></Object></Delete>'
        lines = record("s3", "POST", "/sansfond-bucket-1/", "delete=", body)
        self.assertEqual(
            calls(lines), [("s3:DeleteObject", "Bucket/results/1", {}), ("s3:DeleteObject", "Bucket/results/2", {})]
        )

    def test_a_list_has_its_prefix(self):
        lines = record("s3", "GET", "/sansfond-bucket-1/", "list-type=2&prefix=results%2Fx%2F", b"")
        self.assertEqual(calls(lines), [("s3:ListBucket", "Bucket", {"s3:prefix": "results/x/"})])
        lines = record("s3", "GET", "/sansfond-bucket-1", "list-type=2", b"")
        self.assertEqual(calls(lines), [("s3:ListBucket", "Bucket", {})])


class Others(unittest.TestCase):
    def test_queues_the_user_pool_and_mail(self):
        queue = {"QueueUrl": STACK["VideoQueue"][1], "MessageBody": "x"}
        lines = record("sqs", body=queue, x_amz_target="AmazonSQS.SendMessage")
        self.assertEqual(calls(lines), [("sqs:SendMessage", "VideoQueue", {})])
        pool = {"UserPoolId": "us-east-1_1"}
        lines = record("cognito-idp", body=pool, x_amz_target="AWSCognitoIdentityProviderService.AdminInitiateAuth")
        self.assertEqual(calls(lines), [("cognito-idp:AdminInitiateAuth", "UserPool", {})])
        mail = {"FromEmailAddress": "a@b.test", "Destination": {"ToAddresses": ["c@d.test"]}}
        lines = record("ses", path="/v2/email/outbound-emails", body=mail)
        context = {"ses:FromAddress": "a@b.test", "ses:Recipients": ["c@d.test"]}
        identity = "arn:aws:ses:us-east-1:000000000000:identity/a@b.test"
        self.assertEqual(calls(lines), [("ses:SendEmail", identity, context)])


class NothingIsHidden(unittest.TestCase):
    def test_unknown_calls_are_recorded_as_unreadable(self):
        unknown = [
            dynamodb("Scan", {"TableName": "sansfond-Table-1"}),
            dynamodb("Query", {"TableName": "sansfond-Table-1", "IndexName": "other"}),
            dynamodb("GetItem", {**OTHER, "TableName": "foreign"}),
            dynamodb("GetItem", {"TableName": "sansfond-Table-1"}),
            record("s3", "GET", "/sansfond-bucket-1/a", "acl=", b""),
            record("s3", "GET", "/sansfond-bucket-1", "versions=", b""),
            record("s3", "GET", "/foreign/a", "", b""),
            record("sts", body={}),
            record("ses", path="/v2/email/identities", body={}),
            record("sqs", body={}, x_amz_target="AmazonSQS.SendMessage"),
        ]
        for lines in unknown:
            self.assertEqual(list(lines[-1]), ["unreadable"], lines)

    def test_calls_of_root_and_unsigned_calls_are_not_recorded(self):
        self.assertEqual(record("dynamodb", body=PUT, key="test", x_amz_target="DynamoDB_20120810.PutItem"), [])
        self.assertEqual(record("cognito-idp", body={}, key=None), [])


if __name__ == "__main__":
    unittest.main()
