"""The peer of `get_me`: a Lambda function in Python with boto3. It does not authenticate or count requests.

A function with AWS's own Python runtime starts similarly; its loop does a little more.
"""

import http.client
import json
import os

import boto3

TABLE = os.environ["SANSFOND_TABLE"]
INVOCATION = "/2018-06-01/runtime/invocation"
dynamodb = boto3.client("dynamodb")


def handler(event: dict) -> dict:
    key = {"pk": {"S": f"account#{event['headers']['x-account']}"}, "sk": {"S": "profile"}}
    row = dynamodb.get_item(TableName=TABLE, Key=key, ConsistentRead=True)["Item"]
    profile = {name: row[name]["S"] for name in ("id", "email", "language")}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(profile)}


api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", f"{INVOCATION}/next")
    response = api.getresponse()
    request_id, event = response.headers["Lambda-Runtime-Aws-Request-Id"], json.load(response)
    api.request("POST", f"{INVOCATION}/{request_id}/response", json.dumps(handler(event)))
    api.getresponse().read()
