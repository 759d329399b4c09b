"""Removes the background from pictures, with the functions that rembg has.

    from sansfond import remove, new_session

`remove` and `new_session` document the kinds of pictures, the results and the errors.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sansfond import _native, _runtime
from sansfond._native import NoSubjectError, __version__

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image as PILImage

    # The result has the type of the input.
    Data = TypeVar("Data", bytes, PILImage, np.ndarray)

__all__ = ["NoSubjectError", "Session", "__version__", "new_session", "remove"]

# rembg's names that are not in our catalog, with our names for the same weights.
_RENAMED = {"birefnet-general-fp16": "birefnet-general"}
_SAM = {
    ("sam_vit_b_01ec64", False): "sam",
    ("sam_vit_b_01ec64", True): "sam-quant",
    ("sam_vit_l_0b3195", False): "sam-large",
}
# rembg's models that run on the server of another provider.
_REMOTE = ("withoutbg", "atlascloud")
_PROVIDERS = {
    "CPUExecutionProvider": "cpu",
    "OpenVINOExecutionProvider": "openvino",
    "CUDAExecutionProvider": "cuda",
    "TensorrtExecutionProvider": "tensorrt",
}
_CLOTHES = ("upper", "lower", "full")


class Session:
    """A loaded model, made by `new_session`.

    Several threads may use a session at once. A session does not work after `os.fork` and cannot be pickled: make one in each process.
    """

    def __init__(self, engine: _native.Session) -> None:
        self._engine = engine

    @property
    def model_name(self) -> str:
        """The model's name in the catalog, as `sansfond models list` shows it."""
        return self._engine.model

    @property
    def provider(self) -> str:
        """The execution provider: cpu, openvino, cuda or tensorrt."""
        return self._engine.provider

    def predict(self, img: PILImage, *args: Any, **kwargs: Any) -> list[PILImage]:
        """The mattes of a picture: images of mode L with its size, 255 where the subject is."""
        return _images(_cut_out(self, _of_image(img), kwargs, only_mask=True))

    def __repr__(self) -> str:
        return f"<sansfond.Session {self.model_name} on {self.provider}>"


def new_session(
    model_name: str | None = None,
    providers: Sequence[Any] | None = None,
    *args: Any,
    sess_opts: Any = None,
    **kwargs: Any,
) -> Session:
    """Loads a model, for any number of pictures. Missing weights are downloaded first, with a message on stderr.

    model_name: a name from `sansfond models list`, which includes rembg's names; by default SANSFOND_MODEL, else
        isnet-general-use.
    providers: execution providers, of which the first that works is used: cpu, openvino, cuda, tensorrt, or ONNX
        Runtime's names for them; by default SANSFOND_PROVIDER, else the fastest that is installed.
    sess_opts: an onnxruntime.SessionOptions, of which only `intra_op_num_threads` is used; by default
        SANSFOND_THREADS, else OMP_NUM_THREADS, else one per core.
    model_path: your own ONNX file with the input and output format of the named model.
    sam_model, sam_quant: the weights of Segment Anything, for the model sam.

    ValueError: the model does not exist, or the file does not contain its weights. FileNotFoundError: weights are missing
    and cannot be downloaded, or ONNX Runtime is missing. RuntimeError: the network cannot be run.
    """
    if not (model_name is None or isinstance(model_name, str)):
        raise ValueError(f"model_name must be a name from `sansfond models list`, not {type(model_name).__name__}")
    name = _catalog_name(model_name, kwargs)
    weights = kwargs.pop("model_path", None)
    if weights is None and (name or "").endswith("_custom"):
        raise ValueError(f"{name} needs your own file; name it with model_path")
    _ignored("new_session", kwargs)
    weights = None if weights is None else Path(weights).expanduser()
    threads = _threads(sess_opts)

    wanted: Sequence[str | None] = [None] if providers is None else [_provider(each) for each in providers]
    if not wanted:
        raise ValueError("providers is empty; leave it out, or name cpu, openvino, cuda or tensorrt")
    for provider in wanted:
        try:
            return Session(_native.Session(name, provider, threads, weights, _runtime.library()))
        except (FileNotFoundError, RuntimeError) as error:
            failure = error
    raise failure


