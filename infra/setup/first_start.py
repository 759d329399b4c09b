"""The prerequisites of `make up`, in steps that report their progress and the remaining time.

    python3 infra/setup/first_start.py [--without site]

The steps are targets of the Makefile, so a finished step costs only the start of `make`. Their output goes to
$SANSFOND_HOME/logs/first-start.log and is shown when a step fails. Later starts print nothing unless they have to
build for a while.

Deliberately absent: the work of a step, and the start of the service.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Seconds without output after which a start counts as long.
QUIET_S = 3.0
# Seconds between two lines about the same step, without a terminal whose line could be rewritten.
REPORT_S = 20.0


@dataclass(frozen=True)
class Step:
    """A target of the Makefile."""

    target: str
    description: str
    # Measured from a fresh checkout on 2 idle cores. The remaining time adapts to the speed of the machine.
    seconds: float


STEPS = [
    Step("installed", "installing system packages, ONNX Runtime, the emulator and Node.js", 85),
    Step("functions", "building functions, worker and command line", 505),
    Step("model", "fetching the model", 5),
    Step("site", "building the site", 6),
]

# Cargo's progress bar, if it is enabled: "Building [===>   ] 120/655: serde, syn".
CARGO_BAR = re.compile(rb"\] (\d+)/(\d+)")


class Clock:
    """Estimates the remaining time from the expected seconds of the steps and the time taken so far."""

    def __init__(self, steps: list[Step]) -> None:
        # The expected seconds of the finished steps and of the others, and the seconds that the finished steps took.
        self.done = self.took = 0.0
        self.left = sum(step.seconds for step in steps)

    def finished(self, step: Step, took: float) -> None:
        self.left -= step.seconds
        # A step without work does not show the speed of this machine.
        if took > QUIET_S:
            self.done += step.seconds
            self.took += took

    def remaining(self, step: Step, share: float | None, took: float) -> float:
        """The seconds until all steps are done. `share` of the current step was done in `took`; None if it is unknown."""
        after = self.left - step.seconds
        if share is None:
            pace = self.pace(0, 0)
            return max(step.seconds * pace - took, step.seconds / 20) + after * pace
        return ((1 - share) * step.seconds + after) * self.pace(share * step.seconds, took)

    def pace(self, done: float, took: float) -> float:
        """The seconds per expected second: at first those of two cores, then increasingly those of this machine."""
        return (self.took + took + 30) / (self.done + done + 30)


def minutes(seconds: float) -> str:
    return "less than a minute" if seconds < 50 else f"about {max(1, round(seconds / 60))} min"


def output(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """The output of the process as it arrives; an empty piece for each half second without output."""
    assert process.stdout
    descriptor = process.stdout.fileno()
    os.set_blocking(descriptor, False)
    while True:
        try:
            piece = os.read(descriptor, 65536)
        except BlockingIOError:
            time.sleep(0.5)
            yield b""
            continue
        if not piece:
            return
        yield piece


class Screen:
    """One line that is rewritten on a terminal; elsewhere a line from time to time."""

    def __init__(self) -> None:
        self.terminal = sys.stdout.isatty()
        self.last = 0.0

    def progress(self, text: str, now: float) -> None:
        if self.terminal:
            print(f"\r\x1b[K{text}", end="", flush=True)
        elif now - self.last >= REPORT_S:
            print(text, flush=True)
        else:
            return
        self.last = now

    def line(self, text: str) -> None:
        print(f"\r\x1b[K{text}" if self.terminal else text, flush=True)


def run(place: int, steps: list[Step], clock: Clock, screen: Screen, log: Path) -> bool:
    """Runs one step. Returns False if it failed, after it has printed the end of the step's output."""
    step = steps[place]
    began = time.monotonic()
    environment = os.environ | {"CARGO_TERM_PROGRESS_WHEN": "always", "CARGO_TERM_PROGRESS_WIDTH": "80"}
    # The quick profile: the command line from the step before downloads the model.
    command = ["make", "--no-print-directory", "QUICK=1", step.target]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    share, parts = None, ""
    with log.open("ab", buffering=0) as file, subprocess.Popen(command, env=environment, **pipes) as make:
        for piece in output(make):
            file.write(piece)
            for done, total in CARGO_BAR.findall(piece):
                share, parts = int(done) / int(total), f", {int(done)} of {int(total)} parts"
            now = time.monotonic()
            if now - began > QUIET_S:
                left = minutes(clock.remaining(step, share, now - began))
                screen.progress(f"{place + 1} of {len(steps)}  {step.description}{parts}; {left} left", now)
        status = make.wait()
    took = time.monotonic() - began
    clock.finished(step, took)
    if status == 0 and took > QUIET_S:
        screen.line(f"{place + 1} of {len(steps)}  {step.description}: done in {took:.0f} s")
    elif status != 0:
        screen.line(f"{place + 1} of {len(steps)}  {step.description}: failed")
        pieces = log.read_bytes().replace(b"\r", b"\n").splitlines()
        lines = [piece.decode(errors="replace") for piece in pieces if piece.strip() and not CARGO_BAR.search(piece)]
        print("\n".join(lines[-30:]), file=sys.stderr)
        print(f"The whole log is {log}. `make doctor` lists what is missing on this machine.", file=sys.stderr)
    return status == 0


def main() -> int:
    skipped = sys.argv[2:] if sys.argv[1:2] == ["--without"] else []
    steps = [step for step in STEPS if step.target not in skipped]
    log = Path(os.environ["SANSFOND_HOME"]) / "logs" / "first-start.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    clock, screen = Clock(steps), Screen()
    if not Path("target/debug/sansfond-local").exists():
        total = minutes(clock.left)
        print(f"The first start installs and builds the service: {total} on two cores, and 6 GB on the disk.", flush=True)
    return 0 if all(run(place, steps, clock, screen, log) for place in range(len(steps))) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
