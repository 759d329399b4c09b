"""Reads a stage from samconfig.toml, and finds the placeholders in it.

    python infra/deploy/stage.py STAGE

lists the remaining placeholders, one per line, and exits with 1 if there are any. `make doctor` runs this before
anything is installed, so nothing outside the standard library is imported here.
"""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "samconfig.toml"
# True in an unpacked release (infra/release/service.sh), which is already built.
RELEASE = ROOT / "RELEASE"
# The placeholders in the repository's samconfig.toml and documentation, where your values belong. 123456789012 is the
# account of AWS's examples.
PLACEHOLDER = re.compile(r"(?<![a-z])example(?![a-z])|123456789012|[<>…]|\bchangeme\b|\btodo\b", re.IGNORECASE)


class Failed(Exception):
    """An error whose text is one line for the user at the terminal."""


def how_to_get(architecture: str, stage: str) -> str:
    """The command, or the file, for packages of an architecture."""
    if RELEASE.exists():
        return f"take the release for {architecture}, or change Architecture in samconfig.toml"
    return f"make deploy STAGE={stage} ARCH={architecture}"


def pairs(words: list[str]) -> dict[str, str]:
    """Parses the `Key=Value` words of samconfig.toml and the command line."""
    wrong = [word for word in words if "=" not in word]
    if wrong:
        raise Failed(f"“{wrong[0]}” is not of the form Key=Value")
    return dict(word.split("=", 1) for word in words)


@dataclass
class Stage:
    """A section of samconfig.toml."""

    name: str
    stack: str
    region: str
    service: dict[str, str]
    edge: dict[str, str]

    @classmethod
    def read(cls, name: str, given: dict[str, str], file: Path = FILE) -> Stage:
        sections = tomllib.loads(file.read_text())
        if name not in sections or name == "default":
            raise Failed(f"samconfig.toml has no stage “{name}”")
        section = sections[name]
        common = section["global"]["parameters"]
        service = pairs(section["deploy"]["parameters"].get("parameter_overrides", []))
        edge = pairs(section.get("edge", {}).get("parameters", {}).get("parameter_overrides", [])) | given
        return cls(name, common["stack_name"], common["region"], service, edge)

    @property
    def edge_stack(self) -> str:
        return f"{self.stack}-edge"

    def placeholders(self, file: Path = FILE) -> list[str]:
        """Each placeholder value, with its line."""
        found = []
        for part, chosen in (("deploy", self.service), ("edge", self.edge)):
            for key, value in chosen.items():
                if PLACEHOLDER.search(value):
                    found.append(f"{line_of(f'{key}={value}', self.name, part, file)}: “{key}={value}” is a placeholder")
        return found


def line_of(text: str, stage: str, part: str, file: Path) -> str:
    """File and line of a stage's parameter."""
    section = ""
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if heading := re.fullmatch(r"\[(\S+)\]", line.strip()):
            section = heading[1]
        if section == f"{stage}.{part}.parameters" and text in line and not line.lstrip().startswith("#"):
            return f"{file.name}:{number}"
    return "the command line"


def main() -> int:
    try:
        found = Stage.read(sys.argv[1] if len(sys.argv) > 1 else "dev", {}).placeholders()
    except (Failed, KeyError, OSError, tomllib.TOMLDecodeError) as reason:
        found = [f"samconfig.toml cannot be read: {reason}"]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
