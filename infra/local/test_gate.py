"""The requests that gate.py allows and refuses."""

from __future__ import annotations

import asyncio
import http.client
import http.server
import threading
import unittest
from typing import Any

import gate

SITE = "http://127.0.0.1:8080"
API = "0123abcd"
LINK = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIAX%2F20261201%2Fus-east-1%2Fs3%2Faws4_request"
    "&X-Amz-Signature=0"
)
HERE = {"host": "127.0.0.1:4566"}
# The headers of Chromium 156.
FROM_SITE = {**HERE, "sec-fetch-site": "same-site"}
FROM_ELSEWHERE = {**HERE, "sec-fetch-site": "cross-site"}


def refusal(headers: dict[str, str], method: str = "GET", path: str = "/", query: str = "") -> str | None:
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    return gate.refusal(scope, SITE, lambda api: api == API)


class Pages(unittest.TestCase):
    def assert_refused(self, *arguments: Any, **named: Any) -> None:
        self.assertIsNotNone(refusal(*arguments, **named))

    def assert_allowed(self, *arguments: Any, **named: Any) -> None:
        self.assertIsNone(refusal(*arguments, **named))

    def test_the_site_may_upload_files_and_send_preflight_requests(self) -> None:
        for method in ("OPTIONS", "PUT", "GET"):
            self.assert_allowed({**FROM_SITE, "origin": SITE}, method, "/bucket/uploads/a", LINK)

    def test_the_site_may_show_results_and_link_to_them(self) -> None:
        for mode in ("no-cors", "navigate"):
            self.assert_allowed({**FROM_SITE, "sec-fetch-mode": mode}, "GET", "/bucket/results/a", LINK)
        self.assert_allowed({**HERE, "sec-fetch-site": "none"}, "GET", "/bucket/results/a", LINK)

    def test_every_request_of_another_page_is_refused(self) -> None:
        for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS"):
            for query in ("", "Action=CreateStack", LINK):
                self.assert_refused(FROM_ELSEWHERE, method, query=query)
                self.assert_refused({**FROM_ELSEWHERE, "origin": "http://evil.test"}, method, query=query)
                # From a browser that does not send Sec-Fetch-Site.
                self.assert_refused({**HERE, "origin": "http://evil.test"}, method, query=query)
                self.assert_refused({**HERE, "origin": "null"}, method, query=query)

    def test_a_cross_site_request_is_refused_even_with_the_site_s_origin(self) -> None:
        self.assert_refused({**FROM_ELSEWHERE, "origin": SITE})

    def test_pages_of_another_port_of_this_machine_are_refused(self) -> None:
        """Browsers send `same-site` for them, because a site has no port."""
        self.assert_refused({**FROM_SITE, "origin": "http://127.0.0.1:3000"}, "POST")
        self.assert_refused(FROM_SITE, "GET", "/", "Action=CreateStack")
        self.assert_refused(FROM_SITE, "POST", "/bucket/a", LINK)
        self.assert_refused(FROM_SITE, "GET", "/_ministack/ses/messages")

    def test_pages_may_use_links_of_s3_only(self) -> None:
        for other in (LINK.replace("%2Fs3%2F", "%2Fsts%2F"), LINK.replace("X-Amz-Signature=0", "x=0")):
            self.assert_refused(FROM_SITE, "GET", "/", other)

    def test_a_request_with_two_origins_is_refused(self) -> None:
        scope: dict[str, Any] = {"type": "http", "method": "PUT", "path": "/", "query_string": b""}
        for second in (SITE, "http://evil.test"):
            pairs = [("host", "127.0.0.1"), ("origin", SITE), ("origin", second)]
            scope["headers"] = [(name.encode(), value.encode()) for name, value in pairs]
            self.assertIsNotNone(gate.refusal(scope, SITE, lambda _: True))


class Names(unittest.TestCase):
    def test_this_machine_s_names_are_allowed_with_any_port(self) -> None:
        for host in ("127.0.0.1", "127.0.0.1:4566", "localhost", "LOCALHOST:1"):
            self.assertIsNone(refusal({"host": host}), host)

    def test_other_host_names_are_refused(self) -> None:
        for host in (
            "", "evil.test:4566", "127.0.0.1.evil.test", "x.localhost", "bucket.s3.localhost", "localhost.",
            "x.execute-api.localhost", "x.execute-api.localhost:4566", f"x.{API}.execute-api.localhost",
            f"{API}.execute-api.localhost.evil.test", "execute-api.localhost", ".execute-api.localhost",
            "0123abce.execute-api.localhost",
        ):
            self.assertIsNotNone(refusal({"host": host}), host)

    def test_requests_to_the_deployed_api_are_left_to_the_functions(self) -> None:
        host = {"host": f"{API}.execute-api.localhost:4566"}
        evil = {**host, "origin": "http://evil.test", "sec-fetch-site": "cross-site", "authorization": "Bearer x"}
        self.assertIsNone(refusal(evil, "POST", "/api/uploads"))

    def test_the_emulator_s_own_paths_are_refused_under_the_api_s_name(self) -> None:
        host = {"host": f"{API}.execute-api.localhost:4566"}
        for path in ("/_ministack/ses/messages", "/_ministack/reset", "/_aws/sqs/messages", gate.EVENTS):
            self.assertIsNotNone(refusal(host, "POST", path), path)


