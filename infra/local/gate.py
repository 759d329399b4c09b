"""Access control of the emulator: local programs need a signature, and the site's pages may only access their files.

Every web page that is open on this machine can send requests to this port. It cannot read the responses, but AWS's APIs
act on requests. A request with `Origin`, or with a `Sec-Fetch-Site` other than `none`, comes from a page. Of these, only those of the
site are allowed: uploads, and reads by a signed link. A request without these headers comes from a program and needs a
signature, as on AWS, and its key is secret (`root_key.py`).

Deliberately absent: the rights of a signature, which are decided by the emulator and `aws_rules.py`.
"""

import http.server
import json
import sys
import threading
from urllib.parse import parse_qs

EVENTS = "/_sansfond/events"
# These paths of ministack can delete everything, and are not needed here.
RESET_PATHS = ("/_ministack/reset", "/_ministack/config")
ALGORITHM = "AWS4-HMAC-SHA256"
API_SUFFIX = ".execute-api.localhost"


class Gate:
    """Middleware in front of ministack: checks access, and records whether there were requests."""

    def __init__(self, app, put_events, site_origin):
        self.app = app
        self.put_events = put_events
        self.site_origin = site_origin
        self.touched = threading.Event()

    async def __call__(self, scope, receive, send):
        if scope["type"] == "websocket":
            await refuse_socket(receive, send)
            return
        if scope["type"] == "http":
            reason = refusal(scope, self.site_origin, is_deployed_api)
            if reason:
                await send_response(send, 403, {"content-type": "text/plain"}, f"local cloud: {reason}\n".encode())
                return
            if not scope["path"].startswith("/_ministack/"):
                self.touched.set()
            if scope["path"] == EVENTS:
                status, headers, body = self.put_events(json.loads(await read_body(receive)), allow_aws_source=True)
                await send_response(send, status, headers, body)
                return
        await self.app(scope, receive, send)


def programs_only(app):
    """Middleware of an emulator that accepts any signature, for tests of single parts: pages have no access."""

    async def guarded(scope, receive, send):
        if scope["type"] == "websocket":
            await refuse_socket(receive, send)
        elif scope["type"] == "http" and "sec-fetch-site" in headers_by_name(scope["headers"]):
            await send_response(send, 403, {}, b"")
        else:
            await app(scope, receive, send)

    return guarded


def refusal(scope, site_origin, is_api):
    """The reason why a request is refused, or None. `is_api` recognizes the ids of deployed HTTP APIs."""
    headers = headers_by_name(scope["headers"])
    path = scope["path"]
    name = host_name(headers.get("host", ""))
    if name.endswith(API_SUFFIX):
        if not is_api(name.removesuffix(API_SUFFIX)):
            return "no API of that name is deployed"
        # The functions check requests to the API, as on AWS. The emulator's own paths do not belong to the API.
        return "the API has no such path" if path.startswith("/_") else None
    if name not in ("127.0.0.1", "localhost"):
        return f"the host {name!r} is not served; use 127.0.0.1"
    if path in RESET_PATHS:
        return "use `make reset`"
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
    if path == EVENTS:
        allowed = scope["method"] == "POST" and origin is None and "sec-fetch-site" not in headers
        return None if allowed else "pages may not send AWS's own events"
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    if origin is not None and origin != site_origin:
        return "requests from another site's page are refused"
    if site != "none":
        # The site has another port, so it is never same-origin, and always same-site.
        if site not in ("same-site", "same-origin"):
            return "requests from another site's page are refused"
        if origin is None and not reads_by_link(scope["method"], query):
            return "a page may read by signed links only"
    return signature_refusal(headers, query)


def signature_refusal(headers, query):
    """Refuses signatures that ministack cannot read, because it treats some of these requests as its root's."""
    authorization = headers.get("authorization")
    if authorization is not None and not authorization.startswith(ALGORITHM + " "):
        return f"the signature must use {ALGORITHM}"
    if "AWSAccessKeyId" in query or query.get("X-Amz-Algorithm", [ALGORITHM]) != [ALGORITHM]:
        return f"the signature must use {ALGORITHM}"
    return None


def reads_by_link(method, query):
    """Returns True for a signed link of S3, such as a picture in a page or a download. S3 checks the signature."""
    scope = query.get("X-Amz-Credential", [""])[0].split("/")
    return method in ("GET", "HEAD") and scope[-2:] == ["s3", "aws4_request"] and "X-Amz-Signature" in query


def headers_by_name(pairs):
    """Headers by name. If a name occurs twice, its values are joined, which makes a value that is never allowed."""
    headers = {}
    for name, value in pairs:
        name, value = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def host_name(host):
    """The host without the port. The port does not matter: a tunnel may have changed it."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()


def is_deployed_api(api):
    """True if the emulator has an HTTP API with this id."""
    apigateway = sys.modules.get("ministack.services.apigateway")
    return apigateway is not None and any(key[-1] == api for key, _ in apigateway._apis.all_items())


def guard_other_servers():
    """Closes the servers of the Runtime API, from which functions get their events, to browsers.

    ministack starts one for each function's process, with Python's `http.server`, on a free port.
    """
    original = http.server.BaseHTTPRequestHandler.parse_request

    def parse_request(self):
        if not original(self):
            return False
        known = host_name(self.headers.get("Host", "")) in ("127.0.0.1", "localhost")
        if known and not any(name in self.headers for name in ("Origin", "Sec-Fetch-Site")):
            return True
        self.close_connection = True
        self.send_error(403)
        return False

    http.server.BaseHTTPRequestHandler.parse_request = parse_request


async def refuse_socket(receive, send):
    """Closes a WebSocket. They are not used here, and ministack's handlers for them do not check signatures."""
    await receive()
    await send({"type": "websocket.close", "code": 1008})


async def send_response(send, status, headers, body):
    """Sends a complete response."""
    pairs = {**{name.lower(): value for name, value in headers.items()}, "content-length": str(len(body))}
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


async def read_body(receive):
    """The complete body of a request."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def main():
    """Starts ministack for programs only, with the settings of the environment; `infra/check/emulator.py` uses it."""
    from ministack import app as app_module
    from ministack.services import lambda_svc

    # ministack turns a parameter that keeps its previous value into a number, and environment variables must be text.
    variables = lambda_svc._runtime_env_vars
    lambda_svc._runtime_env_vars = lambda config: {name: str(value) for name, value in variables(config).items()}
    guard_other_servers()
    app_module.app = programs_only(app_module.app)
    app_module.main()


if __name__ == "__main__":
    main()
