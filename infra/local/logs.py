"""Follows the log lines of functions and worker in the running local cloud: `make logs`.

`make logs FIND=<text>` shows only lines with this text, such as the id of a job or a request. On AWS the same lines are in
CloudWatch: infra/README.md, "Looking into it".
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import deploy

GROUPS = ("ApiLogGroup", "ImageLogGroup", "VideoLogGroup")
# How far back the first read goes, and the pause between two reads.
LOOK_BACK_S = 600
POLL_S = 1.0
# Fields that are printed first, and not again.
FIRST = ("timestamp", "level", "message", "target")


def readable(line: str) -> str:
    """A line such as `09:12:07 INFO  request  route=login status=200`; a line that is not from telemetry is not rearranged.

    Control characters are escaped: the log contains file names of users, which could send commands to the terminal.
    """
    return "".join(one if one.isprintable() or one == "\t" else repr(one)[1:-1] for one in formatted(line))


def formatted(line: str) -> str:
    try:
        fields = json.loads(line)
    except ValueError:
        return line.rstrip()
    if not isinstance(fields, dict) or "level" not in fields:
        return line.rstrip()
    spans = {}
    for span in [*fields.pop("spans", []), fields.pop("span", {})]:
        spans |= {name: value for name, value in span.items() if name != "name"}
    rest = " ".join(f"{name}={value}" for name, value in {**spans, **fields}.items() if name not in FIRST)
    moment = fields.get("timestamp", "")[11:19]
    return f"{moment} {fields['level']:<5} {fields.get('message', '')}  {rest}".rstrip()


def functions(cloud: deploy.Cloud, groups: list[str], since_ms: int) -> list[tuple[int, str]]:
    """The lines of the functions with their times in milliseconds, the oldest first."""
    lines = []
    for group in groups:
        pages = cloud.logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since_ms)
        lines += [(event["timestamp"], event["message"]) for page in pages for event in page["events"]]
    return sorted(lines, key=lambda line: line[0])


def unseen(lines: list[tuple[int, str]], seen: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The lines that are not in `seen`. If a line occurs once in `seen` and twice in `lines`, one is left."""
    left = list(seen)
    fresh = []
    for line in lines:
        if line in left:
            left.remove(line)
        else:
            fresh.append(line)
    return fresh


class FileFollower:
    """Reads the lines that were added to a file since the last call."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.read = path.stat().st_size if path.exists() else 0

    def lines(self) -> list[str]:
        if not self.path.exists():
            return []
        if self.path.stat().st_size < self.read:
            self.read = 0  # A restarted local cloud begins a new file.
        with self.path.open("rb") as file:
            file.seek(self.read)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self.read += len(whole)
        return whole.decode(errors="replace").splitlines()


def run(home: Path, find: str) -> int:
    state = home / "local"
    cloud = deploy.connect(state)
    stack = json.loads((state / "stack.json").read_text())
    groups = [stack["outputs"][name] for name in GROUPS]
    worker = FileFollower(state / "logs/worker.log")
    since_ms, seen = int((time.time() - LOOK_BACK_S) * 1000), []
    while True:
        lines = functions(cloud, groups, since_ms)
        for line in [text for _, text in unseen(lines, seen)] + worker.lines():
            if find in line:
                print(readable(line), flush=True)
        if lines:
            # More lines with the last millisecond may arrive, so it is read again.
            since_ms = lines[-1][0]
            seen = [line for line in lines if line[0] == since_ms]
        time.sleep(POLL_S)


def main() -> int:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return run(Path(os.environ["SANSFOND_HOME"]), sys.argv[1] if len(sys.argv) > 1 else "")
    except deploy.Failed as failed:
        print(f"logs: {failed}", file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(f"logs: the local cloud does not answer: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
