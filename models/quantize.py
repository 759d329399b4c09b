"""Makes and evaluates an int8 copy of `isnet-general-use`. An offline tool, not part of the product or of its build.

Calibration uses frames of clips (`target/bench/frames`), the evaluation other photographs (`target/bench/pictures`).
`shared/cli/bench/pictures.py` gathers both. The reference is the float network, not a ground truth. Measurements and
the decision are in `docs/decisions/0006-int8.md`.

    python models/quantize.py make isnet-general-use.onnx int8.onnx
    python models/quantize.py compare isnet-general-use.onnx int8.onnx
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image

BENCH = Path(__file__).resolve().parent.parent / "target" / "bench"
SIDE = 1024
MEAN_LIMIT = 0.004
IOU_LIMIT = 0.98
# A smaller share of the picture is a few uncertain pixels, whose overlap is not meaningful.
CLEAR_SUBJECT = 0.01
OPERATORS = ["Conv", "Relu", "MaxPool", "Concat", "Resize", "Add"]
METHODS = {
    "minmax": (CalibrationMethod.MinMax, {}),
    "average": (CalibrationMethod.MinMax, {"CalibMovingAverage": True, "CalibMovingAverageConstant": 0.1}),
    "percentile": (CalibrationMethod.Percentile, {}),
    "entropy": (CalibrationMethod.Entropy, {}),
}


def tensor_of(path: Path) -> np.ndarray:
    """The network's input for a picture: [1, 3, 1024, 1024], divided by the largest value, minus 0.5."""
    with Image.open(path) as opened:
        pixels = np.asarray(opened.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS), np.float32)
    scaled = pixels / max(float(pixels.max()), 1e-6) - 0.5
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


class Frames(CalibrationDataReader):
    """Pictures for calibration, one in memory at a time."""

    def __init__(self, paths: list[Path], input_name: str) -> None:
        self.paths = paths
        self.input_name = input_name
        self.rest = iter(paths)

    def __len__(self) -> int:
        return len(self.paths)

    def set_range(self, start_index: int, end_index: int) -> None:
        self.rest = iter(self.paths[start_index:end_index])

    def get_next(self) -> dict[str, np.ndarray] | None:
        path = next(self.rest, None)
        return None if path is None else {self.input_name: tensor_of(path)}


def widened(path: Path) -> onnx.ModelProto:
    """The model in single precision, with its first output only."""
    model = onnx.load(path)
    graph = model.graph
    del graph.output[1:]
    constants = [field.t for node in graph.node for field in node.attribute if field.HasField("t")]
    for tensor in [*graph.initializer, *constants]:
        if tensor.data_type == TensorProto.FLOAT16:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), tensor.name))
    for field in [field for node in graph.node if node.op_type == "Cast" for field in node.attribute]:
        if field.i == TensorProto.FLOAT16:
            field.i = TensorProto.FLOAT
    for value in [*graph.value_info, *graph.output]:
        if value.type.tensor_type.elem_type == TensorProto.FLOAT16:
            value.type.tensor_type.elem_type = TensorProto.FLOAT
    return model


