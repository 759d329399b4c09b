"""Tests `make dev` in a copy of the checkout: changes a component and a route, breaks a build, and stops it.

    SANSFOND_HOME=.sansfond .sansfond/venv/cloud/bin/python infra/check/run_dev.py

The copy has its own state and builds, and links to the installed tools in SANSFOND_HOME. The first build takes ten minutes on
two cores. CONTRIBUTING.md has the printed times.

Not checked: that the browser shows a change without a reload. The check requests files from Vite and does not read the
updates that Vite pushes.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(os.environ["SANSFOND_HOME"]).absolute()
FOLDER = ROOT / "target/dev-check"
COPY, STATE = FOLDER / "checkout", FOLDER / "home"
PORTS = {"PORT": "8180", "SANSFOND_CLOUD_PORT": "4666", "SANSFOND_BATCH_PORT": "4667"}
SITE = f"http://127.0.0.1:{PORTS['PORT']}"
COMPONENT = "src/features/editor/editor-page.tsx"
ROUTE = "functions/api/src/routes/get_config.rs"
BUILD_S = 1800
CHANGE_S = 300


class CheckFailed(Exception):
    """The expectation that failed, in one line."""


def read(path: str) -> str:
    with urllib.request.urlopen(SITE + path, timeout=30) as answer:
        return answer.read().decode()


def wait(what: str, seen: Callable[[], bool], limit_s: float, process: subprocess.Popen[bytes]) -> float:
    """Waits until `seen` returns True. Returns the seconds."""
    began = time.monotonic()
    while time.monotonic() - began < limit_s:
        if process.poll() is not None:
            raise CheckFailed(f"{what}: make dev ended with {process.returncode}")
        try:
            if seen():
                return time.monotonic() - began
        except OSError:
            pass
        time.sleep(0.1)
    raise CheckFailed(f"{what}: not within {limit_s:.0f} s")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    if text.count(old) != 1:
        raise CheckFailed(f"{path} contains {old!r} {text.count(old)} times; this check expects it once")
    path.write_text(text.replace(old, new))


def prepare() -> None:
    """Clones the last commit, and links the installed files."""
    shutil.rmtree(COPY, ignore_errors=True)
    shutil.rmtree(STATE, ignore_errors=True)
    STATE.mkdir(parents=True)
    subprocess.run(["git", "clone", "--quiet", "--shared", ROOT, COPY], check=True)
    for installed in HOME.iterdir():
        if installed.name != "local":
            (STATE / installed.name).symlink_to(installed)
    (COPY / "frontend/node_modules").symlink_to(ROOT / "frontend/node_modules")


def check(process: subprocess.Popen[bytes], log: Path) -> None:
    took = wait("the first build", lambda: "watching" in log.read_text(), BUILD_S, process)
    print(f"built and started in {took:.0f} s", flush=True)
    for path in ("/", "/fr", "/editor", "/history"):
        if "/@vite/client" not in read(path):
            raise CheckFailed(f"{path} is not Vite's page")

    component = f"/{COMPONENT}"
    read(component)
    replace(COPY / "frontend" / COMPONENT, "export function EditorPage", "export const CHANGED = 1;\nexport function EditorPage")
    took = wait("a changed component", lambda: "CHANGED" in read(component), CHANGE_S, process)
    print(f"a changed component is served after {took:.1f} s", flush=True)

    version = 'version: env!("CARGO_PKG_VERSION")'
    replace(COPY / ROUTE, version, 'version: "changed"')
    took = wait("a changed route", lambda: '"version":"changed"' in read("/api/config"), CHANGE_S, process)
    print(f"a changed route answers after {took:.1f} s", flush=True)

    replace(COPY / ROUTE, 'version: "changed"', "version: this_is_not_rust")
    wait("a broken build", lambda: "the build failed" in log.read_text(), CHANGE_S, process)
    if '"version":"changed"' not in read("/api/config"):
        raise CheckFailed("after the failed build, the service does not continue with the old program")

    process.send_signal(signal.SIGTERM)
    if process.wait(timeout=60) != 0:
        raise CheckFailed(f"make dev ended with {process.returncode} when it was stopped")
    left = subprocess.run(["pgrep", "-af", str(FOLDER)], capture_output=True, text=True).stdout
    if left:
        raise CheckFailed(f"still running after the end of make dev: {left}")


def main() -> int:
    prepare()
    log = FOLDER / "dev.log"
    # Not with make, which would install the linked tools again.
    environment = os.environ | PORTS | {"SANSFOND_HOME": str(STATE), "CARGO_TARGET_DIR": str(FOLDER / "target")}
    build = ["cargo", "build", "--locked", "--workspace", "--bins"]
    subprocess.run(build, cwd=COPY, env=environment, check=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, COPY / "infra/local/dev.py"], cwd=COPY, env=environment, stdout=output, stderr=output)
    try:
        check(process, log)
    except CheckFailed as wrong:
        print(f"run_dev: {wrong}; {log}:\n{log.read_text()[-3000:]}", file=sys.stderr)
        return 1
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
