"""The comparison of check_wheel.py passes for similar mattes, and fails for others."""

from __future__ import annotations

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import check_wheel as check
from PIL import Image, ImageChops, ImageDraw


def picture(offset: int = 0, mode: str = "RGBA") -> Image.Image:
    """A disc on a transparent background, moved to the right."""
    alpha = Image.new("L", (200, 120))
    ImageDraw.Draw(alpha).ellipse((40 + offset, 20, 120 + offset, 100), fill=255)
    image = Image.new("RGB", alpha.size, (200, 30, 30))
    image.putalpha(alpha)
    return alpha if mode == "L" else image


class Comparison(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.expected, self.actual = Path(folder.name, "expected"), Path(folder.name, "actual")
        self.expected.mkdir()
        self.actual.mkdir()

    def save(self, name: str, expected: Image.Image, actual: Image.Image) -> None:
        expected.save(self.expected / name)
        actual.save(self.actual / name)

    def found(self, recipe: str) -> list[str]:
        with contextlib.redirect_stdout(io.StringIO()):
            return list(check.differences(self.expected, self.actual, recipe))

    def test_equal_mattes_are_accepted(self) -> None:
        for name in ("cat bytes.png", "cat only_mask.png", "cat alpha_matting.png", "cat post_process_mask.png"):
            mode = "L" if "mask.png" in name else "RGBA"
            self.save(name, picture(mode=mode), picture(mode=mode))
        self.assertEqual([self.found(recipe) for recipe in check.TOLERANCES], [[], []])

    def test_a_wrong_matte_is_refused_for_every_example_and_recipe(self) -> None:
        for recipe in check.TOLERANCES:
            for example in ("bytes", "only_mask", "alpha_matting", "post_process_mask"):
                inverted = ImageChops.invert(picture(mode="L"))
                self.save(f"cat {example}.png", picture(mode="L"), inverted)
            self.assertEqual(len(self.found(recipe)), 4, self.found(recipe))

    def test_a_shifted_matte_is_refused(self) -> None:
        self.save("cat image.png", picture(), picture(offset=2))
        self.assertEqual([len(self.found(recipe)) for recipe in check.TOLERANCES], [1, 1])

    def test_a_slightly_softer_matte_is_refused_for_recipe_rembg(self) -> None:
        self.save("cat array.png", picture(mode="L"), picture(mode="L").point(lambda alpha: alpha - 12 if alpha else 0))
        self.assertEqual([len(self.found(recipe)) for recipe in ("sansfond", "rembg")], [0, 1])

    def test_colors_are_compared_if_a_background_covers_the_image(self) -> None:
        def over(color: str, offset: int = 0) -> Image.Image:
            return Image.alpha_composite(Image.new("RGBA", (200, 120), color), picture(offset))

        self.save("cat bgcolor.png", over("blue"), over("blue"))
        self.assertEqual(self.found("rembg"), [])
        self.save("cat bgcolor.png", over("blue"), over("green"))
        self.assertEqual(len(self.found("rembg")), 1)
        self.save("cat bgcolor.png", over("blue"), over("blue", offset=9))
        self.assertEqual(len(self.found("sansfond")), 1)

    def test_another_mode_or_size_or_a_missing_file_is_refused(self) -> None:
        self.save("cat bytes.png", picture(), picture().convert("RGB"))
        self.save("cat image.png", picture(), picture().resize((100, 60)))
        picture().save(self.expected / "cat array.png")
        self.assertEqual(len(self.found("sansfond")), 3)

    def test_an_empty_folder_is_an_error(self) -> None:
        self.assertEqual(len(self.found("rembg")), 1)


if __name__ == "__main__":
    unittest.main()
