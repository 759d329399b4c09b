"""Refuses requests that AWS refuses and ministack 1.5.33 allows, so that code that works here works on AWS.

* `dynamodb:LeadingKeys`: the partition keys in a request are available to the conditions of policies;
* a missing object is 403 for callers who may not list the bucket, and 404 for those who may;
* a function accepts and returns 6 MB at most, and API Gateway answers 500 if a function fails;
* a challenge names its user by Cognito's id, not by the email that was typed.

Each rule is added at the place in ministack that makes the decision: the evaluation of policies, S3, the call of a
function. Requests that API Gateway refuses before it calls a function are in `src/proxy.rs`.
"""

import json
from urllib.parse import unquote

# Bytes of a synchronous invocation. Lambda's documentation says 6 MB for both; its error messages say these.
REQUEST_LIMIT = 6 * 1024 * 1024
RESPONSE_LIMIT = REQUEST_LIMIT + 100

JSON = {"Content-Type": "application/json"}


def install():
    """Adds the rules; call it before the first request."""
    check_partition_keys()
    hide_missing_objects()
    limit_payloads()
    name_users_by_id()


class TableArn(str):
    """The ARN of a table or an index, with the partition keys in a request for it."""

    partition_keys: list

    @classmethod
    def of(cls, arn, keys):
        table_arn = cls(arn)
        table_arn.partition_keys = keys
        return table_arn


