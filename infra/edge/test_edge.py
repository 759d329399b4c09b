"""Tests the edge: its functions in Node, and its scripts with the emulator, which also emulates CloudFront.

The emulator runs the functions, applies the policies, reads the bucket and forwards requests to the API. It has no cache, no
TLS, no firewall and no delivery of logs, so these are not tested.
"""

from __future__ import annotations

import copy
import http.client
import json
import subprocess
import sys
import tempfile
import threading
import unittest
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), *(str(Path(__file__).parents[1] / folder) for folder in ("check", "deploy"))]

import deploy
import site_files
from emulator import Emulator
from publish import KEPT, publish

HERE = Path(__file__).resolve().parent
CASES = json.loads((HERE / "cases.json").read_text())
NOW = datetime(2030, 1, 1, tzinfo=UTC)
SECRET = "0123456789abcdef" * 4


class Built:
    """A small built site in a temporary folder."""

    def __init__(self, test: Any) -> None:
        folder = tempfile.TemporaryDirectory()
        test.addCleanup(folder.cleanup) if isinstance(test, unittest.TestCase) else test.addClassCleanup(folder.cleanup)
        self.dist = Path(folder.name)
        for name in CASES["files"]:
            self.write(name, f"this is {name}")
        self.write("assets/index-1.js", "one()" * 500)
        self.write("routes.json", json.dumps(CASES["routes"]))

    def write(self, name: str, text: str) -> None:
        file = self.dist / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def remove(self, name: str) -> None:
        (self.dist / name).unlink()

    def read(self) -> site_files.Site:
        return site_files.read(self.dist)


class Files(unittest.TestCase):
    def setUp(self) -> None:
        self.built = Built(self)

    def assert_refused(self, line: str) -> None:
        with self.assertRaises(site_files.SiteError) as caught:
            site_files.template(self.built.read())
        self.assertIn(line, str(caught.exception))

    def test_each_file_has_a_type_and_cache_time(self) -> None:
        files = self.built.read().files
        self.assertEqual(files["assets/index-1.js"].cache, "public, max-age=31536000, immutable")
        self.assertEqual(files["assets/index-1.js"].kind, "text/javascript; charset=utf-8")
        self.assertEqual(files["fr/index.html"].cache, "public, max-age=0, s-maxage=300")
        self.assertEqual(files["samples/cat.jpg"].cache, "public, max-age=86400")
        self.assertEqual(files["robots.txt"].cache, "public, max-age=3600")
        self.assertEqual((files["404.html"].body, files["404.html"].status), (files["app.html"].body, 404))
        self.assertNotIn("routes.json", files)

    def test_a_site_that_cannot_be_served_is_refused(self) -> None:
        self.built.write("photo.xcf", "")
        self.assert_refused("photo.xcf: its type is not in TYPES")
        self.built.remove("photo.xcf")
        self.built.write("my photo.png", "")
        self.assert_refused("my photo.png: letters")
        self.built.remove("my photo.png")
        self.built.write("routes.json", '{"pages": {"/x": "x.html"}}')
        self.assert_refused("/x is shown by x.html, which was not built")
        self.built.write("routes.json", '{"pages": {}}')
        for number in range(1000):
            self.built.write(f"samples/{number:03}.png", "")
        self.assert_refused("CloudFront takes 10000")
        self.built.remove("routes.json")
        self.assert_refused("build the site first")

    def test_the_origin_is_inserted_into_texts_and_refused_in_assets(self) -> None:
        self.built.write("robots.txt", f"Sitemap: {site_files.NO_ORIGIN}/sitemap.xml")
        files = self.built.read().with_origin("https://cut.test").files
        self.assertEqual(files["robots.txt"].body, b"Sitemap: https://cut.test/sitemap.xml")
        self.assertEqual(files["samples/cat.jpg"].body, b"this is samples/cat.jpg")
        # The name of an asset contains the hash of its content.
        self.built.write("assets/index-1.js", f"fetch('{site_files.NO_ORIGIN}')")
        with self.assertRaisesRegex(site_files.SiteError, "assets/index-1.js contains the site's origin"):
            self.built.read().with_origin("https://cut.test")

    def test_the_function_does_not_list_assets(self) -> None:
        code = site_files.function("page_request.js", self.built.read())
        self.assertNotIn("index-1.js", code)
        self.assertNotIn("// ", code)
        self.assertIn('"robots.txt":1', code)


