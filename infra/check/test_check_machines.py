"""The template follows each rule of check_machines.py, and a violation is reported."""

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
    """Each test breaks a copy of the template and expects a line of the check."""

    def setUp(self) -> None:
        self.template = copy.deepcopy(TEMPLATE)
        self.resources = self.template["Resources"]

    def properties(self, name: str) -> dict:
        return self.resources[name]["Properties"]

    def assert_reports(self, rule, line: str) -> None:
        problems = rule(self.template)
        self.assertTrue(any(line in problem for problem in problems), f"“{line}” is not among {problems}")

    def test_the_template_follows_every_rule(self) -> None:
        self.assertEqual(check.lint(SOURCE), [])
        for rule in check.RULES:
            with self.subTest(rule.__name__):
                self.assertEqual(rule(self.template), [])

    def test_the_linter_sees_a_wrong_property(self) -> None:
        self.assertTrue(check.lint(SOURCE.replace("MinvCpus: 0", "MinimumCpus: 0")))

    def test_resources_that_cost_by_the_hour_are_reported(self) -> None:
        self.resources["Nat"] = {"Type": "AWS::EC2::NatGateway"}
        self.properties("TableEndpoint")["VpcEndpointType"] = "Interface"
        self.properties("Spot")["ComputeResources"]["MinvCpus"] = 4
        for line in ("Nat: a AWS::EC2::NatGateway costs", "TableEndpoint: only gateway", "Spot: keeps idle machines"):
            self.assert_reports(check.nothing_costs_while_idle, line)

    def test_inbound_traffic_is_reported(self) -> None:
        self.properties("Wall")["SecurityGroupIngress"].append({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22})
        self.assert_reports(check.no_inbound_traffic, "Wall: allows inbound traffic")

    def test_wide_outbound_traffic_is_reported(self) -> None:
        self.properties("Wall")["SecurityGroupEgress"].append({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"})
        self.assert_reports(check.no_inbound_traffic, "Wall: allows more outbound")

    def test_open_metadata_are_reported(self) -> None:
        self.properties("Launch")["LaunchTemplateData"]["MetadataOptions"]["HttpTokens"] = "optional"
        self.assert_reports(check.machines_are_closed, "Launch: the machine's credentials are available")

    def test_metadata_over_ipv6_are_reported(self) -> None:
        del self.properties("Launch")["LaunchTemplateData"]["MetadataOptions"]["HttpProtocolIpv6"]
        self.assert_reports(check.machines_are_closed, "over IPv6")

    def test_a_way_to_the_machine_s_role_is_reported(self) -> None:
        data = self.properties("Launch")["LaunchTemplateData"]
        whole = data["UserData"]["Fn::Base64"]
        line = "Launch: user 10001 of a container could assume the machine's role"
        for old, new in (
            ("-d 169.254.169.254", "-d 169.254.170.2"),
            ("-j DROP", "-j ACCEPT"),
            ("--uid-owner 10001", "--uid-owner 10002"),
            ("OUTPUT", "DOCKER-USER"),
            # A shell script runs only at the first boot, after other services have started.
            ("text/cloud-boothook", "text/x-shellscript"),
            # The rule is not enforced.
            (' || systemctl mask ecs', ""),
            ('iptables -w -C', '# iptables -w -C'),
        ):
            with self.subTest(new):
                self.assertIn(old, whole)
                data["UserData"]["Fn::Base64"] = whole.replace(old, new)
                self.assert_reports(check.workers_do_not_reach_the_machine_s_role, line)
        del data["UserData"]
        self.assert_reports(check.workers_do_not_reach_the_machine_s_role, line)

    def test_a_container_with_another_user_is_reported(self) -> None:
        self.properties("Worker")["ContainerProperties"]["User"] = "10002:10001"
        line = "Launch: user 10002 of a container could assume the machine's role"
        self.assert_reports(check.workers_do_not_reach_the_machine_s_role, line)

    def test_an_open_disk_is_reported(self) -> None:
        self.properties("Launch")["LaunchTemplateData"]["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] = False
        self.assert_reports(check.machines_are_closed, "unencrypted disk")

    def test_machines_without_the_launch_template_are_reported(self) -> None:
        del self.properties("OnDemand")["ComputeResources"]["LaunchTemplate"]
        self.assert_reports(check.machines_are_closed, "OnDemand: its machines do not use the launch template")

    def test_an_open_container_is_reported(self) -> None:
        container = self.properties("Worker")["ContainerProperties"]
        container.update(User="0", Privileged=True, ReadonlyRootFilesystem=False)
        container["Volumes"][0]["Host"] = {"SourcePath": "/"}
        del self.properties("Worker")["Timeout"]
        for line in ("is privileged", "runs as root", "change its own", "folders of the machine", "has no time limit"):
            self.assert_reports(check.containers_are_closed, line)

    def test_wide_permissions_are_reported(self) -> None:
        role = self.properties("ExecutionRole")
        role["Policies"][0]["PolicyDocument"]["Statement"][1].update(Action="ecr:*", Resource="*")
        role["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AdministratorAccess"]
        role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"AWS": "*"}
        for line in ("allows ecr:*", "ecr:* on any resource", "AdministratorAccess", "can be assumed by more"):
            self.assert_reports(check.permissions_are_narrow, line)

    def test_logs_without_expiry_are_reported(self) -> None:
        del self.properties("WorkerLogs")["RetentionInDays"]
        self.assert_reports(check.logs_expire, "WorkerLogs: keeps logs forever")

    def test_a_log_elsewhere_is_reported(self) -> None:
        self.properties("Worker")["ContainerProperties"]["LogConfiguration"]["Options"]["awslogs-group"] = "elsewhere"
        self.assert_reports(check.logs_expire, "Worker: writes to a log group")

    def test_other_retries_are_reported(self) -> None:
        rules = self.properties("Worker")["RetryStrategy"]["EvaluateOnExit"]
        rule = check.only_transient_failures_are_retried
        rules[0]["OnReason"] = "Cannot*"
        self.assert_reports(rule, "Worker: is retried after OnReason Cannot*")
        self.assert_reports(rule, "Worker: a rule with two conditions requires both")
        rules.insert(0, {"OnExitCode": "101", "Action": "RETRY"})
        self.assert_reports(rule, "Worker: is retried after OnExitCode 101")
        self.assert_reports(rule, "Worker: has 6 rules; Batch allows 5")
        del rules[2]
        self.assert_reports(rule, "Worker: is not retried after OnStatusReason Task failed to start*")
        rules.pop()
        self.assert_reports(rule, "end the rules with EXIT")

    def test_machines_that_cannot_be_chosen_are_reported(self) -> None:
        self.properties("Spot")["ComputeResources"]["InstanceTypes"] = ["g6.xlarge"]
        self.properties("OnDemand")["ComputeResources"]["Subnets"].pop()
        for line in ("Spot: its machines cannot be chosen", "OnDemand: does not use SubnetF"):
            self.assert_reports(check.machine_types_are_a_parameter, line)

    def test_a_zone_that_a_region_may_lack_is_reported(self) -> None:
        del self.resources["SubnetC"]["Condition"]
        self.assert_reports(check.machine_types_are_a_parameter, "SubnetC: some regions have only two zones")

    def test_an_update_that_does_not_wait_is_reported(self) -> None:
        self.properties("Spot")["UpdatePolicy"]["JobExecutionTimeoutMinutes"] = 60
        self.assert_reports(check.an_update_waits_for_videos, "Spot: an update ends videos")

    def test_failures_without_a_notification_are_reported(self) -> None:
        self.properties("BlockedRule")["Targets"][0]["Arn"] = {"Ref": "Other"}
        self.properties("FailedRule")["EventPattern"]["detail"]["status"] = ["SUCCEEDED"]
        for line in ("Batch Job Queue Blocked: nobody", "Batch Job State Change FAILED: nobody"):
            self.assert_reports(check.failures_are_reported, line)


class Agreement(unittest.TestCase):
    """gpu.yaml agrees with template.yaml and the worker."""

    def test_parameters_and_outputs_agree(self) -> None:
        parent = translate(PARENT.read_text())
        self.assertEqual(check.parameters_and_outputs_agree(TEMPLATE, parent), [])
        given = parent["Resources"]["MachineStack"]["Properties"]["Parameters"]
        given["More"] = given.pop("Table")
        problems = check.parameters_and_outputs_agree(TEMPLATE, parent)
        self.assertIn("Table: template.yaml does not set it", problems)
        self.assertIn("More: template.yaml sets it, but nothing uses it", problems)
        without = {**TEMPLATE, "Outputs": {}}
        self.assertTrue(any("uses this output" in problem for problem in check.parameters_and_outputs_agree(without, parent)))

    def test_the_reason_of_a_cancellation_is_that_of_the_code(self) -> None:
        source = check.BATCH.read_text()
        self.assertEqual(check.cancel_reason_agrees(TEMPLATE, source), [])
        other = source.replace("its owner gave it up", "given up")
        self.assertIn("videos are canceled with {'given up'}", check.cancel_reason_agrees(TEMPLATE, other)[0])
        without = copy.deepcopy(TEMPLATE)
        del without["Resources"]["FailedRule"]["Properties"]["EventPattern"]["detail"]["statusReason"]
        self.assertTrue(check.cancel_reason_agrees(without, source))

    def test_a_setting_that_one_side_lacks_is_reported(self) -> None:
        self.assertEqual(check.settings_agree({"A", "SANSFOND_LOG"}, {"A", "SANSFOND_JOB"}), [])
        self.assertIn("does not set it", check.settings_agree(set(), {"A"})[0])
        self.assertIn("no code reads it", check.settings_agree({"A"}, set())[-1])

    def test_the_settings_of_the_job_definition_are_found(self) -> None:
        self.assertIn("SANSFOND_TABLE", check.settings_of_machines(TEMPLATE))


if __name__ == "__main__":
    unittest.main()
