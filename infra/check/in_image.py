"""Starts an image's program as ECS or Docker does: read-only files, the image's user, the image's variables and given ones.

    python infra/check/in_image.py IMAGE             runs the program; the local Batch starts the worker this way
    python infra/check/in_image.py IMAGE --resolve   checks that it contains every library of the CUDA provider, except the driver's

IMAGE is a folder that `infra/release/unpack_image.sh` has filled: `root`, and the image's `config.json`. Run it as root.
Deliberately absent: a separate network, a memory limit and a GPU.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

# Libraries that only a machine with a GPU provides; and TensorRT, which the image does not include.
DRIVER = "libcuda.so.1"
TENSOR_RT = {"libnvinfer.so.10", "libnvonnxparser.so.10"}
CUDA = "opt/sansfond/runtime/cuda"
PROVIDER = "libonnxruntime_providers_cuda.so"
# Libraries that the provider and cuDNN open by name at run time, so that no header lists them.
OPENED = ("libcudnn.so.9", "libcudnn_ops.so.9", "libcudnn_cnn.so.9", "libcudnn_graph.so.9", "libcufft.so.12", "libnvrtc.so.13")
LOADER = "/lib64/ld-linux-x86-64.so.2"
# The variables that Batch and ECS set for a job, and `docker run -e` for the local service; the rest of a container's
# variables are the image's.
GIVEN = ("AWS_", "SANSFOND_", "PORT")
# Variables that only the image sets.
OWN = {"SANSFOND_HOME", "SANSFOND_PREPARED", "SANSFOND_MODEL", "SANSFOND_LISTEN"}
# As in the PATH of root; the PATH of the caller may lack it.
CHROOT = "/usr/sbin/chroot"
WRITABLE = ("tmp", "work", "var/cache/sansfond", "opt/sansfond/local")
MOUNTED = "SANSFOND_IMAGE_MOUNTED"


def config(image: Path) -> dict[str, Any]:
    return json.loads((image / "config.json").read_text())


def own_variables(image: Path) -> dict[str, str]:
    return dict(variable.split("=", 1) for variable in config(image)["Env"])


def mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True)


def mounted(image: Path) -> Path:
    """The image's root in a separate mount: read-only except for a few empty folders."""
    place = Path(tempfile.mkdtemp(prefix="sansfond-image-"))
    mount("--bind", image / "root", place)
    mount("-o", "remount,bind,ro", place)
    for folder in (one for one in WRITABLE if (place / one).is_dir()):
        # Like a volume: with the owner and the permissions of the folder in the image.
        own = (place / folder).stat()
        options = f"mode={own.st_mode & 0o7777:o},uid={own.st_uid},gid={own.st_gid}"
        mount("-t", "tmpfs", "-o", options, "tmpfs", place / folder)
    mount("--rbind", "/proc", place / "proc")
    mount("--rbind", "/dev", place / "dev")
    return place


def run(image: Path) -> None:
    """Never returns: this process becomes the program, so signals reach it."""
    if MOUNTED not in os.environ:
        os.execvpe("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv],
                   os.environ | {MOUNTED: "1"})
    about = config(image)
    given = {name: value for name, value in os.environ.items() if name.startswith(GIVEN) and name not in OWN | {MOUNTED}}
    command = ["chroot", f"--userspec={about['User']}", str(mounted(image)), *about["Entrypoint"]]
    os.execve(CHROOT, command, own_variables(image) | given)


def unresolved(image: Path) -> list[str]:
    """One line for each library of the CUDA provider that would not be found."""
    root = image / "root"
    libraries = sorted((root / CUDA).glob("*.so*"))
    names = {library.name for library in libraries}
    problems = [f"{CUDA}: {name} is not in the image" for name in (PROVIDER, *OPENED) if name not in names]
    for library in libraries:
        missing = not_found(image, f"/{library.relative_to(root)}")
        problems += [f"{library.name}: {name} is not in the image" for name in sorted(missing - {DRIVER} - TENSOR_RT)]
        if library.name == PROVIDER and DRIVER not in missing:
            problems.append(f"{PROVIDER}: the loader did not run, or there is a driver in the image")
    return problems


def not_found(image: Path, library: str) -> set[str]:
    """The libraries that the image's loader does not find for a library."""
    result = subprocess.run(
        # Through `env`; otherwise the loader would report about chroot.
        [CHROOT, str(image / "root"), "/usr/bin/env", "LD_TRACE_LOADED_OBJECTS=1", LOADER, library],
        env={"LD_LIBRARY_PATH": own_variables(image)["LD_LIBRARY_PATH"]}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(re.findall(r"^\s*(\S+) => not found", result.stdout, re.M))


def main(arguments: list[str]) -> int:
    if not 1 <= len(arguments) <= 2 or arguments[1:] not in ([], ["--resolve"]):
        print(__doc__, file=sys.stderr)
        return 2
    image = Path(arguments[0]).resolve()
    if len(arguments) == 1:
        run(image)
    problems = unresolved(image)
    for problem in problems:
        print(f"worker image: {problem}", file=sys.stderr)
    if not problems:
        print("worker image: it contains all libraries of the CUDA provider, except the driver")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
