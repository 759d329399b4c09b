"""Checks infra/edge.yaml, with its functions filled in: cfn-lint, and our own rules.

    python infra/check/check_edge.py             one line for each violation; exit status 1 if there are any
    python infra/check/test_check_edge.py        shows that each of these checks can fail

Its behavior in a deployment is tested beside its scripts, in infra/edge/test_edge.py.
"""

from __future__ import annotations

import fnmatch
import re
import sys
from collections.abc import Iterator

from check_template import (
    METRICS_ELSEWHERE, ROOT, TEMPLATE, Resource, Template, buckets_are_closed, lint, listed, of_type, properties,
    statements, storage_requires_tls, target, yaml_parse,
)

sys.path.insert(0, str(ROOT / "infra" / "edge"))

import site_files

FRONT_DOOR = ROOT / "infra" / "local" / "src" / "front_door.rs"
# The IDs of managed policies of AWS.
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
ALL_METHODS = {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}
SECRET = "x-sansfond-edge"
# Where a response headers policy has the security headers.
SECURITY_HEADERS = {
    "Content-Security-Policy": ("ContentSecurityPolicy", "ContentSecurityPolicy"),
    "Referrer-Policy": ("ReferrerPolicy", "ReferrerPolicy"),
}
# The fields of an access log that may contain a secret or personal data.
PRIVATE_FIELDS = re.compile(r"^(c-.*|cs\(.*|cs-uri-query|x-forwarded-for|cs-headers.*|asn)$")
# Managed rules that would block uploads or programs, so they only count.
COUNTED = {"SizeRestrictions_BODY", "NoUserAgent_HEADER"}


def rendered() -> Template:
    """The template with its functions filled in, for a site with one page."""
    application = site_files.File(b"", "text/html", "")
    site = site_files.Site({"app.html": application}, {"/": "app.html"}, {})
    return site_files.template(site)


def distribution(template: Template) -> Resource:
    return properties(template["Resources"]["Distribution"])["DistributionConfig"]


def behaviors(template: Template) -> Iterator[tuple[str, Resource]]:
    """The cache behaviors with their path patterns."""
    config = distribution(template)
    yield "*", config["DefaultCacheBehavior"]
    for behavior in config.get("CacheBehaviors", []):
        yield behavior["PathPattern"], behavior


def origins(template: Template) -> dict[str, Resource]:
    return {origin["Id"]: origin for origin in distribution(template)["Origins"]}


def api_behaviors(template: Template) -> Iterator[tuple[str, Resource]]:
    for pattern, behavior in behaviors(template):
        if "CustomOriginConfig" in origins(template)[behavior["TargetOriginId"]]:
            yield pattern, behavior


# -------------------------------------------------------------------------------------------------- the rules


def only_the_distribution_reads(template: Template) -> list[str]:
    problems = []
    for name, origin in origins(template).items():
        if "S3OriginConfig" in origin and "OriginAccessControlId" not in origin:
            problems.append(f"origin {name}: has no access control")
    for name, control in of_type(template, "AWS::CloudFront::OriginAccessControl").items():
        config = properties(control)["OriginAccessControlConfig"]
        if (config["SigningBehavior"], config["SigningProtocol"]) != ("always", "sigv4"):
            problems.append(f"{name}: does not sign each request")
    for name, policy in of_type(template, "AWS::S3::BucketPolicy").items():
        for statement in statements(properties(policy)["PolicyDocument"]):
            if statement["Effect"] != "Allow":
                continue
            if "*" in str(statement["Principal"]):
                problems.append(f"{name}: {statement['Sid']} allows any caller")
            if "SourceArn" not in str(statement.get("Condition")):
                problems.append(f"{name}: {statement['Sid']} grants access beyond this distribution")
            problems += [
                f"{name}: {statement['Sid']} allows {action}; name the actions"
                for action in listed(statement["Action"])
                if "*" in action
            ]
    return problems


