"""An event for each function: of API Gateway (version 2), a queue or a schedule.

Methods and paths are read from the template, and the kinds of authentication from `docs/openapi.json`. This file has the
bodies.
"""

import base64
import hashlib
import json
import re
from itertools import count
from pathlib import Path
from typing import Any

from pictures import ROOT

ROUTE = re.compile(r'RouteKey:\s*"(\w+) ([^"]+)",\s*Target:\s*!Sub\s*"integrations/\$\{(\w+)Integration\}"')
CODE = re.compile(r"CodeUri: \.\./target/lambda/(\w+)\n *Handler: (\w+)")
TEMPLATE = (ROOT / "infra" / "template.yaml").read_text()
# The program of each function.
PROGRAMS = {function: program for program, function in CODE.findall(TEMPLATE)}
EVENTS = ROOT / "fixtures" / "events"
QUEUE_EVENT = EVENTS / "upload-arrived.json"
CLIP = ROOT / "fixtures" / "clips" / "disc.mp4"
UNKNOWN_JOB = "0190a0b0c0d0e0f00112233445566778"
PASSWORD = "Correct-Horse-1"
# The path for functions with several routes.
PREFERRED_PATHS = {"docs": "/api/openapi.json", "remove_background": "/api/remove-background"}
# The values of `{id}`, if it is not the finished job.
IDS = {
    "cancel_job": "open_job", "retry_job": "failed_job", "revoke_key": "key_id", "get_upload": "video_job",
    "finish_upload": "video_job",
}
SESSION_COOKIE, REFRESH_COOKIE = "__Host-sansfond-access", "__Host-sansfond-refresh"
addresses = count()


def routes() -> dict[str, tuple[str, str]]:
    """Method and path of each function behind the API."""
    found: dict[str, tuple[str, str]] = {}
    for method, path, name in ROUTE.findall(TEMPLATE):
        function = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        if path == PREFERRED_PATHS.get(function, path):
            found.setdefault(function, (method, path))
    return found


ROUTES = routes()
PATHS = json.loads((ROOT / "docs" / "openapi.json").read_text())["paths"]


def body(function: str, email: str) -> dict[str, Any] | None:
    return {
        "register": {"email": email},
        "confirm": {"email": email, "code": "123456", "password": PASSWORD},
        "resend_code": {"email": email},
        "login": {"email": email, "password": PASSWORD},
        "forgot_password": {"email": email},
        "reset_password": {"email": email, "code": "123456", "password": PASSWORD},
        "change_password": {"current_password": PASSWORD, "new_password": PASSWORD},
        "delete_me": {"email": email},
        "update_me": {"language": "fr"},
        "create_upload": {"name": "cat.jpg", "type": "image/jpeg", "size_bytes": 250_000},
        "remove_video_background": {"name": CLIP.name, "type": "video/mp4", "size_bytes": CLIP.stat().st_size},
        "send_feedback": {"message": "Good."},
        "create_key": {"label": "bench"},
    }.get(function)


def event(function: str, caller: dict[str, str], site: str) -> dict[str, Any]:
    """The event for a function from this caller."""
    if function == "expire_jobs":
        return {"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "resources": [], "detail": {}}
    if function == "fail_dead_letters":
        return queue_event(json.dumps(job_queued(caller["account"], caller["open_job"])))
    # There is no Batch, so these events are about a job that does not exist.
    if function == "dispatch_video":
        return queue_event(json.dumps(job_queued(caller["account"], UNKNOWN_JOB)))
    # Also about a job that does not exist, so no email is sent.
    if function == "deliver_events":
        return json.loads((EVENTS / "outbox.json").read_text())
    if function == "settle_video":
        return json.loads((EVENTS / "video-failed.json").read_text())
    method, path = ROUTES[function]
    path = path.replace("{id}", caller[IDS.get(function, "finished_job")])
    return request(method, path, body(function, f"{caller['account']}@example.org"), *credentials(function, caller, site))


def credentials(function: str, caller: dict[str, str], site: str) -> tuple[dict[str, str], list[str]]:
    """Headers and cookies of a caller: an API key if the route accepts one, else the cookies of a session."""
    method, path = ROUTES[function]
    ways = {way for each in PATHS[path][method.lower()].get("security", []) for way in each}
    if "key" in ways:
        return {"x-api-key": caller["key"]}, []
    if ways:
        return {"origin": site}, [f"{SESSION_COOKIE}={caller['token']}", f"{REFRESH_COOKIE}={caller['account']}:refresh"]
    return {}, []


def request(
    method: str, path: str, content: dict[str, Any] | bytes | None, headers: dict[str, str], cookies: list[str]
) -> dict[str, Any]:
    """An event of API Gateway. Each has another address, because some routes count requests by address."""
    number = next(addresses)
    plain = isinstance(content, bytes)
    found: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "cookies": cookies,
        "headers": {"content-type": "image/jpeg" if plain else "application/json", "host": "api.example", **headers},
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "api",
            "domainName": "api.example",
            "domainPrefix": "api",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": f"198.18.{number // 250 % 250}.{number % 250}",
                "userAgent": "bench",
            },
            "requestId": f"request-{number}",
            "routeKey": "$default",
            "stage": "$default",
            "time": "22/Nov/2026:10:00:00 +0000",
            "timeEpoch": 1795341600000,
        },
        "isBase64Encoded": plain,
    }
    if isinstance(content, bytes):
        found["body"] = base64.b64encode(content).decode()
    elif content is not None:
        found["body"] = json.dumps(content)
    return found


def job_queued(account: str, job: str) -> dict[str, Any]:
    """Our own message for the first attempt of a job."""
    return {"detail-type": "Job Queued", "detail": {"account": account, "job": job, "retry": 0}}


def queue_event(text: str) -> dict[str, Any]:
    """A queue's event with one message."""
    found = json.loads(QUEUE_EVENT.read_text())
    found["Records"][0]["body"] = text
    return found


def upload_event(caller: dict[str, str], picture: Path) -> dict[str, Any]:
    """The queue's event for the upload of the caller's open job, as S3 sends it through EventBridge."""
    content = picture.read_bytes()
    message = json.loads(json.loads(QUEUE_EVENT.read_text())["Records"][0]["body"])
    message["detail"]["object"] |= {
        "key": f"uploads/{caller['account']}/{caller['open_job']}/source",
        "size": len(content),
        "etag": hashlib.md5(content, usedforsecurity=False).hexdigest(),
    }
    return queue_event(json.dumps(message))