def remove(
    data: Data,
    alpha_matting: bool = False,
    alpha_matting_foreground_threshold: int = 240,
    alpha_matting_background_threshold: int = 10,
    alpha_matting_erode_size: int = 10,
    session: Session | None = None,
    only_mask: bool = False,
    post_process_mask: bool = False,
    bgcolor: Sequence[int] | None = None,
    force_return_bytes: bool = False,
    *args: Any,
    recipe: str = "sansfond",
    decontaminate: bool = False,
    putalpha: bool = False,
    **kwargs: Any,
) -> Data:
    """Cuts the subject out of a picture.

    data: the bytes of a file (JPEG, PNG, WebP, GIF, BMP, TIFF, and whatever else Pillow opens), a PIL image of any
        mode, or an array of uint8 with the shape (height, width), (height, width, 3) or (height, width, 4).
    alpha_matting: estimate soft pixels again from the colors around them. The three numbers after it are rembg's; our
        refinement ignores them and finds its own band of unknown pixels.
    session: the result of `new_session`; without it the default model is loaded for this call.
    only_mask: return only the matte, 255 where the subject is.
    post_process_mask: make the matte hard and smooth: 0 or 255.
    bgcolor: the background, as red, green, blue and alpha from 0 to 255.
    force_return_bytes: return the bytes of a PNG, whatever `data` is.
    recipe: "rembg" uses rembg's normalization and rounding, no refinement and no color clean-up.
    decontaminate: remove the old background's color from soft pixels; the recipe "sansfond" always does.
    putalpha: keep the picture's own colors, also under transparent pixels.
    cc: the clothes to cut out, for u2net_cloth_seg: upper, lower, full or attire; by default the first three, one below
        the other.
    sam_prompt: points and boxes, for sam: [{"type": "point", "data": [x, y], "label": 1}], label 0 for background; or
        {"type": "rectangle", "data": [left, top, right, bottom]}.

    Returns a picture of the same kind, upright by its EXIF orientation and of the same width and height: PNG bytes, an
    image, or an array that cannot be written to. It has four channels with straight alpha (mode RGBA), one with
    only_mask (mode L).

    ValueError: the data is not a picture or is damaged, or an option is invalid. NoSubjectError, a ValueError: the network
    found no subject. Without a session also the errors of `new_session`.
    """
    if kwargs.pop("vitmatte", False):
        raise ValueError("Sansfond does not support ViTMatte; alpha_matting=True refines edges")
    kwargs.pop("vitmatte_model", None)
    background = _color(bgcolor)
    picture = _picture(data)
    prompt = {name: kwargs.pop(name) for name in ("cc", "cloth_category", "sam_prompt") if name in kwargs}
    if session is None:
        session = new_session(None, *args, **kwargs)
    elif not isinstance(session, Session):
        raise ValueError(f"session must be a result of sansfond.new_session, not {type(session).__name__}")
    else:
        _ignored("remove", kwargs)
    cutouts = _cut_out(
        session,
        picture,
        prompt,
        recipe=recipe,
        edges=alpha_matting,
        foreground=0.0 if putalpha else 1.0 if alpha_matting or decontaminate else None,
        post_process=post_process_mask,
        only_mask=only_mask,
        put_alpha=putalpha,
        background=background,
    )
    wants_bytes = force_return_bytes or isinstance(data, (bytes, bytearray, memoryview))
    give = _as_bytes if wants_bytes else _as_array if _is_array(data) else _stacked
    return cast("Data", give(cutouts))


def _catalog_name(name: str | None, options: dict[str, Any]) -> str | None:
    if name == "sam":
        which = options.pop("sam_model", "sam_vit_b_01ec64"), bool(options.pop("sam_quant", False))
        if which not in _SAM:
            known = ", ".join(f"{model} with sam_quant={quant}" for model, quant in _SAM)
            raise ValueError(f"{which[0]} with sam_quant={which[1]} is not in the catalog; use {known}")
        return _SAM[which]
    if name in _REMOTE:
        raise ValueError(f"{name} is a remote service; Sansfond runs models on this machine only")
    return _RENAMED.get(name or "", name)


def _provider(given: Any) -> str:
    """Our name of a provider, from that name, ONNX Runtime's name, or ONNX Runtime's name with options."""
    name = given[0] if isinstance(given, tuple) and given else given
    return _PROVIDERS.get(name, str(name))


def _threads(sess_opts: Any) -> int | None:
    """The requested number of threads; None leaves it to the engine, which reads SANSFOND_THREADS."""
    asked = getattr(sess_opts, "intra_op_num_threads", 0)
    if not asked and not os.environ.get("SANSFOND_THREADS"):
        text = os.environ.get("OMP_NUM_THREADS") or "0"
        if not text.isdecimal():
            raise ValueError(f"the environment variable OMP_NUM_THREADS is set to “{text}”, which is not a number")
        asked = int(text)
    return asked or None


def _ignored(function: str, options: Iterable[str]) -> None:
    for name in options:
        warnings.warn(f"{function} does not know the option {name} and ignores it", stacklevel=3)


def _is_array(data: object) -> bool:
    # A caller with an array has imported NumPy.
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(data, numpy.ndarray)


def _picture(data: object) -> _native.Picture:
    if isinstance(data, (bytes, bytearray, memoryview)):
        return _of_file(bytes(data))
    if _is_array(data):
        return _of_array(cast("np.ndarray", data))
    pillow = sys.modules.get("PIL.Image")
    if pillow is not None and isinstance(data, pillow.Image):
        return _of_image(cast("PILImage", data))
    raise ValueError(f"a picture must be bytes, a PIL image or a NumPy array, not {type(data).__name__}")


