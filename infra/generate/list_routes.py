"""`make generate`, first step: the list of routes in functions/api/src/routes/mod.rs, which has every file beside it. The rest is
made by the code that this list makes part of the program. With --check it only tells whether the list is stale.
"""

import re
import sys
from pathlib import Path

LIST = Path(__file__).parents[2] / "functions/api/src/routes/mod.rs"


def main() -> int:
    names = sorted(file.stem for file in LIST.parent.glob("*.rs") if file != LIST)
    text = LIST.read_text()
    lines = "".join(f"    {name}\n" for name in names)
    fresh, found = re.subn(r"(?<=\nlist! \{\n)[^}]*(?=\})", lines, text)
    if found != 1:
        sys.exit(f"{LIST} has {found} lists")
    if fresh != text and "--check" in sys.argv:
        print(f"{LIST} is stale; run `make generate`", file=sys.stderr)
        return 1
    LIST.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
