"""The template follows each rule of check_template.py, and a violation is reported."""

from __future__ import annotations

import copy
import json
import tempfile
import unittest
from pathlib import Path

import check_template as check

SOURCE = check.TEMPLATE.read_text()
TEMPLATE = check.translate(SOURCE)


def passes(pattern: dict, record: dict) -> bool:
    """Returns True if Lambda's filter passes a record. Implements only the operators that our filter uses.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
    """

    def matches(rule: str | dict, value: object) -> bool:
        return str(value).startswith(rule["prefix"]) if isinstance(rule, dict) else rule == value

    return all(
        passes(rules, record.get(name, {})) if isinstance(rules, dict) else any(matches(rule, record.get(name)) for rule in rules)
        for name, rules in pattern.items()
    )


class Broken(unittest.TestCase):
    """Each test breaks a copy of the template and expects a line of the check."""

    def setUp(self) -> None:
        self.template = copy.deepcopy(TEMPLATE)
        self.resources = self.template["Resources"]

    def properties(self, name: str) -> dict:
        return self.resources[name]["Properties"]

    def statements(self, role: str) -> list[dict]:
        return self.properties(role)["Policies"][0]["PolicyDocument"]["Statement"]

    def assert_reports(self, rule, line: str) -> None:
        problems = rule(self.template)
        self.assertTrue(any(line in problem for problem in problems), f"“{line}” is not among {problems}")

    def test_the_template_follows_every_rule(self) -> None:
        for rule in check.RULES:
            with self.subTest(rule.__name__):
                self.assertEqual(rule(self.template), [])

    def test_the_linter_sees_a_wrong_runtime(self) -> None:
        self.properties("GetMeFunction")["Runtime"] = "provided.al2025"
        self.assert_reports(check.lint, "cfn-lint E")

    def test_a_number_for_a_setting_is_reported(self) -> None:
        variables = self.properties("RemoveBackgroundFunction")["Environment"]["Variables"]
        variables["SANSFOND_LEASE_SECONDS"] = 34
        variables["SANSFOND_FREE_VIDEOS"] = {"Fn::If": ["HasMachines", {"Ref": "FreeVideos"}, 0]}
        self.assert_reports(check.settings_are_text, "SANSFOND_LEASE_SECONDS is 34")
        self.assert_reports(check.settings_are_text, "SANSFOND_FREE_VIDEOS is 0")

    def test_the_linter_sees_a_circle(self) -> None:
        self.resources["Alarms"]["DependsOn"] = "AlarmMail"
        self.assert_reports(check.lint, "E3004")

    def test_the_linter_sees_an_unused_parameter(self) -> None:
        self.template["Parameters"]["Forgotten"] = {"Type": "String"}
        self.assert_reports(check.lint, "W2001")

    def test_a_function_without_statements_is_reported(self) -> None:
        del self.properties("ExpireJobsFunctionRole")["Policies"]
        self.assert_reports(check.each_function_has_its_own_permissions, "ExpireJobsFunction: has no statements")

    def test_a_shared_role_is_reported(self) -> None:
        self.properties("GetMeFunction")["Role"] = self.properties("LoginFunction")["Role"]
        self.assert_reports(check.each_function_has_its_own_permissions, "shares its role")

    def test_a_foreign_role_is_reported(self) -> None:
        self.properties("GetMeFunction")["Role"] = "arn:aws:iam::123456789012:role/somebody"
        self.assert_reports(check.each_function_has_its_own_permissions, "GetMeFunction: its role is not in the template")

    def test_permissions_of_a_function_that_needs_none_are_reported(self) -> None:
        self.properties("DocsFunctionRole")["Policies"] = self.properties("LoginFunctionRole")["Policies"]
        self.assert_reports(check.each_function_has_its_own_permissions, "DocsFunction: has permissions")

    def test_a_wildcard_action_is_reported(self) -> None:
        self.statements("GetMeFunctionRole")[0]["Action"] = ["dynamodb:GetItem", "dynamodb:*"]
        self.assert_reports(check.no_action_is_a_wildcard, "GetMeFunction: allows dynamodb:*")

    def test_a_wildcard_action_in_the_common_policy_is_reported(self) -> None:
        self.properties("HttpPolicy")["PolicyDocument"]["Statement"][0]["Action"] = "dynamodb:Get*"
        self.assert_reports(check.no_action_is_a_wildcard, "HttpPolicy: allows dynamodb:Get*")

    def test_any_resource_is_reported(self) -> None:
        self.statements("GetMeFunctionRole")[0]["Resource"] = "*"
        self.assert_reports(check.no_resource_is_everything, "GetMeFunction: dynamodb:GetItem on any resource")

    def test_a_whole_table_is_reported(self) -> None:
        for broken in (None, {"StringLike": {"s3:prefix": "results/*"}}, {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["*"]}}):
            with self.subTest(broken):
                statement = self.statements("GetMeFunctionRole")[0]
                statement.pop("Condition", None)
                statement |= {"Condition": broken} if broken else {}
                self.assert_reports(check.table_permissions_name_partitions, "GetMeFunction: dynamodb:GetItem on any partition")

    def test_an_action_without_partition_keys_is_reported(self) -> None:
        for action in ("dynamodb:Scan", "dynamodb:PartiQLSelect"):
            self.statements("GetMeFunctionRole")[0]["Action"] = action
            self.assert_reports(check.table_permissions_name_partitions, f"GetMeFunction: {action} does not send")

    def test_any_resource_behind_a_condition_is_reported(self) -> None:
        self.statements("GetMeFunctionRole")[0]["Resource"] = {"Fn::If": ["OnAws", {"Ref": "Table"}, "*"]}
        self.assert_reports(check.no_resource_is_everything, "GetMeFunction: dynamodb:GetItem on any resource")

    def test_an_exception_that_is_not_needed_is_reported(self) -> None:
        self.statements("SendFeedbackFunctionRole").pop()
        self.assert_reports(check.no_resource_is_everything, "SendFeedbackFunction: ses:SendEmail is in ANY_RESOURCE")

    def test_a_managed_policy_is_reported(self) -> None:
        self.properties("GetMeFunctionRole")["ManagedPolicyArns"].append("arn:aws:iam::aws:policy/AmazonS3FullAccess")
        self.assert_reports(check.managed_policies_are_known, "AmazonS3FullAccess")

    def test_logs_without_expiry_are_reported(self) -> None:
        del self.properties("ImageLogs")["RetentionInDays"]
        self.assert_reports(check.logs_expire, "ImageLogs: keeps logs forever")

    def test_a_function_with_a_log_group_of_its_own_is_reported(self) -> None:
        del self.properties("GetMeFunction")["LoggingConfig"]["LogGroup"]
        self.assert_reports(check.logs_expire, "GetMeFunction: writes to a log group")

    def test_a_stage_without_access_log_is_reported(self) -> None:
        del self.properties("ApiStage")["AccessLogSettings"]
        self.assert_reports(check.logs_expire, "ApiStage: has no access log")

    def test_a_person_in_the_access_log_is_reported(self) -> None:
        self.properties("ApiStage")["AccessLogSettings"]["Format"] = '{"ip":"$context.identity.sourceIp"}'
        self.assert_reports(check.access_logs_have_no_secrets, "$context.identity")

    def test_a_public_bucket_is_reported(self) -> None:
        self.properties("Bucket")["PublicAccessBlockConfiguration"]["BlockPublicAcls"] = False
        self.assert_reports(check.buckets_are_closed, "Bucket: BlockPublicAcls is not set")

    def test_a_bucket_without_encryption_is_reported(self) -> None:
        del self.properties("Bucket")["BucketEncryption"]
        self.assert_reports(check.buckets_are_closed, "Bucket: is not encrypted")

    def test_foreign_origins_are_reported(self) -> None:
        self.properties("Bucket")["CorsConfiguration"]["CorsRules"][0]["AllowedOrigins"].append("*")
        self.assert_reports(check.buckets_are_closed, "Bucket: allows *")

    def test_a_bucket_without_tls_is_reported(self) -> None:
        del self.resources["BucketPolicy"]
        self.assert_reports(check.storage_requires_tls, "Bucket: can be reached without TLS")

    def test_a_queue_without_tls_is_reported(self) -> None:
        self.properties("QueuePolicy")["PolicyDocument"]["Statement"].pop()
        self.assert_reports(check.storage_requires_tls, "ImageQueue: can be reached without TLS")

    def test_a_route_to_nowhere_is_reported(self) -> None:
        self.properties("GetMeRoute")["Target"] = {"Fn::Sub": "integrations/${NoIntegration}"}
        self.assert_reports(check.routes_lead_to_functions, "GetMeRoute: GET /api/me has no integration")
        self.assert_reports(check.routes_lead_to_functions, "GetMeIntegration: no route uses it")

    def test_an_integration_without_function_is_reported(self) -> None:
        self.properties("GetMeIntegration")["IntegrationUri"] = {"Fn::GetAtt": ["NoFunction", "Arn"]}
        self.assert_reports(check.routes_lead_to_functions, "GetMeIntegration: has no function")
        self.assert_reports(check.routes_lead_to_functions, "GetMeFunction: nothing calls it")

    def test_a_function_that_the_api_may_not_call_is_reported(self) -> None:
        self.statements("ApiRole")[0]["Resource"].remove({"Fn::GetAtt": ["GetMeFunction", "Arn"]})
        self.assert_reports(check.routes_lead_to_functions, "its role may not call GetMeFunction")

    def test_an_alias_that_the_api_may_not_call_is_reported(self) -> None:
        resources = self.statements("ApiRole")[0]["Resource"]
        resources.remove({"Fn::If": ["IsGradual", {"Ref": "LoginAlias"}, {"Ref": "AWS::NoValue"}]})
        self.assert_reports(check.routes_lead_to_functions, "LoginIntegration: its role may not call LoginAlias")

    def test_an_alias_of_another_function_is_reported(self) -> None:
        self.properties("LoginAlias")["FunctionName"] = {"Ref": "LogoutFunction"}
        self.assert_reports(check.routes_lead_to_functions, "LoginIntegration: has no function")

    def test_a_version_that_does_not_change_with_a_release_is_reported(self) -> None:
        del self.properties("LoginVersion")["Description"]
        del self.properties("CutOutUploadFunction")["Description"]
        self.assert_reports(check.versions_follow_releases, "LoginVersion: is not replaced with a Release")
        self.assert_reports(check.versions_follow_releases, "CutOutUploadFunction: does not change with a Release")

    def test_an_alias_without_traffic_or_alarm_is_reported(self) -> None:
        self.properties("CutOutUploadSource")["FunctionName"] = {"Ref": "CutOutUploadFunction"}
        self.properties("LoginRollout")["AlarmConfiguration"]["Alarms"] = []
        self.assert_reports(check.versions_follow_releases, "CutOutUploadAlias: nothing calls it")
        self.assert_reports(check.versions_follow_releases, "LoginAlias: no alarm rolls back a bad version")

    def test_a_rollout_on_the_local_cloud_is_reported(self) -> None:
        del self.resources["Rollouts"]["Condition"]
        self.assert_reports(check.versions_follow_releases, "Rollouts: exists without IsGradual")

    def test_a_short_lease_is_reported(self) -> None:
        self.template["Mappings"]["Leases"]["60"]["Seconds"] = "60"
        self.assert_reports(check.leases_outlast_timeouts, "60 seconds need a lease of 65")

    def test_a_timeout_without_lease_is_reported(self) -> None:
        self.template["Parameters"]["ImageTimeout"]["AllowedValues"].append(900)
        self.assert_reports(check.leases_outlast_timeouts, "differs from the allowed values")

    def test_an_early_second_delivery_is_reported(self) -> None:
        self.template["Mappings"]["Leases"]["60"]["Visibility"] = "90"
        self.assert_reports(check.leases_outlast_timeouts, "60 seconds need a visibility of 360, not 90")

    def test_a_second_delivery_of_a_job_that_counts_as_lost_is_reported(self) -> None:
        self.template["Mappings"]["Leases"]["300"] = {"Seconds": "305", "Visibility": "1800"}
        self.assert_reports(check.leases_outlast_timeouts, "with 300 seconds a job counts as lost before")

    def test_lost_after_is_read_from_the_domain(self) -> None:
        self.assertEqual(check.lost_after("pub const LOST_AFTER: Duration = Duration::from_secs(3 * 60);"), 180)
        with self.assertRaises(ValueError):
            check.lost_after("pub const LOST_AFTER: Duration = Duration::from_mins(10);")

    def test_a_visibility_that_differs_from_leases_is_reported(self) -> None:
        self.properties("ImageQueue")["VisibilityTimeout"] = {"Ref": "ImageVisibility"}
        self.assert_reports(check.leases_outlast_timeouts, "ImageQueue: has the visibility timeout")
        self.assert_reports(check.visibility_outlasts_timeouts, "ImageQueue: messages are delivered again after")

    def test_a_visibility_that_can_be_chosen_on_aws_is_reported(self) -> None:
        rules = self.template.pop("Rules")
        self.assert_reports(check.leases_outlast_timeouts, "ImageVisibility: could be set")
        self.template["Rules"] = rules
        self.template["Parameters"]["ImageVisibility"]["Default"] = 90
        self.assert_reports(check.leases_outlast_timeouts, "ImageVisibility: could be set")

    def test_a_short_lease_of_the_synchronous_route_is_reported(self) -> None:
        self.properties("RemoveBackgroundFunction")["Timeout"] = 60
        self.assert_reports(check.leases_outlast_timeouts, "RemoveBackgroundFunction: needs a lease of 65")

    def test_a_queue_that_never_gives_up_is_reported(self) -> None:
        del self.properties("VideoQueue")["RedrivePolicy"]
        self.assert_reports(check.queues_have_dead_letters, "VideoQueue: its messages are retried")

    def test_a_queue_that_gives_up_under_load_is_reported(self) -> None:
        self.properties("ImageQueue")["RedrivePolicy"]["maxReceiveCount"] = 4
        self.assert_reports(check.queues_have_dead_letters, "ImageQueue: load alone creates a dead letter, after 4 receives")

    def test_a_message_that_is_delivered_again_too_early_is_reported(self) -> None:
        for queue, seconds in (("VideoArrivalsQueue", 539), ("VideoEventsQueue", 179), ("DeadLetterQueue", 59)):
            self.properties(queue)["VisibilityTimeout"] = seconds
            self.assert_reports(check.visibility_outlasts_timeouts, f"{queue}: messages are delivered again after {seconds} s")

    def test_an_event_that_can_be_lost_is_reported(self) -> None:
        del self.properties("UploadRule")["Targets"][0]["DeadLetterConfig"]
        self.assert_reports(check.events_are_not_lost, "UploadRule: undeliverable events are lost")
        self.properties("DeadLetterQueuePolicy")["PolicyDocument"]["Statement"].pop(0)
        self.assert_reports(check.events_are_not_lost, "BatchRule: may not write to DeadLetterQueue")

    def test_a_stream_that_can_stop_for_a_day_is_reported(self) -> None:
        for member, line in {
            "FilterCriteria": "every change of the table calls its function",
            "FunctionResponseTypes": "a failed record makes its whole batch fail",
            "BisectBatchOnFunctionError": "a failed record makes its whole batch fail",
            "MaximumRetryAttempts": "a failed record blocks the next ones for a day",
            "DestinationConfig": "records that it gives up do not go to a queue",
            "StartingPosition": "records that are written before it is ready are lost",
        }.items():
            with self.subTest(member):
                kept = self.properties("DeliverEventsSource").pop(member)
                self.assert_reports(check.stream_retries_are_limited, f"DeliverEventsSource: {line}")
                self.properties("DeliverEventsSource")[member] = kept

    def test_only_the_failure_queue_of_a_stream_needs_no_dead_letters(self) -> None:
        del self.properties("DeliverEventsSource")["DestinationConfig"]
        self.assert_reports(check.queues_have_dead_letters, "UndeliveredEventsQueue: its messages are retried")

    def test_a_statement_for_stream_and_table_needs_partition_keys(self) -> None:
        statement = self.statements("DeliverEventsFunctionRole")[1]
        self.assertIn("dynamodb:GetRecords", statement["Action"])
        statement["Resource"] = [statement["Resource"], {"Fn::GetAtt": ["Table", "Arn"]}]
        self.assert_reports(check.table_permissions_name_partitions, "DeliverEventsFunction: dynamodb:GetRecords does not send")

    def test_the_filter_passes_events_only(self) -> None:
        pattern = json.loads(self.properties("DeliverEventsSource")["FilterCriteria"]["Filters"][0]["Pattern"])
        records = json.loads((check.ROOT / "fixtures" / "events" / "outbox.json").read_text())["Records"]
        self.assertEqual([passes(pattern, record) for record in records], [True, False, False])

    def test_an_eleventh_metric_is_reported(self) -> None:
        self.resources["ConcurrencyAlarm"]["Condition"] = "OnAws"
        self.assert_reports(check.alarms_are_free, "watch 11 metrics; 10 are free")

    def test_metrics_in_expressions_are_counted(self) -> None:
        del self.resources["EventErrorAlarm"]["Condition"]
        self.assert_reports(check.alarms_are_free, "watch 17 metrics; 10 are free")

    def test_an_alarm_that_notifies_nobody_is_reported(self) -> None:
        del self.properties("ThrottleAlarm")["AlarmActions"]
        self.assert_reports(check.alarms_are_free, "ThrottleAlarm: notifies nobody")

    def test_costs_without_full_observability_are_reported(self) -> None:
        self.resources["Dashboard"]["Condition"] = "OnAws"
        self.assert_reports(check.alarms_are_free, "Dashboard: costs money")
        del self.resources["MatteTime"]["Condition"]
        self.assert_reports(check.alarms_are_free, "MatteTime: costs money")

    def test_an_update_that_ends_videos_is_reported(self) -> None:
        self.template["Mappings"]["VideoTimes"]["3"]["Update"] = "60"
        self.assert_reports(check.video_times_agree, "ends a video of 3 hours after 60 minutes")

    def test_the_linter_looks_at_each_region(self) -> None:
        self.assertGreater(len(check.REGIONS), 3)
        # This type exists in us-east-1 only.
        self.resources["Report"] = {"Type": "AWS::CUR::ReportDefinition", "Properties": {}}
        self.assert_reports(check.lint, "'AWS::CUR::ReportDefinition' does not exist in 'eu-west-3'")

    def test_a_batch_that_is_quicker_than_its_worker_is_reported(self) -> None:
        self.template["Mappings"]["VideoTimes"]["2"]["Seconds"] = "7200"
        self.template["Parameters"]["VideoHours"]["AllowedValues"].append(48)
        self.assert_reports(check.video_times_agree, "2 hours are 120 minutes")
        self.assert_reports(check.video_times_agree, "differs from the allowed values")


