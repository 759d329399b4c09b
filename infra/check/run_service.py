"""Deploys the archive of the service, as an operator does who has only the archive and credentials.

    python infra/check/run_service.py        takes four minutes on two cores, because SAM packs everything twice

On a machine with Python and no compiler, Rust, Node.js or make, the archive for this processor is unpacked and deployed, with
SAM itself, to the emulator; then functions and site are checked there. The emulator requires Stage=local, which omits
unsupported features (metric math in alarms, policies that require TLS), and an edge without access logs and budget.

Deliberately absent: cutouts, since nothing is mounted at /var/task in the emulator (run_package.py), and the smoke test, which
calls CloudFront by HTTPS.
"""

from __future__ import annotations

import hashlib
import io
import json
import shlex
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from emulator import KEY, Emulator
from lambda_machine import NATIVE, Template

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "infra/edge"))

from site_files import NO_ORIGIN

REGION = "us-east-1"
STACK = "sansfond-dev"

OPERATOR = r"""
for tool in cc cargo node make; do ! command -v $tool || { echo "$tool is here"; exit 1; }; done
tar -xzf sansfond-service-*.tar.gz
cd sansfond-service-*/
# An unchanged samconfig.toml is refused before anything is sent.
if python3 deploy.py dev >output 2>&1; then echo "placeholders were deployed"; exit 1; fi
grep "samconfig.toml:.*“OperatorEmail=operator@example.com” is a placeholder" output || { cat output; exit 1; }
sed -i 's/operator@example.com/operator@mine.org/; s/"Stage=dev"/"Stage=local"/' samconfig.toml
python3 deploy.py dev --yes MonthlyBudget=0 LogDays=0 2>&1 | tee output | grep -E '^ +(ok|note|stop)|^(deploy|smoke|Success|Error)' || true
grep -q '^deploy: https://' output || { tail -50 output; exit 1; }
# The smoke test is the last step. It fails, because the site's domain of CloudFront does not exist here.
grep -q '^smoke: FAILED site' output
"""


class CheckFailed(Exception):
    """The problem of the deployment, in one line."""


def deploy(archive: Path, emulator: Emulator) -> None:
    variables = {
        "AWS_ENDPOINT_URL": emulator.endpoint, "AWS_ACCESS_KEY_ID": KEY["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": KEY["aws_secret_access_key"], "AWS_DEFAULT_REGION": REGION,
    }
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        machine = ["infra/check/bare_machine.sh", "--keep", f"{folder}/root", "--with", "python3,python3-venv", "--gives", str(archive)]
        if subprocess.run([*machine, "bash", "-euo", "pipefail", "-c", exports + OPERATOR], cwd=ROOT, check=False).returncode:
            raise CheckFailed("the deployment on the operator's machine failed")


def hashes(names_and_bytes: Any) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in names_and_bytes}


def packaged_hashes(archive: Path) -> dict[str, dict[str, str]]:
    """The hashes of the files of each program's package in the archive, by name."""
    found: dict[str, dict[str, str]] = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            _, _, place = member.name.partition("/target/lambda/")
            if place and (member.isfile() or member.islnk()):
                program, _, name = place.partition("/")
                found.setdefault(program, {})[name] = hashlib.sha256(tar.extractfile(member).read()).hexdigest()
    return found


