"""DynamoDB's streams as Lambda reads them, where ministack 1.5.33 has less.

* `ReportBatchItemFailures`: of a stream's function ministack does not read the answer, so an event that failed would be
  lost. Here its batch comes again, all of it, as it may on AWS as well.
* What no function has read yet is saved: ministack keeps how far each mapping has read, and not the stream, so after a
  restart it would read nothing until as much had been written again.

What is deliberately not here: an end to the retries. ministack tries once a second, for as long as a stream is kept.
"""

import json
import sys

STATE = "sansfond_streams"


def install():
    """Before the first request."""
    from ministack.services import lambda_svc

    execute = lambda_svc._execute_function
    restore_positions = lambda_svc._restore_esm_positions

    def execute_function(func, event):
        result = execute(func, event)
        if result.get("error") or not is_of_stream(event) or not failures(result.get("body")):
            return result
        message = "the function reports records that failed"
        return {**result, "error": True, "body": {"errorType": "BatchItemFailures", "errorMessage": message}}

    def restore_esm_positions(store, positions):
        # The stream begins anew, with what was left of it.
        if store is not lambda_svc._dynamodb_stream_positions:
            restore_positions(store, positions)

    lambda_svc._execute_function = execute_function
    lambda_svc._restore_esm_positions = restore_esm_positions


def is_of_stream(event):
    records = event.get("Records") if isinstance(event, dict) else None
    return bool(records) and records[0].get("eventSource") == "aws:dynamodb"


def failures(answer):
    """What a function says has failed. It gives text, or what was parsed from it."""
    if isinstance(answer, (str, bytes, bytearray)):
        try:
            answer = json.loads(answer or "null")
        except ValueError:
            return []
    return (answer.get("batchItemFailures") or []) if isinstance(answer, dict) else []


def unread():
    """The records of each stream that a mapping still has to read, for the state."""
    dynamodb = sys.modules.get("ministack.services.dynamodb")
    lambda_svc = sys.modules.get("ministack.services.lambda_svc")
    if dynamodb is None or lambda_svc is None:
        return None
    left = []
    for (account, region, table), records in dynamodb._stream_records.all_items():
        gone = dynamodb._stream_trimmed.get_scoped(account, region, table, 0)
        read = [
            lambda_svc._dynamodb_stream_positions.get_scoped(account, region, mapping, gone)
            for (owner, where, mapping), esm in lambda_svc._esms.all_items()
            if (owner, where) == (account, region) and f":table/{table}/stream/" in esm.get("EventSourceArn", "")
        ]
        rest = records[max(min(read) - gone, 0):] if read else []
        if rest:
            left.append([account, region, table, rest])
    return {"streams": left}


def restore(persistence):
    """The other direction, before the first request."""
    saved = persistence.load_state(STATE)
    if saved:
        from ministack.services import dynamodb

        for account, region, table, records in saved["streams"]:
            dynamodb._stream_records.set_scoped(account, region, table, records)
