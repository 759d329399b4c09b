"""The roles follow each rule of check_role.py, and a violation is reported."""

from __future__ import annotations

import copy
import unittest
from typing import Any

import check_role as check
from samtranslator.yaml_helper import yaml_parse

SOURCE = check.ROLE.read_text()
TEMPLATE = yaml_parse(SOURCE)
SCRIPTS = [file.read_text() for file in check.SCRIPTS]


class Broken(unittest.TestCase):
    def setUp(self) -> None:
        self.template = copy.deepcopy(TEMPLATE)

    def statement(self, policy: str, sid: str) -> dict[str, Any]:
        statements = self.template["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"]
        return next(one for one in statements if one["Sid"] == sid)

    def trust(self) -> dict[str, Any]:
        return self.template["Resources"]["WorkflowRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]

    def test_the_roles_follow_every_rule(self) -> None:
        self.assertEqual(list(check.problems(SOURCE)), [])

    def test_the_linter_sees_an_unknown_action(self) -> None:
        self.assertTrue(check.lint(SOURCE.replace("acm:DescribeCertificate", "acm:LookAtCertificate")))

    def test_a_permission_that_is_missing_is_reported(self) -> None:
        self.statement("NamedPolicy", "Kept")["Action"] = "dynamodb:CreateTable"
        found = list(check.stacks_can_be_deployed(self.template, check.types()))
        self.assertIn("StackRole: AWS::DynamoDB::Table needs dynamodb:UpdateTimeToLive, which nothing allows", found)

    def test_a_new_type_of_resource_is_reported(self) -> None:
        found = list(check.stacks_can_be_deployed(self.template, {"AWS::ElastiCache::User"}))
        self.assertIn("StackRole: AWS::ElastiCache::User needs elasticache:CreateUser, which nothing allows", found)

    def test_a_type_whose_schema_has_no_actions_is_reported(self) -> None:
        silent = next(kind for kind, schema in check.schemas().items() if not schema.get("handlers"))
        self.assertIn(f"{silent}: its schema lists no", list(check.stacks_can_be_deployed(self.template, {silent}))[0])

    def test_an_unneeded_permission_is_reported(self) -> None:
        self.statement("UnnamedPolicy", "Machines")["Action"].append("ec2:RunInstances")
        found = list(check.stack_role_allows_no_more(self.template, check.types()))
        self.assertEqual(found, ["StackRole: ec2:RunInstances is allowed, and no resource of ours needs it"])

    def test_a_call_that_is_not_allowed_is_reported(self) -> None:
        found = list(check.scripts_can_call(self.template, [*SCRIPTS, "s3.delete_bucket(Bucket=name)"]))
        self.assertEqual(found, ["WorkflowRole: a script calls DeleteBucket, which nothing allows"])
        self.statement("LookPolicy", "ChangeSets")["Action"].remove("cloudformation:DescribeChangeSet")
        self.assertIn("sam calls cloudformation:DescribeChangeSet", "".join(check.scripts_can_call(self.template, SCRIPTS)))

    def test_an_action_that_no_script_calls_is_reported(self) -> None:
        self.statement("DeployPolicy", "Site")["Action"].append("s3:DeleteBucket")
        found = list(check.scripts_can_call(self.template, SCRIPTS))
        self.assertEqual(found, ["WorkflowRole: s3:DeleteBucket is allowed, and nothing calls it"])

    def test_a_wider_trust_is_reported(self) -> None:
        exact = self.trust()["Condition"]["StringEquals"]
        exact["token.actions.githubusercontent.com:sub"] = {"Fn::Sub": "repo:${Repository}:*"}
        self.assertIn("another repository or environment", "".join(check.only_one_environment_is_trusted(self.template)))
        self.trust()["Condition"] = {"StringLike": exact}
        self.assertIn("only StringEquals", "".join(check.only_one_environment_is_trusted(self.template)))

    def test_a_read_only_role_that_can_execute_is_reported(self) -> None:
        self.statement("LookPolicy", "ChangeSets")["Action"].append("cloudformation:Execute*")
        self.assertEqual(
            list(check.read_only_role_executes_nothing(self.template)),
            ["LookPolicy: the read-only role may cloudformation:Execute*"])

    def test_an_exception_that_nothing_needs_is_reported(self) -> None:
        self.assertIn("UNUSED_SERVICES: no schema names eks", list(check.exceptions_are_used({"AWS::SQS::Queue"})))


if __name__ == "__main__":
    unittest.main()
