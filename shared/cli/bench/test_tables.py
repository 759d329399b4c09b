"""The measured part of docs/BENCHMARKS.md is written one section at a time."""

import tempfile
import unittest
from pathlib import Path

import tables


class WriteSections(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.document = Path(folder.name) / "BENCHMARKS.md"

    def test_a_section_is_replaced_and_the_others_stay(self) -> None:
        tables.write_sections(
            self.document,
            ["A", "B"],
            {"A": "one\n\n### Part of A\n\ntwo", "B": "three"},
        )
        self.document.write_text(self.document.read_text() + "Written by hand.\n")
        tables.write_sections(self.document, ["A", "New", "B"], {"B": "four"})
        self.assertEqual(
            self.document.read_text(),
            f"# Benchmarks\n\n`make bench` writes what is between the two marks.\n\n{tables.BEGIN}\n\n"
            "## A\n\none\n\n### Part of A\n\ntwo\n\n## New\n\nNot measured yet.\n\n## B\n\nfour\n\n"
            f"{tables.END}\nWritten by hand.\n",
        )

    def test_a_section_that_is_no_longer_measured_goes(self) -> None:
        tables.write_sections(self.document, ["Old", "B"], {"Old": "one", "B": "two"})
        tables.write_sections(self.document, ["B"], {})
        self.assertEqual(list(tables.sections(self.document.read_text())), ["B"])

    def test_a_document_without_marks_is_refused(self) -> None:
        self.document.write_text("# Benchmarks\n")
        with self.assertRaises(SystemExit):
            tables.write_sections(self.document, ["A"], {"A": "one"})
        self.assertEqual(self.document.read_text(), "# Benchmarks\n")


if __name__ == "__main__":
    unittest.main()
