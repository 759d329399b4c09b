"""Lambda's Runtime API: an HTTP server that sends events to a function, one at a time, and receives the responses.

Deliberately absent: limits of time and size, and more than one function at once.
"""

import json
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PREFIX = "/2018-06-01/runtime/"


class RuntimeApi:
    """A server for one function's process. Times are those of `time.perf_counter`."""

    def __init__(self) -> None:
        self.ready: queue.Queue[float] = queue.Queue()
        self.events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.answers: queue.Queue[tuple[float, str, bytes]] = queue.Queue()

    def __enter__(self) -> "RuntimeApi":
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                api.ready.put(time.perf_counter())
                event = api.events.get()
                if event is None:
                    self.close_connection = True
                    return
                self.reply(200, json.dumps(event).encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                # `/2018-06-01/runtime/invocation/<id>/response` or `…/error`, or `…/init/error`.
                api.answers.put((time.perf_counter(), self.path.rsplit("/", 1)[-1], body))
                self.reply(202, b"{}")

            def reply(self, status: int, body: bytes) -> None:
                self.send_response(status)
                for name, value in EVENT_HEADERS.items():
                    self.send_header(name, value)
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 60_000))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.events.put(None)
        self.server.shutdown()
        self.server.server_close()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"


EVENT_HEADERS = {
    "Content-Type": "application/json",
    "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:111122223333:function:bench",
    "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
}
