"""Foreground colors: ours and pymatting's, on composites with a known foreground.

Foreground and background are photographs; alpha is drawn: strands of hair and soft discs.
"""

import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import tables
from pictures import PICTURES, gather_pictures
from PIL import Image, ImageDraw, ImageFilter
from settings import Settings
from workers import run_once

TITLE = "Foreground colors"
PEER = "pymatting, multi-level"
OURS = "ours"
SIDES = (1000, 2000)
REPEAT = 3
STRANDS = 400
SEED = 7


def photograph(name: str, side: int) -> Image.Image:
    """The middle square of a sample photograph, enlarged."""
    with Image.open(PICTURES / name) as opened:
        picture = opened.convert("RGB")
    half = min(picture.size) // 2
    x, y = picture.width // 2, picture.height // 2
    return picture.crop((x - half, y - half, x + half, y + half)).resize((side, side), Image.Resampling.LANCZOS)


def drawn_alpha(side: int) -> Image.Image:
    """A body with strands around it, and blurred discs; much of it is partially transparent."""
    random = np.random.default_rng(SEED)
    alpha = Image.new("L", (side, side))
    pen = ImageDraw.Draw(alpha)
    centre = np.array([0.5, 0.55]) * side
    for angle in random.uniform(0, 2 * np.pi, STRANDS):
        steps = np.linspace(0.18, 0.18 + random.uniform(0.08, 0.24), 12) * side
        bend = angle + random.uniform(-0.5, 0.5) * np.linspace(0, 1, 12) ** 2
        points = centre + steps[:, None] * np.stack([np.cos(bend), np.sin(bend)], axis=1)
        width = max(1, round(random.uniform(0.7, 2.5) * side / 1000))
        pen.line([tuple(point) for point in points], fill=int(random.integers(90, 256)), width=width)
    pen.ellipse([*(centre - 0.2 * side), *(centre + 0.2 * side)], fill=255)
    soft = np.asarray(alpha.filter(ImageFilter.GaussianBlur(side / 1500)))
    for x, y in random.uniform(0.08, 0.92, (8, 2)) * side:
        disc = Image.new("L", (side, side))
        radius = random.uniform(0.02, 0.06) * side
        ImageDraw.Draw(disc).ellipse([x - radius, y - radius, x + radius, y + radius], fill=255)
        soft = np.maximum(soft, np.asarray(disc.filter(ImageFilter.GaussianBlur(radius / 3))))
    return Image.fromarray(soft)


def unit(image: Image.Image) -> np.ndarray:
    return np.asarray(image, np.float64) / 255


def composite(truth: Image.Image, alpha: Image.Image, background: Image.Image) -> Image.Image:
    share = unit(alpha)[..., None]
    mixed = share * unit(truth) + (1 - share) * unit(background)
    return Image.fromarray((255 * mixed).round().astype(np.uint8))


def errors(estimate: Path, truth: np.ndarray, alpha: np.ndarray) -> dict[str, float]:
    """Summed absolute (in thousands) and mean squared error where alpha is neither 0 nor 1."""
    with Image.open(estimate) as opened:
        off = (unit(opened.convert("RGB")) - truth)[(alpha > 0) & (alpha < 1)]
    return {"sad": float(np.abs(off).sum() / 1000), "mse": float((off**2).mean())}


def measure(settings: Settings) -> dict[str, Any]:
    gather_pictures()
    commands = {PEER: settings.peer("peer_pymatting.py"), OURS: [settings.binary("examples", "foreground")]}
    results: dict[str, Any] = {}
    for side in SIDES:
        truth, background, alpha = photograph("coffee.png", side), photograph("flower.jpg", side), drawn_alpha(side)
        with tempfile.TemporaryDirectory() as folder:
            image_path, alpha_path, output = (Path(folder) / name for name in ("image.png", "alpha.png", "output.png"))
            composite(truth, alpha, background).save(image_path)
            alpha.save(alpha_path)
            paths = [str(image_path), str(alpha_path), str(output), "--repeat", str(REPEAT)]
            engines: dict[str, Any] = {name: {"ms": []} for name in commands}
            for _ in range(settings.rounds):
                for name, command in commands.items():
                    engines[name]["ms"] += json.loads(run_once([*command, *paths], settings.environment))["ms"]
                    engines[name] |= errors(output, unit(truth), unit(alpha))
        soft = float(np.mean((unit(alpha) > 0) & (unit(alpha) < 1)))
        results[f"{side * side / 1e6:.0f}"] = {"soft": soft, "engines": engines}
    return {"threads": settings.threads, "rounds": settings.rounds, "sizes": results}


def row(name: str, found: dict[str, Any]) -> tuple[str, ...]:
    return name, tables.spread(found["ms"]), f"{found['sad']:.2f}", f"{1000 * found['mse']:.3f}"


def report(raw: dict[str, Any]) -> str:
    text = "Colors from 0 to 1; errors where 0 < alpha < 1; "
    text += f"up to {raw['threads']} threads, {raw['rounds']} interleaved rounds of {REPEAT}.\n"
    for megapixels, size in raw["sizes"].items():
        engines = size["engines"]
        peer, ours = engines[PEER], engines[OURS]
        head = (f"{megapixels} megapixels, {size['soft']:.0%} soft", "ms", "SAD / 1000", "MSE × 1000")
        text += "\n" + tables.table(head, [row(name, found) for name, found in engines.items()])
        text += "\n" + tables.targets(
            [
                tables.at_most("SAD, share of pymatting's", ours["sad"] / peer["sad"], 1, 3),
                tables.at_most("MSE, share of pymatting's", ours["mse"] / peer["mse"], 1, 3),
                tables.at_least("times faster", statistics.median(peer["ms"]) / statistics.median(ours["ms"]), 5, 1),
            ]
        )
    return text
