"""Each promise of check_edge.py is kept by the template, and noticed when it is broken."""

from __future__ import annotations

import copy
import unittest
from typing import Any

import check_edge as check

TEMPLATE = check.rendered()


class Broken(unittest.TestCase):
    """Breaks a copy of the template, and looks for the line that says so."""

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
        # Of the parsed template those of the API share their parts.
        behaviors = self.config["CacheBehaviors"]
        index = next(number for number, one in enumerate(behaviors) if one["PathPattern"] == pattern)
        behaviors[index] = copy.deepcopy(behaviors[index])
        return behaviors[index]

    def assert_says(self, promise: Any, line: str, *more: Any) -> None:
        problems = promise(self.template, *more)
        self.assertTrue(any(line in problem for problem in problems), f"“{line}” is not among {problems}")

    def test_the_template_keeps_every_promise(self) -> None:
        for promise in check.PROMISES:
            with self.subTest(promise.__name__):
                self.assertEqual(promise(self.template), [])

    def test_the_linter_sees_a_wrong_runtime(self) -> None:
        self.properties("PageRequest")["FunctionConfig"]["Runtime"] = "cloudfront-js-9.0"
        self.assert_says(check.lint, "cfn-lint E")

    def test_a_bucket_without_access_control_is_seen(self) -> None:
        del self.config["Origins"][0]["OriginAccessControlId"]
        self.assert_says(check.only_the_distribution_reads, "origin site: has no access control")

    def test_requests_without_signature_are_seen(self) -> None:
        self.properties("SiteAccess")["OriginAccessControlConfig"]["SigningBehavior"] = "no-override"
        self.assert_says(check.only_the_distribution_reads, "SiteAccess: does not sign")

    def test_a_bucket_for_everybody_is_seen(self) -> None:
        self.statements("SiteBucketPolicy")[1]["Principal"] = "*"
        self.assert_says(check.only_the_distribution_reads, "OurDistributionReads allows any caller")

    def test_a_bucket_for_every_distribution_is_seen(self) -> None:
        del self.statements("SiteBucketPolicy")[1]["Condition"]
        self.assert_says(check.only_the_distribution_reads, "OurDistributionReads grants access beyond this distribution")

    def test_a_wildcard_action_is_seen(self) -> None:
        self.statements("LogBucketPolicy")[1]["Action"] = "s3:*"
        self.assert_says(check.only_the_distribution_reads, "LogsArrive allows s3:*")

    def test_an_open_bucket_is_seen(self) -> None:
        self.properties("SiteBucket")["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] = False
        self.assert_says(check.buckets_are_closed, "SiteBucket: BlockPublicPolicy is not set")

    def test_a_bucket_without_tls_is_seen(self) -> None:
        del self.statements("LogBucketPolicy")[0]
        self.assert_says(check.storage_demands_tls, "LogBucket: can be reached without TLS")

    def test_plain_http_is_seen(self) -> None:
        self.config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] = "allow-all"
        self.assert_says(check.everything_is_tls, "*: allow-all allows plain HTTP")

    def test_an_api_without_tls_is_seen(self) -> None:
        self.config["Origins"][1]["CustomOriginConfig"]["OriginProtocolPolicy"] = "match-viewer"
        self.assert_says(check.everything_is_tls, "origin api: is called without TLS")

    def test_an_old_tls_is_seen(self) -> None:
        self.config["ViewerCertificate"]["Fn::If"][1]["MinimumProtocolVersion"] = "TLSv1.1_2016"
        self.assert_says(check.everything_is_tls, "TLSv1.1_2016 is the minimum TLS")

    def test_a_page_in_the_place_of_a_problem_is_seen(self) -> None:
        self.config["CustomErrorResponses"] = [{"ErrorCode": 404, "ResponsePagePath": "/app.html"}]
        self.assert_says(check.errors_are_the_origins_own, "the API's own 404")

    def test_another_policy_than_the_front_doors_is_seen(self) -> None:
        policy = self.headers("SiteHeaders")["SecurityHeadersConfig"]["ContentSecurityPolicy"]
        policy["ContentSecurityPolicy"]["Fn::Sub"] += "; script-src-elem 'self'"
        self.assert_says(check.headers_are_those_of_the_front_door, "SiteHeaders: Content-Security-Policy is")

    def test_another_header_than_the_front_doors_is_seen(self) -> None:
        items = self.headers("SiteHeaders")["CustomHeadersConfig"]["Items"]
        items[0] = {"Override": True, "Header": "X-New", "Value": "1"}
        self.assert_says(check.headers_are_those_of_the_front_door, "SiteHeaders: X-New is “1”")
        self.assert_says(check.headers_are_those_of_the_front_door, "Cross-Origin-Opener-Policy is “None”")

    def test_a_file_that_chooses_its_headers_is_seen(self) -> None:
        self.headers("SiteHeaders")["SecurityHeadersConfig"]["ReferrerPolicy"]["Override"] = False
        self.assert_says(check.the_site_decides_nothing_about_its_headers, "ReferrerPolicy does not override")

    def test_a_documentation_without_its_policy_is_seen(self) -> None:
        self.headers("ApiHeaders")["SecurityHeadersConfig"]["ContentSecurityPolicy"]["Override"] = True
        self.assert_says(check.the_site_decides_nothing_about_its_headers, "overrides the policy of the documentation")

    def test_a_policy_with_holes_is_seen(self) -> None:
        policy = self.headers("SiteHeaders")["SecurityHeadersConfig"]["ContentSecurityPolicy"]
        for hole, line in [
            ("script-src 'self' 'unsafe-inline'", "script-src allows 'unsafe-inline'"),
            ("style-src 'self' 'unsafe-inline'", "style-src allows 'unsafe-inline'"),
            ("script-src 'self' https://cdn.example", "script-src allows more than our own"),
            ("img-src *", "img-src allows *"),
            ("connect-src https:", "connect-src allows https:"),
        ]:
            policy["ContentSecurityPolicy"] = f"default-src 'none'; {hole}"
            self.assert_says(check.scripts_and_styles_are_our_own, line)
        policy["ContentSecurityPolicy"] = "script-src 'self'"
        self.assert_says(check.scripts_and_styles_are_our_own, "the policy allows unnamed sources")

    def test_an_answer_without_headers_is_seen(self) -> None:
        del self.behavior("/assets/*")["ResponseHeadersPolicyId"]
        self.assert_says(check.every_answer_has_headers, "/assets/*: responses lack our headers")

    def test_an_api_that_is_not_passed_through_is_seen(self) -> None:
        self.behavior("/api/*").update(
            CachePolicyId=check.CACHING_OPTIMIZED, OriginRequestPolicyId="x", AllowedMethods=["GET"],
            ViewerProtocolPolicy="redirect-to-https", FunctionAssociations=[])
        for line in ["are cached", "all headers except Host", "all methods", "without encryption", "the viewer's address"]:
            self.assert_says(check.the_api_is_passed_through, line)

    def test_a_secret_that_can_be_read_is_seen(self) -> None:
        self.template["Parameters"]["EdgeSecret"]["NoEcho"] = False
        self.assert_says(check.the_api_is_passed_through, "origin api: does not send a secret")

    def test_a_secret_in_the_template_is_seen(self) -> None:
        self.config["Origins"][1]["OriginCustomHeaders"][0]["HeaderValue"] = "s3cret"
        self.assert_says(check.the_api_is_passed_through, "origin api: does not send a secret")

    def test_a_route_that_is_no_path_of_the_api_is_seen(self) -> None:
        paths = check.paths_of_front_door(check.FRONT_DOOR.read_text())
        self.assert_says(check.routes_reach_the_api, "/v2.0/x: would be served from the site's files", {"/v2.0/x"}, paths)
        self.assert_says(check.routes_reach_the_api, "/v2.0/*: goes to the API in front_door.rs only",
                         set(), paths | {"/v2.0/{*path}"})
        self.assert_says(check.routes_reach_the_api, "/docs: goes to the API in edge.yaml only",
                         set(), paths - {"/docs"})
        self.assertEqual(check.routes_reach_the_api(self.template, {"/api/jobs/{id}", "/docs"}, paths), [])

    def test_the_routes_and_paths_are_found(self) -> None:
        self.assertIn("/api/jobs/{id}", check.routes_of_template(check.TEMPLATE.read_text()))
        self.assertIn("/api/{*path}", check.paths_of_front_door(check.FRONT_DOOR.read_text()))

    def test_a_site_that_depends_on_more_than_the_path_is_seen(self) -> None:
        self.behavior("/assets/*").update(
            OriginRequestPolicyId=check.ALL_BUT_HOST, Compress=False, AllowedMethods=["GET", "HEAD", "POST"])
        for line in ["the cache key contains more", "is not compressed", "more than reading"]:
            self.assert_says(check.the_site_is_cached_by_path, f"/assets/*: {line}" if "path" in line else line)

    def test_a_person_in_the_log_is_seen(self) -> None:
        fields = self.properties("LogDelivery")["RecordFields"]
        for field in ["c-ip", "cs-uri-query", "cs(Cookie)", "cs(Referer)", "x-forwarded-for"]:
            fields[0] = field
            self.assert_says(check.logs_tell_nobody, f"LogDelivery: holds {field}")
        del self.properties("LogDelivery")["RecordFields"]
        self.assert_says(check.logs_tell_nobody, "LogDelivery: holds everything")

    def test_the_older_log_is_seen(self) -> None:
        self.config["Logging"] = {"Bucket": "logs.s3.amazonaws.com"}
        self.assert_says(check.logs_tell_nobody, "the older kind of log")

    def test_logs_for_ever_are_seen(self) -> None:
        del self.properties("LogBucket")["LifecycleConfiguration"]
        self.assert_says(check.logs_tell_nobody, "LogBucket: keeps logs forever")

    def test_a_firewall_that_refuses_uploads_is_seen(self) -> None:
        rules = self.properties("WebAcl")["Rules"]
        del rules[1]["Statement"]["ManagedRuleGroupStatement"]["RuleActionOverrides"][0]
        self.assert_says(check.the_firewall_lets_uploads_through, "SizeRestrictions_BODY blocks")
        del rules[0]
        self.assert_says(check.the_firewall_lets_uploads_through, "has no rate limit rule")
        self.properties("WebAcl")["Scope"] = "REGIONAL"
        self.assert_says(check.the_firewall_lets_uploads_through, "is not for CloudFront")

    def test_a_second_alarm_is_seen(self) -> None:
        self.template["Resources"]["Another"] = self.template["Resources"]["EdgeErrorAlarm"]
        self.assert_says(check.the_alarm_is_one, "2 alarms here; METRICS_ELSEWHERE is 1")

    def test_a_budget_that_nobody_watches_is_seen(self) -> None:
        self.properties("Budget")["NotificationsWithSubscribers"].pop()
        self.assert_says(check.a_budget_is_watched, "Budget: nobody is notified of FORECASTED costs")
        del self.template["Resources"]["Budget"]
        self.assert_says(check.a_budget_is_watched, "Budget: nobody is notified of ACTUAL costs")

    def test_files_that_are_gone_at_once_or_never_are_seen(self) -> None:
        bucket = self.properties("SiteBucket")
        bucket["LifecycleConfiguration"]["Rules"].pop()
        self.assert_says(check.replaced_files_stay_for_a_while, "SiteBucket: keeps replaced files forever")
        del bucket["VersioningConfiguration"]
        self.assert_says(check.replaced_files_stay_for_a_while, "SiteBucket: does not keep files that a deployment replaces")


if __name__ == "__main__":
    unittest.main()
