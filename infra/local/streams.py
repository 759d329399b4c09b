"""Adds two features of DynamoDB streams with Lambda that ministack 1.5.33 lacks.

* `ReportBatchItemFailures`: ministack ignores the response of a stream's function, so a failed record would be lost. Here
  the whole batch is delivered again, which AWS may do too.
* Records that no function has read survive a restart: ministack saves the position of each mapping and not the records. A
  restarted stream is empty, so a mapping with an old position would skip the first new records.

Deliberately absent: a limit of retries. ministack retries once a second, for as long as it keeps the record.
"""

import json
import sys

STATE = "sansfond_streams"


def install():
    """Replaces the functions of ministack; call it before the first request."""
    from ministack.services import lambda_svc

    execute = lambda_svc._execute_function
    restore_positions = lambda_svc._restore_esm_positions

    def execute_function(func, event):
        result = execute(func, event)
        if result.get("error") or not is_stream_event(event) or not reported_failures(result.get("body")):
            return result
        message = "the function reports records that failed"
        return {**result, "error": True, "body": {"errorType": "BatchItemFailures", "errorMessage": message}}

    def restore_esm_positions(store, positions):
        # `restore` fills the streams with unread records only, so all positions start at 0.
        if store is not lambda_svc._dynamodb_stream_positions:
            restore_positions(store, positions)

    lambda_svc._execute_function = execute_function
    lambda_svc._restore_esm_positions = restore_esm_positions


def is_stream_event(event):
    records = event.get("Records") if isinstance(event, dict) else None
    return bool(records) and records[0].get("eventSource") == "aws:dynamodb"


def reported_failures(answer):
    """The records that a function reports as failed. Its response is text, or was parsed from it."""
    if isinstance(answer, (str, bytes, bytearray)):
        try:
            answer = json.loads(answer or "null")
        except ValueError:
            return []
    return (answer.get("batchItemFailures") or []) if isinstance(answer, dict) else []


def unread_records():
    """The records of each stream that at least one mapping has not read, to be saved."""
    dynamodb = sys.modules.get("ministack.services.dynamodb")
    lambda_svc = sys.modules.get("ministack.services.lambda_svc")
    if dynamodb is None or lambda_svc is None:
        return None
    streams = []
    for (account, region, table), records in dynamodb._stream_records.all_items():
        trimmed = dynamodb._stream_trimmed.get_scoped(account, region, table, 0)
        positions = [
            lambda_svc._dynamodb_stream_positions.get_scoped(account, region, mapping, trimmed)
            for (owner, esm_region, mapping), esm in lambda_svc._esms.all_items()
            if (owner, esm_region) == (account, region) and f":table/{table}/stream/" in esm.get("EventSourceArn", "")
        ]
        unread = records[max(min(positions) - trimmed, 0):] if positions else []
        if unread:
            streams.append([account, region, table, unread])
    return {"streams": streams}


def restore(persistence):
    """Restores the saved records; call it before the first request."""
    saved = persistence.load_state(STATE)
    if saved:
        from ministack.services import dynamodb

        for account, region, table, records in saved["streams"]:
            dynamodb._stream_records.set_scoped(account, region, table, records)
