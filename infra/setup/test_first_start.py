"""The steps of a first start report their progress, and a failed step ends it."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent))
import first_start
from first_start import CARGO_BAR, STEPS, Clock, minutes

MAKE = """#!/bin/sh
echo "working on $3"
printf '    Building [=>  ] 3/12: serde\\r' >&2
[ "$3" != "$FAILS" ] || { echo "the $3 that failed" >&2; exit 2; }
"""


class Start(unittest.TestCase):
    def start(self, fails: str = "") -> tuple[int, str, str]:
        """A start with a `make` that only prints its arguments."""
        with tempfile.TemporaryDirectory() as folder:
            make = Path(folder, "make")
            make.write_text(MAKE)
            make.chmod(make.stat().st_mode | stat.S_IXUSR)
            environment = {"PATH": f"{folder}:{os.environ['PATH']}", "SANSFOND_HOME": folder, "FAILS": fails}
            out, error = io.StringIO(), io.StringIO()
            with mock.patch.dict(os.environ, environment), mock.patch.object(first_start, "QUIET_S", -1.0):
                with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
                    status = first_start.main()
            return status, out.getvalue(), error.getvalue()

    def test_each_finished_step_is_reported(self) -> None:
        status, out, error = self.start()
        self.assertEqual((status, error), (0, ""))
        for place, step in enumerate(STEPS):
            self.assertIn(f"{place + 1} of {len(STEPS)}  {step.description}: done in", out)

    def test_a_failed_step_ends_the_start_and_shows_the_reason(self) -> None:
        failing, after = STEPS[1], STEPS[2]
        status, out, error = self.start(fails=failing.target)
        self.assertEqual(status, 1)
        self.assertIn(f"{failing.description}: failed", out)
        self.assertNotIn(after.description, out)
        self.assertIn(f"the {failing.target} that failed", error)
        self.assertIn("make doctor", error)

    def test_the_steps_are_targets_of_the_makefile(self) -> None:
        makefile = Path(__file__).parents[2].joinpath("Makefile").read_text()
        for step in STEPS:
            self.assertRegex(makefile, rf"(?m)^{step.target}:")


class Remaining(unittest.TestCase):
    def test_cargos_bar_is_read(self) -> None:
        self.assertEqual(CARGO_BAR.findall(b"   Building [====>     ] 120/655: aws-sdk-s3, ring\r"), [(b"120", b"655")])

    def test_the_remaining_time_doubles_on_a_machine_of_half_the_speed(self) -> None:
        clock = Clock(STEPS)
        step = STEPS[0]
        clock.finished(step, took=2 * step.seconds)
        expected = sum(one.seconds for one in STEPS[1:])
        left = clock.remaining(STEPS[1], 0.0, took=0.0)
        self.assertGreater(left, 1.5 * expected)
        self.assertLess(left, 2 * expected)

    def test_a_step_that_took_no_time_does_not_change_the_speed(self) -> None:
        clock = Clock(STEPS)
        clock.finished(STEPS[0], took=0.1)
        expected = sum(one.seconds for one in STEPS[1:])
        self.assertAlmostEqual(clock.remaining(STEPS[1], 0.0, took=0.0), expected)

    def test_the_remaining_time_never_grows_while_a_share_is_unknown(self) -> None:
        clock = Clock(STEPS)
        step = STEPS[0]
        times = [clock.remaining(step, None, took) for took in range(0, int(3 * step.seconds), 10)]
        self.assertEqual(times, sorted(times, reverse=True))
        self.assertGreater(times[-1], sum(one.seconds for one in STEPS[1:]))

    def test_no_time_remains_at_the_end(self) -> None:
        clock = Clock(STEPS)
        for step in STEPS:
            clock.finished(step, took=step.seconds)
        self.assertEqual(clock.left, 0)
        self.assertEqual(minutes(clock.left), "less than a minute")


if __name__ == "__main__":
    unittest.main()