def tls_is_required(template: Template) -> list[str]:
    problems = [
        f"{pattern}: {behavior['ViewerProtocolPolicy']} allows plain HTTP"
        for pattern, behavior in behaviors(template)
        if behavior["ViewerProtocolPolicy"] not in ("redirect-to-https", "https-only")
    ]
    for name, origin in origins(template).items():
        custom = origin.get("CustomOriginConfig")
        if custom and (custom["OriginProtocolPolicy"], custom.get("OriginSSLProtocols")) != ("https-only", ["TLSv1.2"]):
            problems.append(f"origin {name}: is called without TLS 1.2")
    for certificate in listed(distribution(template)["ViewerCertificate"]):
        oldest = certificate.get("MinimumProtocolVersion", "")
        if "AcmCertificateArn" in certificate and not re.match(r"TLSv1\.[23]_202[1-9]$", oldest):
            problems.append(f"Distribution: {oldest or 'nothing'} is the minimum TLS version; TLSv1.2_2021 is required")
    return problems


def no_custom_error_responses(template: Template) -> list[str]:
    """A custom error response applies to every origin. It would replace the API's errors by pages."""
    found = distribution(template).get("CustomErrorResponses", [])
    return [f"Distribution: a page replaces the API's own {one['ErrorCode']}" for one in found]


def headers_of(policy: Resource) -> dict[str, str]:
    """The headers of a response headers policy."""
    config = properties(policy)["ResponseHeadersPolicyConfig"]
    security = config.get("SecurityHeadersConfig", {})
    headers = {item["Header"]: item["Value"] for item in config.get("CustomHeadersConfig", {}).get("Items", [])}
    for header, (field, value) in SECURITY_HEADERS.items():
        if field in security:
            headers[header] = security[field][value]
    if "ContentTypeOptions" in security:
        headers["X-Content-Type-Options"] = "nosniff"
    if "StrictTransportSecurity" in security:
        hsts = security["StrictTransportSecurity"]
        below = "; includeSubDomains" if hsts.get("IncludeSubdomains") else ""
        headers["Strict-Transport-Security"] = f"max-age={hsts['AccessControlMaxAgeSec']}{below}"
    return {
        name: value["Fn::Sub"].replace("${BucketOrigin}", "{bucket}") if isinstance(value, dict) else value
        for name, value in headers.items()
    }


def headers_agree_with_the_front_door(template: Template) -> list[str]:
    """The headers are those of edge/headers.json, including the additional ones for TLS."""
    problems = []
    for name, kind in (("SiteHeaders", "site"), ("ApiHeaders", "api")):
        wanted = dict(site_files.HEADERS[kind])
        for header, value in site_files.HEADERS["tls"].items():
            if header not in wanted:
                wanted[header] = value
            elif kind == "site":
                wanted[header] += f"; {value}"
        found = headers_of(template["Resources"][name])
        for header in sorted(wanted.keys() | found.keys()):
            if wanted.get(header) != found.get(header):
                problems.append(f"{name}: {header} is “{found.get(header)}”, headers.json has “{wanted.get(header)}”")
    return problems


