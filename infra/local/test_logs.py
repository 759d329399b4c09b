"""The output of logs.py, without the emulator."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

import logs


class Lines(unittest.TestCase):
    def test_a_line_of_json_is_formatted(self) -> None:
        line = {
            "timestamp": "2026-12-02T09:12:07.123Z", "level": "WARN", "target": "sansfond_web", "message": "request",
            "status": 500, "span": {"name": "request", "request_id": "r-1"}, "spans": [{"name": "job", "job": "j-2"}],
        }
        self.assertEqual(logs.readable(json.dumps(line)), "09:12:07 WARN  request  job=j-2 request_id=r-1 status=500")

    def test_a_line_in_another_format_is_not_changed(self) -> None:
        for line in ("== a job, attempt 1", '"text"', '{"level"', "{}"):
            self.assertEqual(logs.readable(line + "\n"), line)

    def test_control_characters_are_escaped(self) -> None:
        line = json.dumps({"timestamp": "2026-12-02T09:12:07Z", "level": "INFO", "message": "job", "name": "\x1b]0;owned\x07\rx"})
        self.assertEqual(logs.readable(line), "09:12:07 INFO  job  name=\\x1b]0;owned\\x07\\rx")
        self.assertEqual(logs.readable("\x1b[2J gone\n"), "\\x1b[2J gone")

    def test_a_line_is_shown_as_often_as_it_was_written(self) -> None:
        first = [(1, "a"), (2, "b")]
        self.assertEqual(logs.unseen([(2, "b"), (2, "b"), (3, "c")], first[1:]), [(2, "b"), (3, "c")])
        self.assertEqual(logs.unseen(first, []), first)


class Files(unittest.TestCase):
    def test_new_lines_are_read_once_they_are_complete_and_a_new_file_from_its_start(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "worker.log"
            path.write_text("old\n")
            follow = logs.FileFollower(path)
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
