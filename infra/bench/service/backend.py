"""Table, bucket and accounts for a measurement, in a separate process: `functions/api/examples/router_load`."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from settings import Settings, Unavailable

# In an account that does not exist.
BATCH = "arn:aws:batch:us-east-1:111122223333"
# `router_load` prints the values in braces. `test_events.py` compares the names with the template.
SETTINGS = {
    "SANSFOND_TABLE": "{table}",
    "SANSFOND_BUCKET": "{bucket}",
    "SANSFOND_POOL_ID": "{pool}",
    "SANSFOND_POOL_CLIENT_ID": "{client}",
    "SANSFOND_POOL_CLIENT_SECRET": "secret",
    "SANSFOND_JWKS_URL": "{address}/jwks.json",
    "SANSFOND_SITE_ORIGIN": "{site}",
    "SANSFOND_IMAGE_QUEUE_URL": "{endpoint}/queue",
    "SANSFOND_VIDEO_QUEUE_URL": "{endpoint}/queue",
    # Names only: there is no Batch.
    "SANSFOND_BATCH_QUEUE": f"{BATCH}:job-queue/videos",
    "SANSFOND_BATCH_JOB_DEFINITION": f"{BATCH}:job-definition/video:1",
    "SANSFOND_FREE_VIDEOS": "2",
    "SANSFOND_OPERATOR_EMAIL": "operator@example.org",
    "SANSFOND_SENDER_EMAIL": "sender@example.org",
}
# Without backtraces, so that errors fit into one line.
ENVIRONMENT = {**os.environ, "RUST_BACKTRACE": "0"}


def router_load(settings: Settings, *arguments: str) -> list[str]:
    return [settings.binary("examples", "router_load"), *arguments]


def one_line(text: str) -> str:
    return " ".join(text.split())[:300] or "it printed nothing"


class Backend:
    """Runs as long as the `with` block. `info` has the addresses and names, `callers` the accounts."""

    def __init__(self, settings: Settings, accounts: int, picture: Path | None = None) -> None:
        """The picture is the upload of every account's open job."""
        self.command = router_load(settings, "serve", str(accounts), *([str(picture)] if picture else []))

    def __enter__(self) -> "Backend":
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            self.command, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True
        )
        assert self.process.stdout is not None, "a pipe"
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            raise Unavailable(f"`router_load` ended: {one_line(self.errors.read())}")
        self.info: dict[str, Any] = json.loads(line)
        self.callers: list[dict[str, str]] = self.info.pop("callers")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()
        self.errors.close()

    def environment(self) -> dict[str, str]:
        """The settings of every function; on AWS each has only those that it needs."""
        settings = {name: value.format(**self.info) for name, value in SETTINGS.items()}
        return {
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test-secret",
            "AWS_ENDPOINT_URL": self.info["endpoint"],
            "AWS_ENDPOINT_URL_DYNAMODB": self.info["table_endpoint"],
            **settings,
        }