def header_policies_override_the_site_only(template: Template) -> list[str]:
    config = properties(template["Resources"]["SiteHeaders"])["ResponseHeadersPolicyConfig"]
    parts = list(config["SecurityHeadersConfig"].items())
    parts += [(item["Header"], item) for item in config["CustomHeadersConfig"]["Items"]]
    problems = [f"SiteHeaders: {name} does not override a file's own" for name, part in parts if not part["Override"]]
    api = properties(template["Resources"]["ApiHeaders"])["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    if api["ContentSecurityPolicy"]["Override"]:
        problems.append("ApiHeaders: overrides the policy of the documentation")
    return problems


def scripts_and_styles_come_from_the_site(template: Template) -> list[str]:
    problems = []
    for name, policy in of_type(template, "AWS::CloudFront::ResponseHeadersPolicy").items():
        text = headers_of(policy)["Content-Security-Policy"]
        rules = {rule.split()[0]: rule.split()[1:] for rule in text.split(";")}
        if rules.get("default-src") != ["'none'"]:
            problems.append(f"{name}: the policy allows unnamed sources")
        for directive, sources in rules.items():
            problems += [
                f"{name}: {directive} allows {source}"
                for source in sources
                if "unsafe" in source or "*" in source or source in ("http:", "https:")
            ]
            if directive in ("script-src", "style-src") and sources != ["'self'"]:
                problems.append(f"{name}: {directive} allows more than our own")
    return problems


def every_behavior_has_headers(template: Template) -> list[str]:
    ours = of_type(template, "AWS::CloudFront::ResponseHeadersPolicy")
    return [
        f"{pattern}: responses lack our headers"
        for pattern, behavior in behaviors(template)
        if target(behavior.get("ResponseHeadersPolicyId")) not in ours
    ]


def the_api_is_passed_through(template: Template) -> list[str]:
    problems = []
    for pattern, behavior in api_behaviors(template):
        if behavior["CachePolicyId"] != CACHING_DISABLED:
            problems.append(f"{pattern}: responses of the API are cached")
        if behavior.get("OriginRequestPolicyId") != ALL_BUT_HOST:
            problems.append(f"{pattern}: does not forward all headers except Host to the API")
        if set(behavior["AllowedMethods"]) != ALL_METHODS:
            problems.append(f"{pattern}: does not allow all methods")
        if behavior["ViewerProtocolPolicy"] != "https-only":
            problems.append(f"{pattern}: redirects requests that were sent without encryption")
        called = {target(one["FunctionARN"]) for one in behavior.get("FunctionAssociations", [])}
        if called != {"ApiRequest"}:
            problems.append(f"{pattern}: the functions do not receive the viewer's address")
    for name, origin in origins(template).items():
        if "CustomOriginConfig" not in origin:
            continue
        shown = {one["HeaderName"]: one["HeaderValue"] for one in origin.get("OriginCustomHeaders", [])}
        parameter = template["Parameters"].get(target(shown.get(SECRET)) or "", {})
        if not parameter.get("NoEcho"):
            problems.append(f"origin {name}: does not send a secret from a NoEcho parameter")
    return problems


def routes_reach_the_api(template: Template, routes: set[str], front_door: set[str]) -> list[str]:
    """Compares the API's paths in edge.yaml with the routes of template.yaml and the paths in front_door.rs."""
    patterns = {pattern for pattern, _ in api_behaviors(template)}
    problems = [
        f"{route}: would be served from the site's files"
        for route in sorted(routes)
        if not any(fnmatch.fnmatchcase(route, pattern) for pattern in patterns)
    ]
    passed_on = {re.sub(r"\{\*\w+\}", "*", path) for path in front_door}
    for path in sorted(passed_on - patterns):
        if not any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns):
            problems.append(f"{path}: goes to the API in front_door.rs only")
    return problems + [f"{pattern}: goes to the API in edge.yaml only" for pattern in sorted(patterns - passed_on)]


def routes_of_template(source: str) -> set[str]:
    routes = of_type(yaml_parse(source), "AWS::ApiGatewayV2::Route").values()
    return {properties(route)["RouteKey"].split()[1] for route in routes}


def paths_of_front_door(source: str) -> set[str]:
    """The paths in API_PATHS."""
    found = re.search(r"const API_PATHS: \[&str; \d+\] =\s*\[(.*?)\];", source, re.S)
    return set(re.findall(r'"([^"]+)"', found.group(1))) if found else set()


def the_site_is_cached_by_path(template: Template) -> list[str]:
    api = {pattern for pattern, _ in api_behaviors(template)}
    problems = []
    for pattern, behavior in behaviors(template):
        if pattern in api:
            continue
        if behavior["CachePolicyId"] != CACHING_OPTIMIZED or "OriginRequestPolicyId" in behavior:
            problems.append(f"{pattern}: the cache key contains more than the path")
        if not behavior.get("Compress"):
            problems.append(f"{pattern}: is not compressed")
        if set(behavior["AllowedMethods"]) != {"GET", "HEAD"}:
            problems.append(f"{pattern}: allows more than reading the site")
    return problems


