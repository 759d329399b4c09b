"""Tests a running service from sign-up to a cutout: one line per step, and a failed step names the log to read.

    python3 infra/deploy/smoke.py SITE --demo         the local cloud, as its demo account; the job is deleted
    python3 infra/deploy/smoke.py SITE --code 123456  the local cloud, as a new user; the account is deleted
    python3 infra/deploy/smoke.py --stage dev         a stage deployed by `make deploy`, as a new user

    --picture FILE   the image to cut out; a PNG (fixtures/pictures/astronaut.png)
    --output FILE    where to save the cutout; else it is only checked
    --timeout S      the seconds that the job may take (180): the first image waits for a cold start

The script sends the requests of a browser to the public address, and needs only Python. With --stage it also needs boto3 and
the deployer's credentials, to read the names of the stacks and to confirm the account: the script cannot read the email with
the code, so it sends it to the simulator of SES and confirms the account with Cognito's call for administrators. Sign-up and
the sending of email are tested, the code in the email is not.

Exits with 0 if every step succeeded, with 1 at the first failure. Deliberately absent: retries. The script only waits for
the job.
"""

from __future__ import annotations

import argparse
import json
import secrets
import struct
import sys
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "fixtures/pictures/astronaut.png"
EDGE_REGION = "us-east-1"
DEMO = ("demo@sansfond.test", "Demo-Account-1")
# The slowest single response is that of a cold function, which the gateway cuts off after 30 seconds.
ANSWER_S = 40
PAUSE_S = 1
# The minimum share of transparent and of opaque pixels in a cutout.
SHARE = 0.05


