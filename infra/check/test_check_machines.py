"""Each promise of check_machines.py is kept by the template, and noticed when it is broken."""

from __future__ import annotations

import copy
import unittest

import check_machines as check
from check_template import TEMPLATE as PARENT
from check_template import translate
from samtranslator.yaml_helper import yaml_parse

SOURCE = check.MACHINES.read_text()
TEMPLATE = yaml_parse(SOURCE)


class Broken(unittest.TestCase):
    """Breaks a copy of the template, and looks for the line that says so."""

    def setUp(self) -> None:
        self.template = copy.deepcopy(TEMPLATE)
        self.resources = self.template["Resources"]

    def properties(self, name: str) -> dict:
        return self.resources[name]["Properties"]

    def assert_says(self, promise, line: str) -> None:
        problems = promise(self.template)
        self.assertTrue(any(line in problem for problem in problems), f"“{line}” is not among {problems}")

    def test_the_template_keeps_every_promise(self) -> None:
        self.assertEqual(check.lint(SOURCE), [])
        for promise in check.PROMISES:
            with self.subTest(promise.__name__):
                self.assertEqual(promise(self.template), [])

    def test_the_linter_sees_a_wrong_property(self) -> None:
        self.assertTrue(check.lint(SOURCE.replace("MinvCpus: 0", "MinimumCpus: 0")))

    def test_what_costs_by_the_hour_is_seen(self) -> None:
        self.resources["Nat"] = {"Type": "AWS::EC2::NatGateway"}
        self.properties("TableEndpoint")["VpcEndpointType"] = "Interface"
        self.properties("Spot")["ComputeResources"]["MinvCpus"] = 4
        for line in ("Nat: a AWS::EC2::NatGateway costs", "TableEndpoint: only gateway", "Spot: keeps machines"):
            self.assert_says(check.nothing_costs_while_nobody_comes, line)

    def test_a_way_in_is_seen(self) -> None:
        self.properties("Wall")["SecurityGroupIngress"].append({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22})
        self.assert_says(check.nothing_comes_in, "Wall: lets somebody in")

    def test_a_wide_way_out_is_seen(self) -> None:
        self.properties("Wall")["SecurityGroupEgress"].append({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"})
        self.assert_says(check.nothing_comes_in, "Wall: lets more out")

    def test_open_metadata_are_seen(self) -> None:
        self.properties("Launch")["LaunchTemplateData"]["MetadataOptions"]["HttpTokens"] = "optional"
        self.assert_says(check.machines_are_closed, "Launch: a container could take")

    def test_an_open_disk_is_seen(self) -> None:
        self.properties("Launch")["LaunchTemplateData"]["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] = False
        self.assert_says(check.machines_are_closed, "not encrypted")

    def test_machines_without_the_launch_template_are_seen(self) -> None:
        del self.properties("OnDemand")["ComputeResources"]["LaunchTemplate"]
        self.assert_says(check.machines_are_closed, "OnDemand: its machines are not those")

    def test_an_open_container_is_seen(self) -> None:
        container = self.properties("Worker")["ContainerProperties"]
        container.update(User="0", Privileged=True, ReadonlyRootFilesystem=False)
        container["Volumes"][0]["Host"] = {"SourcePath": "/"}
        del self.properties("Worker")["Timeout"]
        for line in ("is privileged", "runs as root", "change its own", "folders of the machine", "run for ever"):
            self.assert_says(check.containers_are_closed, line)

    def test_wide_rights_are_seen(self) -> None:
        role = self.properties("ExecutionRole")
        role["Policies"][0]["PolicyDocument"]["Statement"][1].update(Action="ecr:*", Resource="*")
        role["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AdministratorAccess"]
        role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"AWS": "*"}
        for line in ("allows ecr:*", "ecr:* on any resource", "AdministratorAccess", "can be taken by more"):
            self.assert_says(check.rights_are_few, line)

    def test_logs_for_ever_are_seen(self) -> None:
        del self.properties("WorkerLogs")["RetentionInDays"]
        self.assert_says(check.logs_end, "WorkerLogs: keeps logs for ever")

    def test_a_log_elsewhere_is_seen(self) -> None:
        self.properties("Worker")["ContainerProperties"]["LogConfiguration"]["Options"]["awslogs-group"] = "elsewhere"
        self.assert_says(check.logs_end, "Worker: writes to a log group")

    def test_other_retries_are_seen(self) -> None:
        rules = self.properties("Worker")["RetryStrategy"]["EvaluateOnExit"]
        rules.insert(0, {"OnExitCode": "1", "Action": "RETRY"})
        self.assert_says(check.only_a_lost_machine_is_followed_by_another, "Worker: is tried again after ['1'")
        rules.pop()
        self.assert_says(check.only_a_lost_machine_is_followed_by_another, "end them with EXIT")


class Agreement(unittest.TestCase):
    """With template.yaml and with the worker."""

    def test_parameters_and_outputs_agree(self) -> None:
        parent = translate(PARENT.read_text())
        self.assertEqual(check.parents_agree(TEMPLATE, parent), [])
        given = parent["Resources"]["MachineStack"]["Properties"]["Parameters"]
        given["More"] = given.pop("Table")
        problems = check.parents_agree(TEMPLATE, parent)
        self.assertIn("Table: template.yaml does not give it", problems)
        self.assertIn("More: template.yaml gives it, nothing takes it", problems)
        without = {**TEMPLATE, "Outputs": {}}
        self.assertTrue(any("uses this output" in problem for problem in check.parents_agree(without, parent)))

    def test_a_setting_that_one_side_lacks_is_seen(self) -> None:
        self.assertEqual(check.settings_agree({"A", "SANSFOND_LOG"}, {"A", "SANSFOND_JOB"}), [])
        self.assertIn("does not set it", check.settings_agree(set(), {"A"})[0])
        self.assertIn("no code reads it", check.settings_agree({"A"}, set())[-1])

    def test_the_job_definition_sets_what_it_says(self) -> None:
        self.assertIn("SANSFOND_TABLE", check.settings_of_machines(TEMPLATE))


if __name__ == "__main__":
    unittest.main()