RUN = """
const vm = require("node:vm");
const { code, events } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const context = vm.createContext({});
vm.runInContext('"use strict";' + code, context);
const results = events.map((event) => {
  context.text = JSON.stringify(event);
  return JSON.parse(vm.runInContext("JSON.stringify(handler(JSON.parse(text)))", context));
});
console.log(JSON.stringify(results));
"""


class Functions(unittest.TestCase):
    """The functions in Node, with only the language: no require, no console, no timers."""

    def setUp(self) -> None:
        self.site = Built(self).read()

    def run_all(self, name: str, events: list[Any]) -> list[Any]:
        text = json.dumps({"code": site_files.function(name, self.site), "events": events})
        done = subprocess.run(["node", "-e", RUN], input=text, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_each_path_is_mapped_to_its_file(self) -> None:
        requests = [{"request": {"method": "GET", "uri": path, "headers": {}}} for path, _, _ in CASES["cases"]]
        results = self.run_all("page_request.js", requests)
        for (path, file, status), request in zip(CASES["cases"], results, strict=True):
            with self.subTest(path):
                self.assertEqual(request["uri"], "/404.html" if status == 404 else f"/{file}")

    def test_a_file_s_metadata_sets_the_status(self) -> None:
        def event(status: int, headers: dict[str, str]) -> Any:
            wrapped = {name: {"value": value} for name, value in headers.items()}
            return {"response": {"statusCode": status, "headers": wrapped}}

        with_status = {"x-amz-meta-status": "404", "etag": '"1"'}
        answers = self.run_all("page_response.js", [event(200, with_status), event(304, with_status), event(200, {"etag": '"1"'})])
        self.assertEqual([answer["statusCode"] for answer in answers], [404, 304, 200])
        self.assertEqual([list(answer["headers"]) for answer in answers], [["etag"]] * 3)

    def test_a_forged_viewer_address_is_overwritten(self) -> None:
        forged_headers = {"x-sansfond-viewer": {"value": "192.0.2.9"}, "accept": {"value": "*/*"}}
        event = {"viewer": {"ip": "2001:db8::1"}, "request": {"uri": "/api/me", "headers": forged_headers}}
        headers = self.run_all("api_request.js", [event])[0]["headers"]
        self.assertEqual(headers["x-sansfond-viewer"], {"value": "2001:db8::1"})
        self.assertEqual(headers["accept"], {"value": "*/*"})


class Store:
    """The calls of S3 and CloudFront that publishing needs, with a list of them."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.now = NOW
        self.invalidated: list[str] = []

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, Bucket: str) -> list[dict[str, Any]]:
        return [{"Contents": [{"Key": key} for key in self.objects]}] if self.objects else [{}]

    def head_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        return self.objects[Key]

    def put_object(self, Bucket: str, Key: str, Body: bytes, **headers: Any) -> None:
        etag = site_files.File(Body, "", "").etag
        self.objects[Key] = {"ETag": etag, "LastModified": self.now, **headers}
        self.calls.append(f"put {Key}")

    def copy_object(self, Bucket: str, Key: str, CopySource: Any, MetadataDirective: str, **headers: Any) -> None:
        self.objects[Key] = {**self.objects[Key], "LastModified": self.now, **headers}
        self.calls.append(f"copy {Key}")

    def delete_object(self, Bucket: str, Key: str) -> None:
        del self.objects[Key]
        self.calls.append(f"delete {Key}")

    def create_invalidation(self, DistributionId: str, InvalidationBatch: Any) -> None:
        self.invalidated = InvalidationBatch["Paths"]["Items"]
        assert InvalidationBatch["Paths"]["Quantity"] == len(self.invalidated)
        self.calls.append("invalidate")


class Publishing(unittest.TestCase):
    def setUp(self) -> None:
        self.built = Built(self)
        self.store = Store()
        self.publish()

    def publish(self) -> list[str]:
        self.store.calls = []
        publish(self.built.read(), "bucket", "distribution", self.store, self.store, self.store.now)
        return self.store.calls

    def test_the_first_run_uploads_pages_last_and_invalidates_nothing(self) -> None:
        calls = self.publish_anew()
        kinds = [0 if "assets/" in call else 2 if call.endswith(".html") else 1 for call in calls]
        self.assertEqual(kinds, sorted(kinds))
        self.assertNotIn("invalidate", calls)

    def publish_anew(self) -> list[str]:
        self.store.objects = {}
        return self.publish()

    def test_a_second_run_does_nothing(self) -> None:
        self.assertEqual(self.publish(), [])

    def test_a_changed_file_is_invalidated_at_all_its_paths(self) -> None:
        self.built.write("app.html", "a new application")
        self.assertEqual(self.publish(), ["put 404.html", "put app.html", "invalidate"])
        self.assertEqual(self.store.invalidated, ["/404.html", "/app.html", "/account", "/editor", "/account/*"])

    def test_a_new_header_is_a_change(self) -> None:
        self.store.objects["robots.txt"]["CacheControl"] = "no-store"
        self.assertEqual(self.publish(), ["put robots.txt", "invalidate"])

    def test_old_assets_stay_for_pages_that_are_open(self) -> None:
        self.built.remove("assets/index-1.js")
        self.built.write("assets/index-2.js", "two()")
        self.store.now = NOW + timedelta(days=100)
        self.assertEqual(self.publish(), ["put assets/index-2.js", "copy assets/index-1.js"])
        self.store.now += KEPT - timedelta(seconds=1)
        self.assertEqual(self.publish(), [])
        self.store.now += timedelta(seconds=1)
        self.assertEqual(self.publish(), ["delete assets/index-1.js"])

    def test_an_asset_that_is_built_again_is_no_longer_retired(self) -> None:
        self.built.remove("assets/index-1.js")
        self.publish()
        self.built.write("assets/index-1.js", "one()" * 500)
        self.assertEqual(self.publish(), ["put assets/index-1.js"])
        self.store.now += KEPT
        self.assertEqual(self.publish(), [])

    def test_a_file_that_is_no_longer_built_is_deleted(self) -> None:
        self.built.remove("robots.txt")
        self.assertEqual(self.publish(), ["delete robots.txt", "invalidate"])
        self.assertEqual(self.store.invalidated, ["/robots.txt"])

    def test_an_interrupted_run_invalidates_the_files_that_it_replaced(self) -> None:
        self.built.write("robots.txt", "new")
        self.built.write("index.html", "new")
        put = self.store.put_object

        def fail_for_pages(Key: str, **rest: Any) -> None:
            if Key.endswith(".html"):
                raise ConnectionError(Key)
            put(Key=Key, **rest)

        self.store.put_object = fail_for_pages
        with self.assertRaises(ConnectionError):
            self.publish()
        self.assertEqual(self.store.invalidated, ["/robots.txt"])


# ------------------------------------------------------------------------------------------------- on the emulator


class Api(BaseHTTPRequestHandler):
    """Replaces the API: returns the received request, with the status at the end of the path."""

    def answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        seen = {name.lower(): value for name, value in self.headers.items()}
        body = json.dumps({"path": self.path, "method": self.command, "headers": seen, "size": length})
        self.rfile.read(length)
        status = int(self.path.rstrip("/").split("/")[-1]) if self.path[-3:].isdigit() else 200
        self.send_response(status)
        self.send_header("content-type", "application/problem+json" if status >= 400 else "application/json")
        if self.path.startswith("/docs"):
            self.send_header("content-security-policy", "default-src 'self'")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *_: Any) -> None:
        pass


class OnTheEmulator(unittest.TestCase):
    """A deployment by `deploy`, and requests to the deployed site."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.api = ThreadingHTTPServer(("127.0.0.1", 0), Api)
        cls.addClassCleanup(cls.api.server_close)
        threading.Thread(target=cls.api.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.api.shutdown)
        cls.emulator = Emulator()
        cls.addClassCleanup(cls.emulator.stop)
        cls.built = Built(cls)
        cls.built.write("sitemap.xml", f"<loc>{site_files.NO_ORIGIN}/</loc>")
        cls.deployed: list[tuple[str, str]] = []
        cls.stage = deploy.Stage("dev", "sansfond-dev", "eu-west-3", {"Stage": "dev"}, {"LogDays": "0"})
        cls.original = site_files.template
        deploy.template = cls.without_tls
        cls.addClassCleanup(setattr, deploy, "template", cls.original)
        cls.session = cls.emulator
        cls.address = deploy.deploy(cls.stage, cls.build, cls.session, cls.deploy_service)

    @classmethod
    def without_tls(cls, site: site_files.Site) -> dict[str, Any]:
        document = copy.deepcopy(cls.original(site))
        policy = document["Resources"]["SiteBucketPolicy"]["Properties"]["PolicyDocument"]
        policy["Statement"] = [one for one in policy["Statement"] if one["Sid"] != "TlsOnly"]
        config = document["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
        for behavior in [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]:
            behavior["ViewerProtocolPolicy"] = "allow-all"
        origin = next(one for one in config["Origins"] if one["Id"] == "api")
        origin["CustomOriginConfig"] = {"OriginProtocolPolicy": "http-only", "HTTPPort": cls.api.server_port}
        return document

    @classmethod
    def deploy_service(cls, stage: deploy.Stage, parameters: dict[str, str]) -> None:
        """Replaces SAM: deploys a stack with the outputs that deploy.py reads."""
        cls.deployed.append((parameters["SiteOrigin"], parameters["EdgeSecret"]))
        cls.previous = parameters["EdgeSecretPrevious"]
        document = {
            "Parameters": {"SiteOrigin": {"Type": "String"}},
            "Resources": {"Note": {"Type": "AWS::SSM::Parameter", "Properties": {
                "Type": "String", "Value": {"Ref": "SiteOrigin"}}}},
            "Outputs": {"ApiUrl": {"Value": "https://127.0.0.1"}, "BucketName": {"Value": "files"}},
        }
        client = cls.session.client("cloudformation", region_name=stage.region)
        deploy.Stacks(client).deploy(stage.stack, json.dumps(document), {"SiteOrigin": parameters["SiteOrigin"]})

    @classmethod
    def build(cls) -> site_files.Site:
        """Replaces the site's build."""
        return cls.built.read()

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.emulator.port, timeout=30)
        self.addCleanup(connection.close)
        host = self.address.removeprefix("https://")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {"host": host, **named})
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        return answer

    def test_the_service_is_deployed_again_with_cloudfront_s_domain(self) -> None:
        self.assertRegex(self.address, r"^https://[a-z0-9]+\.cloudfront\.net$")
        self.assertEqual([origin for origin, _ in self.deployed[:2]], [site_files.NO_ORIGIN, self.address])
        # The first deployment already publishes the sitemap with the new address.
        self.assertEqual(self.ask("/sitemap.xml").text, f"<loc>{self.address}/</loc>")
        self.assertEqual({len(secret) for _, secret in self.deployed}, {64})

    def test_the_service_also_accepts_the_previous_secret(self) -> None:
        ssm = self.session.client("ssm", region_name=self.stage.region)
        stage = deploy.Stage("other", "sansfond-other", "eu-west-3", {}, {})
        first = deploy.edge_secrets(ssm, stage)
        self.assertEqual((len(first["EdgeSecret"]), first["EdgeSecretPrevious"]), (64, ""))
        self.assertEqual(deploy.edge_secrets(ssm, stage), first, "it is created once")
        name = "/sansfond-other/edge-secret"
        for value, before in (("a" * 64, first["EdgeSecret"]), ("b" * 64, "a" * 64)):
            ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)
            wanted = {"EdgeSecret": value, "EdgeSecretPrevious": before}
            self.assertEqual(deploy.edge_secrets(ssm, stage), wanted)
        self.assertEqual(self.previous, "", "the first deployment has no previous secret")

    def test_a_rejected_change_set_does_not_change_the_site(self) -> None:
        def create_change_set_only(stage: deploy.Stage, parameters: dict[str, str]) -> None:
            changed = {"Resources": {"Other": {"Type": "AWS::SQS::Queue"}}}
            self.session.client("cloudformation", region_name=stage.region).create_change_set(
                StackName=stage.stack, ChangeSetName="asked", TemplateBody=json.dumps(changed))

        def fail_if_published(*_: object) -> None:
            self.fail("the site was published")

        self.addCleanup(setattr, deploy, "publish", deploy.publish)
        deploy.publish = fail_if_published
        with self.assertRaisesRegex(deploy.Failed, "not deployed"):
            deploy.deploy(self.stage, self.build, self.session, create_change_set_only)

    def test_a_service_that_was_not_deployed_is_an_error(self) -> None:
        stage = deploy.Stage("new", "sansfond-new", "eu-west-3", {}, {})
        with self.assertRaisesRegex(deploy.Failed, "not deployed"):
            deploy.deploy(stage, self.build, self.session, lambda *_: None)

    def test_a_second_deployment_changes_nothing(self) -> None:
        before = len(self.deployed)
        self.assertEqual(deploy.deploy(self.stage, self.build, self.session, self.deploy_service), self.address)
        self.assertEqual(self.deployed[before:], [(self.address, self.deployed[0][1])])

    def test_each_path_has_the_response_of_the_front_door(self) -> None:
        for path, file, status in CASES["cases"]:
            with self.subTest(path):
                answer = self.ask(path)
                self.assertEqual((answer.status, answer.text), (status, f"this is {file}"))
                self.assertIsNone(answer.getheader("x-amz-meta-status"))

    def test_assets_are_cached_and_a_missing_asset_is_an_error(self) -> None:
        answer = self.ask("/assets/index-1.js")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.getheader("cache-control"), site_files.cache_control("assets/x"))
        self.assertEqual(answer.getheader("content-type"), "text/javascript; charset=utf-8")
        # On AWS this is 404; the emulator ignores the permission to list the bucket.
        self.assertEqual(self.ask("/assets/gone.js").status, 403)

    def test_pages_carry_the_headers(self) -> None:
        for path in ["/", "/nothing", "/assets/index-1.js"]:
            answer = self.ask(path)
            wanted = dict(site_files.HEADERS["site"]) | {"Strict-Transport-Security": "max-age=31536000"}
            policy = wanted["Content-Security-Policy"].replace("{bucket}", "https://files.s3.eu-west-3.amazonaws.com")
            wanted["Content-Security-Policy"] = f"{policy}; upgrade-insecure-requests"
            for name, value in wanted.items():
                with self.subTest(f"{path} {name}"):
                    self.assertEqual(answer.getheader(name), value)

    def test_responses_of_the_api_are_not_changed(self) -> None:
        for status in [200, 403, 404]:
            answer = self.ask(f"/api/jobs/{status}")
            self.assertEqual((answer.status, json.loads(answer.text)["path"]), (status, f"/api/jobs/{status}"))
        self.assertEqual(answer.getheader("content-type"), "application/problem+json")
        policy = site_files.HEADERS["api"]["Content-Security-Policy"]
        self.assertEqual(answer.getheader("content-security-policy"), policy)
        self.assertEqual(self.ask("/docs").getheader("content-security-policy"), "default-src 'self'")

    def test_the_api_receives_the_request_and_the_viewer_s_address(self) -> None:
        answer = self.ask(
            "/v1.0/removebg?a=1&b=%20", "POST", b"x" * 20_000, x_api_key="sf_1", cookie="a=1; b=2", origin="https://o",
            authorization="Bearer t", x_sansfond_viewer="192.0.2.9", x_sansfond_edge="forged", accept_language="fr",
        )
        seen = json.loads(answer.text)
        self.assertEqual((seen["method"], seen["path"], seen["size"]), ("POST", "/v1.0/removebg?a=1&b=%20", 20_000))
        headers = seen["headers"]
        for name, value in {
            "x-sansfond-viewer": "127.0.0.1", "x-sansfond-edge": self.deployed[0][1], "x-api-key": "sf_1",
            "cookie": "a=1; b=2", "authorization": "Bearer t", "origin": "https://o", "accept-language": "fr",
        }.items():
            self.assertEqual(headers.get(name), value, name)
        self.assertEqual(headers["host"], "127.0.0.1")

    def test_the_bucket_blocks_public_access(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.emulator.port)
        self.addCleanup(connection.close)
        bucket = deploy.Stacks(self.session.client("cloudformation", region_name="us-east-1")).outputs(
            self.stage.edge_stack)["SiteBucketName"]
        block = self.session.client("s3", region_name="us-east-1").get_public_access_block(Bucket=bucket)
        self.assertEqual(set(block["PublicAccessBlockConfiguration"].values()), {True})

    def test_only_changed_files_are_uploaded_and_invalidated(self) -> None:
        outputs = deploy.Stacks(self.session.client("cloudformation", region_name="us-east-1")).outputs(
            self.stage.edge_stack)
        s3, cloudfront = (self.session.client(name, region_name="us-east-1") for name in ("s3", "cloudfront"))

        def run() -> str:
            site, now = self.built.read().with_origin(self.address), datetime.now(UTC)
            return str(publish(site, outputs["SiteBucketName"], outputs["DistributionId"], s3, cloudfront, now))

        self.assertEqual(run(), "nothing to do")
        self.built.write("robots.txt", "changed")
        self.addCleanup(run)
        self.addCleanup(self.built.write, "robots.txt", "this is robots.txt")
        self.assertEqual(run(), "1 uploaded, 1 invalidated_paths by CloudFront")
        self.assertEqual(self.ask("/robots.txt").text, "changed")
        listed = cloudfront.list_invalidations(DistributionId=outputs["DistributionId"])["InvalidationList"]["Items"]
        found = cloudfront.get_invalidation(DistributionId=outputs["DistributionId"], Id=listed[0]["Id"])
        self.assertEqual(found["Invalidation"]["InvalidationBatch"]["Paths"]["Items"], ["/robots.txt"])

    def test_a_domain_gets_its_records_and_is_kept(self) -> None:
        route53 = self.session.client("route53", region_name="us-east-1")
        zone = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"].split("/")[-1]
        chosen = {"Domain": "cut.example.com", "HostedZoneId": zone, "LogDays": "0"}
        stage = deploy.Stage("prod", "sansfond-prod", "eu-west-3", {}, chosen)
        self.assertEqual(
            deploy.deploy(stage, self.build, self.session, self.deploy_service), "https://cut.example.com")
        # A deployment without the parameter keeps the domain.
        stage = deploy.Stage("prod", "sansfond-prod", "eu-west-3", {}, {})
        self.assertEqual(
            deploy.deploy(stage, self.build, self.session, self.deploy_service), "https://cut.example.com")
        records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        kinds = {one["Type"] for one in records if one["Name"] == "cut.example.com."}
        self.assertLessEqual({"A", "AAAA"}, kinds)

    def test_the_reason_of_a_failed_stack_is_reported(self) -> None:
        broken = {"Resources": {"Twin": {"Type": "AWS::SSM::Parameter", "Properties": {
            "Name": f"/{self.stage.stack}/edge-secret", "Type": "String", "Value": "x"}}}}
        stacks = deploy.Stacks(self.session.client("cloudformation", region_name=self.stage.region))
        with self.assertRaises(deploy.Failed) as caught:
            stacks.deploy("broken", json.dumps(broken), {})
        self.assertIn("Twin", str(caught.exception))
        # Without the deletion, `sam deploy` could not create it again.
        self.assertEqual(stacks.find("broken")["StackStatus"], "ROLLBACK_COMPLETE")
        stacks.remove_failed("broken")
        self.assertIsNone(stacks.find("broken"))
        stacks.remove_failed(self.stage.stack)
        self.assertIsNotNone(stacks.find(self.stage.stack))


class Stages(unittest.TestCase):
    def test_the_stages_of_samconfig_can_be_deployed(self) -> None:
        for name in ("dev", "prod"):
            stage = deploy.Stage.read(name, {"Domain": "example.com"})
            self.assertEqual((stage.stack, stage.edge["Domain"]), (f"sansfond-{name}", "example.com"))
            self.assertEqual(stage.service["Stage"], name)
            parameters = site_files.yaml_parse(site_files.TEMPLATE.read_text())["Parameters"]
            self.assertLessEqual(stage.edge.keys(), parameters.keys())

    def test_an_unknown_stage_is_an_error(self) -> None:
        with self.assertRaises(deploy.Failed) as caught:
            deploy.Stage.read("staging", {})
        self.assertIn("“staging”", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
