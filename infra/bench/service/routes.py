"""Requests a second of the JSON routes: the router alone, the router over HTTP beside FastAPI, and the local cloud."""

import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import tables
from service.local_cloud import Client, LocalCloud, User
from service.backend import ENVIRONMENT, Backend, one_line, router_load
from settings import Settings, Unavailable

TITLE = "The JSON routes under load"
PEERS = ("fastapi", "pydantic", "uvicorn")
CONCURRENCY = 16
THREADS = 8
# Each user takes three of the 60 requests that one address may send in 15 minutes.
USERS = 18
WARM_UP_S = 0.5
PEER_SERVER = Path(__file__).with_name("peer_fastapi.py")
HTTP_ACCOUNTS = 500
PEER_FLOOR = "FastAPI, constant response"
FLOOR = "axum, constant response"
PEER = "FastAPI and boto3, key looked up, request counted"
OURS = "ours, GET /api/config by API key: the same two calls"

Step = Callable[[Client, User, str], None]


def measure(settings: Settings) -> dict[str, Any]:
    seconds = f"{settings.seconds:g}"
    found: dict[str, Any] = {"seconds": settings.seconds}
    found["router"] = run_router_load(router_load(settings, "router", seconds, str(CONCURRENCY)))
    found["http"] = over_http(settings, seconds)
    try:
        found["local"] = on_local_cloud(settings)
    except Unavailable as reason:
        found["local"] = {"unavailable": str(reason)}
    return found


def run_router_load(command: list[str], keys: str = "") -> Any:
    done = subprocess.run(command, env=ENVIRONMENT, input=keys, capture_output=True, text=True)
    if done.returncode != 0:
        raise Unavailable(f"`router_load` failed: {one_line(done.stderr)}")
    return json.loads(done.stdout)


def over_http(settings: Settings, seconds: str) -> dict[str, Any]:
    """Measures two servers, each in a separate process, one after the other with the same client."""
    with Backend(settings, HTTP_ACCOUNTS) as backend, fastapi(settings, backend) as peer:
        ours, keys = backend.info["address"], "\n".join(caller["key"] for caller in backend.callers)
        targets = {
            PEER_FLOOR: (f"{peer}/floor", ""),
            FLOOR: (f"{ours}/floor", ""),
            PEER: (f"{peer}/config", keys),
            OURS: (f"{ours}/api/config", keys),
        }
        return {
            name: run_router_load(router_load(settings, "http", seconds, str(CONCURRENCY), url), known)
            for name, (url, known) in targets.items()
        }


