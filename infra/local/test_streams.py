"""Failed records are delivered again, and unread ones survive a restart. Tests ministack's functions, without a server."""

from __future__ import annotations

import json
import unittest
from typing import Any
from unittest import mock

import streams
from ministack.core import persistence
from ministack.services import dynamodb, lambda_svc
from ministack.services.cloudformation import provisioners

ESM = "DeliverEventsSource"
# As in infra/template/events.yaml. A test in infra/check applies the filter of the template to an event.
FILTER = '{"eventName": ["INSERT"], "dynamodb": {"Keys": {"sk": {"S": [{"prefix": "outbox#"}]}}}}'
# Sort keys of an event and of a ledger entry.
EVENT, LEDGER_ENTRY = "outbox#1", "ledger#1"


def put(sort_key: str, rev: int = 1) -> None:
    row = {"pk": {"S": "account#1"}, "sk": {"S": sort_key}, "rev": {"N": str(rev)}}
    assert dynamodb._put_item({"TableName": "table", "Item": row})[0] == 200


class Streams(unittest.TestCase):
    def setUp(self) -> None:
        names = ("_execute_function", "_restore_esm_positions", "_get_func_record_for_qualifier", "_ensure_poller")
        for name in names:
            self.addCleanup(setattr, lambda_svc, name, getattr(lambda_svc, name))
        self.addCleanup(self.clear)
        self.batches: list[list[str]] = []
        self.answers: list[Any] = []
        lambda_svc._execute_function = self.function
        lambda_svc._get_func_record_for_qualifier = lambda name, qualifier: ({"config": {}}, {})
        lambda_svc._ensure_poller = lambda: None
        streams.install()
        table = {
            "TableName": "table", "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        }
        _, attributes = provisioners._ddb_create("Table", table, "stack")
        provisioners._lambda_esm_create(ESM, {
            "EventSourceArn": attributes["StreamArn"], "FunctionName": "deliver", "StartingPosition": "TRIM_HORIZON",
            "FilterCriteria": {"Filters": [{"Pattern": FILTER}]}, "FunctionResponseTypes": ["ReportBatchItemFailures"],
        }, "stack")

    def clear(self) -> None:
        stores = (dynamodb._tables, dynamodb._stream_records, lambda_svc._esms, lambda_svc._dynamodb_stream_positions)
        for store in (*stores, lambda_svc._esm_backoff_until):
            store._data.clear()

    def function(self, func: dict, event: dict) -> dict:
        """Returns the next of `answers`; if there is none, reports success."""
        self.batches.append([record["dynamodb"]["Keys"]["sk"]["S"] for record in event["Records"]])
        return {"body": self.answers.pop(0) if self.answers else {"batchItemFailures": []}}

    def poll(self) -> None:
        """Polls the streams without ministack's pause after a failure."""
        lambda_svc._esm_backoff_until._data.clear()
        lambda_svc._poll_dynamodb_streams()

    def test_the_function_gets_the_events_and_no_other_row(self) -> None:
        put(EVENT), put(LEDGER_ENTRY), put(EVENT, rev=2)
        self.poll(), self.poll()
        self.assertEqual(self.batches, [[EVENT]], "the second write of a row is not an insert")

    def test_a_record_that_the_function_reports_as_failed_is_delivered_again(self) -> None:
        failed = {"batchItemFailures": [{"itemIdentifier": "1"}]}
        self.answers = [failed, json.dumps(failed), {"batchItemFailures": []}]
        put(EVENT)
        for _ in range(4):
            self.poll()
        self.assertEqual(self.batches, [[EVENT]] * 3)

    def test_only_unread_records_survive_a_restart(self) -> None:
        put("outbox#read"), self.poll(), put("outbox#unread")
        saved = json.loads(json.dumps(streams.unread_records()))
        dynamodb._stream_records._data.clear()
        positions = {key: value for key, value in lambda_svc._dynamodb_stream_positions._data.items()}
        lambda_svc._dynamodb_stream_positions._data.clear()
        lambda_svc._restore_esm_positions(lambda_svc._dynamodb_stream_positions, positions)
        with mock.patch.object(persistence, "load_state", {streams.STATE: saved}.get):
            streams.restore(persistence)
        put("outbox#later"), self.poll(), self.poll()
        self.assertEqual(self.batches, [["outbox#read"], ["outbox#unread", "outbox#later"]])
        self.assertEqual(streams.unread_records(), {"streams": []})


if __name__ == "__main__":
    unittest.main()
