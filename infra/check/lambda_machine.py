"""The environment of a function on Lambda: its package at /var/task, a read-only root, an empty /tmp, glibc and no other
library, no /sys, and the variables of Lambda and of the template.

The root is Debian 12's libc6, whose glibc is newer than Lambda's 2.34; check_package.py checks that programs need no newer
one. Programs for another processor run with qemu's user mode. Deliberately absent: Lambda's limits of memory and time.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certifi
from check_package import TEMPLATE
from samtranslator.yaml_helper import yaml_parse

NATIVE = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
QEMU = {"arm64": "qemu-aarch64-static", "x86_64": "qemu-x86_64-static"}
# Graviton2's processor, and its /proc entries: ONNX Runtime reads both, as there is no /sys to read.
QEMU_CPU = {"arm64": "neoverse-n1", "x86_64": "max"}
CPUINFO = Path(__file__).with_name("graviton2-cpuinfo.txt")
# As on Lambda: an unprivileged user. In a user namespace there is no other user.
USER = "993:990"
IS_ROOT = "SANSFOND_IS_ROOT"
# The CA certificates of Amazon Linux.
AUTHORITIES = "etc/pki/tls/certs/ca-bundle.crt"
DEVICES = ("null", "zero", "random", "urandom")
REGION = "us-east-1"

# The documented variables of an OS-only runtime, apart from the address of the Runtime API and the function's own name.
LAMBDA = {
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test-secret",
    "AWS_SESSION_TOKEN": "test-token",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_FORMAT": "JSON",
    "AWS_LAMBDA_LOG_LEVEL": "INFO",
    "AWS_LAMBDA_LOG_GROUP_NAME": "sansfond",
    "AWS_LAMBDA_LOG_STREAM_NAME": "one",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    "LD_LIBRARY_PATH": "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
}


class Unusable(Exception):
    """The reason why functions cannot be started here; the text contains the remedy."""


# ------------------------------------------------------------------------------------------------------ the machine


def enter_mount_namespace() -> None:
    """Restarts this program in a mount namespace, which ends with it. Raises Unusable where that is forbidden."""
    if IS_ROOT in os.environ:
        return
    root = os.geteuid() == 0
    command = ["unshare", "--mount", "--propagation", "private", *([] if root else ["--map-root-user"])]
    if (tried := subprocess.run([*command, "true"], capture_output=True, text=True, check=False)).returncode:
        raise Unusable(f"this machine does not allow private mounts: {tried.stderr.strip()}; try as root")
    environment = os.environ | {IS_ROOT: "1" if root else ""}
    os.execvpe(command[0], [*command, sys.executable, *sys.argv], environment)


def mount(*arguments: str | Path) -> None:
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unusable(f"mount {' '.join(map(str, arguments))}: {done.stderr.strip()}")


def bind_read_only(source: Path, target: Path) -> None:
    mount("--bind", source, target)
    mount("-o", "remount,bind,ro", target)


@dataclass(frozen=True)
class Machine:
    """The machine of one architecture, made by `infra/setup/setup.sh sandbox`."""

    arch: str
    root: Path

    def __post_init__(self) -> None:
        if not (self.root / "var" / "task").is_dir():
            raise Unusable(f"{self.root} is missing; run ARCH={self.arch} infra/setup/setup.sh sandbox")

    @contextmanager
    def with_package(
        self, package: Path, tmp: Path | None = None, models: Path | None = None
    ) -> Iterator[list[str]]:
        """The command that starts the package's program.

        /tmp is empty, as in a new execution environment, or the folder `tmp`, which can be inspected. `models` replaces
        the models of the package.
        """
        with ExitStack() as stack:
            place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            bind_read_only(self.root, place)
            stack.callback(subprocess.run, ["umount", "--recursive", "--lazy", str(place)], check=True)
            bind_read_only(package, place / "var" / "task")
            if models is not None:
                bind_read_only(models, place / "var" / "task" / "models")
            if tmp is None:
                mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", place / "tmp")
            else:
                mount("--bind", tmp, place / "tmp")
            mount("--rbind", "/proc", place / "proc")
            for device in DEVICES:
                mount("--bind", f"/dev/{device}", place / "dev" / device)
            bind_read_only(Path(certifi.where()), place / AUTHORITIES)
            command = ["/usr/sbin/chroot"]
            if os.environ[IS_ROOT]:
                command.append(f"--userspec={USER}")
            command.append(str(place))
            if self.arch != NATIVE:
                bind_read_only(qemu(self.arch), place / "qemu")
                command += ["/qemu", "-cpu", QEMU_CPU[self.arch]]
                if self.arch == "arm64":
                    bind_read_only(CPUINFO, place / "proc" / "cpuinfo")
            yield [*command, "/var/task/bootstrap"]


def qemu(arch: str) -> Path:
    path = Path("/usr/bin") / QEMU[arch]
    if not path.is_file():
        raise Unusable(f"{path} is missing; run ARCH={arch} infra/setup/setup.sh sandbox")
    return path


# --------------------------------------------------------------------------------------- the template's functions


@dataclass(frozen=True)
class Function:
    """A function of the template. The values of its variables are those of the template, not resolved."""

    name: str
    program: str
    memory_mb: int
    variables: dict[str, Any]


class Template:
    """The functions of the template, with the defaults of its parameters."""

    def __init__(self, source: str) -> None:
        template = yaml_parse(source)
        self.parameters = {name: each.get("Default") for name, each in template["Parameters"].items()}
        self.mappings = template.get("Mappings", {})
        shared = template["Globals"]["Function"]
        self.functions: dict[str, Function] = {}
        for resource in template["Resources"].values():
            if resource["Type"] != "AWS::Serverless::Function":
                continue
            own = resource["Properties"]
            name = own["Handler"]
            memory = self.value(own.get("MemorySize", shared["MemorySize"]))
            variables = shared["Environment"]["Variables"] | own.get("Environment", {}).get("Variables", {})
            self.functions[name] = Function(name, Path(own["CodeUri"]).name, int(memory), variables)

    @classmethod
    def shipped(cls) -> Template:
        return cls(TEMPLATE.read_text())

    def value(self, written: Any) -> str:
        """Resolves a value with the parameters' defaults. Raises KeyError for values that only a deployed stack has."""
        match written:
            case {"Ref": name}:
                if self.parameters.get(name) is None:
                    raise KeyError(name)
                return str(self.parameters[name])
            case {"Fn::FindInMap": [mapping, key, second]}:
                return str(self.mappings[mapping][self.value(key)][second])
            case dict():
                raise KeyError(str(written))
            case _:
                return str(written)

    def environment(self, function: Function, deployed: dict[str, str]) -> dict[str, str]:
        """The environment of the function's process, without that of this process. `deployed` has values of a stack."""
        own: dict[str, str] = {}
        for name, written in function.variables.items():
            try:
                own[name] = deployed[name] if name in deployed else self.value(written)
            except KeyError as unknown:
                raise Unusable(f"{function.name}: there is no value for {name}: {unknown}") from unknown
        # On AWS a function has no such variables; here it must call these endpoints instead of AWS.
        endpoints = {name: value for name, value in deployed.items() if name.startswith("AWS_ENDPOINT_URL")}
        return LAMBDA | {"_HANDLER": function.name} | own | endpoints
