"""Takes the shared libraries of ONNX Runtime out of a wheel: `take_libraries.py WHEEL FOLDER`.

Only what a program that is not Python loads is taken: no Python extension, no plugin for devices
that we do not use, and of each library the one name that the others look for.
"""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

# In the order of the OpenVINO wheel; the plain wheel has the first and the last only.
WANTED = re.compile(
    r"onnxruntime/capi/("
    r"libonnxruntime\.so\.\d+\.\d+\.\d+"
    r"|libonnxruntime_providers_(openvino|cuda|tensorrt|shared)\.so"
    r"|libopenvino\.so\.\d{4}"
    r"|libopenvino_intel_cpu_plugin\.so"
    r"|libopenvino_onnx_frontend\.so\.\d{4}"
    r"|libtbb\.so\.\d+"
    r"|libtbbmalloc\.so"
    r")$"
)


def main(wheel: str, folder: str) -> None:
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("*.so*"):
        old.unlink()
    with zipfile.ZipFile(wheel) as archive:
        taken = [name for name in archive.namelist() if WANTED.match(name)]
        if not any(Path(name).name.startswith("libonnxruntime.so") for name in taken):
            sys.exit(f"{wheel} holds no ONNX Runtime")
        for name in taken:
            (target / Path(name).name).write_bytes(archive.read(name))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
