"""Tests the image of the local service on its own: starts it and cuts out an image and a clip.

    python infra/check/run_local_image.py IMAGE        IMAGE is a folder that unpack_image.sh has filled

The image's root is read-only except for its volume, and the image's user owns nothing else. Both ports must accept
connections at an address other than 127.0.0.1, as a container's ports must.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "infra/deploy"))

import smoke
from smoke import Browser, Failed, Journey, User

CLIP = ROOT / "fixtures/clips/disc.mp4"
FRAMES = 12
READY = "local cloud: stop "
START_S = 120
STOP_S = 60


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("0.0.0.0", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Service:
    """The image's program."""

    def __init__(self, image: Path) -> None:
        self.door, self.cloud, batch = free_ports(3)
        environment = os.environ | {
            "PORT": str(self.door), "SANSFOND_CLOUD_PORT": str(self.cloud), "SANSFOND_BATCH_PORT": str(batch),
        }
        command = [sys.executable, str(ROOT / "infra/check/in_image.py"), str(image)]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.ready = threading.Event()
        threading.Thread(target=self.listen, daemon=True).start()
        if not self.ready.wait(START_S) or self.process.poll() is not None:
            self.process.kill()
            raise Failed("the service in the image did not start")

    def listen(self) -> None:
        for line in self.process.stdout:
            print(line, end="", flush=True)
            if line.startswith(READY):
                self.ready.set()
        self.ready.set()

    def answers_at(self, address: str) -> list[int]:
        """The ports that accept a connection at an address."""
        found = []
        for port in (self.door, self.cloud):
            with socket.socket() as probe:
                probe.settimeout(5)
                if probe.connect_ex((address, port)) == 0:
                    found.append(port)
        return found

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_S)


@dataclass
class ClipJourney(Journey):
    """The journey of an existing user with a clip."""

    def steps(self) -> list:
        wanted = ("login", "new upload", "upload", "job", "download", "cutout", "deletion")
        return [step for step in super().steps() if step[0] in wanted]

    def create_upload(self) -> str:
        wanted = {"name": self.picture.name, "type": "video/mp4", "size_bytes": self.picture.stat().st_size}
        response = self.browser.expect("POST", "/api/remove-video-background", wanted, 201).json()
        self.job, self.upload = response["job"], response["upload"]
        return f"job {self.job['id']}"

    def send_file(self) -> str:
        """Uploads the clip, which is one part."""
        answer = self.browser.send("PUT", self.upload["parts"][0]["url"], self.picture.read_bytes(), {"Origin": self.browser.site})
        if answer.status != 200:
            raise Failed(f"the bucket answered {answer.status}: {answer.body[:200].decode(errors='replace')}")
        self.browser.expect("POST", f"/api/jobs/{self.job['id']}/upload")
        return f"{self.picture.stat().st_size:,} bytes"

    def check_cutout(self) -> str:
        command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-select_streams", "v", "-of", "json", "-"]
        stream = json.loads(subprocess.run(command, input=self.cutout, capture_output=True, check=True).stdout)["streams"][0]
        tags = {name.lower(): value for name, value in stream.get("tags", {}).items()}
        if int(stream["nb_read_frames"]) != FRAMES or tags.get("alpha_mode") != "1":
            raise Failed(f"the clip has {stream['nb_read_frames']} frames and the tags {tags}")
        return f"{FRAMES} frames with an alpha channel"


def other_address() -> str:
    """An address of this machine other than 127.0.0.1."""
    addresses = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=True).stdout.split()
    return next((address for address in addresses if ":" not in address), "127.0.0.2")


def main(words: list[str]) -> int:
    service = Service(Path(words[0]))
    try:
        if service.answers_at(other_address()) != [service.door, service.cloud]:
            raise Failed("a container's ports could not be published: the service listens only on 127.0.0.1")
        site = f"http://127.0.0.1:{service.door}"
        journeys = (
            Journey(Browser(site), User.generate("sansfond.test", "123456"), smoke.PICTURE, 180),
            ClipJourney(Browser(site), User(*smoke.DEMO), CLIP, 180),
        )
        passed = all(smoke.run(journey, lambda _: "above") for journey in journeys)
    except Failed as reason:
        print(f"local image: {reason}", file=sys.stderr)
        passed = False
    finally:
        ended = service.stop()
    if ended:
        print(f"local image: asked to stop, it ended with {ended}", file=sys.stderr)
    return 0 if passed and not ended else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