def make(options: argparse.Namespace) -> None:
    """Quantizes weights per channel to s8 and activations to u8, except in nodes named by `--keep-float`."""
    frames = sorted(options.frames.iterdir())
    chosen = frames[:: max(1, len(frames) // options.count)][: options.count]
    method, settings = METHODS[options.method]
    with tempfile.TemporaryDirectory() as folder:
        wide, plain = Path(folder) / "wide.onnx", Path(folder) / "plain.onnx"
        onnx.save(widened(options.model), wide)
        quant_pre_process(wide, plain, skip_symbolic_shape=True)
        graph = onnx.load(plain).graph
        kept = [node.name for node in graph.node if node.name.startswith(tuple(options.keep_float))]
        quantize_static(
            plain,
            options.output,
            Frames(chosen, graph.input[0].name),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=OPERATORS,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=kept,
            calibrate_method=method,
            extra_options={"CalibStridedMinMax": 1, "CalibPercentile": options.percentile, **settings},
        )
    print(f"{options.output}: {len(chosen)} frames, {options.method}, {len(kept)} nodes in float")


def mattes(options: argparse.Namespace) -> None:
    """Writes one model's mattes as arrays and prints milliseconds per picture and peak memory."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(str(options.model), settings, ["CPUExecutionProvider"])
    output, name = session.get_outputs()[0].name, session.get_inputs()[0].name
    times = []
    for path in sorted(options.pictures.iterdir()):
        tensor = tensor_of(path)
        started = time.perf_counter()
        matte = session.run([output], {name: tensor})[0]
        times.append(1000 * (time.perf_counter() - started))
        np.save(options.folder / path.name, matte[0, 0])
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{statistics.median(times):.0f} ms, peak {peak_mb:.0f} MB")


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two subjects at 0.5; 1 if both are empty."""
    one, other = one > 0.5, other > 0.5
    union = np.count_nonzero(one | other)
    return np.count_nonzero(one & other) / union if union else 1.0


def run_in_process(model: Path, folder: Path, options: argparse.Namespace) -> None:
    """Runs `mattes` in a new process, so that the peak memory is that of one model."""
    folder.mkdir()
    command = [sys.executable, __file__, "mattes", str(model), str(folder)]
    command += ["--pictures", str(options.pictures), "--threads", str(options.threads)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    print(f"{model.name}: {answer.strip()}")


def compare(options: argparse.Namespace) -> None:
    """Prints the distance of the candidate from the float network, and whether it may be added to the catalog."""
    with tempfile.TemporaryDirectory() as folder:
        wide = Path(folder) / "float.onnx"
        onnx.save(widened(options.model), wide)
        expected, actual = Path(folder) / "expected", Path(folder) / "actual"
        run_in_process(wide, expected, options)
        run_in_process(options.candidate, actual, options)
        means, overlaps, subjects = {}, {}, {}
        for path in sorted(expected.iterdir()):
            one, other = np.load(path), np.load(actual / path.name)
            means[path.stem] = float(np.abs(one - other).mean())
            overlaps[path.stem] = overlap(one, other)
            subjects[path.stem] = float((one > 0.5).mean())
    for name in sorted(means, key=means.__getitem__, reverse=True)[: options.worst]:
        print(f"  {name}: mean {means[name]:.4f}, IoU {overlaps[name]:.3f}, subject {subjects[name]:.1%}")
    mean, lowest = statistics.mean(means.values()), min(overlaps.values())
    verdict = "passes" if mean <= MEAN_LIMIT and lowest >= IOU_LIMIT else "does not pass"
    print(f"{len(means)} pictures: mean {mean:.5f}, worst {max(means.values()):.5f}")
    short = sum(value < IOU_LIMIT for value in overlaps.values())
    clear = min(overlaps[name] for name, share in subjects.items() if share >= CLEAR_SUBJECT)
    print(f"lowest IoU {lowest:.3f}, {clear:.3f} where there is a subject; {short} under {IOU_LIMIT}: {verdict}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = arguments.add_subparsers(required=True)

    verb = verbs.add_parser("make", help="write the int8 copy")
    verb.add_argument("model", type=Path)
    verb.add_argument("output", type=Path)
    verb.add_argument("--method", choices=METHODS, default="percentile")
    verb.add_argument("--percentile", type=float, default=99.999, help="for the method of that name")
    verb.add_argument("--count", type=int, default=12, help="frames to calibrate on")
    verb.add_argument("--keep-float", nargs="*", default=["/side", "/conv_in/"], help="prefixes of node names")
    verb.add_argument("--frames", type=Path, default=BENCH / "frames")
    verb.set_defaults(run=make)

    verb = verbs.add_parser("compare", help="compare an int8 copy with the float network")
    verb.add_argument("model", type=Path)
    verb.add_argument("candidate", type=Path)
    verb.add_argument("--worst", type=int, default=8, help="number of worst pictures to print")
    verb.set_defaults(run=compare)

    judged = verbs.add_parser("mattes", help="run one model on the pictures (started by compare)")
    judged.add_argument("model", type=Path)
    judged.add_argument("folder", type=Path)
    judged.set_defaults(run=mattes)
    for each in (verb, judged):
        each.add_argument("--pictures", type=Path, default=BENCH / "pictures")
        each.add_argument("--threads", type=int, default=2)

    options = arguments.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
