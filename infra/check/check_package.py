"""Checks that Lambda accepts the packages of `make package`, and that its loader can start them.

    python infra/check/check_package.py arm64       one line for each problem; the exit status is 1 if there are any
    python infra/check/test_check_package.py        shows that each of these checks can fail

Lambda's provided.al2023 has glibc 2.34. A program that needs a newer symbol, or a missing library,
ends before its first line. Not checked here: the behavior of the programs. `run_package.py` starts them.
"""

from __future__ import annotations

import re
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerDefSection, GNUVerNeedSection

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"
PACKAGES = ROOT / "target" / "lambda"
CODE_URI = re.compile(r"^\s*CodeUri:\s*['\"]?\.\./target/lambda/([a-z0-9_-]+)/?['\"]?\s*$", re.M)

# Lambda's limit for an unpacked ZIP.
LIMIT_BYTES = 250 * 1024 * 1024
# The newest versions in Amazon Linux 2023: glibc 2.34, and the C++ library of GCC 11.
NEWEST = {"GLIBC": (2, 34), "GLIBCXX": (3, 4, 29), "CXXABI": (1, 3, 13), "GCC": (11, 0, 0)}
# Parts of glibc, which every program needs. Packages contain all other libraries, including libstdc++ and libgcc_s, because
# no documentation of AWS says that provided.al2023 has them.
ON_LAMBDA = {"libc.so.6", "libm.so.6", "libdl.so.2", "librt.so.1", "libpthread.so.0"}
LOADERS = {"arm64": "ld-linux-aarch64.so.1", "x86_64": "ld-linux-x86-64.so.2"}
MACHINES = {"arm64": "EM_AARCH64", "x86_64": "EM_X86_64"}
# The folders in which Lambda's loader looks for a package's libraries: LD_LIBRARY_PATH names the package and its lib/.
SEARCHED = (".", "lib")

Version = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class Binary:
    """A program or a library: the requirements and the exports in its headers."""

    machine: str
    loader: str | None
    needed: frozenset[str]
    # The versions that it requires of each library, and those that it defines itself.
    asks: dict[str, frozenset[str]] = field(default_factory=dict)
    defines: frozenset[str] = frozenset()


def read(path: Path) -> Binary | None:
    """Reads the headers of an ELF file. Returns None for other files."""
    with path.open("rb") as file:
        if file.read(4) != b"\x7fELF":
            return None
        elf = ELFFile(file)
        needed: set[str] = set()
        asks: dict[str, frozenset[str]] = {}
        defines: set[str] = set()
        for section in elf.iter_sections():
            if isinstance(section, DynamicSection):
                needed |= {tag.needed for tag in section.iter_tags() if tag.entry.d_tag == "DT_NEEDED"}
            if isinstance(section, GNUVerNeedSection):
                for library, versions in section.iter_versions():
                    asks[library.name] = frozenset(version.name for version in versions)
            if isinstance(section, GNUVerDefSection):
                defines |= {next(names).name for _, names in section.iter_versions()}
        loader = next((segment.get_interp_name() for segment in elf.iter_segments("PT_INTERP")), None)
        return Binary(elf["e_machine"], loader, frozenset(needed), asks, frozenset(defines))


def version(name: str) -> Version | None:
    """`GLIBC_2.34` → GLIBC and (2, 34); None for names without a number, such as `GLIBC_PRIVATE`."""
    family, _, number = name.rpartition("_")
    if not re.fullmatch(r"\d+(\.\d+)*", number):
        return None
    return family, tuple(int(part) for part in number.split("."))


def too_new(name: str) -> bool:
    """True if Lambda's own library may lack the version. A library without a known limit is not Lambda's."""
    known = version(name)
    if known is None:
        # A private symbol works only with the same glibc that it was linked with.
        return name.endswith("_PRIVATE")
    family, number = known
    return family in NEWEST and number > NEWEST[family]


def unmet(name: str, binary: Binary, arch: str, carried: dict[str, Binary]) -> Iterator[str]:
    """The missing requirements of a program or library."""
    if binary.machine != MACHINES[arch]:
        yield f"{name}: built for {binary.machine.removeprefix('EM_')}, not for {arch}"
        return
    for library in sorted(binary.needed - ON_LAMBDA - {LOADERS[arch]} - carried.keys()):
        yield f"{name}: needs {library}, which is neither certain to be on Lambda nor in the package's lib/"
    for library, versions in sorted(binary.asks.items()):
        for each in sorted(versions):
            if too_new(each):
                yield f"{name}: needs {each} of {library}, which is newer than Lambda's"
            elif library in carried and each not in carried[library].defines:
                yield f"{name}: needs {each} of {library}, which the one in the package does not have"


def problems_of(package: Path, arch: str) -> Iterator[str]:
    """The problems of one program's package."""
    files = sorted(path for path in package.rglob("*") if path.is_symlink() or path.is_file())
    for path in files:
        name = path.relative_to(package)
        if path.is_symlink():
            yield f"{name}: is a link; a ZIP would contain the file twice"
        elif not path.stat().st_mode & stat.S_IROTH:
            yield f"{name}: Lambda's user may not read it"
    files = [path for path in files if not path.is_symlink()]
    size = sum(path.stat().st_size for path in files)
    if size > LIMIT_BYTES:
        yield f"{size} bytes; Lambda takes {LIMIT_BYTES}"
    binaries: dict[Path, Binary] = {}
    for path in files:
        try:
            binary = read(path)
        except (ELFError, StopIteration) as error:
            yield f"{path.relative_to(package)}: cannot be read as a program: {error}"
            continue
        if binary is not None:
            binaries[path] = binary
    searched = {(package / folder).resolve() for folder in SEARCHED}
    carried = {path.name: each for path, each in binaries.items() if path.parent.resolve() in searched}
    bootstrap = package / "bootstrap"
    program = binaries.get(bootstrap)
    if program is None:
        yield "bootstrap: is not a program"
    elif program.loader is not None and not program.loader.endswith(f"/{LOADERS[arch]}"):
        yield f"bootstrap: needs the loader {program.loader}, which Lambda does not have"
    if program is not None and not bootstrap.stat().st_mode & stat.S_IXOTH:
        yield "bootstrap: Lambda's user may not start it"
    for path, binary in binaries.items():
        yield from unmet(str(path.relative_to(package)), binary, arch, carried)


def programs(template: str) -> set[str]:
    """The folders in the template, one for each program."""
    return set(CODE_URI.findall(template))


def problems(packages: Path, arch: str, wanted: set[str]) -> Iterator[str]:
    """The problems of the packages, each line with the name of its program."""
    if not wanted:
        yield "the template packs no program"
    built = {path.name for path in packages.iterdir() if path.is_dir()} if packages.is_dir() else set()
    for name in sorted(wanted - built):
        yield f"{name}: is not built"
    for name in sorted(built - wanted):
        yield f"{name}: is built, but the template does not pack it"
    for name in sorted(wanted & built):
        for problem in problems_of(packages / name, arch):
            yield f"{name}: {problem}"


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in MACHINES:
        print("usage: check_package.py arm64|x86_64", file=sys.stderr)
        return 2
    wanted = programs(TEMPLATE.read_text())
    found = list(problems(PACKAGES, arguments[0], wanted))
    for problem in found:
        print(f"package: {problem}", file=sys.stderr)
    if not found:
        print(f"package: {len(wanted)} programs for {arguments[0]}, none newer than Lambda, with all of their libraries")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
