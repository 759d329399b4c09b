"""Measures this machine's NVIDIA GPU: CUDA and TensorRT, 720p and 1080p, by batch size, with and without encoding.

    make gpu-check                                   a table; without a GPU “GPU: not run”, and why
    python3 infra/check/gpu_check.py --present       exit status 0 if there is a usable GPU
    python3 infra/check/gpu_check.py --only cpu      the same table for the CPU, which shows that this file works

Video decoding and encoding are tested by running them: several of NVIDIA's data center GPUs have no encoder.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(os.environ.get("SANSFOND_HOME", ROOT / ".sansfond"))
PROGRAMS = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
PICTURE = ROOT / "fixtures/pictures/astronaut.png"
PROVIDERS = ("cuda", "tensorrt")
SIZES = {"720p": "1280x720", "1080p": "1920x1080"}
BATCHES = "1,2,4,8,16"
FRAMES = 64
CLIP_S = 4
RATE = 25
FORMATS = ("webm", "mp4")
# TensorRT compiles the network for the GPU at its first start.
PATIENCE_S = 1800


class NoGpu(Exception):
    """The reason why there is no GPU to measure, in one line."""


def describe_gpu() -> str:
    """Name, compute capability and driver of the first GPU."""
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError:
        raise NoGpu("there is no NVIDIA driver (libcuda.so.1)") from None
    count, version = ctypes.c_int(), ctypes.c_int()
    if status := cuda.cuInit(0):
        raise NoGpu(f"the NVIDIA driver finds no usable GPU (CUDA error {status})")
    cuda.cuDeviceGetCount(ctypes.byref(count))
    cuda.cuDriverGetVersion(ctypes.byref(version))
    if not count.value:
        raise NoGpu("the NVIDIA driver finds no GPU")
    name = ctypes.create_string_buffer(100)
    cuda.cuDeviceGetName(name, len(name), 0)
    if version.value < 13000:
        raise NoGpu(f"the driver of {name.value.decode()} supports CUDA {version.value // 1000}, 13 is required: driver 580 or newer")
    return f"{name.value.decode()}, the driver supports CUDA {version.value // 1000}.{version.value % 1000 // 10}"


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    libraries = f"{HOME}/runtime/cuda:{os.environ.get('LD_LIBRARY_PATH', '')}"
    environment = os.environ | {"SANSFOND_HOME": str(HOME), "LD_LIBRARY_PATH": libraries}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_S)


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    """The last line of a program's output."""
    return (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1][:120]


def measure_network(provider: str, size: str, frames: int, batches: str) -> list[dict[str, Any]]:
    """Measures the network alone. Returns a row for each batch size."""
    command = [str(PROGRAMS / "examples/frames"), "--provider", provider, "--picture", str(PICTURE), "--size", SIZES[size]]
    done = run([*command, "--frames", str(frames), "--batches", batches])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return rows if not done.returncode else [*rows, {"batch": "", "refused": last_line(done)}]


def make_clip(folder: Path, size: str, seconds: float) -> Path:
    """Makes a clip of a moving photo, so that no two frames are equal."""
    file = folder / f"{size}.mp4"
    width, height = SIZES[size].split("x")
    moving = f"scale={int(width) + 200}:-2,crop={width}:{height}:'100+90*sin(t)':40"
    command = ["ffmpeg", "-v", "error", "-y", "-loop", "1", "-framerate", str(RATE), "-t", str(seconds), "-i", str(PICTURE),
               "-vf", moving, "-c:v", "libx264", "-pix_fmt", "yuv420p", str(file)]
    subprocess.run(command, check=True)
    return file


def measure_video(provider: str, source: Path, kind: str) -> dict[str, Any]:
    """Processes a video. Returns the command's JSON, with the time of each stage."""
    target = source.with_suffix(f".{provider}.{kind}")
    background = ["--bg-color", "white"] if kind == "mp4" else []
    command = [str(PROGRAMS / "sansfond"), "video", str(source), "-o", str(target), "--force", "--json", "--every-frame"]
    done = run([*command, "--provider", provider, *background])
    if done.returncode:
        return {"refused": last_line(done)}
    return json.loads(done.stdout)


def test_codecs(folder: Path) -> list[tuple[str, str]]:
    """Decodes and encodes a clip with FFmpeg's NVDEC and NVENC."""
    source = make_clip(folder, "720p", 1)
    attempts = {
        "NVDEC, H.264": ["-c:v", "h264_cuvid", "-i", str(source), "-f", "null", "-"],
        "NVENC, H.264": ["-i", str(source), "-c:v", "h264_nvenc", "-f", "null", "-"],
        "NVENC, HEVC": ["-i", str(source), "-c:v", "hevc_nvenc", "-f", "null", "-"],
        "NVENC, AV1": ["-i", str(source), "-c:v", "av1_nvenc", "-f", "null", "-"],
    }
    found = []
    for name, arguments in attempts.items():
        done = run(["ffmpeg", "-v", "error", "-nostdin", *arguments])
        found.append((name, last_line(done) if done.returncode else "works"))
    return found


def table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def measure(providers: list[str], sizes: list[str], frames: int, batches: str, seconds: float, folder: Path) -> str:
    mattes, videos = [], []
    for provider in providers:
        for size in sizes:
            for row in measure_network(provider, size, frames, batches):
                figures = [row["refused"], "", ""] if "refused" in row else [
                    f"{row['frames_per_s']:.2f}", f"{row['first_s']:.2f}", f"{row['load_s']:.2f}"]
                mattes.append([provider, size, str(row["batch"]), *figures])
            source = make_clip(folder, size, seconds)
            for kind in FORMATS:
                result = measure_video(provider, source, kind)
                if "refused" in result:
                    videos.append([provider, size, kind, result["refused"], "", "", "", ""])
                    continue
                stages = result["stages"]
                videos.append([
                    provider, size, kind, f"{result['frames'] / result['took_s']:.2f}",
                    *(f"{1000 * stages[f'{stage}_s'] / result['frames']:.1f}" for stage in ("decode", "matte", "finish", "encode")),
                ])
    return (
        "Mattes only, with decoded frames:\n\n"
        + table(["provider", "size", "frames at once", "frames/s", "first, s", "load, s"], mattes)
        + "\nWhole videos, from file to file; milliseconds per frame of each stage, which run concurrently:\n\n"
        + table(["provider", "size", "format", "frames/s", "decode", "matte", "finish", "encode"], videos)
    )


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="gpu_check.py", description="Measures this machine's NVIDIA GPU.")
    parser.add_argument("--present", action="store_true", help="only check whether there is one")
    parser.add_argument("--only", metavar="PROVIDER", help="only this provider, without checking for a GPU")
    parser.add_argument("--sizes", default=",".join(SIZES))
    parser.add_argument("--batches", default=BATCHES)
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--seconds", type=float, default=CLIP_S)
    given = parser.parse_args(words)
    try:
        machine = f"provider {given.only}" if given.only else describe_gpu()
    except NoGpu as why:
        print(f"GPU: not run: {why}")
        return 1 if given.present else 0
    if given.present:
        return 0
    print(f"GPU: {machine}\n")
    providers = [given.only] if given.only else list(PROVIDERS)
    with tempfile.TemporaryDirectory() as folder:
        print(measure(providers, given.sizes.split(","), given.frames, given.batches, given.seconds, Path(folder)), flush=True)
        if not given.only:
            print(table(["codec", "FFmpeg says"], [list(row) for row in test_codecs(Path(folder))]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
