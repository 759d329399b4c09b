"""Numbers to Markdown: medians, targets with pass or miss, and the measured part of docs/BENCHMARKS.md."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

BEGIN = "<!-- bench:begin -->"
END = "<!-- bench:end -->"
HEADING = "## "
NOT_MEASURED = "Not measured yet."
NEW_DOCUMENT = f"# Benchmarks\n\n`make bench` writes what is between the two marks.\n\n{BEGIN}\n{END}\n"


def spread(values: Sequence[float], digits: int = 0) -> str:
    """`median (least–greatest)`."""
    middle, least, greatest = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({least:.{digits}f}–{greatest:.{digits}f})"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines) + "\n"


def at_most(what: str, value: float, limit: float, digits: int = 2, unit: str = "") -> tuple[str, str, str, str]:
    """A row of `targets` with an upper limit."""
    return (what, f"≤ {limit:g}{unit}", f"{value:.{digits}f}{unit}", "pass" if value <= limit else "**miss**")


def at_least(what: str, value: float, limit: float, digits: int = 2, unit: str = "") -> tuple[str, str, str, str]:
    """A row of `targets` with a lower limit."""
    return (what, f"≥ {limit:g}{unit}", f"{value:.{digits}f}{unit}", "pass" if value >= limit else "**miss**")


def targets(rows: Iterable[Sequence[object]]) -> str:
    return table(("against the target", "target", "measured", ""), rows)


def write_sections(document: Path, titles: Sequence[str], measured: Mapping[str, str]) -> None:
    """Writes the part between the marks: one section for each of `titles`, in their order.

    `measured` holds the new text of sections, by title. Every other section keeps its text, or says that it is not
    measured. Creates the document if it does not exist.
    """
    old = document.read_text() if document.is_file() else NEW_DOCUMENT
    before, begin, rest = old.partition(BEGIN)
    middle, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{document.name} has lost its marks {BEGIN} and {END}")
    texts = {title: NOT_MEASURED for title in titles} | sections(middle) | measured
    written = "\n\n".join(f"{HEADING}{title}\n\n{texts[title].strip()}" for title in titles)
    document.parent.mkdir(parents=True, exist_ok=True)
    document.write_text(f"{before}{BEGIN}\n\n{written}\n\n{END}{after}")


def sections(text: str) -> dict[str, str]:
    """The texts under the headings of level 2, by title."""
    parts = f"\n{text}".split(f"\n{HEADING}")[1:]
    return {title: body for title, _, body in (part.partition("\n") for part in parts)}
