"""The engine, written in Rust: bytes and pixels in, bytes and pixels out. Programs use `sansfond` instead."""

from collections.abc import Sequence
from os import PathLike
from typing import TypedDict

__version__: str

class NoSubjectError(ValueError):
    """The network found no subject in a picture."""

class UnknownFormatError(ValueError):
    """The bytes are not a picture in a format that the engine reads."""

class Request(TypedDict):
    recipe: str
    edges: bool
    foreground: float | None
    post_process: bool
    marks: list[str]
    cloth: str | None
    only_mask: bool
    put_alpha: bool
    background: Sequence[int] | None

class Picture:
    """A decoded picture: upright, sRGB, 8 bits per channel."""

    @staticmethod
    def of_file(data: bytes) -> Picture: ...
    @staticmethod
    def of_pixels(data: bytes, width: int, height: int, channels: int) -> Picture: ...
    @property
    def size(self) -> tuple[int, int]: ...

class Cutout:
    """A finished picture: RGBA with straight alpha, or a matte."""

    @staticmethod
    def empty(picture: Picture, request: Request) -> Cutout: ...
    @property
    def mode(self) -> str: ...
    @property
    def size(self) -> tuple[int, int]: ...
    def pixels(self) -> bytes: ...
    def png(self) -> bytes: ...

class Session:
    """A loaded model."""

    def __init__(
        self,
        model: str | None,
        provider: str | None,
        threads: int | None,
        weights: str | PathLike[str] | None,
        library: str | PathLike[str] | None,
    ) -> None: ...
    @property
    def model(self) -> str: ...
    @property
    def provider(self) -> str: ...
    def cut_out(self, picture: Picture, request: Request) -> Cutout: ...

def run(words: list[str], library: str | PathLike[str] | None) -> int: ...