class Failed(Exception):
    """The failure, in one line."""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            raise Failed(f"{self.status} without JSON: {self.body[:80]!r}") from None


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Redirects are checked, not followed."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass
class Browser:
    """Sends requests like the site's pages, and keeps the cookies.

    Not with Python's cookie jar: the cookies are for HTTPS only, and the jar, unlike browsers, does not except 127.0.0.1.
    """

    site: str
    cookies: dict[str, str] = field(default_factory=dict)
    opener: Any = field(default_factory=lambda: urllib.request.build_opener(NoRedirect))

    def send(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        request = urllib.request.Request(url, data=body, method=method, headers=headers)
        try:
            with self.opener.open(request, timeout=ANSWER_S) as reply:
                return Answer(reply.status, self.headers_of(reply.headers), reply.read())
        except urllib.error.HTTPError as reply:
            with reply:
                return Answer(reply.code, self.headers_of(reply.headers), reply.read())
        except OSError as error:
            raise Failed(f"no response from {url.split('?')[0]}: {getattr(error, 'reason', error)}") from error

    def headers_of(self, headers: Any) -> dict[str, str]:
        return {name.lower(): value for name, value in headers.items()} | {"set-cookie": "\n".join(headers.get_all("Set-Cookie") or [])}

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """Calls the API like a page of the site."""
        headers = {"Origin": self.site, "Accept": "application/json", "User-Agent": "sansfond-smoke"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        answer = self.send(method, self.site + path, data, headers)
        for line in filter(None, answer.headers["set-cookie"].split("\n")):
            name, _, value = line.split(";", 1)[0].partition("=")
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return answer

    def expect(self, method: str, path: str, body: Any = None, status: int = 200) -> Answer:
        answer = self.call(method, path, body)
        if answer.status != status:
            raise Failed(f"{method} {path} answered {answer.status}, not {status}: {problem(answer)}")
        return answer


def problem(answer: Answer) -> str:
    """The service's description of a failure, with the request id for its log."""
    try:
        details = json.loads(answer.body)
        return f"{details.get('code') or details.get('message')} ({details.get('title', 'not of the service')}), request {details.get('request_id', '?')}"
    except (ValueError, AttributeError):
        return answer.body[:120].decode(errors="replace").replace("\n", " ") or "no body"


def alpha_shares(png: bytes) -> tuple[int, int, float, float]:
    """Width and height of an 8-bit RGBA PNG, and its shares of transparent and opaque pixels."""
    if png[:8] != b"\x89PNG\r\n\x1a\n":
        raise Failed("the cutout is not a PNG")
    place, packed, head = 8, b"", None
    while place < len(png):
        size, kind = struct.unpack(">I4s", png[place:place + 8])
        data = png[place + 8:place + 8 + size]
        if kind == b"IHDR":
            head = struct.unpack(">IIBBBBB", data)
        elif kind == b"IDAT":
            packed += data
        place += size + 12
    if head is None or head[2:4] != (8, 6) or head[6] != 0:
        raise Failed("the cutout has no alpha channel of 8 bits")
    width, height = head[:2]
    try:
        raw = zlib.decompress(packed)
    except zlib.error as error:
        raise Failed(f"the cutout is damaged: {error}") from error
    stride = width * 4
    if len(raw) != height * (stride + 1):
        raise Failed("the cutout is truncated")
    clear = solid = 0
    above = bytearray(width)
    for row in range(height):
        start = row * (stride + 1)
        # Each channel is predicted from its own neighbours, so the alpha channel can be read alone.
        alpha = undo_filter(raw[start], raw[start + 4:start + stride + 1:4], above)
        clear += sum(1 for value in alpha if value < 13)
        solid += sum(1 for value in alpha if value > 242)
        above = alpha
    return width, height, clear / (width * height), solid / (width * height)


def undo_filter(kind: int, line: bytes, above: bytearray) -> bytearray:
    """One channel of a row without PNG's prediction (section 9 of its specification)."""
    out = bytearray(len(line))
    left = corner = 0
    for place, value in enumerate(line):
        up = above[place]
        if kind == 0:
            predicted = 0
        elif kind == 1:
            predicted = left
        elif kind == 2:
            predicted = up
        elif kind == 3:
            predicted = (left + up) // 2
        elif kind == 4:
            most = left + up - corner
            far = abs(most - left), abs(most - up), abs(most - corner)
            predicted = left if far[0] <= far[1] and far[0] <= far[2] else up if far[1] <= far[2] else corner
        else:
            raise Failed("the cutout is damaged: it has an unknown PNG filter")
        corner = up
        left = out[place] = (value + predicted) & 255
    return out


class User:
    """A new user, or the demo account."""

    def __init__(self, email: str, password: str, code: str | None = None) -> None:
        self.email, self.password, self.code = email, password, code
        self.new = code is not None

    @classmethod
    def generate(cls, host: str, code: str) -> User:
        word = secrets.token_hex(6)
        local = f"success+smoke-{word}" if host.startswith("simulator.") else f"smoke-{word}"
        return cls(f"{local}@{host}", f"Smoke-{secrets.token_hex(12)}-A1", code)

    def confirm(self, browser: Browser) -> None:
        browser.expect("POST", "/api/auth/confirm", {"email": self.email, "code": self.code, "password": self.password}, 204)

    def remove_account(self) -> None:
        """Deletes the account if the service cannot do it. Does nothing without an administrator's permissions."""


class Stage:
    """A stage on AWS: the names in its stacks, and an administrator's calls."""

    def __init__(self, name: str) -> None:
        # Imported here, so that everything else runs without boto3.
        import boto3
        from stage import Stage as SamStage

        sam_stage = SamStage.read(name, {})
        self.session = boto3.session.Session(region_name=sam_stage.region)
        self.outputs = self.read(sam_stage.stack, sam_stage.region)
        self.edge = self.read(sam_stage.edge_stack, EDGE_REGION)

    def read(self, stack: str, region: str) -> dict[str, str]:
        stacks = self.session.client("cloudformation", region_name=region).describe_stacks(StackName=stack)["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in stacks[0].get("Outputs", [])}


class AdminConfirmed(User):
    """A new user whose account an administrator confirms, since the script cannot read the email."""

    @classmethod
    def of(cls, stage: Stage) -> AdminConfirmed:
        person = cls.generate("simulator.amazonses.com", "")
        person.cognito = stage.session.client("cognito-idp")
        person.user = {"UserPoolId": stage.outputs["UserPoolId"], "Username": person.email}
        return person

    def confirm(self, browser: Browser) -> None:
        self.cognito.admin_confirm_sign_up(**self.user)
        self.cognito.admin_set_user_password(**self.user, Password=self.password, Permanent=True)
        proved = {"Name": "email_verified", "Value": "true"}
        self.cognito.admin_update_user_attributes(**self.user, UserAttributes=[proved])

    def remove_account(self) -> None:
        self.cognito.admin_delete_user(**self.user)


@dataclass
class Journey:
    """The steps, in order. Later steps use the results of earlier ones."""

    browser: Browser
    person: User
    picture: Path
    timeout_s: float
    api: str | None = None
    job: dict[str, Any] = field(default_factory=dict)
    upload: dict[str, Any] = field(default_factory=dict)
    cutout: bytes = b""
    signed_up: bool = False

    def steps(self) -> list[tuple[str, str, Callable[[], str]]]:
        """The steps: the name, the stack's output with the log group, and the function."""
        steps = [
            ("site", "", self.check_site),
            ("health", "ImageLogGroup", self.health),
            ("config", "ApiLogGroup", self.config),
            ("anonymous", "ApiLogGroup", self.check_anonymous),
        ]
        if self.api:
            steps.append(("direct call", "ApiLogGroup", self.direct_call))
        if self.person.new:
            steps += [("sign-up", "ApiLogGroup", self.sign_up), ("confirmation", "ApiLogGroup", self.confirm)]
        steps += [
            ("login", "ApiLogGroup", self.login),
            ("new upload", "ApiLogGroup", self.create_upload),
            ("upload", "", self.send_file),
            ("job", "ImageLogGroup", self.wait_for_job),
            ("download", "", self.download),
            ("cutout", "ImageLogGroup", self.check_cutout),
            ("deletion", "ApiLogGroup", self.delete),
        ]
        return steps

    def check_site(self) -> str:
        answer = self.browser.expect("GET", "/")
        if b"<html" not in answer.body[:400].lower():
            raise Failed("the front page is not HTML")
        missing = [name for name in ("content-security-policy", "x-content-type-options") if name not in answer.headers]
        if missing:
            raise Failed(f"the front page is sent without {', '.join(missing)}")
        self.browser.expect("GET", "/no-such-page", status=404)
        return f"{self.browser.site} has its pages and their headers"

    def health(self) -> str:
        response = self.browser.expect("GET", "/api/health").json()
        return f"{response['model']} on {response['provider']}"

    def config(self) -> str:
        response = self.browser.expect("GET", "/api/config").json()
        return f"version {response['version']}, plan {response['plans'][0]['name']}"

    def check_anonymous(self) -> str:
        self.browser.expect("GET", "/api/me", status=401)
        return "requests without a session are refused"

    def direct_call(self) -> str:
        answer = self.browser.send("GET", f"{self.api}/api/config", None, {"User-Agent": "sansfond-smoke"})
        if answer.status != 403:
            raise Failed(f"the API answered {answer.status} to a direct call, not 403")
        return "direct calls of the API are refused"

    def sign_up(self) -> str:
        self.browser.expect("POST", "/api/auth/register", {"email": self.person.email}, 202)
        self.signed_up = True
        return self.person.email

    def confirm(self) -> str:
        self.person.confirm(self.browser)
        return "the account is confirmed"

    def login(self) -> str:
        response = self.browser.expect("POST", "/api/auth/login", {"email": self.person.email, "password": self.person.password}).json()
        if response["status"] != "signed_in" or not self.browser.cookies:
            raise Failed(f"the login started no session: {response['status']}, {len(self.browser.cookies)} cookies")
        self.browser.expect("GET", "/api/me")
        return f"signed in, {len(self.browser.cookies)} cookies"

    def create_upload(self) -> str:
        wanted = {"name": self.picture.name, "type": "image/png", "size_bytes": self.picture.stat().st_size, "options": {"format": "png"}}
        response = self.browser.expect("POST", "/api/uploads", wanted, 201).json()
        self.job, self.upload = response["job"], response["upload"]
        return f"job {self.job['id']}"

    def send_file(self) -> str:
        data = self.picture.read_bytes()
        headers = self.upload["headers"] | {"Origin": self.browser.site}
        answer = self.browser.send(self.upload["method"], self.upload["url"], data, headers)
        if answer.status != 200:
            raise Failed(f"the bucket answered {answer.status}: {answer.body[:200].decode(errors='replace')}")
        if answer.headers.get("access-control-allow-origin") not in (self.browser.site, "*"):
            raise Failed("the bucket does not accept uploads from the site: no Access-Control-Allow-Origin")
        return f"{len(data):,} bytes"

    def wait_for_job(self) -> str:
        ends = time.monotonic() + self.timeout_s
        while True:
            self.job = self.browser.expect("GET", f"/api/jobs/{self.job['id']}").json()
            if self.job["state"] == "completed":
                return f"completed, {self.job['result']['width']} × {self.job['result']['height']}"
            if self.job["state"] not in ("pending", "queued", "processing"):
                why = self.job.get("failure") or {}
                raise Failed(f"the job is {self.job['state']}: {why.get('code')}, {why.get('message')}")
            if time.monotonic() > ends:
                hint = "; the bucket's event did not reach the queue" if self.job["state"] == "pending" else ""
                raise Failed(f"after {self.timeout_s:.0f} s the job is still {self.job['state']}{hint}")
            time.sleep(PAUSE_S)

    def download(self) -> str:
        answer = self.browser.send("GET", self.job["result"]["download_url"], None, {})
        if answer.status != 200:
            raise Failed(f"the bucket answered {answer.status}: {answer.body[:200].decode(errors='replace')}")
        self.cutout = answer.body
        return f"{len(answer.body):,} bytes"

    def check_cutout(self) -> str:
        width, height, clear, solid = alpha_shares(self.cutout)
        wanted = struct.unpack(">II", self.picture.read_bytes()[16:24])
        if (width, height) != wanted:
            raise Failed(f"the cutout has {width} × {height} pixels, the image {wanted[0]} × {wanted[1]}")
        if clear < SHARE or solid < SHARE:
            raise Failed(f"{clear:.0%} of the cutout are transparent and {solid:.0%} opaque: that is not a cutout")
        return f"{clear:.0%} transparent, {solid:.0%} opaque"

    def delete(self) -> str:
        if not self.person.new:
            self.browser.expect("DELETE", f"/api/jobs/{self.job['id']}", status=204)
            return "the job is deleted"
        self.browser.expect("DELETE", "/api/me", {"email": self.person.email}, 204)
        self.signed_up = False
        refused = self.browser.call("POST", "/api/auth/login", {"email": self.person.email, "password": self.person.password})
        if refused.status != 401:
            raise Failed(f"a login after the deletion was answered {refused.status}, not 401")
        return "the account is deleted, and its login refused"

    def clean_up(self) -> str | None:
        """Cleans up after a failure. Returns a line about data that remains, or None."""
        if not self.signed_up:
            return None
        try:
            if self.browser.call("DELETE", "/api/me", {"email": self.person.email}).status == 204:
                return None
            self.person.remove_account()
        except Exception as error:  # noqa: BLE001 - the step's own failure is the one that counts
            return f"the account {self.person.email} could not be deleted: {error}"
        # The profile is written at the first login.
        return f"the account {self.person.email} is deleted, but its rows and files are not" if self.browser.cookies else None


def run(journey: Journey, logs: Callable[[str], str]) -> bool:
    for name, log, step in journey.steps():
        began = time.monotonic()
        try:
            result = step()
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this step
            reason = str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
            print(f"smoke: FAILED {name}: {' '.join(reason.split())}", file=sys.stderr, flush=True)
            if where := logs(log):
                print(f"smoke: look at: {where}", file=sys.stderr)
            if left := journey.clean_up():
                print(f"smoke: {left}", file=sys.stderr)
            return False
        print(f"smoke: ok {name}: {result} ({time.monotonic() - began:.1f} s)", flush=True)
    return True


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="smoke.py", description="Tests a running service from sign-up to a cutout.")
    parser.add_argument("site", nargs="?", help="its origin, such as http://127.0.0.1:8080")
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--demo", action="store_true", help="as the demo account of the local cloud")
    who.add_argument("--code", help="as a new user, with the code from the email; 123456 in the local cloud")
    who.add_argument("--stage", help="as a new user, on this stage of samconfig.toml")
    parser.add_argument("--picture", type=Path, default=PICTURE, help="a PNG to cut out")
    parser.add_argument("--output", type=Path, help="where to save the cutout")
    parser.add_argument("--timeout", type=float, default=180, help="seconds that the job may take")
    given = parser.parse_args(words)
    if bool(given.site) == bool(given.stage):
        parser.error("give either SITE or --stage")

    api = None
    if given.stage:
        try:
            stage = Stage(given.stage)
            person: User = AdminConfirmed.of(stage)
            site, api = stage.edge["SiteUrl"], stage.outputs["ApiUrl"]
        except Exception as error:  # noqa: BLE001 - AWS has many, and each is a line here
            print(f"smoke: FAILED stage: {' '.join(str(error).split())}", file=sys.stderr)
            return 1
        names = stage.outputs

        def logs(output: str) -> str:
            return f"aws logs tail --region {stage.session.region_name} --since 15m {names[output]}" if output in names else ""
    else:
        site = given.site.rstrip("/")
        person = User(*DEMO) if given.demo else User.generate("sansfond.test", given.code)

        def logs(output: str) -> str:
            return "$SANSFOND_HOME/local/logs"

    journey = Journey(Browser(site), person, given.picture, given.timeout, api)
    passed = run(journey, logs)
    if journey.cutout and given.output:
        given.output.write_bytes(journey.cutout)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
