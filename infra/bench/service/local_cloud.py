"""The whole service on this machine, with its own ports and folder, and new users.

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
# The confirmation code of the emulator.
CODE = "123456"
KEYS_EACH = 3


@dataclass
class User:
    """A user with a session, API keys, and a job that waits for its upload."""

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
        """The response and its JSON. Raises Unavailable for a status other than 2xx."""
        body = None if content is None else json.dumps(content)
        sent = {"content-type": "application/json", "origin": self.origin, **headers}
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        text = answer.read()
        if not 200 <= answer.status < 300:
            raise Unavailable(f"{method} {path} answered {answer.status}: {text[:200].decode(errors='replace')}")
        return answer, json.loads(text) if text else None


class LocalCloud:
    """Runs as long as the `with` block. The next start deletes its data."""

    def __init__(self, settings: Settings) -> None:
        self.program = settings.binary("sansfond-local")
        self.installed = settings.home
        self.port, cloud_port = free_port(), free_port()
        self.environment = {
            **os.environ,
            "SANSFOND_HOME": str(HOME),
            "PORT": str(self.port),
            "SANSFOND_CLOUD_PORT": str(cloud_port),
            "SANSFOND_LOCAL_STOP_WITH_PARENT": "true",
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
        while "ready after" not in self.log_text():
            if self.process.poll() is not None or time.monotonic() > end:
                lines = self.log_text().strip().splitlines()
                self.__exit__()
                raise Unavailable(f"the local cloud does not start: {lines[-1] if lines else 'it printed nothing'}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate()
        self.log.close()

    def log_text(self) -> str:
        return (HOME / "log").read_text()

    def client(self) -> Client:
        return Client(self.port)

    def users(self, number: int) -> list[User]:
        """Creates users. One address may send 60 such requests in 15 minutes, and each user takes three."""
        client = self.client()
        return [sign_up(client, f"person-{each}@example.org") for each in range(number)]


def sign_up(client: Client, email: str) -> User:
    password = {"email": email, "password": PASSWORD}
    client.ask("POST", "/api/auth/register", {}, {"email": email})
    client.ask("POST", "/api/auth/confirm", {}, password | {"code": CODE})
    answer, _ = client.ask("POST", "/api/auth/login", {}, password)
    cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    session = {"cookie": "; ".join(cookies)}
    _, upload = client.ask(
        "POST", "/api/uploads", session, {"name": "cat.jpg", "type": "image/jpeg", "size_bytes": 250_000}
    )
    user = User(session["cookie"], upload["job"]["id"])
    for _ in range(KEYS_EACH):
        _, made = client.ask("POST", "/api/keys", session, {"label": "bench"})
        user.keys.append(made["secret"])
    return user


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
