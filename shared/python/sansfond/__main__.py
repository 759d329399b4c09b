"""The command `sansfond`, also as `python -m sansfond`."""

from __future__ import annotations

import signal
import sys

from sansfond import _native, _runtime


def main() -> int:
    """Runs the command line and returns its exit code."""
    # Python handles Ctrl-C only when it runs next; the command line should end at once.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _native.run(["sansfond", *sys.argv[1:]], _runtime.library())


if __name__ == "__main__":
    sys.exit(main())
