"""The emulator for checks of single parts: on a free port, with temporary state, open to every program on this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

# Starts ministack for programs only.
GATE = Path(__file__).resolve().parents[1] / "local/gate.py"
KEY = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
START_S = 30


class Emulator:
    """An emulator that runs until `stop` is called."""

    def __init__(self) -> None:
        self.state = tempfile.TemporaryDirectory()
        self.log = Path(self.state.name) / "log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        environment = {
            **os.environ, "GATEWAY_PORT": str(self.port), "EDGE_PORT": str(self.port), "STATE_DIR": self.state.name,
            "PERSIST_STATE": "0", "MINISTACK_HOST": "localhost",
            # Inherited by the functions.
            "AWS_ENDPOINT_URL": self.endpoint,
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen([sys.executable, str(GATE)], env=environment, stdout=log, stderr=log)
        ends = time.monotonic() + START_S
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > ends:
                log_end = self.log.read_text()[-2000:]
                self.stop()
                raise RuntimeError(f"the emulator does not start: {log_end}")
            time.sleep(0.1)

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.state.cleanup()

    def client(self, name: str, region_name: str) -> Any:
        """A boto3 client of the emulator."""
        config = Config(s3={"addressing_style": "path"}, proxies={}, retries={"total_max_attempts": 1})
        session = boto3.session.Session(**KEY)
        return session.client(name, region_name=region_name, endpoint_url=self.endpoint, config=config)
