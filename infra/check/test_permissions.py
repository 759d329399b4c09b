"""Shows that the judgement of permissions.py turns red: on the real template, and on small ones.

The evaluator is the real one.
"""

from __future__ import annotations

import copy
import json
import tempfile
import unittest
from pathlib import Path

import permissions as check
from check_template import TEMPLATE, translate
from permissions import Call

REAL = translate(TEMPLATE.read_text())


def call(who: str, action: str, resource: str, below: str = "", **context) -> Call:
    return Call(who, action, resource, below, json.dumps(context, sort_keys=True))


def item(who: str, action: str, *keys: str) -> Call:
    return call(who, f"dynamodb:{action}", "Table", **{"dynamodb:LeadingKeys": list(keys)})


# What `login` asks of AWS, in the order of its code.
LOGIN = [
    item("LoginFunctionRole", "UpdateItem", "rate#sensitive#address:127.0.0.1"),
    call("LoginFunctionRole", "cognito-idp:AdminInitiateAuth", "UserPool"),
    item("LoginFunctionRole", "GetItem", "account#1"),
    item("LoginFunctionRole", "PutItem", "account#1"),
]


def about(name: str, faults: list[str]) -> list[str]:
    return [fault for fault in faults if fault.startswith(f"{name}:")]


class TheRealTemplate(unittest.TestCase):
    def setUp(self) -> None:
        self.template = copy.deepcopy(REAL)

    def refused(self, calls: list[Call]) -> list[str]:
        return [fault for fault in check.judge(self.template, calls, {}) if "is not allowed" in fault]

    def test_who_logs_in_is_allowed_to(self) -> None:
        self.assertEqual(self.refused(LOGIN), [])

    def test_each_allow_that_is_removed_is_missed(self) -> None:
        role = self.template["Resources"]["LoginFunctionRole"]["Properties"]
        shared = self.template["Resources"]["HttpPolicy"]["Properties"]
        documents = [policy["PolicyDocument"] for policy in role["Policies"]] + [shared["PolicyDocument"]]
        seen = set()
        for document in documents:
            whole = document["Statement"]
            for statement in whole:
                for action in check.listed(statement["Action"]):
                    others = [one for one in check.listed(statement["Action"]) if one != action]
                    rest = [one for one in whole if one is not statement]
                    document["Statement"] = [*rest, {**statement, "Action": others}] if others else rest
                    for fault in self.refused(LOGIN):
                        seen.add(action)
                        self.assertTrue(fault.startswith(f"LoginFunction: is not allowed {action} on "), fault)
                    document["Statement"] = whole
        # Each of its calls had an Allow of its own to lose.
        self.assertEqual(seen, {one.action for one in LOGIN})

    def test_another_partition_is_refused(self) -> None:
        for key in ("key#1", "rate#1"):
            faults = self.refused([item("LoginFunctionRole", "PutItem", key)])
            self.assertEqual(len(faults), 1, faults)

    def test_a_function_without_calls_is_named_and_one_that_makes_none_is_not(self) -> None:
        faults = check.judge(self.template, LOGIN, {})
        silent = {fault.partition(":")[0] for fault in faults if "no call is recorded" in fault}
        self.assertNotIn("LoginFunction", silent)
        self.assertNotIn("DocsFunction", silent)
        self.assertTrue({"ExportMeFunction", "DispatchVideoFunction", "WorkerRole"} <= silent, silent)

    def test_a_permission_that_no_call_needs_is_named(self) -> None:
        faults = about("LoginFunction", check.judge(self.template, LOGIN, {}))
        self.assertEqual(len(faults), 1, faults)
        self.assertIn("cognito-idp:AdminRespondToAuthChallenge on userpool/UserPool is needed by no", faults[0])

    def test_what_is_kept_for_a_reason_is_not_named_and_must_be_granted(self) -> None:
        entry = ("LoginFunction", "cognito-idp:AdminRespondToAuthChallenge", "userpool/UserPool", None)
        self.assertEqual(about("LoginFunction", check.judge(self.template, LOGIN, {entry: "a reason"})), [])
        strange = (*entry[:3], "account#*")
        faults = check.judge(self.template, LOGIN, {entry: "a reason", strange: "a reason"})
        self.assertEqual(len([fault for fault in faults if "is in KEPT, but not granted" in fault]), 1, faults)
        faults = check.judge(REAL, LOGIN, check.KEPT)
        self.assertEqual([fault for fault in faults if "is in KEPT" in fault], [], "the template still grants them")

    def test_lambda_polls_with_the_functions_role(self) -> None:
        statements = self.template["Resources"]["SettleVideoFunctionRole"]["Properties"]["Policies"][0]["PolicyDocument"]
        receive = next(one for one in statements["Statement"] if "sqs:ReceiveMessage" in one.get("Action", []))
        receive["Action"].remove("sqs:ReceiveMessage")
        faults = self.refused([])
        self.assertEqual(faults, ["SettleVideoFunction: is not allowed sqs:ReceiveMessage on VideoEventsQueue"])

    def test_lambda_reads_the_stream_with_the_functions_role(self) -> None:
        statements = self.template["Resources"]["DeliverEventsFunctionRole"]["Properties"]["Policies"][0]["PolicyDocument"]
        for action in ("dynamodb:ListStreams", "dynamodb:GetRecords", "sqs:SendMessage"):
            granted = statements["Statement"]
            statements["Statement"] = [one for one in granted if action not in one.get("Action", [])]
            faults = [fault for fault in self.refused([]) if f"DeliverEventsFunction: is not allowed {action}" in fault]
            statements["Statement"] = granted
            self.assertEqual(len(faults), 1, action)


