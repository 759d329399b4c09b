"""Each check of the preflight accepts a suitable account and reports an unsuitable one.

botocore's Stubber gives the responses of AWS, and validates requests and responses with AWS's API models. How AWS really
responds can only be seen with a real account.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
import unittest
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent))

import boto3
import preflight
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from stage import FILE, Failed, Stage

IMAGE = "210987654321.dkr.ecr.eu-west-3.amazonaws.com/sansfond-batch-worker:0a1b2c3"
NOW = datetime(2030, 1, 1, tzinfo=UTC)


class Account:
    """A session whose clients return the prepared responses in order, and fail for any other call."""

    # One for all tests, because the API models take time to load.
    real = boto3.session.Session("key", "secret", region_name="eu-west-3")

    def __init__(self) -> None:
        self.stubs: dict[tuple[str, str], tuple[Any, Stubber]] = {}

    def client(self, service: str, region_name: str, config: Any = None) -> Any:
        key = service, region_name
        if key not in self.stubs:
            client = self.real.client(service, region_name=region_name)
            self.stubs[key] = client, Stubber(client)
            self.stubs[key][1].activate()
        return self.stubs[key][0]

    def get_available_regions(self, service: str) -> list[str]:
        return self.real.get_available_regions(service)

    def answers(self, service: str, call: str, answer: dict, expected: dict | None = None, where: str = "eu-west-3") -> Account:
        self.client(service, where)
        self.stubs[service, where][1].add_response(call, answer, expected)
        return self

    def refuses(self, service: str, call: str, code: str, says: str = "", where: str = "eu-west-3") -> Account:
        self.client(service, where)
        self.stubs[service, where][1].add_client_error(call, service_error_code=code, service_message=says or code)
        return self

    def stack(self, name: str, status: str | None, where: str = "eu-west-3", **parameters: str) -> Account:
        if status is None:
            return self.refuses("cloudformation", "describe_stacks", "ValidationError", f"Stack with id {name} does not exist", where)
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        one = {"StackName": name, "CreationTime": NOW, "StackStatus": status, "Parameters": given}
        return self.answers("cloudformation", "describe_stacks", {"Stacks": [one]}, {"StackName": name}, where)


class Checks(unittest.TestCase):
    def setUp(self) -> None:
        self.account = Account()

    def context(self, service: dict[str, str] | None = None, edge: dict[str, str] | None = None, arch: str = "") -> preflight.Context:
        return preflight.Context(Stage("dev", "sansfond-dev", "eu-west-3", service or {}, edge or {}), self.account, arch)

    def levels(self, check: Any, context: preflight.Context, *lines: str) -> list[str]:
        found = preflight.findings(check, context)
        text = "\n".join(f"{one.says} | {one.remedy}" for one in found)
        for line in lines:
            self.assertIn(line, text)
        for _, stub in self.account.stubs.values():
            stub.assert_no_pending_responses()
        # A stop needs a remedy.
        for one in found:
            self.assertTrue(one.remedy or one.level != "stop", one.says)
        return [one.level for one in found]

    def test_placeholders(self) -> None:
        mine = {"OperatorEmail": "ops@sansfond.test", "Imprint": "Exemplary Ltd, 1 Main Street"}
        self.assertEqual(self.levels(preflight.placeholders, self.context(mine)), ["ok"])
        for value in ("operator@example.com", "Example Ltd", "Z0123456789EXAMPLE", "<your zone>", "123456789012.dkr", "x…"):
            with self.subTest(value):
                self.assertEqual(self.levels(preflight.placeholders, self.context({"Any": value}), f"Any={value}"), ["stop"])
        given = self.context(edge={"Domain": "example.com"})
        self.assertEqual(self.levels(preflight.placeholders, given, "the command line: “Domain=example.com”"), ["stop"])

    def test_the_line_of_a_placeholder_is_named(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "samconfig.toml")
            file.write_text(FILE.read_text().split("[prod.")[0].replace("OperatorEmail=operator@example.com", "OperatorEmail=me@sansfond.test")
                            + '[prod.global.parameters]\nstack_name = "p"\nregion = "us-east-1"\n[prod.deploy.parameters]\n'
                            '# "OperatorEmail=o@example.com"\nparameter_overrides = [\n"OperatorEmail=o@example.com",\n]\n')
            line = file.read_text().splitlines().index('"OperatorEmail=o@example.com",') + 1
            self.assertIn(f"samconfig.toml:{line}:", Stage.read("prod", {}, file).placeholders(file)[0])
            self.assertEqual(Stage.read("dev", {}, file).placeholders(file), [])
            with self.assertRaises(Failed):
                Stage.read("default", {}, file)

    def test_the_values_in_the_repository_are_placeholders(self) -> None:
        for name in ("dev", "prod"):
            with self.subTest(name):
                self.assertTrue(Stage.read(name, {}).placeholders())

    def test_architecture(self) -> None:
        self.assertEqual(self.levels(preflight.architecture, self.context(arch="arm64")), [])
        self.assertEqual(self.levels(preflight.architecture, self.context(arch="x86_64"), "ARCH=arm64"), ["stop"])
        self.assertEqual(self.levels(preflight.architecture, self.context({"Architecture": "x86_64"}, arch="x86_64")), [])

    def test_sam(self) -> None:
        with tempfile.TemporaryDirectory() as home, mock.patch.dict(os.environ, {"SANSFOND_HOME": home, "PATH": ""}):
            self.assertEqual(self.levels(preflight.sam, self.context(), "sam is missing"), ["stop"])
            program = Path(home, "venv/sam/bin/sam")
            program.parent.mkdir(parents=True)
            program.write_text("#!/bin/sh\nexit 1\n")
            program.chmod(0o755)
            self.assertEqual(self.levels(preflight.sam, self.context(), "does not run"), ["stop"])
            program.write_text("#!/bin/sh\necho SAM CLI, version 1.2.3\n")
            self.assertEqual(self.levels(preflight.sam, self.context(), "version 1.2.3"), ["ok"])

    def test_identity(self) -> None:
        who = {"UserId": "A", "Account": "210987654321", "Arn": "arn:aws:iam::210987654321:user/ada"}
        self.account.answers("sts", "get_caller_identity", who)
        self.assertEqual(self.levels(preflight.identity, self.context(), "user/ada in account 210987654321", "eu-west-3"), ["ok"])
        self.account.answers("sts", "get_caller_identity", who | {"Arn": "arn:aws:iam::210987654321:root"})
        self.assertEqual(self.levels(preflight.identity, self.context(), "root user"), ["ok", "note"])
        self.account.refuses("sts", "get_caller_identity", "ExpiredToken", "The token has expired")
        self.assertEqual(self.levels(preflight.identity, self.context(), "has expired", "aws sso login"), ["stop"])

    def test_region(self) -> None:
        self.assertEqual(self.levels(preflight.region, self.context({"WorkerImage": IMAGE})), ["ok"])
        context = self.context()
        context.stage.region = "eu-nowhere-1"
        self.assertEqual(self.levels(preflight.region, context, "has no cognito-idp"), ["stop"])

    def stacks(self, service: str | None, edge: str | None, *lines: str) -> list[str]:
        self.account.stack("sansfond-dev", service).stack("sansfond-dev-edge", edge, "us-east-1")
        return self.levels(preflight.stacks, self.context(), *lines)

    def test_stacks(self) -> None:
        self.assertEqual(self.stacks(None, None, "will be created"), ["ok", "ok"])
        self.assertEqual(self.stacks("UPDATE_COMPLETE", "ROLLBACK_COMPLETE", "will be created again"), ["ok", "ok"])
        self.assertEqual(self.stacks("UPDATE_IN_PROGRESS", None, "wait until"), ["stop", "ok"])
        self.assertEqual(self.stacks(None, "UPDATE_ROLLBACK_FAILED", "continue-update-rollback --region us-east-1"), ["ok", "stop"])
        self.assertEqual(self.stacks("DELETE_FAILED", None, "delete-stack"), ["stop", "ok"])

    def executions(self, total: int, unreserved: int, service: dict[str, str], *lines: str) -> list[str]:
        limit = {"ConcurrentExecutions": total, "UnreservedConcurrentExecutions": unreserved}
        self.account.answers("lambda", "get_account_settings", {"AccountLimit": limit})
        context = self.context(service)
        context.template = {**context.template, "Resources": {"Preview": {"Properties": {"ReservedConcurrentExecutions": {
            "Fn::If": ["KeepsPreviewsApart", {"Ref": "PreviewConcurrency"}, {"Ref": "AWS::NoValue"}]}}}}}
        return self.levels(preflight.executions, context, *lines)

    def test_executions(self) -> None:
        few = {"ImageConcurrency": "2"}
        self.assertEqual(self.executions(1000, 1000, few, "1000 executions at once"), ["ok"])
        self.assertEqual(self.executions(10, 10, few, "10 executions", "L-B99A9384"), ["note"])
        self.assertEqual(self.executions(10, 10, {"ImageConcurrency": "8"}, "would leave 2 of 10"), ["note"])
        self.assertEqual(self.executions(10, 10, {"ImageConcurrency": "12"}, "ImageConcurrency=12 is more", "ImageConcurrency=5"), ["stop"])

    def test_reserved_executions(self) -> None:
        reserved_here = {"ImageConcurrency": "2", "PreviewConcurrency": "5"}
        self.account.stack("sansfond-dev", None)
        self.assertEqual(self.executions(10, 10, reserved_here, "leave 5 of the account's 10", "PreviewConcurrency=0"), ["stop"])
        self.account.stack("sansfond-dev", None)
        self.assertEqual(self.executions(1000, 1000, reserved_here, "995 of them unreserved"), ["ok"])
        # The executions that the deployed stack has reserved are not counted twice.
        self.account.stack("sansfond-dev", "UPDATE_COMPLETE", PreviewConcurrency="5")
        self.assertEqual(self.executions(1000, 100, reserved_here, "100 of them unreserved"), ["ok"])
        self.account.stack("sansfond-dev", "UPDATE_COMPLETE", PreviewConcurrency="0")
        self.assertEqual(self.executions(1000, 100, reserved_here, "leave 95"), ["stop"])

    def test_the_reserved_executions_of_the_template_are_read(self) -> None:
        context = self.context({"PreviewConcurrency": "5"})
        self.assertEqual(preflight.reserved(context, context.parameter), 5)
        self.assertEqual(preflight.reserved(context, lambda _: "0"), 0)
        context = self.context({"PreviewConcurrency": "5", "ReservedExecutions": "on"})
        self.assertEqual(preflight.reserved(context, context.parameter), 8)
        context.template = {**context.template, "Conditions": {"KeepsPreviewsApart": {"Fn::Or": []}, "ReservesExecutions": {}}}
        with self.assertRaises(ValueError):
            preflight.reserved(context, context.parameter)

    def test_memory_of_a_new_account(self) -> None:
        large = {"ImageConcurrency": "2", "ImageMemory": "5000"}
        self.assertEqual(self.executions(10, 10, large, "ImageMemory=3008"), ["note", "note"])
        self.assertEqual(self.executions(1000, 1000, large), ["ok"])

    def sender(self, verified: bool | None, production: bool, sending: bool, *lines: str) -> list[str]:
        if verified is None:
            self.account.refuses("sesv2", "get_email_identity", "NotFoundException")
        else:
            self.account.answers("sesv2", "get_email_identity", {"VerifiedForSendingStatus": verified}, {"EmailIdentity": "a@b.fr"})
            self.account.answers("sesv2", "get_account", {"ProductionAccessEnabled": production, "SendingEnabled": sending})
        return self.levels(preflight.sender, self.context({"SenderEmail": "a@b.fr"}), *lines)

    def test_sender(self) -> None:
        self.assertEqual(self.levels(preflight.sender, self.context(), "50 a day"), ["note"])
        self.assertEqual(self.sender(True, True, True, "SES sends as a@b.fr"), ["ok"])
        self.assertEqual(self.sender(True, False, True, "sandbox"), ["ok", "note"])
        self.assertEqual(self.sender(True, True, False, "stopped sending"), ["ok", "stop"])
        self.assertEqual(self.sender(False, True, True, "not verified"), ["stop"])
        self.assertEqual(self.sender(None, True, True, "create-email-identity --region eu-west-3"), ["stop"])

    def test_operator(self) -> None:
        self.assertEqual(self.levels(preflight.operator, self.context({"OperatorEmail": "a@b.fr"})), ["ok"])
        self.assertEqual(self.levels(preflight.operator, self.context()), ["note"])

    def test_machines(self) -> None:
        self.assertEqual(self.levels(preflight.machines, self.context(), "turned off"), ["ok"])
        named = {"MachineTypes": "g5.xlarge, g6.xlarge"}
        for chosen, wanted in (
            ({"Machines": "gpu"}, ["g4dn.xlarge"]),
            ({"Machines": "cpu"}, ["c6i.2xlarge", "m6i.2xlarge"]),
            ({"Machines": "gpu", **named}, ["g5.xlarge", "g6.xlarge"]),
        ):
            context = self.context({"WorkerImage": IMAGE, "MachineZones": "3", **chosen})
            self.assertEqual(sorted(preflight.machine_types(context)), wanted)
            there = [{"InstanceType": one} for one in wanted]
            self.offers(there, 3)
            self.assertEqual(self.levels(preflight.machines, context), ["ok", "ok"])
            self.offers(there[1:], 3)
            self.assertEqual(self.levels(preflight.machines, context, f"has no {wanted[0]}", "MachineTypes"), ["stop", "ok"])
            self.offers(there, 2)
            self.assertEqual(self.levels(preflight.machines, context, "2 zones, not 3", "MachineZones=2"), ["ok", "stop"])

    def offers(self, types: list[dict], zones: int) -> None:
        self.account.answers("ec2", "describe_instance_type_offerings", {"InstanceTypeOfferings": types})
        found = [{"ZoneName": f"eu-west-3{'abcdef'[number]}"} for number in range(zones)]
        self.account.answers("ec2", "describe_availability_zones", {"AvailabilityZones": found})

    def vcpus(self, spot: float, demand: float, *lines: str) -> list[str]:
        for quota, value in zip(preflight.QUOTAS["gpu"], (spot, demand), strict=True):
            self.account.answers("service-quotas", "get_service_quota", {"Quota": {"Value": value}},
                                 {"ServiceCode": "ec2", "QuotaCode": quota})
        return self.levels(preflight.vcpus, self.context({"WorkerImage": IMAGE}), *lines)

    def test_vcpus(self) -> None:
        self.assertEqual(self.levels(preflight.vcpus, self.context()), [])
        self.assertEqual(self.vcpus(16, 64), ["ok", "ok"])
        self.assertEqual(self.vcpus(0, 16, "0 vCPUs spot", "L-3819A6DF --desired-value 16"), ["note", "ok"])
        self.assertEqual(self.vcpus(0, 0, "no machine can be rented"), ["note", "note", "stop"])

    def test_vcpus_without_a_quota_of_the_account(self) -> None:
        for _ in range(2):
            self.account.refuses("service-quotas", "get_service_quota", "NoSuchResourceException")
            self.account.answers("service-quotas", "get_aws_default_service_quota", {"Quota": {"Value": 5.0}})
        context = self.context({"WorkerImage": IMAGE, "Machines": "cpu"})
        self.assertEqual(self.levels(preflight.vcpus, context, "5 vCPUs"), ["note", "note", "stop"])

    def test_spot_role(self) -> None:
        self.assertEqual(self.levels(preflight.spot_role, self.context()), [])
        role = {"Path": "/aws-service-role/", "RoleName": "AWSServiceRoleForEC2Spot", "RoleId": "A" * 16, "Arn": "arn:aws:iam::1:role/a", "CreateDate": NOW}
        self.account.answers("iam", "get_role", {"Role": role})
        self.assertEqual(self.levels(preflight.spot_role, self.context({"WorkerImage": IMAGE})), ["ok"])
        self.account.refuses("iam", "get_role", "NoSuchEntity")
        self.assertEqual(self.levels(preflight.spot_role, self.context({"WorkerImage": IMAGE}), "create-service-linked-role"), ["stop"])

    def test_image(self) -> None:
        self.assertEqual(self.levels(preflight.image, self.context()), [])
        wanted = {"registryId": "210987654321", "repositoryName": "sansfond-batch-worker", "imageIds": [{"imageTag": "0a1b2c3"}]}
        self.account.answers("ecr", "describe_images", {"imageDetails": []}, wanted)
        self.assertEqual(self.levels(preflight.image, self.context({"WorkerImage": IMAGE})), ["ok"])
        digest = "sha256:" + "ab" * 32
        self.account.answers("ecr", "describe_images", {"imageDetails": []}, wanted | {"imageIds": [{"imageDigest": digest}]})
        self.assertEqual(self.levels(preflight.image, self.context({"WorkerImage": IMAGE.replace(":0a1b2c3", f"@{digest}")})), ["ok"])
        for reason in ("ImageNotFoundException", "RepositoryNotFoundException"):
            self.account.refuses("ecr", "describe_images", reason)
            self.assertEqual(self.levels(preflight.image, self.context({"WorkerImage": IMAGE}), "ECR has no"), ["stop"])
        self.assertEqual(self.levels(preflight.image, self.context({"WorkerImage": "worker:latest"}), "is not an ECR image"), ["stop"])

    def test_a_worker_image_that_will_be_built(self) -> None:
        context = self.context({"WorkerImage": preflight.BUILD})
        with mock.patch.object(preflight, "RELEASE", Path(__file__)):
            self.assertEqual(self.levels(preflight.image, context, "a release does not build"), ["stop"])
        with mock.patch.object(preflight, "builder", side_effect=preflight.Failed("needs Docker or buildah")):
            self.assertEqual(self.levels(preflight.image, context, "needs Docker"), ["stop"])
        with mock.patch.object(preflight, "builder", lambda: ["buildah"]):
            self.account.refuses("ecr", "get_authorization_token", "AccessDeniedException")
            self.assertEqual(self.levels(preflight.image, context, "may not push"), ["stop"])
            self.account.answers("ecr", "get_authorization_token", {"authorizationData": []}, {})
            self.assertEqual(self.levels(preflight.image, context, "buildah"), ["ok"])

    def zone(self, name: str) -> None:
        answer = {"HostedZone": {"Id": "Z1", "Name": f"{name}.", "CallerReference": "1"}}
        self.account.answers("route53", "get_hosted_zone", answer, {"Id": "Z1"})

    def test_domain_in_a_zone(self) -> None:
        self.assertEqual(self.levels(preflight.domain, self.context()), ["note"])
        chosen = {"Domain": "cut.sansfond.test", "HostedZoneId": "Z1"}
        self.zone("sansfond.test")
        self.assertEqual(self.levels(preflight.domain, self.context(edge=chosen)), ["ok"])
        self.zone("fond.test")
        self.assertEqual(self.levels(preflight.domain, self.context(edge=chosen), "is not in"), ["stop"])
        self.account.refuses("route53", "get_hosted_zone", "NoSuchHostedZone")
        self.assertEqual(self.levels(preflight.domain, self.context(edge=chosen), "has no zone Z1"), ["stop"])

    def test_domain_with_a_certificate(self) -> None:
        certificate = "arn:aws:acm:us-east-1:210987654321:certificate/1"
        chosen = {"Domain": "cut.sansfond.test", "CertificateArn": certificate}
        for status, level in (("ISSUED", "ok"), ("PENDING_VALIDATION", "stop")):
            self.account.answers("acm", "describe_certificate", {"Certificate": {"Status": status}}, None, "us-east-1")
            self.assertEqual(self.levels(preflight.domain, self.context(edge=chosen)), [level])
        self.account.refuses("acm", "describe_certificate", "ResourceNotFoundException", where="us-east-1")
        self.assertEqual(self.levels(preflight.domain, self.context(edge=chosen), "is not there"), ["stop"])

    def test_domain_with_neither(self) -> None:
        chosen = {"Domain": "cut.sansfond.test"}
        self.account.stack("sansfond-dev-edge", None, "us-east-1")
        self.assertEqual(self.levels(preflight.domain, self.context(edge=chosen), "neither"), ["stop"])
        self.account.stack("sansfond-dev-edge", "UPDATE_COMPLETE", "us-east-1", Domain="cut.sansfond.test", HostedZoneId="Z1")
        self.assertEqual(self.levels(preflight.domain, self.context(edge=chosen)), [])

    def test_a_denied_call_is_a_note_and_keeps_earlier_findings(self) -> None:
        self.account.answers("sesv2", "get_email_identity", {"VerifiedForSendingStatus": False})
        self.account.refuses("sesv2", "get_account", "AccessDeniedException")
        levels = self.levels(preflight.sender, self.context({"SenderEmail": "a@b.fr"}), "do not allow the call (GetAccount)")
        self.assertEqual(levels, ["stop", "note"])

    def test_an_error_or_no_response_is_a_stop(self) -> None:
        self.account.refuses("lambda", "get_account_settings", "ThrottlingException", "Rate exceeded")
        self.assertEqual(self.levels(preflight.executions, self.context(), "Rate exceeded"), ["stop"])

        def no_response(_: preflight.Context) -> Iterator[preflight.Finding]:
            raise EndpointConnectionError(endpoint_url="https://aws.test")
            yield

        self.assertEqual(self.levels(no_response, self.context(), "Could not connect"), ["stop"])

    def test_without_an_identity_there_are_no_other_calls(self) -> None:
        self.account.refuses("sts", "get_caller_identity", "InvalidClientTokenId")
        found = list(preflight.run_checks(self.context()))
        self.assertEqual(found[-1].level, "stop")
        self.assertEqual(list(self.account.stubs), [("sts", "eu-west-3")])

    def test_every_check_is_in_the_table(self) -> None:
        checks = {name for name, value in vars(preflight).items()
                  if callable(value) and getattr(value, "__annotations__", {}).get("return") == "Iterator[Finding]"}
        table = {check.__name__ for check in (*preflight.LOCAL, *preflight.REMOTE)} | {"identity", "run_checks"}
        self.assertEqual(checks, table)

    def test_one_stop_fails_the_preflight(self) -> None:
        for finding, expected in ((preflight.stop("no", "do"), 1), (preflight.note("hm"), 0), (preflight.ok("yes"), 0)):
            printed = io.StringIO()
            with mock.patch.object(preflight, "run_checks", lambda _, one=finding: iter([one])), \
                    contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                self.assertEqual(preflight.main(["dev"]), expected)
            self.assertIn(finding.says, printed.getvalue())
            self.assertNotIn("\033", printed.getvalue())


if __name__ == "__main__":
    unittest.main()
