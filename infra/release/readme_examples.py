# ruff: noqa: I001
"""The library examples of rembg's README. check_wheel.py also runs them with the next line changed."""

from sansfond import new_session, remove

import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

# Apart from the import, the code is the same for both packages.
pictures, results, options = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
seconds: dict[str, float] = {}


def timed(name: str, work: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    started = time.perf_counter()
    result = work(*arguments, **more)
    seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - started
    return result


session = timed("load", new_session, "isnet-general-use")
for path in sorted(pictures.glob("*.png")):
    # Bytes in, bytes out.
    data = path.read_bytes()
    result = timed("bytes", remove, data, session=session, **options)
    assert isinstance(result, bytes)
    (results / f"{path.stem} bytes.png").write_bytes(result)
    result = remove(data, session=session, force_return_bytes=True, **options)
    assert isinstance(result, bytes)
    Image.open(io.BytesIO(result)).verify()

    # A PIL image.
    with Image.open(path) as opened:
        result = timed("image", remove, opened, session=session, **options)
    assert isinstance(result, Image.Image)
    result.save(results / f"{path.stem} image.png")

    # A NumPy array.
    with Image.open(path) as opened:
        array = np.array(opened)
    result = timed("array", remove, array, session=session, **options)
    assert isinstance(result, np.ndarray) and result.dtype == np.uint8
    Image.fromarray(result).save(results / f"{path.stem} array.png")

    # Its options.
    for name, chosen in {
        "only_mask": {"only_mask": True},
        "alpha_matting": {"alpha_matting": True, "alpha_matting_erode_size": 10},
        "post_process_mask": {"post_process_mask": True},
        "bgcolor": {"bgcolor": (255, 200, 0, 255)},
    }.items():
        result = timed(name, remove, data, session=session, **chosen, **options)
        assert isinstance(result, bytes)
        (results / f"{path.stem} {name}.png").write_bytes(result)

(results / "seconds.json").write_text(json.dumps(seconds))
