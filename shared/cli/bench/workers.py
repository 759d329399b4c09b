"""A warm process that answers each path on its stdin with one line of JSON; it does not depend on the engine."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from pictures import ROOT
from settings import Unavailable


class Worker:
    """Starts on entry, ends on exit. Its stderr is kept for the error message."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.command = command
        self.environment = environment

    def __enter__(self) -> "Worker":
        self.stderr = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.stderr,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()
        self.stderr.close()

    def ask(self, path: Path) -> dict[str, Any]:
        """Sends one path and waits for its answer."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None and stdout is not None, "both are pipes"
        try:
            print(path, file=stdin, flush=True)
            line = stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise Unavailable(f"`{Path(self.command[0]).name}` ended: {self.last_error_line()}")
        return json.loads(line)

    def last_error_line(self) -> str:
        self.stderr.seek(0)
        lines = self.stderr.read().strip().splitlines()
        return lines[-1] if lines else "it said nothing"


def run_once(command: list[str], environment: dict[str, str]) -> str:
    """Runs a process to its end and returns its stdout; raises with the end of its stderr if it fails."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        said = lines[-1].replace(f"{ROOT}/", "") if lines else f"it said nothing and ended with {done.returncode}"
        raise Unavailable(f"`{Path(command[0]).name}` failed: {said}")
    return done.stdout
