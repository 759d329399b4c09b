"""The command `sansfond`, also as `python -m sansfond`."""

from __future__ import annotations

import signal
import sys

from sansfond import _native, _runtime


def main() -> int:
    """Does what the command line says and gives its exit code."""
    # Python only notes Ctrl-C, for when it runs next; the command line ends at once.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _native.run(["sansfond", *sys.argv[1:]], _runtime.library())


if __name__ == "__main__":
    sys.exit(main())
