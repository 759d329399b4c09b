"""Each decision has its number, a date and a status, in one style."""

import re
import unittest
from pathlib import Path

DECISIONS = Path(__file__).resolve().parents[2] / "docs" / "decisions"
HEADING = re.compile(r"# (\d+)\. \S")
STATUS = re.compile(r"\*\d{4}-\d{2}-\d{2} · (accepted|superseded by \[\d+\])[^*]*\*")


class Decisions(unittest.TestCase):
    def test_each_begins_with_its_number_date_and_status(self) -> None:
        pages = sorted(DECISIONS.glob("[0-9]*.md"))
        self.assertGreater(len(pages), 30)
        for page in pages:
            heading, empty, status = page.read_text().splitlines()[:3]
            number = HEADING.match(heading)
            self.assertTrue(number, f"{page.name}: {heading}")
            self.assertEqual(int(number[1]), int(page.name[:4]), page.name)
            self.assertEqual(empty, "", page.name)
            self.assertRegex(status, STATUS, page.name)

    def test_linked_decisions_exist(self) -> None:
        for page in DECISIONS.glob("*.md"):
            for name in re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", page.read_text()):
                self.assertTrue((DECISIONS / name).is_file(), f"{page.name} names {name}")


if __name__ == "__main__":
    unittest.main()
