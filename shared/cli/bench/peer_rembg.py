"""rembg as a warm process: one session, then one picture for each path on stdin. It runs none of our code.

It prints a line of JSON: milliseconds in total, inside the network and outside of it, bytes of PNG, peak memory.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rembg import new_session, remove


class Stopwatch:
    """Wraps a function and adds up the time spent in it."""

    def __init__(self, function: Callable[..., object]) -> None:
        self.function = function
        self.ms = 0.0

    def __call__(self, *args: object, **options: object) -> object:
        started = time.perf_counter()
        try:
            return self.function(*args, **options)
        finally:
            self.ms += 1000 * (time.perf_counter() - started)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--model", required=True)
    arguments.add_argument("--mattes", type=Path, help="take only the matte, and keep it in this folder")
    options = arguments.parse_args()

    session = new_session(options.model)
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        stopwatch = Stopwatch(session.inner_session.run)
        session.inner_session.run = stopwatch
        started = time.perf_counter()
        png = remove(path.read_bytes(), session=session, only_mask=options.mattes is not None)
        total_ms = 1000 * (time.perf_counter() - started)
        session.inner_session.run = stopwatch.function
        if options.mattes is not None:
            (options.mattes / f"{path.name}.png").write_bytes(png)
        answer = {
            "total_ms": total_ms,
            "inference_ms": stopwatch.ms,
            "outside_ms": total_ms - stopwatch.ms,
            "png_bytes": len(png),
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
