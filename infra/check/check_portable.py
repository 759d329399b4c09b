"""Checks a folder of programs for other machines: they must not need a glibc newer than 2.34, nor a library that is
neither part of glibc nor in the folder.

    python infra/check/check_portable.py arm64 FOLDER    one line for each problem; the exit status is 1 if there are any

The rules are those of the packages for Lambda (check_package.py).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from check_package import MACHINES, Binary, read, unmet

# These libraries need more than a machine without a GPU has; `in_image.py --resolve` checks them.
GPU = ("runtime/cuda/",)


def problems(folder: Path, arch: str) -> Iterator[str]:
    binaries: dict[str, Binary] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        binary = read(path) if path.is_file() and not name.startswith(GPU) else None
        if binary is not None:
            binaries[name] = binary
    if not any(name.startswith("bin/") for name in binaries):
        yield f"{folder}: no program"
    carried = {Path(name).name: binary for name, binary in binaries.items()}
    for name, binary in binaries.items():
        yield from unmet(name, binary, arch, carried)


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in MACHINES:
        print(__doc__, file=sys.stderr)
        return 2
    found = list(problems(Path(arguments[1]), arguments[0]))
    for problem in found:
        print(f"portable: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
