"""Cold start of every function: from the start of its process to its request for an event, and to its first response.

The programs are in the page cache and the table is on this machine; what Lambda adds (its own start, the package from
S3, a share of a core) is not in it.
"""

import json
import statistics
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tables
from service import costs, events, pictures_cold
from service.function import Answer, Function
from service.backend import Backend
from settings import Settings, Unavailable

TITLE = "Cold start of the functions"
PEERS = ()
# As in the template.
MEMORY_MB = 256
# The program whose functions are measured.
PROGRAM = "api"
# The function that does the same as the peer.
LIKE = "get_me"
PEER = "Python with boto3"
# The most frequent calls, with the names under which the backend lists their table units.
CHARGED = {
    "get_config": "GET /api/config",
    "get_me": "GET /api/me",
    "get_usage": "GET /api/usage",
    "get_job": "GET /api/jobs/{id}",
    "create_upload": "POST /api/uploads",
}
PEER_FUNCTION = Path(__file__).with_name("peer_function.py")
WARM_CALLS = 100
VERSION = "import boto3, platform; print(f'{platform.python_version()}, boto3 {boto3.__version__}')"
# Routes that need a video upload in progress.
VIDEO_UPLOAD_ROUTES = ("get_upload", "finish_upload")

Caller = dict[str, str]


def cold(function: Function, event: dict[str, Any]) -> dict[str, Any]:
    """Measures a new process and its first event."""
    with function:
        answer = function.invoke(event)
        return {
            "ready_ms": function.ready_ms,
            "first_ms": answer.ms,
            "cpu_ms": function.cpu_ms(),
            "peak_mb": function.peak_mb(),
            "status": answer.status,
        }


def warm(function: Function, made: list[dict[str, Any]]) -> dict[str, float]:
    """Measures the milliseconds and processor milliseconds of a call of a running function."""
    with function:
        function.invoke(made[0])
        before = function.cpu_ms()
        answers: list[Answer] = [function.invoke(event) for event in made[1:]]
        cpu_ms = function.cpu_ms() - before
        bad = {answer.status for answer in answers} - {"200", "201"}
        if bad:
            raise Unavailable(f"`{function.name}` answered {', '.join(bad)}")
        return {"ms": statistics.median(answer.ms for answer in answers), "cpu_ms": cpu_ms / len(answers)}


class Bench:
    """Creates functions and events. Each caller is used once, because some functions delete or end its data."""

    def __init__(self, settings: Settings, backend: Backend) -> None:
        self.settings, self.backend = settings, backend
        self.fresh: Iterator[Caller] = iter(backend.callers)

    def function(self, name: str) -> Function:
        return Function([self.settings.binary(PROGRAM)], self.backend.environment() | {"_HANDLER": name}, MEMORY_MB)

    def peer(self) -> Function:
        command = [str(python(self.settings)), str(PEER_FUNCTION)]
        return Function(command, self.backend.environment(), MEMORY_MB)

    def event(self, name: str) -> dict[str, Any]:
        caller = next(self.fresh)
        if name in VIDEO_UPLOAD_ROUTES:
            caller = caller | {"video_job": self.upload_video(caller)}
        return events.event(name, caller, self.backend.info["site"])

    def upload_video(self, caller: Caller) -> str:
        """Creates a job and uploads its video; not measured."""
        with self.function("remove_video_background") as function:
            answer = function.invoke(events.event("remove_video_background", caller, self.backend.info["site"]))
        if answer.status != "201":
            raise Unavailable(f"`remove_video_background` answered {answer.status}")
        response = json.loads(json.loads(answer.body)["body"])
        for part in response["upload"]["parts"]:
            request = urllib.request.Request(part["url"], events.CLIP.read_bytes(), method="PUT")
            with urllib.request.urlopen(request):
                pass
        return response["job"]["id"]

    def peer_event(self) -> dict[str, Any]:
        return events.request("GET", "/api/me", None, {"x-account": next(self.fresh)["account"]}, [])


def python(settings: Settings) -> Path:
    found = settings.home / "venv" / "cloud" / "bin" / "python"
    if not found.is_file():
        raise Unavailable("the Python environment `cloud` is not installed")
    return found