def check_partition_keys():
    """Adds `dynamodb:LeadingKeys` to the context of conditions.

    Each table of a batch and each item of a transaction is checked with its own keys, as on AWS.
    """
    from ministack.core import iam_actions, iam_evaluator

    enforce = iam_evaluator.enforce

    def dynamodb_resource_arns(body, region, account_id):
        data = parsed(body)
        if isinstance(data.get("TableName"), str) and data["TableName"]:
            arn = iam_actions._dynamodb_table_arn(data["TableName"], region, account_id)
            index = data.get("IndexName")
            index = index if isinstance(index, str) and index else None
            keys = partition_keys(data, key_attribute(arn, index))
            return [TableArn.of(f"{arn}/index/{index}" if index else arn, keys)]
        arns = []
        for table, requests in members(data.get("RequestItems")):
            arn = iam_actions._dynamodb_table_arn(table, region, account_id)
            arns.append(TableArn.of(arn, batch_keys(requests, key_attribute(arn))))
        return arns

    def dynamodb_transaction_checks(iam_action, body, region, account_id):
        if iam_action not in ("dynamodb:TransactWriteItems", "dynamodb:TransactGetItems"):
            return []
        checks = []
        for item in elements(parsed(body).get("TransactItems")):
            for member, action in iam_actions._DYNAMODB_TRANSACT_ITEM_ACTIONS.items():
                detail = item.get(member)
                if isinstance(detail, dict) and isinstance(detail.get("TableName"), str):
                    arn = iam_actions._dynamodb_table_arn(detail["TableName"], region, account_id)
                    checks.append((action, TableArn.of(arn, partition_keys(detail, key_attribute(arn)))))
        return checks

    def enforce_with_keys(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        if isinstance(resource_arn, TableArn) and resource_arn.partition_keys:
            service_context = {**(service_context or {}), "dynamodb:LeadingKeys": resource_arn.partition_keys}
        return enforce(access_key_id, iam_action, service, region, resource_arn, service_context)

    iam_actions.dynamodb_resource_arns = dynamodb_resource_arns
    iam_actions.dynamodb_transaction_checks = dynamodb_transaction_checks
    iam_evaluator.enforce = enforce_with_keys


def key_attribute(table_arn, index=None):
    """The name of the partition key of a table or of one of its indexes; None if there is none."""
    from ministack.services import dynamodb

    account, name = table_arn.split(":")[4], table_arn.rsplit("/", 1)[-1]
    region = table_arn.split(":")[3]
    described = dynamodb._tables.get_scoped(account, region, name) or {}
    if index:
        described = dynamodb._index_def(described, index) or {}
    return next((key["AttributeName"] for key in described.get("KeySchema", []) if key["KeyType"] == "HASH"), None)


def partition_keys(request, attribute):
    """The partition keys in a request for one table: that of its key, its item or its query."""
    from ministack.services import dynamodb

    if attribute is None:
        return []
    condition = dynamodb._key_condition_av(
        request.get("KeyConditionExpression") or "",
        request.get("KeyConditions") or {},
        request.get("ExpressionAttributeValues") or {},
        request.get("ExpressionAttributeNames") or {},
        attribute,
    )
    rows = (request.get("Key"), request.get("Item"))
    values = [row.get(attribute) for row in rows if isinstance(row, dict)] + [condition]
    return [text for text in map(attribute_value, values) if text is not None]


def batch_keys(requests, attribute):
    """The partition keys for one table in BatchGetItem or BatchWriteItem."""
    rows = elements(requests.get("Keys")) if isinstance(requests, dict) else []
    for request in elements(requests):
        rows += [detail.get("Item") or detail.get("Key") for _, detail in members(request) if isinstance(detail, dict)]
    values = [row.get(attribute) for row in rows if isinstance(row, dict)]
    return [text for text in map(attribute_value, values) if text is not None]


def attribute_value(value):
    """The value of an attribute as text: `{"S": "a"}` becomes `a`."""
    return str(next(iter(value.values()))) if isinstance(value, dict) and value else None


def parsed(body):
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def elements(value):
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def members(value):
    return list(value.items()) if isinstance(value, dict) else []


def hide_missing_objects():
    """Answers 403 instead of 404 to callers who may not list the bucket, with the object's key as `s3:prefix`, as S3 does."""
    from ministack.core import iam_evaluator, router
    from ministack.services import s3

    handle = s3.handle_request

    async def handle_request(method, path, headers, body, query_params, *further, **named):
        result = await handle(method, path, headers, body, query_params, *further, **named)
        if result[0] != 404 or named.get("internal"):
            return result
        bucket, key = missing_object(path, headers)
        # The response to HEAD has no body, so it does not say what is missing.
        known = method == "HEAD" and key and s3._buckets.get(bucket) is not None
        if not known and b"<Code>NoSuchKey</Code>" not in result[2]:
            return result
        denied = iam_evaluator.enforce(
            router.extract_access_key_id(headers, query_params), "s3:ListBucket", "s3",
            router.extract_region(headers, query_params),
            resource_arn=f"arn:aws:s3:::{bucket}", service_context={"s3:prefix": key},
        )
        return s3._error("AccessDenied", "Access Denied", 403, path) if denied else result

    s3.handle_request = handle_request


def missing_object(path, headers):
    """Bucket and key of the object that a request reads; for a copy, its source."""
    source = headers.get("x-amz-copy-source")
    name = unquote(source).partition("?")[0] if source else path
    bucket, _, key = name.lstrip("/").partition("/")
    return bucket, key


def limit_payloads():
    """Limits the size of a function's input and output, as JSON, as Lambda does."""
    from ministack.services import lambda_svc

    execute = lambda_svc._execute_function
    to_proxy_response = lambda_svc.lambda_execute_result_to_api_proxy_response

    def execute_function(func, event):
        if size(event) > REQUEST_LIMIT:
            return {"error": True, "too_large": True, "body": {
                "errorType": "RequestTooLargeException",
                "errorMessage": f"Request must be smaller than {REQUEST_LIMIT} bytes for the InvokeFunction operation",
            }}
        result = execute(func, event)
        if not result.get("error") and size(result.get("body")) > RESPONSE_LIMIT:
            return {**result, "error": True, "body": {
                "errorType": "Function.ResponseSizeTooLarge",
                "errorMessage":
                    f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes).",
            }}
        return result

    def proxy_response(result):
        if result.get("too_large"):
            return {"statusCode": 413, "headers": JSON, "body": '{"message":"Request Entity Too Large"}'}, None
        if result.get("error") and not result.get("throttle"):
            # An HTTP API does not reveal the error of a function.
            return {"statusCode": 500, "headers": JSON, "body": '{"message":"Internal Server Error"}'}, None
        return to_proxy_response(result)

    lambda_svc._execute_function = execute_function
    lambda_svc.lambda_execute_result_to_api_proxy_response = proxy_response


def size(payload):
    """The size in bytes. The output of a function is text, or was parsed from it."""
    if isinstance(payload, (bytes, bytearray)):
        return len(payload)
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode())


def name_users_by_id():
    """Puts the user's `sub` into challenges. If users log in with emails, Cognito uses the `sub` as the user name."""
    from ministack.services import cognito

    challenge_for_user = cognito._mfa_challenge_for_user

    def challenge(pool, user, pool_id, username):
        challenge = challenge_for_user(pool, user, pool_id, username)
        if challenge is not None:
            sub = next(one["Value"] for one in user["Attributes"] if one["Name"] == "sub")
            challenge["ChallengeParameters"]["USER_ID_FOR_SRP"] = sub
        return challenge

    cognito._mfa_challenge_for_user = challenge
