"""Access control of the emulator: local programs need a signature, and the site's pages may only access their files.

Every web page that is open on this machine can send requests to this port. It cannot read the responses, but AWS's APIs
act on requests. So a request is a page's if the browser marked it, by `Origin` or by `Sec-Fetch-Site`, and then only
those of the site are allowed: uploads, and reads by a signed link. A request without such a mark needs a signature, as
on AWS, and the key for it is secret (`root_key.py`).

Deliberately absent: the rights of a signature, which are decided by the emulator and `aws_rules.py`.
"""

import http.server
import json
import sys
import threading
from urllib.parse import parse_qs

EVENTS = "/_sansfond/events"
# Both delete everything, and are not needed here.
WIPES = ("/_ministack/reset", "/_ministack/config")
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
                await answer(send, 403, {"content-type": "text/plain"}, f"local cloud: {reason}\n".encode())
                return
            if not scope["path"].startswith("/_ministack/"):
                self.touched.set()
            if scope["path"] == EVENTS:
                status, headers, body = self.put_events(json.loads(await whole(receive)), allow_aws_source=True)
                await answer(send, status, headers, body)
                return
        await self.app(scope, receive, send)


def programs_only(app):
    """Middleware of an emulator that accepts any signature, for tests of single parts: pages have no access."""

    async def guarded(scope, receive, send):
        if scope["type"] == "websocket":
            await refuse_socket(receive, send)
        elif scope["type"] == "http" and "sec-fetch-site" in joined(scope["headers"]):
            await answer(send, 403, {}, b"")
        else:
            await app(scope, receive, send)

    return guarded


def refusal(scope, site_origin, is_api):
    """The reason why a request is refused, or None. `is_api` recognizes the ids of deployed HTTP APIs."""
    headers = joined(scope["headers"])
    path = scope["path"]
    name = host_name(headers.get("host", ""))
    if name.endswith(API_SUFFIX):
        if not is_api(name.removesuffix(API_SUFFIX)):
            return "no API of that name is deployed"
        # The functions check requests to the API, as on AWS. The emulator's own paths do not belong to the API.
        return "the API has no such path" if path.startswith("/_") else None
    if name not in ("127.0.0.1", "localhost"):
        return "this machine does not answer to that name"
    if path in WIPES:
        return "use `make reset`"
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
    if path == EVENTS:
        allowed = scope["method"] == "POST" and origin is None and "sec-fetch-site" not in headers
        return None if allowed else "no page sends AWS's own events"
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    if origin is not None and origin != site_origin:
        return "another site's page asked"
    if site != "none":
        # The site has another port, so it is never same-origin, and always same-site.
        if site not in ("same-site", "same-origin"):
            return "another site's page asked"
        if origin is None and not reads_by_link(scope["method"], query):
            return "a page may read by signed links only"
    return signature_refusal(headers, query)


def signature_refusal(headers, query):
    """Refuses signatures that ministack cannot read, because it takes some of these requests for those of its root."""
    authorization = headers.get("authorization")
    if authorization is not None and not authorization.startswith(ALGORITHM + " "):
        return f"only {ALGORITHM} is understood"
    if "AWSAccessKeyId" in query or query.get("X-Amz-Algorithm", [ALGORITHM]) != [ALGORITHM]:
        return f"only {ALGORITHM} is understood"
    return None


def reads_by_link(method, query):
    """Whether the request reads by a signed link, such as a picture in a page or a download: S3 checks the signature."""
    scope = query.get("X-Amz-Credential", [""])[0].split("/")
    return method in ("GET", "HEAD") and scope[-2:] == ["s3", "aws4_request"] and "X-Amz-Signature" in query


def joined(pairs):
    """Headers by name. A name that occurs twice gets a value that is never allowed."""
    headers = {}
    for name, value in pairs:
        name, value = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def host_name(host):
    """Without the port: a request that arrived here was sent to this port, whatever number a tunnel gave it."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()


def is_deployed_api(api):
    """True if the emulator has an HTTP API with this id."""
    apigateway = sys.modules.get("ministack.services.apigateway")
    return apigateway is not None and any(key[-1] == api for key, _ in apigateway._apis.all_items())


def guard_other_servers():
    """Protects the servers from which functions take their events: browsers must not reach them.

    ministack makes one for each function's process, with the standard library, on a port that the kernel chose.
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
    """Closes WebSockets: they are not used here, and ministack's handlers for them check no signature."""
    await receive()
    await send({"type": "websocket.close", "code": 1008})


async def answer(send, status, headers, body):
    """Sends a complete response."""
    pairs = {**{name.lower(): value for name, value in headers.items()}, "content-length": str(len(body))}
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


async def whole(receive):
    """A request's body."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def main():
    """ministack for programs only, with the settings of the environment; `infra/check/emulator.py` starts it."""
    from ministack import app as app_module
    from ministack.services import lambda_svc

    # A parameter that keeps its previous value is a number again in ministack, and then not a process variable.
    variables = lambda_svc._runtime_env_vars
    lambda_svc._runtime_env_vars = lambda config: {name: str(value) for name, value in variables(config).items()}
    guard_other_servers()
    app_module.app = programs_only(app_module.app)
    app_module.main()


if __name__ == "__main__":
    main()
