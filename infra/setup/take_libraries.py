"""Takes the shared libraries of ONNX Runtime, and of CUDA, out of wheels: `take_libraries.py FOLDER WHEEL…`.

Only libraries that a program other than Python loads are taken: no Python extension, no plugin for devices that we do not use, and
of each library the one name that the others look for. Licenses are included.
"""

from __future__ import annotations

import re
import shutil
import sys
import zipfile
from pathlib import Path

# In the order of the OpenVINO wheel; the plain wheel has only the first and the last. The rest are NVIDIA's wheels: libraries
# that libonnxruntime_providers_cuda.so is linked with or opens, and their dependencies.
WANTED = re.compile(
    r"(onnxruntime/capi/("
    r"libonnxruntime\.so\.\d+\.\d+\.\d+"
    r"|libonnxruntime_providers_(openvino|cuda|tensorrt|shared)\.so"
    r"|libopenvino\.so\.\d{4}"
    r"|libopenvino_intel_cpu_plugin\.so"
    r"|libopenvino_onnx_frontend\.so\.\d{4}"
    r"|libtbb\.so\.\d+"
    r"|libtbbmalloc\.so"
    r")"
    r"|nvidia/\w+/lib/lib(cudart|cublas|cublasLt|cufft|curand|nvrtc|nvrtc-builtins|nvJitLink|cudnn\w*)\.so\.[\d.]+"
    r")$"
)
# For each wheel: its name, and the target of the file.
LICENCES = (
    (re.compile(r"nvidia_(\w+)-[\d.]+\.dist-info/licenses/License\.txt$"), "LICENSE"),
    (re.compile(r"(onnxruntime)/LICENSE$"), "LICENSE"),
    (re.compile(r"(onnxruntime)/ThirdPartyNotices\.txt$"), "NOTICES"),
)


def main(folder: str, *wheels: str) -> None:
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("*.so*"):
        old.unlink()
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                for pattern, kind in LICENCES:
                    if match := pattern.match(name):
                        (target / f"{match[1].upper()}-{kind}").write_bytes(archive.read(name))
                if WANTED.match(name):
                    with archive.open(name) as source, (target / Path(name).name).open("wb") as copy:
                        shutil.copyfileobj(source, copy)
    if not any(target.glob("libonnxruntime.so*")):
        sys.exit(f"{' '.join(wheels)}: no ONNX Runtime")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
