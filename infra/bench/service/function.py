"""Runs one process of a function, and measures its time and memory."""

import json
import queue
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.runtime_api import RuntimeApi
from settings import Unavailable

PATIENCE_S = 60


@dataclass(frozen=True)
class Answer:
    """The response to an event: its time, and its HTTP status, or `ok` or `error` if it has none."""

    ms: float
    status: str
    body: bytes = b""


class Function:
    """A process that is started on entry, waits for its first event, and is killed on exit."""

    def __init__(
        self, command: list[str], environment: dict[str, str], memory_mb: int, patience_s: float = PATIENCE_S
    ) -> None:
        self.command = command
        self.name = environment.get("_HANDLER", Path(command[-1]).name)
        self.patience_s = patience_s
        self.environment = environment | {
            "AWS_LAMBDA_FUNCTION_NAME": "bench",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb),
        }

    def __enter__(self) -> "Function":
        self.errors = tempfile.TemporaryFile("w+")
        self.api = RuntimeApi().__enter__()
        environment = self.environment | {"AWS_LAMBDA_RUNTIME_API": self.api.address}
        started = time.perf_counter()
        self.process = subprocess.Popen(
            self.command, env=environment, stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors
        )
        try:
            self.ready_ms = 1000 * (self.wait(self.api.ready) - started)
        except Unavailable:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.api.__exit__()
        self.errors.close()

    def invoke(self, event: dict[str, Any]) -> Answer:
        """Sends an event, and waits for the response and for the function's request for the next event."""
        sent_at = time.perf_counter()
        self.api.events.put(event)
        answered, kind, body = self.wait(self.api.answers)
        self.wait(self.api.ready)
        return Answer(1000 * (answered - sent_at), status_of(kind, body), body)

    def peak_mb(self) -> float:
        """The peak memory so far. Not from `getrusage`, whose value for children starts with the parent's own memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024

    def cpu_ms(self) -> float:
        """Processor time so far of all running threads, from the scheduler's nanoseconds."""
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e6

    def wait(self, source: queue.Queue[Any]) -> Any:
        end = time.perf_counter() + self.patience_s
        while time.perf_counter() < end:
            try:
                return source.get(timeout=0.2)
            except queue.Empty:
                if self.process.poll() is not None:
                    break
        raise Unavailable(f"`{self.name}` does not respond: {self.end_of_output()}")

    def end_of_output(self) -> str:
        self.errors.seek(0)
        lines = self.errors.read().strip().splitlines()
        return " | ".join(lines[-5:]) if lines else "it printed nothing"


def status_of(kind: str, body: bytes) -> str:
    if kind != "response":
        return "error"
    answer = json.loads(body)
    if isinstance(answer, dict) and answer.get("batchItemFailures"):
        return "error"
    return str(answer["statusCode"]) if isinstance(answer, dict) and "statusCode" in answer else "ok"