def measure(settings: Settings) -> dict[str, Any]:
    functions = sorted(name for name, program in events.PROGRAMS.items() if program == PROGRAM)
    for program in (PROGRAM, pictures_cold.PROGRAM):
        settings.binary(program)
    command = [str(python(settings)), "-c", VERSION]
    peer_version = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    # The first round fills the page cache and is not counted.
    turns = settings.rounds + 1
    accounts = turns * (len(functions) + 1) + WARM_CALLS * len(CHARGED)
    with Backend(settings, accounts) as backend:
        bench = Bench(settings, backend)
        runs: dict[str, list[dict[str, Any]]] = {name: [] for name in [*functions, PEER]}
        for turn in range(turns):
            for name in functions:
                run = cold(bench.function(name), bench.event(name))
                check(name, run["status"])
                runs[name] += [run] if turn else []
            run = cold(bench.peer(), bench.peer_event())
            runs[PEER] += [run] if turn else []
        called = {name: warm(bench.function(name), [bench.event(name) for _ in range(WARM_CALLS)]) for name in CHARGED}
        units = {each["route"]: each["units"] for each in backend.info["units"]}
    return {
        "rounds": settings.rounds,
        "peer_version": peer_version,
        "runs": runs,
        "size_mb": Path(settings.binary(PROGRAM)).stat().st_size / 1e6,
        "warm": {CHARGED[name]: each | {"units": units[CHARGED[name]]} for name, each in called.items()},
        "pictures": pictures_cold.measure(settings),
    }


def check(name: str, status: str) -> None:
    """Raises Unavailable if the function refused its event, because that is not a measurement."""
    if status != "ok" and not status.startswith("2"):
        raise Unavailable(f"`{name}` answered {status}")


def median(each: list[dict[str, Any]], key: str) -> float:
    return statistics.median(run[key] for run in each)


def totals(each: list[dict[str, Any]]) -> list[float]:
    return [run["ready_ms"] + run["first_ms"] for run in each]


def row(name: str, each: list[dict[str, Any]]) -> tuple[str, ...]:
    return (
        name,
        f"{median(each, 'ready_ms'):.1f}",
        f"{median(each, 'first_ms'):.1f}",
        tables.spread(totals(each), 1),
        f"{median(each, 'cpu_ms'):.1f}",
        f"{median(each, 'peak_mb'):.1f}",
        each[0]["status"],
    )


def report(raw: dict[str, Any]) -> str:
    runs = raw["runs"]
    text = (
        f"One process at a time, {raw['rounds']} interleaved rounds, programs in the page cache. Ready: the process "
        "asks for its first event. First response: to one event of API Gateway, a queue or a schedule. The caller uses "
        "an API key where the route accepts one, otherwise a session, whose signing keys have to be fetched first. The "
        "table runs on this machine, accounts have no files, and Cognito and mail are replaced by servers that respond "
        "at once. Total: median (least–greatest). Each process has a whole core; Lambda gives a seventh of one to "
        f"{MEMORY_MB} MB. All functions are one program of {raw['size_mb']:.1f} MB.\n\n"
    )
    head = ("function", "ready ms", "first response ms", "total ms", "CPU ms", "peak MB", "status")
    text += tables.table(head, [row(name, each) for name, each in runs.items() if name != PEER])
    text += (
        f"\nThe peer does less than ours: `GET /api/me` in {PEER} (Python {raw['peer_version']}) reads one row, without "
        "authentication or a rate limit; ours looks up an API key, counts the request and reads the row.\n\n"
    )
    text += tables.table(head[:-1], [row(name, runs[name])[:-1] for name in (PEER, LIKE)]) + "\n"
    shares = {
        "start to first response": statistics.median(totals(runs[LIKE])) / statistics.median(totals(runs[PEER])),
        "processor time": median(runs[LIKE], "cpu_ms") / median(runs[PEER], "cpu_ms"),
        "peak memory": median(runs[LIKE], "peak_mb") / median(runs[PEER], "peak_mb"),
    }
    text += tables.table(("share of the peer's", "%"), [(what, f"{100 * share:.1f}") for what, share in shares.items()])
    text += "\n### The image functions\n\n" + pictures_cold.report(raw["pictures"])
    return text + "\n### What it costs\n\n" + costs.report(raw["warm"], raw["pictures"])