class Programs(unittest.TestCase):
    def test_programs_are_allowed(self) -> None:
        self.assertIsNone(refusal({**HERE, "authorization": "AWS4-HMAC-SHA256 Credential=…"}, "POST"))
        self.assertIsNone(refusal(HERE, "GET", "/_ministack/health"))

    def test_only_one_signature_algorithm_is_allowed(self) -> None:
        for authorization in ("Bearer x", "AWS AKIAX:x", "AWS4-ECDSA-P256-SHA256 Credential=x", "", "Basic x"):
            self.assertIsNotNone(refusal({**HERE, "authorization": authorization}), authorization)
        for query in ("AWSAccessKeyId=x&Signature=y", "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256"):
            self.assertIsNotNone(refusal(HERE, query=query), query)

    def test_ministack_s_reset_is_refused(self) -> None:
        for path in gate.RESET_PATHS:
            self.assertIsNotNone(refusal(HERE, "POST", path), path)

    def test_pages_may_not_send_aws_s_own_events(self) -> None:
        self.assertIsNone(refusal(HERE, "POST", gate.EVENTS))
        for headers in ({**FROM_SITE, "origin": SITE}, {**HERE, "origin": SITE}, {**HERE, "sec-fetch-site": "none"}):
            self.assertIsNotNone(refusal(headers, "POST", gate.EVENTS))
        self.assertIsNotNone(refusal(HERE, "GET", gate.EVENTS))


class Asgi(unittest.TestCase):
    """The gate as an ASGI application."""

    def setUp(self) -> None:
        self.reached: list[str] = []
        self.events: list[Any] = []

    def call(self, scope: dict[str, Any], body: bytes = b"") -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []

        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            self.reached.append(scope.get("path", scope["type"]))

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        def put_events(data: Any, allow_aws_source: bool) -> tuple[int, dict[str, str], bytes]:
            self.events.append((data, allow_aws_source))
            return 200, {"Content-Type": "application/json"}, b"{}"

        self.gate = gate.Gate(app, put_events, SITE)
        asyncio.run(self.gate(scope, receive, send))
        return sent

    def http(self, path: str, **headers: str) -> list[dict[str, Any]]:
        pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": pairs}
        return self.call(scope, b'{"Entries": []}')

    def test_a_refused_request_does_not_reach_the_emulator_and_gets_the_reason(self) -> None:
        start, body = self.http("/", host="127.0.0.1", origin="http://evil.test")
        self.assertEqual((start["status"], self.reached), (403, []))
        self.assertIn(b"another site's page", body["body"])
        self.assertNotIn(b"access-control-allow-origin", dict(start["headers"]))
        self.assertFalse(self.gate.touched.is_set())

    def test_an_allowed_request_reaches_the_emulator_and_causes_a_save(self) -> None:
        self.http("/bucket/a", host="127.0.0.1")
        self.assertEqual(self.reached, ["/bucket/a"])
        self.assertTrue(self.gate.touched.is_set())
        self.http("/_ministack/health", host="127.0.0.1")
        self.assertFalse(self.gate.touched.is_set())

    def test_a_web_socket_is_refused(self) -> None:
        sent = self.call({"type": "websocket", "path": "/", "headers": [(b"host", b"127.0.0.1")]})
        self.assertEqual(([one["type"] for one in sent], self.reached), (["websocket.close"], []))

    def test_aws_s_own_events_are_put_on_the_bus_with_aws_as_source(self) -> None:
        start, _ = self.http(gate.EVENTS, host="127.0.0.1")
        self.assertEqual((start["status"], self.events), (200, [({"Entries": []}, True)]))


class ProgramsOnly(unittest.TestCase):
    def test_only_pages_are_refused(self) -> None:
        reached = []

        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            reached.append(scope["path"])

        async def nothing(*_: Any) -> dict[str, Any]:
            return {}

        for path, kind, names in (
            ("/program", "http", ["host", "origin"]), ("/page", "http", ["sec-fetch-site"]), ("/page", "websocket", []),
        ):
            scope = {"type": kind, "path": path, "headers": [(name.encode(), b"x") for name in names]}
            asyncio.run(gate.programs_only(app)(scope, nothing, nothing))
        self.assertEqual(reached, ["/program"])


class OtherServers(unittest.TestCase):
    """A server made as ministack makes those of the Runtime API."""

    def test_browsers_cannot_read_the_events_of_functions(self) -> None:
        requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                requests.append(self.headers.get("Origin"))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        original = http.server.BaseHTTPRequestHandler.parse_request
        self.addCleanup(setattr, http.server.BaseHTTPRequestHandler, "parse_request", original)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)

        def ask(**headers: str) -> int:
            connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
            connection.request("GET", "/", headers={n.replace("_", "-"): value for n, value in headers.items()})
            status = connection.getresponse().status
            connection.close()
            return status

        pages = ({"Origin": "http://evil.test"}, {"Sec_Fetch_Site": "cross-site"}, {"Host": "evil.test"})
        self.assertEqual([ask(**page) for page in pages], [200, 200, 200], "without the guard, the server checks nothing")
        gate.guard_other_servers()
        requests.clear()
        self.assertEqual([ask(**page) for page in pages], [403, 403, 403])
        self.assertEqual(requests, [])
        self.assertEqual(ask(), 200, "functions are allowed")


if __name__ == "__main__":
    unittest.main()
