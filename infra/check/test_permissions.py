"""permissions.py reports each kind of problem, in the real template and in small ones. The simulator of IAM is the real one.
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


# The calls of `login`, in the order of its code.
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
        return [fault for fault in check.check_roles(self.template, calls, {}) if "is not allowed" in fault]

    def test_the_calls_of_login_are_allowed(self) -> None:
        self.assertEqual(self.refused(LOGIN), [])

    def test_each_removed_action_is_reported(self) -> None:
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
        # Each call was refused without its Allow.
        self.assertEqual(seen, {one.action for one in LOGIN})

    def test_another_partition_is_refused(self) -> None:
        for key in ("key#1", "rate#1"):
            faults = self.refused([item("LoginFunctionRole", "PutItem", key)])
            self.assertEqual(len(faults), 1, faults)

    def test_a_function_without_calls_is_reported_unless_it_has_no_permissions(self) -> None:
        faults = check.check_roles(self.template, LOGIN, {})
        silent = {fault.partition(":")[0] for fault in faults if "no call is recorded" in fault}
        self.assertNotIn("LoginFunction", silent)
        self.assertNotIn("DocsFunction", silent)
        self.assertTrue({"ExportMeFunction", "DispatchVideoFunction", "WorkerRole"} <= silent, silent)

    def test_an_unneeded_permission_is_reported(self) -> None:
        faults = about("LoginFunction", check.check_roles(self.template, LOGIN, {}))
        self.assertEqual(len(faults), 1, faults)
        self.assertIn("cognito-idp:AdminRespondToAuthChallenge on userpool/UserPool is needed by no", faults[0])

    def test_an_exception_is_not_reported_and_must_be_granted(self) -> None:
        entry = ("LoginFunction", "cognito-idp:AdminRespondToAuthChallenge", "userpool/UserPool", None)
        self.assertEqual(about("LoginFunction", check.check_roles(self.template, LOGIN, {entry: "a reason"})), [])
        ungranted = (*entry[:3], "account#*")
        faults = check.check_roles(self.template, LOGIN, {entry: "a reason", ungranted: "a reason"})
        self.assertEqual(len([fault for fault in faults if "is in EXCEPTIONS, but not granted" in fault]), 1, faults)
        faults = check.check_roles(REAL, LOGIN, check.EXCEPTIONS)
        self.assertEqual([fault for fault in faults if "is in EXCEPTIONS" in fault], [], "the template still grants them")

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

    def check_roles(self, *calls: Call) -> list[str]:
        return check.check_roles(self.template, calls, {})

    def test_a_batch_needs_the_permission_for_each_of_its_keys(self) -> None:
        faults = self.check_roles(item("WorkerRole", "BatchWriteItem", "account#1", "key#1"))
        self.assertFalse([fault for fault in faults if "BatchWriteItem" in fault], faults)
        faults = self.check_roles(item("WorkerRole", "BatchWriteItem", "account#1"))
        self.assertTrue(any("BatchWriteItem on table/Table for key#* is needed by no" in fault for fault in faults), faults)

    def test_a_permission_in_two_statements_is_unneeded_in_both(self) -> None:
        faults = [fault for fault in self.check_roles(item("WorkerRole", "GetItem", "account#1")) if "GetItem" in fault]
        self.assertEqual(len(faults), 3, faults)

    def test_each_resource_of_a_statement_must_be_needed(self) -> None:
        faults = self.check_roles(call("WorkerRole", "s3:DeleteObject", "Bucket", "/results/1/cutout.png"))
        unneeded = [fault for fault in faults if "s3:DeleteObject" in fault]
        self.assertEqual(len(unneeded), 1, faults)
        self.assertIn("Bucket/uploads/*", unneeded[0])

    def test_a_call_that_the_simulator_does_not_support_is_an_error(self) -> None:
        for unsupported in (
            # IAM does not have the first action, and the second does not have this key: its condition would be ignored.
            item("WorkerRole", "TransactWriteItems", "account#1"),
            item("WorkerRole", "Scan", "account#1"),
            call("WorkerRole", "s3:GetObject", "Table"),
        ):
            with self.assertRaises(check.Fault):
                self.check_roles(unsupported)

    def test_a_deny_is_an_error(self) -> None:
        self.template["Resources"]["WorkerRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(
            {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}
        )
        with self.assertRaises(check.Fault):
            self.check_roles()

    def test_an_unknown_condition_is_an_error(self) -> None:
        statement = self.template["Resources"]["WorkerRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][1]
        statement["Action"] = {"Fn::If": ["IsNew", "dynamodb:GetItem", {"Ref": "AWS::NoValue"}]}
        with self.assertRaisesRegex(check.Fault, "IsNew"):
            self.check_roles()

    def test_a_role_that_is_not_in_the_template_is_reported(self) -> None:
        faults = self.check_roles(item("OtherRole", "GetItem", "account#1"))
        self.assertTrue(about("OtherRole", faults), faults)


class TheRecord(unittest.TestCase):
    def read(self, **files: list[dict]) -> tuple[list[Call], list[str]]:
        with tempfile.TemporaryDirectory() as folder:
            for name, lines in files.items():
                text = "".join(f"{json.dumps(line)}\n" for line in lines)
                (Path(folder) / f"{name}.jsonl").write_text(text)
            return check.read(Path(folder))

    def test_the_calls_of_all_files_are_read(self) -> None:
        line = {"who": "A", "action": "sqs:SendMessage", "resource": "VideoQueue", "below": "", "context": {}}
        calls, faults = self.read(one=[line], other=[{**line, "who": "B"}, line])
        self.assertEqual([one.who for one in calls], ["A", "B"])
        self.assertEqual(faults, [])

    def test_a_key_is_replaced_by_its_role(self) -> None:
        asked = {"key": "ASIA1", "action": "batch:ListJobs", "resource": "*", "below": "", "context": {}}
        calls, faults = self.read(one=[asked, {"key": "ASIA1", "who": "DispatchVideoFunctionRole"}])
        self.assertEqual(([one.who for one in calls], faults), (["DispatchVideoFunctionRole"], []))
        # A key is known only in its own file.
        _, faults = self.read(one=[asked], other=[{"key": "ASIA1", "who": "DispatchVideoFunctionRole"}])
        self.assertTrue(any("the caller of" in fault for fault in faults), faults)

    def test_no_calls_and_an_unreadable_call_are_reported(self) -> None:
        self.assertTrue(any("no recorded call" in fault for fault in self.read()[1]))
        _, faults = self.read(one=[{"unreadable": "POST / for sts"}])
        self.assertTrue(any("POST / for sts" in fault for fault in faults), faults)


if __name__ == "__main__":
    unittest.main()
