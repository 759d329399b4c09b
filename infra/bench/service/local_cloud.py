"""The whole service on this machine, with ports and a folder of its own, and people who have signed up.

The program is that of `make up`, the functions those of a release.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from typing import Any

from pictures import BENCH
from settings import Settings, Unavailable

HOME = BENCH / "local-cloud"
INSTALLED = ("venv", "models", "runtime")
START_LIMIT_S = 180
PASSWORD = "Correct-Horse-1"
# The emulator's, always.
CODE = "123456"
KEYS_EACH = 3


@dataclass
class Person:
    """Somebody who has signed up, with a session, keys and a job that waits for its upload."""

    cookie: str
    job: str
    keys: list[str] = field(default_factory=list)


class Client:
    """One connection to the front door."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(
        self, method: str, path: str, headers: dict[str, str], content: dict[str, Any] | None = None
    ) -> tuple[http.client.HTTPResponse, Any]:
        """The answer and its JSON. An answer that is no success is an error."""
        body = None if content is None else json.dumps(content)
        sent = {"content-type": "application/json", "origin": self.origin, **headers}
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        text = answer.read()
        if not 200 <= answer.status < 300:
            raise Unavailable(f"{method} {path} answered {answer.status}: {text[:200].decode(errors='replace')}")
        return answer, json.loads(text) if text else None


class LocalCloud:
    """Runs as long as the `with` block; what it has written is forgotten at the next start."""

    def __init__(self, settings: Settings) -> None:
        self.program = settings.binary("sansfond-local")
        self.installed = settings.home
        self.port, cloud_port = free_port(), free_port()
        self.environment = {
            **os.environ,
            "SANSFOND_HOME": str(HOME),
            "PORT": str(self.port),
            "SANSFOND_CLOUD_PORT": str(cloud_port),
            "SANSFOND_LOCAL_LEASH": "true",
        }

    def __enter__(self) -> "LocalCloud":
        shutil.rmtree(HOME, ignore_errors=True)
        HOME.mkdir(parents=True)
        for part in INSTALLED:
            (HOME / part).symlink_to(self.installed / part)
        self.log = (HOME / "log").open("w+")
        self.process = subprocess.Popen(
            [self.program], env=self.environment, stdin=subprocess.PIPE, stdout=self.log, stderr=self.log
        )
        end = time.monotonic() + START_LIMIT_S
        while "ready after" not in self.said():
            if self.process.poll() is not None or time.monotonic() > end:
                said = self.said().strip().splitlines()
                self.__exit__()
                raise Unavailable(f"the local cloud does not start: {said[-1] if said else 'it said nothing'}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate()
        self.log.close()

    def said(self) -> str:
        return (HOME / "log").read_text()

    def client(self) -> Client:
        return Client(self.port)

    def people(self, number: int) -> list[Person]:
        """Signs so many up. One address may try 60 times in a quarter of an hour, and each takes three tries."""
        client = self.client()
        return [sign_up(client, f"person-{each}@example.org") for each in range(number)]


def sign_up(client: Client, email: str) -> Person:
    password = {"email": email, "password": PASSWORD}
    client.ask("POST", "/api/auth/register", {}, password)
    client.ask("POST", "/api/auth/confirm", {}, {"email": email, "code": CODE})
    answer, _ = client.ask("POST", "/api/auth/login", {}, password)
    cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    session = {"cookie": "; ".join(cookies)}
    _, upload = client.ask(
        "POST", "/api/uploads", session, {"name": "cat.jpg", "type": "image/jpeg", "size_bytes": 250_000}
    )
    person = Person(session["cookie"], upload["job"]["id"])
    for _ in range(KEYS_EACH):
        _, made = client.ask("POST", "/api/keys", session, {"label": "bench"})
        person.keys.append(made["secret"])
    return person


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