def access_logs_have_no_personal_data(template: Template) -> list[str]:
    problems = [
        f"{name}: holds {field}"
        for name, delivery in of_type(template, "AWS::Logs::Delivery").items()
        for field in properties(delivery).get("RecordFields", ["all fields, because it does not list them"])
        if PRIVATE_FIELDS.match(field) or " " in field
    ]
    if "Logging" in distribution(template):
        problems.append("Distribution: the older kind of log contains addresses and queries")
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        rules = properties(bucket).get("LifecycleConfiguration", {}).get("Rules", [])
        if name == "LogBucket" and not any("ExpirationInDays" in rule for rule in rules):
            problems.append(f"{name}: keeps logs forever")
    return problems


def firewall_allows_uploads(template: Template) -> list[str]:
    problems = []
    for name, firewall in of_type(template, "AWS::WAFv2::WebACL").items():
        if properties(firewall)["Scope"] != "CLOUDFRONT":
            problems.append(f"{name}: is not for CloudFront")
        rules = [rule["Statement"] for rule in properties(firewall)["Rules"]]
        if not any("RateBasedStatement" in rule for rule in rules):
            problems.append(f"{name}: has no rate limit rule")
        managed = [rule["ManagedRuleGroupStatement"] for rule in rules if "ManagedRuleGroupStatement" in rule]
        counted = {
            one["Name"] for group in managed for one in group.get("RuleActionOverrides", [])
            if "Count" in one["ActionToUse"]
        }
        problems += [f"{name}: {rule} blocks requests that the API accepts" for rule in sorted(COUNTED - counted) if managed]
    return problems


def number_of_alarms_agrees(template: Template) -> list[str]:
    """check_template relies on this number: CloudWatch watches a limited number of metrics for free, in both stacks together."""
    watched = len(of_type(template, "AWS::CloudWatch::Alarm"))
    return [] if watched == METRICS_ELSEWHERE else [f"{watched} alarms here; METRICS_ELSEWHERE is {METRICS_ELSEWHERE}"]


def budget_notifies_the_operator(template: Template) -> list[str]:
    """The budget reports actual and forecast costs."""
    notified = {
        (one["Notification"]["NotificationType"], one["Subscribers"][0]["Address"].get("Ref"))
        for budget in of_type(template, "AWS::Budgets::Budget").values()
        for one in properties(budget)["NotificationsWithSubscribers"]
    }
    wanted = {("ACTUAL", "OperatorEmail"), ("FORECASTED", "OperatorEmail")}
    return [f"Budget: nobody is notified of {kind} costs" for kind, _ in sorted(wanted - notified)]


def replaced_files_expire_later(template: Template) -> list[str]:
    bucket = properties(template["Resources"]["SiteBucket"])
    rules = bucket.get("LifecycleConfiguration", {}).get("Rules", [])
    problems = []
    if bucket.get("VersioningConfiguration") != {"Status": "Enabled"}:
        problems.append("SiteBucket: does not keep files that a deployment replaces")
    if not any("NoncurrentVersionExpiration" in rule for rule in rules):
        problems.append("SiteBucket: keeps replaced files forever")
    return problems


RULES = [
    lint,
    buckets_are_closed,
    storage_requires_tls,
    only_the_distribution_reads,
    tls_is_required,
    no_custom_error_responses,
    headers_agree_with_the_front_door,
    header_policies_override_the_site_only,
    scripts_and_styles_come_from_the_site,
    every_behavior_has_headers,
    the_api_is_passed_through,
    the_site_is_cached_by_path,
    access_logs_have_no_personal_data,
    firewall_allows_uploads,
    number_of_alarms_agrees,
    budget_notifies_the_operator,
    replaced_files_expire_later,
]


def main() -> int:
    template = rendered()
    problems = [problem for rule in RULES for problem in rule(template)]
    routes, paths = routes_of_template(TEMPLATE.read_text()), paths_of_front_door(FRONT_DOOR.read_text())
    problems += routes_reach_the_api(template, routes, paths)
    for problem in problems:
        print(f"infra/edge.yaml: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