SMALL = """
Resources:
  Table: { Type: AWS::DynamoDB::Table }
  Bucket: { Type: AWS::S3::Bucket }
  WorkerRole:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyDocument:
            Statement:
              - Effect: Allow
                Action: [dynamodb:BatchWriteItem, dynamodb:GetItem]
                Resource: !GetAtt Table.Arn
                Condition: { "ForAllValues:StringLike": { dynamodb:LeadingKeys: ["account#*", "key#*"] } }
              - { Effect: Allow, Action: dynamodb:GetItem, Resource: !GetAtt Table.Arn }
              - Effect: Allow
                Action: s3:DeleteObject
                Resource: [!Sub "${Bucket.Arn}/results/*", !Sub "${Bucket.Arn}/uploads/*"]
"""


class SmallTemplates(unittest.TestCase):
    def setUp(self) -> None:
        self.template = check.translate(SMALL)

    def judge(self, *calls: Call) -> list[str]:
        return check.judge(self.template, calls, {})

    def test_a_batch_needs_every_kind_of_key_that_it_has(self) -> None:
        faults = self.judge(item("WorkerRole", "BatchWriteItem", "account#1", "key#1"))
        self.assertFalse([fault for fault in faults if "BatchWriteItem" in fault], faults)
        faults = self.judge(item("WorkerRole", "BatchWriteItem", "account#1"))
        self.assertTrue(any("BatchWriteItem on table/Table for key#* is needed by no" in fault for fault in faults), faults)

    def test_what_two_statements_allow_is_needed_from_neither(self) -> None:
        faults = [fault for fault in self.judge(item("WorkerRole", "GetItem", "account#1")) if "GetItem" in fault]
        self.assertEqual(len(faults), 3, faults)

    def test_each_resource_of_a_statement_counts(self) -> None:
        faults = self.judge(call("WorkerRole", "s3:DeleteObject", "Bucket", "/results/1/cutout.png"))
        unneeded = [fault for fault in faults if "s3:DeleteObject" in fault]
        self.assertEqual(len(unneeded), 1, faults)
        self.assertIn("Bucket/uploads/*", unneeded[0])

    def test_what_the_evaluator_does_not_understand_is_no_yes(self) -> None:
        for strange in (
            # IAM has no such action, and no such key for that action: its condition would not be looked at.
            item("WorkerRole", "TransactWriteItems", "account#1"),
            item("WorkerRole", "Scan", "account#1"),
            call("WorkerRole", "s3:GetObject", "Table"),
        ):
            with self.assertRaises(check.Fault):
                self.judge(strange)

    def test_a_deny_is_not_overlooked(self) -> None:
        self.template["Resources"]["WorkerRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(
            {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}
        )
        with self.assertRaises(check.Fault):
            self.judge()

    def test_a_condition_that_nobody_knows_is_asked_for(self) -> None:
        statement = self.template["Resources"]["WorkerRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][1]
        statement["Action"] = {"Fn::If": ["IsNew", "dynamodb:GetItem", {"Ref": "AWS::NoValue"}]}
        with self.assertRaisesRegex(check.Fault, "IsNew"):
            self.judge()

    def test_a_role_that_is_not_in_the_template_is_named(self) -> None:
        faults = self.judge(item("OtherRole", "GetItem", "account#1"))
        self.assertTrue(about("OtherRole", faults), faults)


class TheRecord(unittest.TestCase):
    def read(self, **files: list[dict]) -> tuple[list[Call], list[str]]:
        with tempfile.TemporaryDirectory() as folder:
            for name, lines in files.items():
                text = "".join(f"{json.dumps(line)}\n" for line in lines)
                (Path(folder) / f"{name}.jsonl").write_text(text)
            return check.read(Path(folder))

    def test_all_clouds_count(self) -> None:
        line = {"who": "A", "action": "sqs:SendMessage", "resource": "VideoQueue", "below": "", "context": {}}
        calls, faults = self.read(one=[line], other=[{**line, "who": "B"}, line])
        self.assertEqual([one.who for one in calls], ["A", "B"])
        self.assertEqual(faults, [])

    def test_batch_knows_callers_by_their_keys(self) -> None:
        asked = {"key": "ASIA1", "action": "batch:ListJobs", "resource": "*", "below": "", "context": {}}
        calls, faults = self.read(one=[asked, {"key": "ASIA1", "who": "DispatchVideoFunctionRole"}])
        self.assertEqual(([one.who for one in calls], faults), (["DispatchVideoFunctionRole"], []))
        # Keys of one cloud say nothing in another.
        _, faults = self.read(one=[asked], other=[{"key": "ASIA1", "who": "DispatchVideoFunctionRole"}])
        self.assertTrue(any("the caller of" in fault for fault in faults), faults)

    def test_an_empty_record_and_an_unreadable_call_are_faults(self) -> None:
        self.assertTrue(any("no recorded call" in fault for fault in self.read()[1]))
        _, faults = self.read(one=[{"unreadable": "POST / for sts"}])
        self.assertTrue(any("POST / for sts" in fault for fault in faults), faults)


if __name__ == "__main__":
    unittest.main()
