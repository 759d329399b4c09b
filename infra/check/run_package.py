"""Starts every packaged function as Lambda does, and sends each an event.

    python infra/check/run_package.py x86_64         all functions of the template; exit status 1 if one fails
    python infra/check/run_package.py arm64 login    these functions only
    python infra/check/test_run_package.py           shows that this check can fail

A route must answer with a success status of docs/openapi.json, a queue's function must not return an error, and neither must
the function of the clock. An image must be cut out, and a video must be recognized. The table, the bucket and Cognito are
those of `router_load`, on this machine. The limits of this check are in docs/PACKAGES.md.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import lambda_machine
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from check_package import MACHINES, PACKAGES, ROOT
from lambda_machine import Machine, Template, Unusable
from PIL import Image, ImageChops, ImageDraw, ImageStat

sys.path[:0] = [str(ROOT / "infra" / "bench"), str(ROOT / "shared" / "cli" / "bench")]

from service import events
from service.function import Answer
from service.function import Function as Process
from service.backend import Backend
from settings import Settings, Unavailable

FIXTURES = ROOT / "fixtures"
PICTURE = "chelsea"
CLIP = events.CLIP
# By whether the processor is native; qemu is slow with ONNX Runtime.
PATIENCE_S = {True: 60, False: 1800}
# Under qemu, the network takes minutes. So only this function runs it; the others run a tiny graph with the same signature,
# for which bright areas are the subject.
RUNS_REAL_NETWORK = "cut_out_upload"
TINY = FIXTURES / "models" / "isnet.onnx"
# Expected errors: fetch_image must refuse addresses of this machine, and there is no internet.
REFUSED = {"fetch_image": (400, "url_not_allowed")}
# The tolerance of the service's tests.
MATTE_TOLERANCE = 4.0
# The variables of a function that the test environment may set; the rest is Lambda's.
GIVEN = ("SANSFOND_", "AWS_ENDPOINT_URL")

Caller = dict[str, str]


class CheckFailed(Exception):
    """A function's response is wrong; the text says how."""


class Package:
    """The packages of one architecture, their machine and their test environment."""

    def __init__(self, machine: Machine, template: Template, backend: Backend, tiny: Path) -> None:
        self.machine, self.template, self.backend = machine, template, backend
        self.tiny = tiny_models(tiny, template.value({"Ref": "Model"}))
        self.callers: Iterator[Caller] = iter(backend.callers)
        # The values of a deployed stack: names and addresses.
        self.deployed = {
            **{name: value for name, value in backend.environment().items() if name.startswith(GIVEN)},
        }

    def invoke(self, name: str, event: dict[str, Any]) -> Answer:
        """Invokes a function in a new process with an empty /tmp."""
        function = self.template.functions[name]
        environment = self.template.environment(function, self.deployed)
        patience = PATIENCE_S[self.machine.arch == lambda_machine.NATIVE]
        package = PACKAGES / function.program
        models = self.tiny if self.has_tiny_network(name) and (package / "models").is_dir() else None
        with self.machine.with_package(package, models=models) as command:
            with Process(command, environment, function.memory_mb, patience) as process:
                return process.invoke(event)

    def has_tiny_network(self, name: str) -> bool:
        return self.machine.arch != lambda_machine.NATIVE and name != RUNS_REAL_NETWORK

    def call(self, name: str, caller: Caller, **different: Any) -> Any:
        """The JSON response of a route."""
        event = events.event(name, caller, self.backend.info["site"]) | different
        return json.loads(text(success(name, self.invoke(name, event))))

    def job(self, caller: Caller, job: str) -> Any:
        return self.call("get_job", caller, rawPath=f"/api/jobs/{job}")


# --------------------------------------------------------------------------------------------------------- answers


def success(name: str, answer: Answer) -> Answer:
    """Returns the answer if it is a success; raises CheckFailed otherwise."""
    if name not in events.ROUTES:
        if answer.status != "ok":
            raise CheckFailed(f"answered {answer.status}: {answer.body[:300].decode(errors='replace')}")
        return answer
    method, path = events.ROUTES[name]
    if name in REFUSED:
        status, code = REFUSED[name]
        if answer.status != str(status) or json.loads(text(answer)).get("code") != code:
            raise CheckFailed(f"answered {answer.status}, not {status} {code}: {text(answer)[:300]!r}")
        return answer
    documented = events.PATHS[path][method.lower()]["responses"].keys() - {"default"}
    if answer.status not in documented:
        raise CheckFailed(f"answered {answer.status}, not {' or '.join(sorted(documented))}: {text(answer)[:300]!r}")
    return answer


def text(answer: Answer) -> bytes:
    """The body that API Gateway would forward."""
    response = json.loads(answer.body)
    body = response.get("body") or ""
    return base64.b64decode(body) if response.get("isBase64Encoded") else body.encode()


