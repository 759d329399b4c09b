"""Deploys this release to AWS, with only Python: in the unpacked archive

    python3 deploy.py STAGE [--yes | --changes] [--role=ARN] [Domain=… and other parameters of edge.yaml]

First, the packages from PyPI are installed into .sansfond, verified by hash. Then preflight, deployment and smoke test run as
with `make deploy` in a checkout. With `--changes`, the script only shows the changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
HOME = ROOT / ".sansfond"
LOCK = ROOT / "infra/setup/python-sam.txt"
NEWEST_TRIED = (3, 13)
OLDEST = (3, 11)


def environment() -> Path:
    """The Python of an environment with SAM and the imports of the scripts; created once."""
    folder = HOME / "venv/sam"
    python = folder / "bin/python"
    done = folder / hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if done.exists():
        return python
    if not OLDEST <= sys.version_info[:2] <= NEWEST_TRIED:
        raise SystemExit(f"deploy: Python 3.11 to 3.13 is needed, this is {sys.version.split()[0]}")
    print("deploy: installing AWS's SAM CLI", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    if subprocess.run([sys.executable, "-m", "venv", folder], check=False).returncode:
        raise SystemExit("deploy: Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps"]
    if subprocess.run([*install, "-r", LOCK], check=False).returncode:
        raise SystemExit("deploy: SAM could not be installed; pip's reason is above")
    done.touch()
    return python


def main(words: list[str]) -> int:
    if not words or words[0].startswith("-"):
        print("which stage of samconfig.toml? python3 deploy.py dev", file=sys.stderr)
        return 2
    stage, rest = words[0], words[1:]
    release = json.loads((ROOT / "RELEASE").read_text())
    python = environment()
    parameters = [word for word in rest if not word.startswith("-")]
    steps = [
        ["infra/deploy/preflight.py", stage, "--arch", release["architecture"], *parameters],
        ["infra/deploy/deploy.py", stage, *rest],
        ["infra/deploy/smoke.py", "--stage", stage],
    ]
    for step in steps[1:2] if "--changes" in rest else steps:
        done = subprocess.run([python, *step], cwd=ROOT, env=os.environ | {"SANSFOND_HOME": str(HOME)}, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
