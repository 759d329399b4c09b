"""Describes the machine and the versions of a measurement. It measures nothing."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8", "amx_bf16")
PEERS = ("rembg", "onnxruntime", "pymatting", "pillow", "numpy")


def cpu_fields() -> dict[str, str]:
    """The first processor's entry in /proc/cpuinfo."""
    first = Path("/proc/cpuinfo").read_text().split("\n\n")[0]
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in first.splitlines())}


def describe(peers: Sequence[str] = PEERS) -> dict[str, Any]:
    """Describes this machine. `peers` are the packages of this Python that are compared with ours."""
    fields = cpu_fields()
    flags = fields.get("flags", fields.get("Features", "")).split()
    return {
        "cpu": fields.get("model name", platform.machine()),
        "architecture": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "flags": [flag for flag in FLAGS if flag in flags],
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in peers},
    }


def has_amx() -> bool:
    return "amx_bf16" in describe()["flags"]


def load_average() -> float:
    """The load average of the last minute."""
    return os.getloadavg()[0]


def sentence(machine: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    peers = f" Peers: Python {machine['python']}, {versions}." if versions else ""
    return (
        f"{machine['cpu']} ({machine['architecture']}), {machine['cores']} cores, {machine['memory_gb']} GB, "
        f"{' '.join(machine['flags']) or 'none of the vector flags that matter'}; Linux {machine['kernel']}.{peers}"
    )
