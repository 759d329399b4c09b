"""Measures the total memory of the descendants of this process while they run."""

import threading
from pathlib import Path
from types import TracebackType

import psutil


def pss_mb(pid: int) -> float:
    """The proportional set size (PSS) of a process; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


class Family:
    """Samples ten times a second, which slows the processes down. Do not measure time with it."""

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self.processes = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self) -> None:
        while not self.over.wait(0.1):
            children = psutil.Process().children(recursive=True)
            self.processes = max(self.processes, len(children))
            self.peak_mb = max(self.peak_mb, sum(pss_mb(child.pid) for child in children))

    def __enter__(self) -> "Family":
        self.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.over.set()
        self.thread.join()
