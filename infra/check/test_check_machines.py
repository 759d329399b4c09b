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
        for line in ("Nat: a AWS::EC2::NatGateway costs", "TableEndpoint: only gateway", "Spot: keeps idle machines"):
            self.assert_says(check.nothing_costs_while_nobody_comes, line)

    def test_a_way_in_is_seen(self) -> None:
        self.properties("Wall")["SecurityGroupIngress"].append({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22})
        self.assert_says(check.nothing_comes_in, "Wall: allows inbound traffic")

    def test_a_wide_way_out_is_seen(self) -> None:
        self.properties("Wall")["SecurityGroupEgress"].append({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"})
        self.assert_says(check.nothing_comes_in, "Wall: allows more outbound")

    def test_open_metadata_are_seen(self) -> None:
        self.properties("Launch")["LaunchTemplateData"]["MetadataOptions"]["HttpTokens"] = "optional"
        self.assert_says(check.machines_are_closed, "Launch: the machine's credentials are available")

    def test_metadata_over_ipv6_are_seen(self) -> None:
        del self.properties("Launch")["LaunchTemplateData"]["MetadataOptions"]["HttpProtocolIpv6"]
        self.assert_says(check.machines_are_closed, "over IPv6")

    def test_a_way_to_the_machine_s_role_is_seen(self) -> None:
        data = self.properties("Launch")["LaunchTemplateData"]
        whole = data["UserData"]["Fn::Base64"]
        line = "Launch: user 10001 of a container could assume the machine's role"
        for old, new in (
            ("-d 169.254.169.254", "-d 169.254.170.2"),
            ("-j DROP", "-j ACCEPT"),
            ("--uid-owner 10001", "--uid-owner 10002"),
            ("OUTPUT", "DOCKER-USER"),
            # A script runs once, and when other services have started.
            ("text/cloud-boothook", "text/x-shellscript"),
            # What is not enforced.
            (' || systemctl mask ecs', ""),
            ('iptables -w -C', '# iptables -w -C'),
        ):
            with self.subTest(new):
                self.assertIn(old, whole)
                data["UserData"]["Fn::Base64"] = whole.replace(old, new)
                self.assert_says(check.workers_do_not_reach_the_machine_s_role, line)
        del data["UserData"]
        self.assert_says(check.workers_do_not_reach_the_machine_s_role, line)

    def test_a_container_with_another_user_is_seen(self) -> None:
        self.properties("Worker")["ContainerProperties"]["User"] = "10002:10001"
        line = "Launch: user 10002 of a container could assume the machine's role"
        self.assert_says(check.workers_do_not_reach_the_machine_s_role, line)

    def test_an_open_disk_is_seen(self) -> None:
        self.properties("Launch")["LaunchTemplateData"]["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] = False
        self.assert_says(check.machines_are_closed, "unencrypted disk")

    def test_machines_without_the_launch_template_are_seen(self) -> None:
        del self.properties("OnDemand")["ComputeResources"]["LaunchTemplate"]
        self.assert_says(check.machines_are_closed, "OnDemand: its machines do not use the launch template")

    def test_an_open_container_is_seen(self) -> None:
        container = self.properties("Worker")["ContainerProperties"]
        container.update(User="0", Privileged=True, ReadonlyRootFilesystem=False)
        container["Volumes"][0]["Host"] = {"SourcePath": "/"}
        del self.properties("Worker")["Timeout"]
        for line in ("is privileged", "runs as root", "change its own", "folders of the machine", "has no time limit"):
            self.assert_says(check.containers_are_closed, line)

    def test_wide_rights_are_seen(self) -> None:
        role = self.properties("ExecutionRole")
        role["Policies"][0]["PolicyDocument"]["Statement"][1].update(Action="ecr:*", Resource="*")
        role["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AdministratorAccess"]
        role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"AWS": "*"}
        for line in ("allows ecr:*", "ecr:* on any resource", "AdministratorAccess", "can be assumed by more"):
            self.assert_says(check.rights_are_few, line)

    def test_logs_for_ever_are_seen(self) -> None:
        del self.properties("WorkerLogs")["RetentionInDays"]
        self.assert_says(check.logs_end, "WorkerLogs: keeps logs forever")

    def test_a_log_elsewhere_is_seen(self) -> None:
        self.properties("Worker")["ContainerProperties"]["LogConfiguration"]["Options"]["awslogs-group"] = "elsewhere"
        self.assert_says(check.logs_end, "Worker: writes to a log group")

    def test_other_retries_are_seen(self) -> None:
        rules = self.properties("Worker")["RetryStrategy"]["EvaluateOnExit"]
        promise = check.only_what_passes_gives_another_attempt
        rules[0]["OnReason"] = "Cannot*"
        self.assert_says(promise, "Worker: is retried after OnReason Cannot*")
        self.assert_says(promise, "Worker: a rule with two conditions requires both")
        rules.insert(0, {"OnExitCode": "101", "Action": "RETRY"})
        self.assert_says(promise, "Worker: is retried after OnExitCode 101")
        self.assert_says(promise, "Worker: has 6 rules; Batch allows 5")
        del rules[2]
        self.assert_says(promise, "Worker: is not retried after OnStatusReason Task failed to start*")
        rules.pop()
        self.assert_says(promise, "end the rules with EXIT")

    def test_machines_that_cannot_be_chosen_are_seen(self) -> None:
        self.properties("Spot")["ComputeResources"]["InstanceTypes"] = ["g6.xlarge"]
        self.properties("OnDemand")["ComputeResources"]["Subnets"].pop()
        for line in ("Spot: its machines cannot be chosen", "OnDemand: does not use SubnetF"):
            self.assert_says(check.machines_are_the_operator_s_choice, line)

    def test_a_zone_that_a_region_may_lack_is_seen(self) -> None:
        del self.resources["SubnetC"]["Condition"]
        self.assert_says(check.machines_are_the_operator_s_choice, "SubnetC: some regions have only two zones")

    def test_an_impatient_update_is_seen(self) -> None:
        self.properties("Spot")["UpdatePolicy"]["JobExecutionTimeoutMinutes"] = 60
        self.assert_says(check.an_update_waits_for_videos, "Spot: an update ends videos")

    def test_trouble_that_nobody_hears_of_is_seen(self) -> None:
        self.properties("BlockedRule")["Targets"][0]["Arn"] = {"Ref": "Other"}
        self.properties("FailedRule")["EventPattern"]["detail"]["status"] = ["SUCCEEDED"]
        for line in ("Batch Job Queue Blocked: nobody", "Batch Job State Change FAILED: nobody"):
            self.assert_says(check.trouble_is_told, line)


class Agreement(unittest.TestCase):
    """With template.yaml and with the worker."""

    def test_parameters_and_outputs_agree(self) -> None:
        parent = translate(PARENT.read_text())
        self.assertEqual(check.parents_agree(TEMPLATE, parent), [])
        given = parent["Resources"]["MachineStack"]["Properties"]["Parameters"]
        given["More"] = given.pop("Table")
        problems = check.parents_agree(TEMPLATE, parent)
        self.assertIn("Table: template.yaml does not set it", problems)
        self.assertIn("More: template.yaml sets it, but nothing uses it", problems)
        without = {**TEMPLATE, "Outputs": {}}
        self.assertTrue(any("uses this output" in problem for problem in check.parents_agree(without, parent)))

    def test_a_video_that_was_given_up_is_known_by_the_code_s_reason(self) -> None:
        source = check.BATCH.read_text()
        self.assertEqual(check.given_up_agrees(TEMPLATE, source), [])
        other = source.replace("its owner gave it up", "given up")
        self.assertIn("videos are ended with {'given up'}", check.given_up_agrees(TEMPLATE, other)[0])
        without = copy.deepcopy(TEMPLATE)
        del without["Resources"]["FailedRule"]["Properties"]["EventPattern"]["detail"]["statusReason"]
        self.assertTrue(check.given_up_agrees(without, source))

    def test_a_setting_that_one_side_lacks_is_seen(self) -> None:
        self.assertEqual(check.settings_agree({"A", "SANSFOND_LOG"}, {"A", "SANSFOND_JOB"}), [])
        self.assertIn("does not set it", check.settings_agree(set(), {"A"})[0])
        self.assertIn("no code reads it", check.settings_agree({"A"}, set())[-1])

    def test_the_job_definition_sets_what_it_says(self) -> None:
        self.assertIn("SANSFOND_TABLE", check.settings_of_machines(TEMPLATE))


if __name__ == "__main__":
    unittest.main()
