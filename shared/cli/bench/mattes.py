"""Compares 8-bit mattes on disk."""

import statistics
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from settings import Settings, Unavailable
from workers import run_once


def our_matte(settings: Settings, picture: Path, output: Path, provider: str) -> None:
    """Writes our matte of a picture by the recipe `rembg`, in a new process."""
    extra = ("--force", "--recipe", "rembg", "--only", "matte", "--provider", provider)
    run_once(settings.image(picture, output, *extra), settings.environment)


def load(path: Path) -> np.ndarray:
    with Image.open(path) as opened:
        return np.asarray(opened.convert("L"), np.int16)


def difference(name: str, one: Path, other: Path) -> dict[str, Any]:
    """Mean and greatest absolute difference, in steps of 1/255."""
    expected, actual = load(one), load(other)
    if expected.shape != actual.shape:
        raise Unavailable(f"{name}: mattes of {expected.shape} and {actual.shape}")
    steps = np.abs(expected - actual)
    return {"name": name, "mean": float(steps.mean()), "worst": int(steps.max())}


def summary(differences: list[dict[str, Any]]) -> dict[str, float]:
    means = [each["mean"] for each in differences]
    return {
        "mean": statistics.mean(means),
        "worst_mean": max(means),
        "worst": max(each["worst"] for each in differences),
    }


def furthest(differences: list[dict[str, Any]], count: int = 5) -> list[tuple[str, str, str]]:
    """Table rows of the pictures that differ most."""
    ordered = sorted(differences, key=lambda each: each["mean"], reverse=True)[:count]
    return [(each["name"], f"{each['mean']:.3f}", str(each["worst"])) for each in ordered]
