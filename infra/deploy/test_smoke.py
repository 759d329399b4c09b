"""The smoke test reports each fault of a service.

The service is a small fake that responds like the real one, except for the requests that a test breaks. Other tests run the
smoke test with the local cloud.
"""

from __future__ import annotations

import contextlib
import io
import json
import struct
import sys
import tempfile
import threading
import unittest
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent))

import smoke

WIDTH, HEIGHT = 9, 7


def png(rows: list[bytes], filters: list[int] | None = None, kind: int = 6) -> bytes:
    """Encodes rows of RGBA pixels as a PNG, with a filter for each row. `alpha_shares` decodes it."""
    filters = filters or [0] * len(rows)
    raw = bytearray()
    above = bytes(len(rows[0]))
    for chosen, row in zip(filters, rows, strict=True):
        raw.append(chosen)
        for place, value in enumerate(row):
            left, up = (row[place - 4] if place > 3 else 0), above[place]
            corner = above[place - 4] if place > 3 else 0
            estimate = left + up - corner
            nearest = min((left, up, corner), key=lambda one: abs(estimate - one))
            raw.append((value - (0, left, up, (left + up) // 2, nearest)[chosen]) & 255)
        above = row
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", len(rows[0]) // 4, len(rows), 8, kind, 0, 0, 0)),
              (b"IDAT", zlib.compress(bytes(raw))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I4s", len(data), name) + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks)


def rows(alpha: Any) -> list[bytes]:
    """Rows of an image that every PNG filter changes."""
    return [bytes(part for x in range(WIDTH) for part in (x * 29 % 256, y * 31 % 256, x * y % 256, alpha(x, y))) for y in range(HEIGHT)]


CUTOUT = png(rows(lambda x, _: 255 if x > 4 else 0))


class Shares(unittest.TestCase):
    def test_alpha_is_read_with_every_png_filter(self) -> None:
        uneven = rows(lambda x, y: (0, 255, 128, 3, 250)[(x * x + 3 * y) % 5])
        expected = smoke.alpha_shares(png(uneven))
        clear = sum(row[place] < 13 for row in uneven for place in range(3, len(row), 4)) / (WIDTH * HEIGHT)
        self.assertEqual(expected[:3], (WIDTH, HEIGHT, clear))
        for chosen in range(5):
            with self.subTest(chosen):
                self.assertEqual(smoke.alpha_shares(png(uneven, [chosen] * HEIGHT)), expected)
        self.assertEqual(smoke.alpha_shares(png(uneven, [0, 1, 2, 3, 4, 3, 2])), expected)

    def test_a_file_that_is_not_a_cutout_is_refused(self) -> None:
        solid = rows(lambda *_: 255)
        for picture, reason in (
            (b"<html>", "is not a PNG"),
            (png([row[:24] for row in solid], kind=2), "no alpha channel"),
            (CUTOUT.replace(b"IDAT", b"IDAX"), "damaged"),
            (png(solid, [0] * HEIGHT)[:-40], "damaged|truncated"),
        ):
            with self.subTest(reason), self.assertRaisesRegex(smoke.Failed, reason):
                smoke.alpha_shares(picture)


class Service:
    """Responds like the service. `broken` maps "METHOD /path" to the status, headers and body of another response."""

    def __init__(self) -> None:
        self.broken: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.accounts: dict[str, str | None] = dict([smoke.DEMO])
        self.polls = 0
        self.called: list[str] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = self.path.split("?")[0]
                service.called.append(f"{self.command} {path}")
                status, headers, out = service.broken.get(f"{self.command} {path}") or service.reply(self.command, path, body, self.headers)
                self.send_response(status)
                for name, value in headers.items():
                    for one in value.split("\n"):
                        self.send_header(name, one)
                self.send_header("Content-Length", str(len(out)))
                self.end_headers()
                self.wfile.write(out)

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def reply(self, method: str, path: str, body: bytes, headers: Any) -> tuple[int, dict[str, str], bytes]:
        def answer(value: Any, status: int = 200, **more: str) -> tuple[int, dict[str, str], bytes]:
            return status, {"Content-Type": "application/json", **more}, json.dumps(value).encode()

        empty = 204, {}, b""
        signed_in = "session=1" in headers.get("Cookie", "")
        ours = method == "GET" or path == "/bucket/put" or headers.get("Origin") == self.origin
        if not ours:
            return answer({"code": "forbidden", "title": "Not ours", "request_id": "r"}, 403)
        match method, path:
            case "GET", "/":
                return 200, {"Content-Security-Policy": "x", "X-Content-Type-Options": "nosniff"}, b"<!doctype html><html>"
            case "GET", "/no-such-page":
                return 404, {}, b"<html>"
            case "GET", "/api/health":
                return answer({"model": "tiny", "provider": "cpu"})
            case "GET", "/api/config":
                return answer({"version": "0", "plans": [{"name": "free"}]})
            case "GET", "/api/me":
                return answer({}, 200 if signed_in else 401)
            case "POST", "/api/auth/register":
                self.accounts[json.loads(body)["email"]] = None
                return answer({}, 202)
            case "POST", "/api/auth/confirm":
                given = json.loads(body)
                if given["code"] != "123456" or given["email"] not in self.accounts:
                    return answer({"code": "invalid_code", "title": "Wrong", "request_id": "r"}, 422)
                self.accounts[given["email"]] = given["password"]
                return empty
            case "POST", "/api/auth/login":
                given = json.loads(body)
                if self.accounts.get(given["email"]) != given["password"]:
                    return answer({}, 401)
                return answer({"status": "signed_in"}, 200, **{"Set-Cookie": "session=1; Secure; HttpOnly\nrefresh=2; Secure"})
            case "POST", "/api/uploads" if signed_in:
                target = {"method": "PUT", "url": f"{self.origin}/bucket/put?signed", "headers": {"Content-Type": "image/png"}}
                return answer({"job": {"id": "j1", "state": "pending"}, "upload": target}, 201)
            case "PUT", "/bucket/put":
                return 200, {"Access-Control-Allow-Origin": headers["Origin"]}, b""
            case "GET", "/api/jobs/j1" if signed_in:
                self.polls += 1
                if self.polls < 2:
                    return answer({"id": "j1", "state": "processing"})
                result = {"width": WIDTH, "height": HEIGHT, "download_url": f"{self.origin}/bucket/get?signed"}
                return answer({"id": "j1", "state": "completed", "result": result})
            case "GET", "/bucket/get":
                return 200, {}, CUTOUT
            case "DELETE", "/api/jobs/j1" if signed_in:
                return empty
            case "DELETE", "/api/me" if signed_in:
                self.accounts.pop(json.loads(body)["email"], None)
                return empty
            case _:
                return answer({"code": "not_found", "title": "Nothing", "request_id": "r-1"}, 404)


class Journeys(unittest.TestCase):
    def setUp(self) -> None:
        self.service = Service()
        self.addCleanup(self.service.stop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.picture = Path(folder.name, "picture.png")
        self.picture.write_bytes(png(rows(lambda *_: 255)))
        pause = mock.patch.object(smoke, "PAUSE_S", 0)
        pause.start()
        self.addCleanup(pause.stop)

    def run_smoke(self, *who: str) -> tuple[int, str]:
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            code = smoke.main([self.service.origin, *who, "--picture", str(self.picture), "--timeout", "0.2"])
        return code, output.getvalue()

    def assert_fails(self, step: str, reason: str, *who: str) -> None:
        code, output = self.run_smoke(*(who or ("--code", "123456")))
        self.assertEqual(code, 1, output)
        self.assertRegex(output, f"FAILED {step}: .*{reason}")
        # The new account has been deleted.
        self.assertEqual(list(self.service.accounts), [smoke.DEMO[0]], output)

    def test_a_service_that_works(self) -> None:
        for who in (("--demo",), ("--code", "123456")):
            code, output = self.run_smoke(*who)
            self.assertEqual(code, 0, output)
            self.assertIn("ok cutout: 56% transparent, 44% opaque", output)
        self.assertEqual(list(self.service.accounts), [smoke.DEMO[0]])

    def test_each_call_that_fails_names_its_step(self) -> None:
        broken = 500, {}, b'{"code": "internal", "title": "Bug", "request_id": "r-9"}'
        for call, step in (
            ("GET /", "site"), ("GET /no-such-page", "site"), ("GET /api/health", "health"), ("GET /api/config", "config"),
            ("GET /api/me", "anonymous"), ("POST /api/auth/register", "sign-up"), ("POST /api/uploads", "new upload"),
            ("GET /api/jobs/j1", "job"),
        ):
            with self.subTest(call):
                self.service.broken = {call: broken}
                self.assert_fails(step, "answered 500.*internal .*request r-9")
        for call, step in (("PUT /bucket/put", "upload"), ("GET /bucket/get", "download")):
            with self.subTest(call):
                self.service.broken = {call: (403, {}, b"SignatureDoesNotMatch")}
                self.assert_fails(step, "answered 403: SignatureDoesNotMatch")

    def test_a_login_that_fails(self) -> None:
        # Such as the first fault that occurred: a missing permission after the password was accepted.
        self.service.broken = {"POST /api/auth/login": (500, {}, b'{"code": "internal", "title": "Bug", "request_id": "r"}')}
        self.assert_fails("login", "answered 500", "--demo")
        self.service.broken = {"POST /api/auth/login": (200, {}, b'{"status": "signed_in"}')}
        self.assert_fails("login", "no session: signed_in, 0 cookies", "--demo")

    def test_a_wrong_code(self) -> None:
        code, output = self.run_smoke("--code", "000000")
        self.assertEqual(code, 1)
        self.assertIn("FAILED confirmation: POST /api/auth/confirm answered 422", output)

    def test_a_page_without_its_headers(self) -> None:
        self.service.broken = {"GET /": (200, {}, b"<html>")}
        self.assert_fails("site", "without content-security-policy")

    def test_a_bucket_that_is_closed_to_browsers(self) -> None:
        self.service.broken = {"PUT /bucket/put": (200, {}, b"")}
        self.assert_fails("upload", "no Access-Control-Allow-Origin")

    def test_a_job_that_fails_or_never_ends(self) -> None:
        def job(**more: Any) -> tuple[int, dict[str, str], bytes]:
            return 200, {}, json.dumps({"id": "j1", **more}).encode()

        self.service.broken = {"GET /api/jobs/j1": job(state="failed", failure={"code": "no_subject", "message": "Nobody"})}
        self.assert_fails("job", "failed: no_subject, Nobody")
        self.service.broken = {"GET /api/jobs/j1": job(state="pending")}
        self.assert_fails("job", "still pending; the bucket's event")

    def test_a_result_that_is_not_a_cutout(self) -> None:
        for alpha, reason in ((255, "0% of the cutout are transparent"), (0, "0% opaque")):
            self.service.broken = {"GET /bucket/get": (200, {}, png(rows(lambda *_, value=alpha: value)))}
            self.assert_fails("cutout", reason)
        self.service.broken = {"GET /bucket/get": (200, {}, png(rows(lambda x, _: 255 * (x % 2))[1:]))}
        self.assert_fails("cutout", "the cutout has 9 × 6 pixels, the image 9 × 7")

    def test_an_account_that_is_not_deleted(self) -> None:
        self.service.broken = {"DELETE /api/me": (204, {}, b"")}
        code, output = self.run_smoke("--code", "123456")
        self.assertEqual(code, 1)
        self.assertIn("FAILED deletion: a login after the deletion was answered 200", output)

    def test_an_unreachable_service(self) -> None:
        output = io.StringIO()
        with contextlib.redirect_stderr(output):
            self.assertEqual(smoke.main(["http://127.0.0.1:1", "--demo"]), 1)
        self.assertIn("FAILED site: no response from http://127.0.0.1:1/", output.getvalue())

    def test_a_stage(self) -> None:
        """With --stage, an administrator confirms the account, the API is called directly, and the log group is printed."""
        calls = []

        accounts = self.service.accounts

        class Cognito:
            def __getattr__(self, name: str) -> Any:
                return lambda **given: calls.append((name, given["Username"]))

            def admin_set_user_password(self, *, UserPoolId: str, Username: str, Password: str, Permanent: bool) -> None:
                assert (UserPoolId, Permanent) == ("p", True)
                calls.append(("admin_set_user_password", Username))
                accounts[Username] = Password

        stage = mock.Mock(outputs={"UserPoolId": "p", "ApiUrl": self.service.origin, "ImageLogGroup": "/aws/images"})
        stage.edge = {"SiteUrl": self.service.origin}
        stage.session.client.return_value = Cognito()
        stage.session.region_name = "eu-west-3"
        with mock.patch.object(smoke, "Stage", lambda _: stage), contextlib.redirect_stdout(io.StringIO()) as out, \
                contextlib.redirect_stderr(out):
            words = ["--stage", "dev", "--picture", str(self.picture), "--timeout", "1"]
            # The fake API accepts a direct call, which the smoke test must report.
            self.assertEqual(smoke.main(words), 1)
            self.assertIn("FAILED direct call: the API answered 200", out.getvalue())
            stage.outputs["ApiUrl"] = f"{self.service.origin}/past"
            self.service.broken = {"GET /past/api/config": (403, {}, b"")}
            self.assertEqual(smoke.main(words), 0, out.getvalue())
            self.assertEqual([name for name, _ in calls], ["admin_confirm_sign_up", "admin_set_user_password", "admin_update_user_attributes"])
            self.assertTrue(calls[0][1].endswith("@simulator.amazonses.com"))
            self.service.broken["POST /api/auth/login"] = 500, {}, b""
            self.service.broken["GET /api/health"] = 200, {}, b'{"model": "m", "provider": "p"}'
            self.assertEqual(smoke.main(words), 1)
            self.assertEqual(calls[-1][0], "admin_delete_user")
            role = Path(__file__).with_name("role.yaml").read_text()
            for name in {name for name, _ in calls}:
                self.assertIn(f"cognito-idp:{name.title().replace('_', '')}", role)
            self.service.broken["GET /api/health"] = 500, {}, b""
            self.assertEqual(smoke.main(words), 1)
            self.assertIn("look at: aws logs tail --region eu-west-3 --since 15m /aws/images", out.getvalue())


if __name__ == "__main__":
    unittest.main()
