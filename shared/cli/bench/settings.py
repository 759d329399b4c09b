"""The paths and command lines of the measured programs. It measures nothing."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from pictures import ROOT

MODEL = "isnet-general-use"
HERE = Path(__file__).resolve().parent


class Unavailable(Exception):
    """A prerequisite of a measurement is missing or failed; the text names it."""


@dataclass(frozen=True)
class Settings:
    """Settings of all measurements. `home` contains `models/<name>/<name>.onnx`, for us and for the peer alike.

    `seconds` is how long each load on a route lasts.
    """

    home: Path
    binaries: Path
    threads: int
    rounds: int
    seconds: float

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a measured process: one folder of weights, one number of threads."""
        count = str(self.threads)
        ours = {"SANSFOND_HOME": str(self.home)}
        peer = {"U2NET_HOME": str(self.home), "OMP_NUM_THREADS": count, "NUMBA_NUM_THREADS": count}
        return {**os.environ, **ours, **peer}

    def binary(self, *parts: str) -> str:
        """The path of one of our release programs."""
        path = self.binaries.joinpath(*parts)
        if not path.is_file():
            raise Unavailable(f"`{path.name}` is not built")
        return str(path)

    def require_weights(self) -> None:
        """Raises if the weights are missing, because a peer would download its own."""
        weights = self.home / "models" / MODEL / f"{MODEL}.onnx"
        if not weights.is_file():
            raise Unavailable(f"no weights for {MODEL} in the home folder")

    def image(self, picture: Path, output: Path, *extra: str) -> list[str]:
        """`sansfond image`: one picture, one process."""
        command = [self.binary("sansfond"), "image", str(picture), "-o", str(output)]
        return [*command, "--model", MODEL, "--threads", str(self.threads), *extra]

    def stages(self, *extra: str) -> list[str]:
        """Our engine as a warm process: paths in, one line of JSON for each."""
        return [self.binary("examples", "stages"), "--model", MODEL, "--threads", str(self.threads), *extra]

    def peer(self, script: str, *extra: str) -> list[str]:
        """A peer's script of this folder, run by this Python."""
        return [sys.executable, str(HERE / script), *extra]


def default_home() -> Path:
    return Path(os.environ.get("SANSFOND_HOME", ROOT / ".sansfond")).resolve()
