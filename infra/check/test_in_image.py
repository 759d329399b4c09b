"""in_image.py reports libraries that an unpacked image lacks.

    python infra/check/test_in_image.py IMAGE     as root; `make worker-image-check` runs it
"""

from __future__ import annotations

import sys
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import in_image

IMAGE = Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else Path()


@contextmanager
def without(name: str) -> Iterator[None]:
    library = IMAGE / "root" / in_image.CUDA / name
    hidden = library.with_name(f"hidden-{name}".replace(".so", ".hidden"))
    library.rename(hidden)
    try:
        yield
    finally:
        hidden.rename(library)


class Resolving(unittest.TestCase):
    def test_a_complete_image(self) -> None:
        self.assertEqual(in_image.unresolved(IMAGE), [])

    def test_a_missing_library_that_the_provider_is_linked_with(self) -> None:
        with without("libcurand.so.10"):
            self.assertEqual(in_image.unresolved(IMAGE), [f"{in_image.PROVIDER}: libcurand.so.10 is not in the image"])

    def test_a_missing_library_that_is_opened_by_name(self) -> None:
        with without("libnvrtc.so.13"):
            self.assertIn("libnvrtc.so.13 is not in the image", "\n".join(in_image.unresolved(IMAGE)))

    def test_a_missing_provider(self) -> None:
        with without(in_image.PROVIDER):
            self.assertEqual(in_image.unresolved(IMAGE), [f"{in_image.CUDA}: {in_image.PROVIDER} is not in the image"])


if __name__ == "__main__":
    unittest.main()
