"""Sends an event to a function of the running local cloud and prints the response.

    make invoke FUNCTION=fail_dead_letters EVENT=fixtures/events/dead-letters.json

Without EVENT, the event is `{}`.

`make logs` shows the log lines of the function.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import deploy


def names(client) -> dict[str, str]:
    """The name of each function in the emulator, by its handler."""
    pages = client.get_paginator("list_functions").paginate()
    return {function["Handler"]: function["FunctionName"] for page in pages for function in page["Functions"]}


def run(home: Path, function: str, event: str) -> int:
    body = b"{}" if not event else Path(event).read_bytes()
    json.loads(body)
    known = names(client := deploy.connect(home / "local").client("lambda"))
    if function not in known:
        print(f"invoke: there is no function {function!r}; choose from {', '.join(sorted(known))}", file=sys.stderr)
        return 2
    answer = client.invoke(FunctionName=known[function], Payload=body)
    text = answer["Payload"].read().decode()
    try:
        text = json.dumps(json.loads(text), indent=1, ensure_ascii=False)
    except ValueError:
        pass
    print(text)
    return 1 if answer.get("FunctionError") else 0


if __name__ == "__main__":
    try:
        sys.exit(run(Path(os.environ["SANSFOND_HOME"]), *sys.argv[1:3]))
    except (OSError, ValueError, deploy.Failed) as error:
        sys.exit(f"invoke: {error}")