def check_packages(archive: Path, emulator: Emulator) -> str:
    """Checks that SAM has uploaded the files of the archive, and that each function has the code of its program."""
    s3 = emulator.client("s3", REGION)
    buckets = [one["Name"] for one in s3.list_buckets()["Buckets"] if "aws-sam-cli" in one["Name"]]
    uploaded = []
    for bucket in buckets:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for entry in page.get("Contents", []):
                body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
                if zipfile.is_zipfile(io.BytesIO(body)):
                    with zipfile.ZipFile(io.BytesIO(body)) as package:
                        uploaded.append(hashes((name, package.read(name)) for name in package.namelist() if not name.endswith("/")))
    wanted = packaged_hashes(archive)
    for program, files in wanted.items():
        if files not in uploaded:
            raise CheckFailed(f"{program} was not uploaded as it is in the archive")
    functions = [
        one for page in emulator.client("lambda", REGION).get_paginator("list_functions").paginate() for one in page["Functions"]
    ]
    program_of = {function.name: function.program for function in Template.shipped().functions.values()}
    if (deployed := sorted(one["Handler"] for one in functions)) != sorted(program_of):
        raise CheckFailed(f"these functions were deployed: {', '.join(deployed)}")
    codes = {(program_of[one["Handler"]], one["CodeSha256"]) for one in functions}
    if sorted(program for program, _ in codes) != sorted(wanted) or len({code for _, code in codes}) != len(wanted):
        raise CheckFailed(f"{len(functions)} functions were deployed from {len(codes)} packages, not from {len(wanted)}")
    return f"{len(functions)} functions from {len(wanted)} packages"


def check_site(emulator: Emulator) -> str:
    outputs = stack(emulator, f"{STACK}-edge")
    s3 = emulator.client("s3", REGION)
    names = [
        one["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=outputs["SiteBucketName"]) for one in page["Contents"]
    ]
    site = {name: s3.get_object(Bucket=outputs["SiteBucketName"], Key=name)["Body"].read() for name in names}
    if without_origin := [name for name, body in site.items() if NO_ORIGIN.encode() in body]:
        raise CheckFailed(f"{without_origin[0]} does not contain the address of the site")
    if outputs["SiteUrl"].encode() not in site["sitemap.xml"] or b"<html" not in site["index.html"]:
        raise CheckFailed("the site has no front page, or the sitemap of another site")
    return f"{len(names)} files of the site, at {outputs['SiteUrl']}"


def stack(emulator: Emulator, name: str) -> dict[str, str]:
    found = emulator.client("cloudformation", REGION).describe_stacks(StackName=name)["Stacks"][0]
    if found["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise CheckFailed(f"{name} is {found['StackStatus']}")
    return {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}


def check_api(emulator: Emulator) -> str:
    """Checks that the deployed programs respond, and only to the edge."""
    api = urlsplit(stack(emulator, STACK)["ApiUrl"]).hostname.split(".")[0]
    secret = emulator.client("ssm", REGION).get_parameter(Name=f"/{STACK}/edge-secret", WithDecryption=True)["Parameter"]["Value"]

    def ask(path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        request = urllib.request.Request(f"{emulator.endpoint}{path}", json.dumps(body).encode() if body else None, {
            "Host": f"{api}.execute-api.localhost:{emulator.port}", "Content-Type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    edge = {"x-sansfond-edge": secret, "x-sansfond-viewer": "192.0.2.1"}
    new = {"email": "somebody@mine.org"}
    requests = {
        "a request past the edge": (ask("/api/config"), 403),
        "the config": (ask("/api/config", **edge), 200),
        "a request without a session": (ask("/api/me", **edge), 401),
        "a sign-up": (ask("/api/auth/register", new, **edge), 202),
    }
    for what, ((status, body), wanted) in requests.items():
        if status != wanted:
            raise CheckFailed(f"{what} was answered {status}, not {wanted}: {body[:300]!r}")
    return f"{len(requests)} responses of the API"


def main() -> int:
    archives = list((ROOT / "target/release-files").glob(f"sansfond-service-*-{NATIVE}.tar.gz"))
    if len(archives) != 1:
        print(f"service: {len(archives)} archives for {NATIVE} are in target/release-files", file=sys.stderr)
        return 1
    emulator = Emulator()
    try:
        deploy(archives[0], emulator)
        for check in (lambda: check_packages(archives[0], emulator), lambda: check_site(emulator), lambda: check_api(emulator)):
            print(f"service: {check()}", flush=True)
    except CheckFailed as reason:
        print(f"service: {reason}", file=sys.stderr)
        return 1
    finally:
        emulator.stop()
    print(f"service: {archives[0].name} was deployed from a machine with only Python")
    return 0


if __name__ == "__main__":
    sys.exit(main())