def picture(tiny: bool) -> bytes:
    """The input: a photo, or for a tiny network a white disc on black."""
    if not tiny:
        return (FIXTURES / "pictures" / f"{PICTURE}.png").read_bytes()
    disc = Image.new("RGB", (160, 120))
    ImageDraw.Draw(disc).ellipse((40, 20, 120, 100), fill="white")
    content = io.BytesIO()
    disc.save(content, "PNG")
    return content.getvalue()


def cutout(content: bytes, tiny: bool) -> None:
    """Raises CheckFailed if the content is not the expected cutout of `picture`."""
    cut = Image.open(io.BytesIO(content))
    if tiny:
        expected = Image.open(io.BytesIO(picture(tiny))).convert("L")
    else:
        expected = Image.open(FIXTURES / "expected" / f"{PICTURE}.png").convert("L")
    if cut.mode != "RGBA" or cut.size != expected.size:
        raise CheckFailed(f"the result is {cut.mode}, {cut.size}, not a cutout")
    error = ImageStat.Stat(ImageChops.difference(cut.getchannel("A"), expected)).mean[0]
    if error > MATTE_TOLERANCE:
        raise CheckFailed(f"the mean error of the matte is {error:.1f}")


def tiny_models(folder: Path, model: str) -> Path:
    """A folder of models in which the tiny graph has the real one's name, and a matching hash."""
    weights = folder / model / f"{model}.onnx"
    weights.parent.mkdir(parents=True)
    content = TINY.read_bytes()
    weights.write_bytes(content)
    weights.with_name(f"{weights.name}.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  {weights.name}\n")
    folder.chmod(0o755)
    return folder


# ---------------------------------------------------------------------------------------------------------- events


def preview_cutout(package: Package, caller: Caller) -> None:
    tiny = package.has_tiny_network("preview_cutout")
    headers = {"origin": package.backend.info["site"], "content-type": "image/png"}
    event = events.request("POST", "/api/preview", picture(tiny), headers, [])
    cutout(text(success("preview_cutout", package.invoke("preview_cutout", event))), tiny)


def remove_background(package: Package, caller: Caller) -> None:
    tiny = package.has_tiny_network("remove_background")
    headers, cookies = events.credentials("remove_background", caller, package.backend.info["site"])
    headers |= {"content-type": "image/png"}
    event = events.request("POST", "/api/remove-background", picture(tiny), headers, cookies)
    cutout(text(success("remove_background", package.invoke("remove_background", event))), tiny)


def cut_out_upload(package: Package, caller: Caller) -> None:
    """Creates and sends an upload like a browser, sends the event about it, and downloads the result."""
    tiny = package.has_tiny_network("cut_out_upload")
    content = picture(tiny)
    wanted = {"name": f"{PICTURE}.png", "type": "image/png", "size_bytes": len(content)}
    answer = package.call("create_upload", caller, body=json.dumps(wanted))
    job, upload = answer["job"]["id"], answer["upload"]
    etag = put(upload["url"], content, upload["headers"])
    event = object_created("upload-arrived", f"uploads/{caller['account']}/{job}/source", len(content), etag)
    success("cut_out_upload", package.invoke("cut_out_upload", event))
    done = package.job(caller, job)
    if done["state"] != "completed":
        raise CheckFailed(f"the job is {done['state']}: {done.get('failure')}")
    with urllib.request.urlopen(done["result"]["download_url"]) as response:
        cutout(response.read(), tiny)


def video_intake(package: Package, caller: Caller) -> None:
    """Creates the upload, sends it in one part, completes it, probes it with FFmpeg."""
    content = CLIP.read_bytes()
    wanted = {"name": CLIP.name, "type": "video/mp4", "size_bytes": len(content)}
    answer = package.call("remove_video_background", caller, body=json.dumps(wanted))
    job, parts = answer["job"]["id"], answer["upload"]["parts"]
    if len(parts) != 1:
        raise CheckFailed(f"{CLIP.name} has {len(parts)} parts, not one")
    put(parts[0]["url"], content, {})
    package.call("finish_upload", caller | {"video_job": job})
    key = f"videos/{caller['account']}/{job}/source"
    etag = etag_of(package.backend.info, key)
    success("video_intake", package.invoke("video_intake", object_created("video-arrived", key, len(content), etag)))
    probed = package.job(caller, job)
    if probed["state"] != "queued" or not (probed["video"] or {}).get("frame_count"):
        raise CheckFailed(f"the video's job is {probed['state']}: {probed.get('failure')}")


def unknown_video(name: str) -> Callable[[Package, Caller], None]:
    """For functions that call Batch or SES, which are not here: sends an event about a job that does not exist."""

    def step(package: Package, caller: Caller) -> None:
        success(name, package.invoke(name, events.event(name, caller, package.backend.info["site"])))

    return step