def _of_file(data: bytes) -> _native.Picture:
    try:
        return _native.Picture.of_file(data)
    except _native.UnknownFormatError as error:
        from PIL import Image

        try:
            image = Image.open(BytesIO(data))
        except (OSError, ValueError):
            # Our error says what to do.
            raise ValueError(str(error)) from None
        return _of_image(image)


def _of_array(array: np.ndarray) -> _native.Picture:
    if array.dtype.name == "uint8" and array.ndim == 3 and array.shape[2] in (3, 4):
        height, width, channels = array.shape
        return _native.Picture.of_pixels(array.tobytes(), width, height, channels)
    from PIL import Image

    try:
        image = Image.fromarray(array)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"an array of {array.dtype.name} with the shape {array.shape} is not a picture; "
            "use uint8 with (height, width), (height, width, 3) or (height, width, 4)"
        ) from error
    return _of_image(image)


def _of_image(image: PILImage) -> _native.Picture:
    from PIL import ImageOps

    try:
        image = ImageOps.exif_transpose(image)
        wanted = "RGBA" if image.has_transparency_data else "RGB"
        if image.mode != wanted:
            image = image.convert(wanted)
        pixels = image.tobytes()
    except OSError as error:
        # Pillow reads the file here.
        raise ValueError(f"the picture cannot be read: {error}") from error
    return _native.Picture.of_pixels(pixels, image.width, image.height, len(wanted))


def _color(color: Sequence[int] | None) -> list[int] | None:
    if color is None:
        return None
    channels: list[Any] = list(color)
    if len(channels) == 3:
        channels.append(255)
    if len(channels) != 4 or not all(isinstance(each, int) and 0 <= each <= 255 for each in channels):
        raise ValueError(f"bgcolor must be red, green, blue and alpha, four integers from 0 to 255, not {color!r}")
    return channels


def _marks(prompt: Iterable[dict[str, Any]]) -> list[str]:
    """Points and boxes in the format of the command line."""
    marks = []
    for mark in prompt:
        if mark.get("type") not in ("point", "rectangle") or "data" not in mark:
            raise ValueError(f"{mark!r} is not a mark; it needs a type (point or rectangle) and data")
        numbers = ",".join(str(number) for number in mark["data"])
        is_background = mark["type"] == "point" and mark.get("label", 1) == 0
        marks.append(f"-{numbers}" if is_background else numbers)
    return marks


def _cut_out(
    session: Session,
    picture: _native.Picture,
    prompt: dict[str, Any],
    *,
    recipe: str = "sansfond",
    edges: bool = False,
    foreground: float | None = None,
    post_process: bool = False,
    only_mask: bool = False,
    put_alpha: bool = False,
    background: list[int] | None = None,
) -> list[_native.Cutout]:
    """One cutout; for clothes without a given category, one cutout per category."""
    request: _native.Request = {
        "recipe": recipe,
        "edges": bool(edges),
        "foreground": foreground,
        "post_process": bool(post_process),
        "marks": _marks(prompt.get("sam_prompt") or ()),
        "cloth": None,
        "only_mask": bool(only_mask),
        "put_alpha": bool(put_alpha),
        "background": background,
    }
    if session.model_name != "u2net_cloth_seg":
        return [session._engine.cut_out(picture, request)]
    named = prompt.get("cc") or prompt.get("cloth_category")
    if named in (*_CLOTHES, "attire"):
        request["cloth"] = "all" if named == "attire" else named
        return [session._engine.cut_out(picture, request)]
    cutouts, missing = [], []
    for cloth in _CLOTHES:
        request["cloth"] = cloth
        try:
            cutouts.append(session._engine.cut_out(picture, request))
        except NoSubjectError as error:
            # Not every category is in the picture.
            cutouts.append(_native.Cutout.empty(picture, request))
            missing.append(error)
    if len(missing) == len(_CLOTHES):
        raise missing[0]
    return cutouts


def _images(cutouts: list[_native.Cutout]) -> list[PILImage]:
    from PIL import Image

    return [Image.frombytes(cutout.mode, cutout.size, cutout.pixels()) for cutout in cutouts]


def _stacked(cutouts: list[_native.Cutout]) -> PILImage:
    """One image; several are stacked vertically in RGBA, as in rembg."""
    from PIL import Image

    images = _images(cutouts)
    if len(images) == 1:
        return images[0]
    stack = Image.new("RGBA", (images[0].width, sum(image.height for image in images)))
    for index, image in enumerate(images):
        stack.paste(image, (0, index * image.height))
    return stack


def _as_bytes(cutouts: list[_native.Cutout]) -> bytes:
    if len(cutouts) == 1:
        return cutouts[0].png()
    file = BytesIO()
    _stacked(cutouts).save(file, "PNG")
    return file.getvalue()


def _as_array(cutouts: list[_native.Cutout]) -> np.ndarray:
    import numpy as np

    if len(cutouts) > 1:
        return np.asarray(_stacked(cutouts))
    width, height = cutouts[0].size
    shape = (height, width) if cutouts[0].mode == "L" else (height, width, 4)
    return np.frombuffer(cutouts[0].pixels(), np.uint8).reshape(shape)
