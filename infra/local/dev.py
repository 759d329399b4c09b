"""`make dev`: the local cloud with Vite's site, and a watcher that rebuilds changed programs and swaps them in.

| change | effect |
| --- | --- |
| a file of the site | Vite sends it to the browser |
| Rust of functions or worker | `cargo build`; the functions whose program changed get the new one; the next video gets the new worker |
| the template, or the local cloud itself | the local cloud starts again |

If a build fails, nothing is swapped and the service continues with the old programs.

Deliberately absent: generated files. This file only reports when they are stale, because `make generate` rewrites files
that an editor has open.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path

import watchfiles

import deploy

CHECKOUT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", CHECKOUT / "target")).absolute()
# The whole workspace, because with other packages the dependencies would get other features and be built again. `build`
# adds the programs.
CARGO = ["cargo", "build", "--locked", "--workspace", "--quiet"]
GENERATE = ["cargo", "run", "--locked", "--quiet", "--bin", "sansfond-generate", "--", "--check"]
WORKER = "batch-worker"
# Folders and files whose changes need a build or a restart. Vite watches the site.
WATCHED = ["functions", "shared", "batch-worker", "Cargo.toml", "Cargo.lock", "docs/openapi.json", "infra/template.yaml",
           "infra/local", "infra/edge", "infra/generate"]
# Files that the local cloud reads at its start.
READ_AT_START = ["infra/template.yaml", "infra/local", "infra/edge"]
# Several files saved within this time cause one build.
DEBOUNCE_MS = 200
LOCAL_CLOUD = "sansfond-local"
READY_S = 120


def say(text: str) -> None:
    print(f"dev: {text}", flush=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class SourceFilter(watchfiles.DefaultFilter):
    """Ignores the files of builds, and the temporary files of editors."""

    ignore_dirs = (*watchfiles.DefaultFilter.ignore_dirs, "target")


def needs_restart(changed: Iterable[Path]) -> bool:
    """Returns True if the local cloud reads one of these files only at its start."""
    return any(path.is_relative_to(CHECKOUT / name) for path in changed for name in READ_AT_START)


class LocalCloud:
    """The process of the local cloud."""

    def __init__(self, home: Path, vite: str) -> None:
        self.state = home / "local"
        self.environment = os.environ | {"SANSFOND_VITE": vite}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen([TARGET / "debug" / LOCAL_CLOUD], env=self.environment)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> int:
        """Stops the process, waits until its state is saved, and returns its exit code."""
        assert self.process
        if self.is_running():
            self.process.terminate()
        return self.process.wait()

    def ports(self) -> dict[str, int]:
        return json.loads((self.state / "ports.json").read_text())

    def wait_until_ready(self) -> bool:
        """Returns False if the process ended or is not ready after READY_S. A process that ended has printed the reason."""
        deadline = time.monotonic() + READY_S
        while self.is_running() and time.monotonic() < deadline:
            try:
                address = f"http://127.0.0.1:{self.ports()['door']}/api/health"
                with urllib.request.urlopen(address, timeout=READY_S) as answer:
                    return answer.status == 200
            except (OSError, urllib.error.URLError, ValueError):
                time.sleep(0.1)
        return False


class Functions:
    """The deployed functions and their programs."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.aside = cloud.state / "functions"
        self.running = self.built()

    def built(self) -> dict[str, Path]:
        """The last build of each program: a hard link, which later builds do not change."""
        template = (CHECKOUT / "infra/template.yaml").read_text()
        programs = deploy.programs(template, TARGET / "debug")
        return {name: deploy.link_aside(name, path, self.aside) for name, path in programs.items()}

    def swap(self, client=None) -> list[str]:
        """Updates the functions whose program has changed. Returns their names."""
        built = self.built()
        changed = {name: path for name, path in built.items() if self.running.get(name) != path}
        if not changed:
            return []
        client = client or deploy.connect(self.cloud.state).client("lambda")
        programs = deploy.functions((CHECKOUT / "infra/template.yaml").read_text())
        swapped = []
        for page in client.get_paginator("list_functions").paginate():
            for function in page["Functions"]:
                handler = function["Handler"]
                if program := changed.get(programs.get(handler, "")):
                    code = deploy.package(handler, program)
                    client.update_function_code(FunctionName=function["FunctionName"], ZipFile=code)
                    swapped.append(handler)
        for name in changed:
            if old := self.running.get(name):
                deploy.remove(old)
        self.running = built
        return sorted(swapped)


def build(*programs: str) -> float | None:
    """Builds these programs. Returns the seconds, or None if the build failed; cargo has printed the reason."""
    began = time.monotonic()
    chosen = [argument for program in programs for argument in ("--bin", program)]
    if subprocess.run([*CARGO, *chosen], cwd=CHECKOUT).returncode != 0:
        return None
    return time.monotonic() - began


def apply_changes(changed: set[Path], cloud: LocalCloud, functions: Functions) -> Functions:
    """Builds, and swaps the changed programs or restarts the local cloud. Returns the functions that run now."""
    restart = needs_restart(changed)
    took = build(*functions.running, WORKER, *([LOCAL_CLOUD] if restart else []))
    if took is None:
        say("the build failed; the service continues with the old programs")
        return functions
    if restart:
        say(f"built in {took:.1f} s; the local cloud restarts")
        cloud.stop()
        cloud.start()
        cloud.wait_until_ready()
        return Functions(cloud)
    began = time.monotonic()
    swapped = functions.swap()
    if swapped:
        names = ", ".join(swapped[:3]) + (f" and {len(swapped) - 3} more" if len(swapped) > 3 else "")
        say(f"built in {took:.1f} s, swapped in {time.monotonic() - began:.1f} s: {names}")
        subprocess.run(GENERATE, cwd=CHECKOUT)
    return functions


def run(home: Path) -> int:
    port = free_port()
    authority = f"127.0.0.1:{port}"
    vite = subprocess.Popen(
        ["node_modules/.bin/vite", "--host", "127.0.0.1", "--port", str(port), "--strictPort", "--clearScreen", "false",
         "--logLevel", "warn"],
        cwd=CHECKOUT / "frontend", env=os.environ | {"SANSFOND_VITE": authority}, stdin=subprocess.DEVNULL,
    )
    cloud = LocalCloud(home, authority)
    cloud.start()
    try:
        if not cloud.wait_until_ready():
            return cloud.stop() or 1
        functions = Functions(cloud)
        say("watching; a change of the site appears at once, a change of Rust code after its build")
        paths = [CHECKOUT / name for name in WATCHED]
        for changes in watchfiles.watch(*paths, watch_filter=SourceFilter(), debounce=DEBOUNCE_MS, rust_timeout=500,
                             yield_on_timeout=True, raise_interrupt=True):
            if not cloud.is_running():
                return cloud.stop()
            if vite.poll() is not None:
                say("Vite has ended; the reason is above")
                return 1
            if changes:
                functions = apply_changes({Path(path) for _, path in changes}, cloud, functions)
        return 0
    except deploy.Failed as failed:
        say(str(failed))
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        vite.terminate()
        cloud.stop()
        vite.wait()


def interrupted(*_) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, interrupted)
    sys.exit(run(Path(os.environ["SANSFOND_HOME"]).absolute()))
