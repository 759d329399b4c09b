"""logs.py's output, without the emulator."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

import logs


class Lines(unittest.TestCase):
    def test_a_line_of_json_becomes_one_for_people(self) -> None:
        line = {
            "timestamp": "2026-12-02T09:12:07.123Z", "level": "WARN", "target": "sansfond_web", "message": "request",
            "status": 500, "span": {"name": "request", "request_id": "r-1"}, "spans": [{"name": "job", "job": "j-2"}],
        }
        self.assertEqual(logs.readable(json.dumps(line)), "09:12:07 WARN  request  job=j-2 request_id=r-1 status=500")

    def test_what_is_no_line_of_ours_stays_as_it_is(self) -> None:
        for line in ("== a job, attempt 1", '"text"', '{"level"', "{}"):
            self.assertEqual(logs.readable(line + "\n"), line)

    def test_a_name_that_strangers_chose_gives_the_terminal_no_orders(self) -> None:
        line = json.dumps({"timestamp": "2026-12-02T09:12:07Z", "level": "INFO", "message": "job", "name": "\x1b]0;owned\x07\rx"})
        self.assertEqual(logs.readable(line), "09:12:07 INFO  job  name=\\x1b]0;owned\\x07\\rx")
        self.assertEqual(logs.readable("\x1b[2J gone\n"), "\\x1b[2J gone")

    def test_a_line_is_shown_once_and_twice_if_it_was_written_twice(self) -> None:
        first = [(1, "a"), (2, "b")]
        self.assertEqual(logs.unseen([(2, "b"), (2, "b"), (3, "c")], first[1:]), [(2, "b"), (3, "c")])
        self.assertEqual(logs.unseen(first, []), first)


class Files(unittest.TestCase):
    def test_a_file_is_followed_by_whole_lines_and_from_its_start_once_it_is_new(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "worker.log"
            path.write_text("old\n")
            follow = logs.Follow(path)
            self.assertEqual(follow.lines(), [])
            with path.open("a") as file:
                file.write("one\ntw")
            self.assertEqual(follow.lines(), ["one"])
            with path.open("a") as file:
                file.write("o\n")
            self.assertEqual(follow.lines(), ["two"])
            path.write_text("new\n")
            self.assertEqual(follow.lines(), ["new"])


if __name__ == "__main__":
    unittest.main()