def fetch_image(package: Package, caller: Caller) -> None:
    headers = {"origin": package.backend.info["site"]}
    event = events.request("POST", "/api/fetch-image", {"url": "http://127.0.0.1/a.png"}, headers, [])
    success("fetch_image", package.invoke("fetch_image", event))


def of_a_video(name: str) -> Callable[[Package, Caller], None]:
    """For routes that need a video upload in progress."""

    def step(package: Package, caller: Caller) -> None:
        content = CLIP.read_bytes()
        wanted = {"name": CLIP.name, "type": "video/mp4", "size_bytes": len(content)}
        answer = package.call("remove_video_background", caller, body=json.dumps(wanted))
        job, parts = answer["job"]["id"], answer["upload"]["parts"]
        if name == "finish_upload":
            put(parts[0]["url"], content, {})
        if name != "remove_video_background":
            package.call(name, caller | {"video_job": job})

    return step


SPECIAL: dict[str, Callable[[Package, Caller], None]] = {
    "preview_cutout": preview_cutout,
    "remove_background": remove_background,
    "cut_out_upload": cut_out_upload,
    "video_intake": video_intake,
    "fetch_image": fetch_image,
    **{name: unknown_video(name) for name in ("deliver_events", "dispatch_video", "settle_video")},
    **{name: of_a_video(name) for name in ("remove_video_background", "get_upload", "finish_upload")},
}


def put(url: str, content: bytes, headers: dict[str, str]) -> str:
    request = urllib.request.Request(url, content, headers, method="PUT")
    with urllib.request.urlopen(request) as response:
        return str(response.headers["etag"]).strip('"')


def etag_of(info: dict[str, Any], key: str) -> str:
    """The ETag of an object in the bucket."""
    store = boto3.client(
        "s3", endpoint_url=info["endpoint"], region_name=lambda_machine.REGION,
        aws_access_key_id="test", aws_secret_access_key="test-secret",
        config=Config(s3={"addressing_style": "path"}, proxies={}),
    )  # fmt: skip
    return str(store.head_object(Bucket=info["bucket"], Key=key)["ETag"]).strip('"')


def object_created(fixture: str, key: str, size: int, etag: str) -> dict[str, Any]:
    """EventBridge's event for a new object, in a message of a queue."""
    event = json.loads((FIXTURES / "events" / f"{fixture}.json").read_text())
    body = json.loads(event["Records"][0]["body"])
    body["detail"]["object"] |= {"key": key, "size": size, "etag": etag}
    event["Records"][0]["body"] = json.dumps(body)
    return event


def check_function(package: Package, name: str) -> None:
    """Runs one function; `CheckFailed` and `Unavailable` contain the reason of a failure."""
    caller = next(package.callers)
    if name in SPECIAL:
        SPECIAL[name](package, caller)
    else:
        success(name, package.invoke(name, events.event(name, caller, package.backend.info["site"])))


def run_all(package: Package, names: list[str]) -> list[str]:
    """Runs all functions. Returns one line for each that fails."""
    problems = []
    for name in names:
        try:
            check_function(package, name)
        except (CheckFailed, Unavailable, BotoCoreError, ClientError, OSError, KeyError, ValueError) as reason:
            problems.append(f"{name}: {type(reason).__name__}: {reason}")
            print(f"package: {problems[-1]}", file=sys.stderr, flush=True)
        else:
            print(f"package: {name} runs", flush=True)
    return problems


def settings(home: Path) -> Settings:
    built = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"
    return Settings(home=home, binaries=built, threads=os.cpu_count() or 1, rounds=1, seconds=0)


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in MACHINES:
        print("usage: run_package.py arm64|x86_64 [FUNCTION…]", file=sys.stderr)
        return 2
    arch, *wanted = arguments
    home = Path(os.environ["SANSFOND_HOME"]).resolve()
    template = Template.shipped()
    names = wanted or sorted(template.functions)
    try:
        machine = Machine(arch, home / "package" / arch / "root")
        with Backend(settings(home), len(names)) as backend, tempfile.TemporaryDirectory() as tiny:
            problems = run_all(Package(machine, template, backend, Path(tiny)), names)
    except (Unusable, Unavailable) as reason:
        problems = [str(reason)]
        print(f"package: {reason}", file=sys.stderr)
    if not problems:
        print(f"package: {len(names)} functions run on {arch}")
    return 1 if problems else 0


if __name__ == "__main__":
    try:
        lambda_machine.enter_mount_namespace()
    except Unusable as forbidden:
        sys.exit(f"package: {forbidden}")
    sys.exit(main(sys.argv[1:]))
