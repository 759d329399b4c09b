"""pymatting's multi-level foreground estimation with the arguments of our example `foreground`. It runs none of our code.

The first call, in which numba compiles, is not among the times.
"""

import argparse
import json
import time

import numpy as np
from PIL import Image
from pymatting import estimate_foreground_ml


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("image")
    arguments.add_argument("alpha")
    arguments.add_argument("output")
    arguments.add_argument("--repeat", type=int, required=True)
    options = arguments.parse_args()

    with Image.open(options.image) as image, Image.open(options.alpha) as alpha:
        pixels = np.asarray(image.convert("RGB")) / 255
        coverage = np.asarray(alpha.convert("L")) / 255
    foreground = estimate_foreground_ml(pixels, coverage)
    times = []
    for _ in range(options.repeat):
        started = time.perf_counter()
        foreground = estimate_foreground_ml(pixels, coverage)
        times.append(1000 * (time.perf_counter() - started))
    Image.fromarray((foreground.clip(0, 1) * 255).round().astype(np.uint8)).save(options.output)
    print(json.dumps({"ms": times}))


if __name__ == "__main__":
    main()