class Code(unittest.TestCase):
    """The comparison with the code, with files written for the test."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("shared/web/src/lib.rs", 'let a = read("SANSFOND_TABLE"); #[cfg(test)] let b = read("SANSFOND_X");')
        self.write("shared/cli/src/main.rs", 'const MIRROR: &str = "SANSFOND_MIRROR";')

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def test_only_settings_of_the_functions_are_found(self) -> None:
        self.assertEqual(check.settings_of_code(self.root), {"SANSFOND_TABLE"})

    def test_a_setting_that_one_side_lacks_is_reported(self) -> None:
        self.assertEqual(check.settings_agree({"A"}, {"A"}), [])
        self.assertIn("the template does not set it", check.settings_agree(set(), {"A"})[0])
        self.assertIn("no code reads it", check.settings_agree({"A"}, set())[0])

    def test_a_setting_for_other_machines_may_be_unset(self) -> None:
        self.assertEqual(check.settings_agree(set(), {"SANSFOND_THREADS"}), [])

    def test_the_settings_of_the_template_are_found(self) -> None:
        self.assertIn("SANSFOND_TABLE", check.settings_of_template(TEMPLATE))
        self.assertIn("SANSFOND_LOG", check.settings_of_template(TEMPLATE))

    def test_a_filter_that_finds_nothing_is_reported(self) -> None:
        self.write("functions/image/src/work.rs", 'tracing::info!(matte_ms = 1, "the job is completed");')
        self.assertEqual(check.filters_match_the_code({"the job is completed", "matte_ms"}, self.root), [])
        self.assertIn("“the job is done”", check.filters_match_the_code({"the job is done"}, self.root)[0])
        self.assertIn("“matting_ms”", check.filters_match_the_code({"matting_ms"}, self.root)[0])

    def test_the_template_s_filters_are_read(self) -> None:
        words = {"the job is completed", "matte_ms", "the job failed"}
        self.assertEqual(check.filter_terms(TEMPLATE), words)

    def test_a_function_with_another_name_than_its_handler_is_reported(self) -> None:
        self.assertEqual(check.functions_are_named_after_their_handlers(SOURCE), [])
        other = SOURCE.replace("Handler: get_me\n", "Handler: me\n")
        self.assertIn("must be named MeFunction", check.functions_are_named_after_their_handlers(other)[0])
        without = SOURCE.replace("      Handler: get_me\n", "")
        self.assertIn("GetMeFunction", check.functions_are_named_after_their_handlers(without)[0])


if __name__ == "__main__":
    unittest.main()
