"""Finds the ONNX Runtime library in the PyPI package `onnxruntime`, without importing it."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def library() -> Path | None:
    """The path of the library in the installed package, which may also be `onnxruntime-gpu` or `onnxruntime-openvino`."""
    spec = importlib.util.find_spec("onnxruntime")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        found = sorted(Path(folder, "capi").glob("libonnxruntime.so*"))
        if found:
            return found[-1]
    return None
