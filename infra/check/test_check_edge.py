"""The template follows each rule of check_edge.py, and a violation is reported."""

from __future__ import annotations

import copy
import unittest
from typing import Any

import check_edge as check

TEMPLATE = check.rendered()


class Broken(unittest.TestCase):
    """Each test breaks a copy of the template and expects a line of the check."""

    def setUp(self) -> None:
        self.template = copy.deepcopy(TEMPLATE)
        self.config = check.distribution(self.template)

    def properties(self, name: str) -> dict[str, Any]:
        return self.template["Resources"][name]["Properties"]

    def statements(self, name: str) -> list[dict[str, Any]]:
        return self.properties(name)["PolicyDocument"]["Statement"]

    def headers(self, name: str) -> dict[str, Any]:
        return self.properties(name)["ResponseHeadersPolicyConfig"]

    def behavior(self, pattern: str) -> dict[str, Any]:
        # YAML aliases make the API's behaviors share their objects.
        behaviors = self.config["CacheBehaviors"]
        index = next(number for number, one in enumerate(behaviors) if one["PathPattern"] == pattern)
        behaviors[index] = copy.deepcopy(behaviors[index])
        return behaviors[index]

    def assert_reports(self, rule: Any, line: str, *more: Any) -> None:
        problems = rule(self.template, *more)
        self.assertTrue(any(line in problem for problem in problems), f"“{line}” is not among {problems}")

    def test_the_template_follows_every_rule(self) -> None:
        for rule in check.RULES:
            with self.subTest(rule.__name__):
                self.assertEqual(rule(self.template), [])

    def test_the_linter_sees_a_wrong_runtime(self) -> None:
        self.properties("PageRequest")["FunctionConfig"]["Runtime"] = "cloudfront-js-9.0"
        self.assert_reports(check.lint, "cfn-lint E")

    def test_a_bucket_without_access_control_is_reported(self) -> None:
        del self.config["Origins"][0]["OriginAccessControlId"]
        self.assert_reports(check.only_the_distribution_reads, "origin site: has no access control")

    def test_requests_without_signature_are_reported(self) -> None:
        self.properties("SiteAccess")["OriginAccessControlConfig"]["SigningBehavior"] = "no-override"
        self.assert_reports(check.only_the_distribution_reads, "SiteAccess: does not sign")

    def test_a_bucket_for_everybody_is_reported(self) -> None:
        self.statements("SiteBucketPolicy")[1]["Principal"] = "*"
        self.assert_reports(check.only_the_distribution_reads, "OurDistributionReads allows any caller")

    def test_a_bucket_for_every_distribution_is_reported(self) -> None:
        del self.statements("SiteBucketPolicy")[1]["Condition"]
        self.assert_reports(check.only_the_distribution_reads, "OurDistributionReads grants access beyond this distribution")

    def test_a_wildcard_action_is_reported(self) -> None:
        self.statements("LogBucketPolicy")[1]["Action"] = "s3:*"
        self.assert_reports(check.only_the_distribution_reads, "LogsArrive allows s3:*")

    def test_an_open_bucket_is_reported(self) -> None:
        self.properties("SiteBucket")["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] = False
        self.assert_reports(check.buckets_are_closed, "SiteBucket: BlockPublicPolicy is not set")

    def test_a_bucket_without_tls_is_reported(self) -> None:
        del self.statements("LogBucketPolicy")[0]
        self.assert_reports(check.storage_requires_tls, "LogBucket: can be reached without TLS")

    def test_plain_http_is_reported(self) -> None:
        self.config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] = "allow-all"
        self.assert_reports(check.tls_is_required, "*: allow-all allows plain HTTP")

    def test_an_api_without_tls_is_reported(self) -> None:
        self.config["Origins"][1]["CustomOriginConfig"]["OriginProtocolPolicy"] = "match-viewer"
        self.assert_reports(check.tls_is_required, "origin api: is called without TLS")

    def test_an_old_tls_is_reported(self) -> None:
        self.config["ViewerCertificate"]["Fn::If"][1]["MinimumProtocolVersion"] = "TLSv1.1_2016"
        self.assert_reports(check.tls_is_required, "TLSv1.1_2016 is the minimum TLS")

    def test_a_page_in_the_place_of_a_problem_is_reported(self) -> None:
        self.config["CustomErrorResponses"] = [{"ErrorCode": 404, "ResponsePagePath": "/app.html"}]
        self.assert_reports(check.no_custom_error_responses, "the API's own 404")

    def test_another_policy_than_the_front_doors_is_reported(self) -> None:
        policy = self.headers("SiteHeaders")["SecurityHeadersConfig"]["ContentSecurityPolicy"]
        policy["ContentSecurityPolicy"]["Fn::Sub"] += "; script-src-elem 'self'"
        self.assert_reports(check.headers_agree_with_the_front_door, "SiteHeaders: Content-Security-Policy is")

    def test_another_header_than_the_front_doors_is_reported(self) -> None:
        items = self.headers("SiteHeaders")["CustomHeadersConfig"]["Items"]
        items[0] = {"Override": True, "Header": "X-New", "Value": "1"}
        self.assert_reports(check.headers_agree_with_the_front_door, "SiteHeaders: X-New is “1”")
        self.assert_reports(check.headers_agree_with_the_front_door, "Cross-Origin-Opener-Policy is “None”")

    def test_a_file_that_chooses_its_headers_is_reported(self) -> None:
        self.headers("SiteHeaders")["SecurityHeadersConfig"]["ReferrerPolicy"]["Override"] = False
        self.assert_reports(check.header_policies_override_the_site_only, "ReferrerPolicy does not override")

    def test_a_documentation_without_its_policy_is_reported(self) -> None:
        self.headers("ApiHeaders")["SecurityHeadersConfig"]["ContentSecurityPolicy"]["Override"] = True
        self.assert_reports(check.header_policies_override_the_site_only, "overrides the policy of the documentation")

    def test_a_policy_with_holes_is_reported(self) -> None:
        policy = self.headers("SiteHeaders")["SecurityHeadersConfig"]["ContentSecurityPolicy"]
        for hole, line in [
            ("script-src 'self' 'unsafe-inline'", "script-src allows 'unsafe-inline'"),
            ("style-src 'self' 'unsafe-inline'", "style-src allows 'unsafe-inline'"),
            ("script-src 'self' https://cdn.example", "script-src allows more than our own"),
            ("img-src *", "img-src allows *"),
            ("connect-src https:", "connect-src allows https:"),
        ]:
            policy["ContentSecurityPolicy"] = f"default-src 'none'; {hole}"
            self.assert_reports(check.scripts_and_styles_come_from_the_site, line)
        policy["ContentSecurityPolicy"] = "script-src 'self'"
        self.assert_reports(check.scripts_and_styles_come_from_the_site, "the policy allows unnamed sources")

    def test_an_answer_without_headers_is_reported(self) -> None:
        del self.behavior("/assets/*")["ResponseHeadersPolicyId"]
        self.assert_reports(check.every_behavior_has_headers, "/assets/*: responses lack our headers")

    def test_an_api_that_is_not_passed_through_is_reported(self) -> None:
        self.behavior("/api/*").update(
            CachePolicyId=check.CACHING_OPTIMIZED, OriginRequestPolicyId="x", AllowedMethods=["GET"],
            ViewerProtocolPolicy="redirect-to-https", FunctionAssociations=[])
        for line in ["are cached", "all headers except Host", "all methods", "without encryption", "the viewer's address"]:
            self.assert_reports(check.the_api_is_passed_through, line)

    def test_a_secret_that_can_be_read_is_reported(self) -> None:
        self.template["Parameters"]["EdgeSecret"]["NoEcho"] = False
        self.assert_reports(check.the_api_is_passed_through, "origin api: does not send a secret")

    def test_a_secret_in_the_template_is_reported(self) -> None:
        self.config["Origins"][1]["OriginCustomHeaders"][0]["HeaderValue"] = "s3cret"
        self.assert_reports(check.the_api_is_passed_through, "origin api: does not send a secret")

    def test_a_route_that_is_no_path_of_the_api_is_reported(self) -> None:
        paths = check.paths_of_front_door(check.FRONT_DOOR.read_text())
        self.assert_reports(check.routes_reach_the_api, "/v2.0/x: would be served from the site's files", {"/v2.0/x"}, paths)
        self.assert_reports(check.routes_reach_the_api, "/v2.0/*: goes to the API in front_door.rs only",
                         set(), paths | {"/v2.0/{*path}"})
        self.assert_reports(check.routes_reach_the_api, "/docs: goes to the API in edge.yaml only",
                         set(), paths - {"/docs"})
        self.assertEqual(check.routes_reach_the_api(self.template, {"/api/jobs/{id}", "/docs"}, paths), [])

    def test_the_routes_and_paths_are_found(self) -> None:
        self.assertIn("/api/jobs/{id}", check.routes_of_template(check.TEMPLATE.read_text()))
        self.assertIn("/api/{*path}", check.paths_of_front_door(check.FRONT_DOOR.read_text()))

    def test_a_site_that_depends_on_more_than_the_path_is_reported(self) -> None:
        self.behavior("/assets/*").update(
            OriginRequestPolicyId=check.ALL_BUT_HOST, Compress=False, AllowedMethods=["GET", "HEAD", "POST"])
        for line in ["the cache key contains more", "is not compressed", "more than reading"]:
            self.assert_reports(check.the_site_is_cached_by_path, f"/assets/*: {line}" if "path" in line else line)

    def test_a_person_in_the_log_is_reported(self) -> None:
        fields = self.properties("LogDelivery")["RecordFields"]
        for field in ["c-ip", "cs-uri-query", "cs(Cookie)", "cs(Referer)", "x-forwarded-for"]:
            fields[0] = field
            self.assert_reports(check.access_logs_have_no_personal_data, f"LogDelivery: holds {field}")
        del self.properties("LogDelivery")["RecordFields"]
        self.assert_reports(check.access_logs_have_no_personal_data, "LogDelivery: holds all fields")

    def test_the_older_log_is_reported(self) -> None:
        self.config["Logging"] = {"Bucket": "logs.s3.amazonaws.com"}
        self.assert_reports(check.access_logs_have_no_personal_data, "the older kind of log")

    def test_logs_without_expiry_are_reported(self) -> None:
        del self.properties("LogBucket")["LifecycleConfiguration"]
        self.assert_reports(check.access_logs_have_no_personal_data, "LogBucket: keeps logs forever")

    def test_a_firewall_that_refuses_uploads_is_reported(self) -> None:
        rules = self.properties("WebAcl")["Rules"]
        del rules[1]["Statement"]["ManagedRuleGroupStatement"]["RuleActionOverrides"][0]
        self.assert_reports(check.firewall_allows_uploads, "SizeRestrictions_BODY blocks")
        del rules[0]
        self.assert_reports(check.firewall_allows_uploads, "has no rate limit rule")
        self.properties("WebAcl")["Scope"] = "REGIONAL"
        self.assert_reports(check.firewall_allows_uploads, "is not for CloudFront")

    def test_a_second_alarm_is_reported(self) -> None:
        self.template["Resources"]["Another"] = self.template["Resources"]["EdgeErrorAlarm"]
        self.assert_reports(check.number_of_alarms_agrees, "2 alarms here; METRICS_ELSEWHERE is 1")

    def test_a_budget_that_nobody_watches_is_reported(self) -> None:
        self.properties("Budget")["NotificationsWithSubscribers"].pop()
        self.assert_reports(check.budget_notifies_the_operator, "Budget: nobody is notified of FORECASTED costs")
        del self.template["Resources"]["Budget"]
        self.assert_reports(check.budget_notifies_the_operator, "Budget: nobody is notified of ACTUAL costs")

    def test_files_that_are_gone_at_once_or_never_are_reported(self) -> None:
        bucket = self.properties("SiteBucket")
        bucket["LifecycleConfiguration"]["Rules"].pop()
        self.assert_reports(check.replaced_files_expire_later, "SiteBucket: keeps replaced files forever")
        del bucket["VersioningConfiguration"]
        self.assert_reports(check.replaced_files_expire_later, "SiteBucket: does not keep files that a deployment replaces")


if __name__ == "__main__":
    unittest.main()