@contextmanager
def fastapi(settings: Settings, backend: Backend) -> Iterator[str]:
    boto3 = next(settings.home.glob("venv/cloud/lib/python3*/site-packages/boto3"), None)
    if boto3 is None:
        raise Unavailable("the Python environment `cloud` is not installed")
    command = [sys.executable, str(PEER_SERVER), str(boto3.parent)]
    environment = {**os.environ, **backend.environment()}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None, "a pipe"
            port = process.stdout.readline().strip()
            if not port:
                raise Unavailable("the peer on FastAPI did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def by_key(path: str) -> Step:
    return lambda client, user, key: client.ask("GET", path.format(id=user.job), {"x-api-key": key})


def by_session(path: str) -> Step:
    return lambda client, user, _: client.ask("GET", path.format(id=user.job), {"cookie": user.cookie})


def upload_then_cancel(client: Client, _: User, key: str) -> None:
    wanted = {"name": "cat.jpg", "type": "image/jpeg", "size_bytes": 250_000}
    _, answer = client.ask("POST", "/api/uploads", {"x-api-key": key}, wanted)
    client.ask("POST", f"/api/jobs/{answer['job']['id']}/cancel", {"x-api-key": key})


LOCAL: dict[tuple[str, str], Step] = {
    ("GET /api/config", "API key"): by_key("/api/config"),
    ("GET /api/me", "API key"): by_key("/api/me"),
    ("GET /api/me", "session"): by_session("/api/me"),
    ("GET /api/usage", "API key"): by_key("/api/usage"),
    ("GET /api/usage", "session"): by_session("/api/usage"),
    ("GET /api/jobs/{id}", "API key"): by_key("/api/jobs/{id}"),
    ("GET /api/jobs/{id}", "session"): by_session("/api/jobs/{id}"),
    ("POST /api/uploads, then its cancel", "API key"): upload_then_cancel,
}


def on_local_cloud(settings: Settings) -> dict[str, Any]:
    with LocalCloud(settings) as cloud:
        users = cloud.users(USERS)
        rows = [
            {"route": route, "way": way, "figures": load(cloud, users, step, settings.seconds)}
            for (route, way), step in LOCAL.items()
        ]
    return {"routes": rows}


def load(cloud: LocalCloud, users: list[User], step: Step, seconds: float) -> dict[str, float]:
    """Each thread sends requests without pause. Its users and keys alternate, because requests are counted for each."""
    took: list[float] = []
    failed: list[Exception] = []
    counted_from = time.perf_counter() + WARM_UP_S
    end = counted_from + seconds

    def work(own: list[User]) -> None:
        client = cloud.client()
        turns = cycle([(user, user.keys[turn]) for turn in range(len(own[0].keys)) for user in own])
        try:
            while (began := time.perf_counter()) < end:
                step(client, *next(turns))
                if began > counted_from:
                    took.append(time.perf_counter() - began)
        except (Unavailable, OSError) as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(users[number::THREADS],)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise Unavailable(str(failed[0]))
    if not took:
        raise Unavailable("the local cloud did not respond in time")
    took.sort()
    return {
        "requests": len(took),
        "per_second": len(took) / seconds,
        "p50_ms": 1000 * took[len(took) // 2],
        "p99_ms": 1000 * took[math.ceil(0.99 * len(took)) - 1],
    }


def figures(each: dict[str, float], digits: int = 2) -> tuple[str, ...]:
    return f"{each['per_second']:.0f}", f"{each['p50_ms']:.{digits}f}", f"{each['p99_ms']:.{digits}f}"


def calls(units: dict[str, int]) -> str:
    return f"{units['calls']}: {units['reads']} r, {units['writes']} w"


def report(raw: dict[str, Any]) -> str:
    router = raw["router"]
    text = (
        f"**The router alone**: one router with all routes, {router['concurrency']} concurrent calls, in the same "
        f"process as the embedded table, {router['seconds']:g} s each, without log lines. {router['accounts']} accounts "
        "with one key each take turns, because of the limit of 240 requests per minute. A session is an RS256 token, "
        "which is verified in each request. Table calls: their number, and the reads and writes that DynamoDB would "
        "charge for. The rows without a route show the time that the SDK and the embedded table take by themselves.\n\n"
    )
    head = ("route", "credential", "table calls", "requests per second", "p50 ms", "p99 ms")
    rows = [(each["route"], each["way"], calls(each["units"]), *figures(each["figures"])) for each in router["routes"]]
    rows.append(("no route, one `GetItem`", "", "1: 1 r, 0 w", *figures(router["get_item"])))
    rows.append(("no route, one `UpdateItem` of a counter", "", "1: 0 r, 1 w", *figures(router["update_item"])))
    rows.append(("an axum route with a constant response", "", "0", *figures(router["floor"], 3)))
    return text + tables.table(head, rows) + "\n" + http_report(raw["http"], raw["seconds"]) + "\n" + local_report(raw)


def http_report(http: dict[str, Any], seconds: float) -> str:
    text = (
        f"**Over HTTP**, {CONCURRENCY} connections on the loopback address, {seconds:g} s each. FastAPI responds "
        "with a model, in one process of uvicorn without compiled extras. The embedded table runs in the process of "
        "our server; the last row of each side calls it.\n\n"
    )
    rows = [
        (name, *figures(http[name]), f"{http[name]['per_second'] / http[peer]['per_second']:.1f}")
        for name, peer in ((PEER_FLOOR, PEER_FLOOR), (FLOOR, PEER_FLOOR), (PEER, PEER), (OURS, PEER))
    ]
    return text + tables.table(("", "requests per second", "p50 ms", "p99 ms", "times FastAPI"), rows)


def local_report(raw: dict[str, Any]) -> str:
    text = (
        "**On the local cloud**: the front door, the emulator with its table, and one process for each concurrent call; "
        f"{THREADS} threads, {USERS} accounts, {raw['seconds']:g} s each. The emulator waits 50 to 100 ms for a log "
        "line after each call and checks every signature in Python: **this measures the emulator**, not AWS.\n\n"
    )
    if "unavailable" in raw["local"]:
        return text + f"Not measured: {raw['local']['unavailable']}.\n"
    rows = [(each["route"], each["way"], *figures(each["figures"], 0)) for each in raw["local"]["routes"]]
    return text + tables.table(("route", "credential", "requests per second", "p50 ms", "p99 ms"), rows)
