"""Checks that bindgen will find a libclang that reads C. Prints its path, or the reason, and exits with 0 or 1.

    python3 infra/setup/probe_libclang.py

The search is that of the crate clang-sys (build/common.rs, build/dynamic.rs): in LIBCLANG_PATH, or the newest of
those in the usual folders. The library is loaded and parses a file with three headers, because a library without its own
headers is not enough.

Deliberately absent: anything outside the standard library. This runs before anything is installed.
"""

from __future__ import annotations

import ctypes
import glob
import os
import subprocess
import sys
import tempfile
from pathlib import Path

NAMES = ("libclang.so", "libclang-*.so", "libclang.so.*", "libclang-*.so.*")
FOLDERS = (
    "/usr/local/llvm*/lib*", "/usr/local/lib*/*/*", "/usr/local/lib*/*", "/usr/local/lib*", "/usr/lib*/*/*", "/usr/lib*/*",
    "/usr/lib*",
)
SOURCE = "#include <limits.h>\n#include <stddef.h>\n#include <stdint.h>\nsize_t probe(uint64_t);\n"
# Of clang_getDiagnosticSeverity: 3 is an error, 4 a fatal one.
ERROR = 3


def in_folder(folder: Path) -> list[Path]:
    found = [Path(path) for name in NAMES for path in sorted(glob.glob(f"{glob.escape(str(folder))}/{name}"))]
    # libclang-cpp.so is a different library, Clang's C++ library.
    return [path for path in found if "-cpp." not in path.name]


def candidates() -> list[Path]:
    if named := os.environ.get("LIBCLANG_PATH"):
        path = Path(named)
        return [path] if path in in_folder(path.parent) else in_folder(path)
    folders = []
    try:
        config = os.environ.get("LLVM_CONFIG_PATH", "llvm-config")
        prefix = subprocess.run([config, "--prefix"], capture_output=True, text=True, check=True).stdout.strip()
        folders += [Path(prefix, part) for part in ("bin", "lib", "lib64")]
    except (OSError, subprocess.CalledProcessError):
        pass
    for variable in ("LD_LIBRARY_PATH", "LIBRARY_PATH"):
        folders += [Path(part) for part in os.environ.get(variable, "").split(":") if part]
    folders += [Path(path) for pattern in FOLDERS for path in sorted(glob.glob(pattern)) if os.path.isdir(path)]
    return [path for folder in folders for path in in_folder(folder)]


def version(path: Path) -> list[int]:
    """The version, which clang-sys reads from the name: nothing for plain `libclang.so`."""
    if path.name.startswith("libclang.so."):
        text = path.name.removeprefix("libclang.so.")
    elif path.name.startswith("libclang-"):
        text = path.name.removeprefix("libclang-")[:-3]
    else:
        return []
    return [int(part) if part.isdigit() else 0 for part in text.split(".")]


def problem_of(path: Path) -> str | None:
    """The reason why this library cannot be used, or None."""
    try:
        clang = ctypes.CDLL(str(path))
        clang.clang_createIndex.restype = clang.clang_parseTranslationUnit.restype = ctypes.c_void_p
        clang.clang_getDiagnostic.restype = ctypes.c_void_p
    except (OSError, AttributeError) as error:
        return str(error)
    with tempfile.NamedTemporaryFile("w", suffix=".h") as header:
        header.write(SOURCE)
        header.flush()
        index = ctypes.c_void_p(clang.clang_createIndex(0, 0))
        unit = clang.clang_parseTranslationUnit(index, header.name.encode(), None, 0, None, 0, 0)
        if not unit:
            return "it does not read C"
        unit = ctypes.c_void_p(unit)
        for number in range(clang.clang_getNumDiagnostics(unit)):
            diagnostic = ctypes.c_void_p(clang.clang_getDiagnostic(unit, number))
            if clang.clang_getDiagnosticSeverity(diagnostic) >= ERROR:
                return "it does not find the C headers (stddef.h, stdint.h, limits.h)"
    return None


def main() -> int:
    found = candidates()
    if not found:
        print("libclang is missing")
        return 1
    # The first of the newest, like clang-sys, which does not try the next one if that one fails.
    chosen = max(found, key=version)
    if reason := problem_of(chosen):
        print(f"{chosen} cannot be used: {reason}")
        return 1
    print(f"libclang, {chosen}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
