"""Puts the graph prepared for Graviton into the arm64 package of the functions with the network.

    python infra/prepare_graph.py arm64

Without it, each cold start prepares the graph again, because /tmp is empty. The packaged function creates the graph here as
on Lambda, under qemu if this machine has another processor. The weights are then removed, because graph and weights together
exceed the limit of Lambda. If this machine cannot start packages, the weights stay, and a line reports it. A function that
does not start or does not prepare a graph is an error.

Lambda's x86_64 machines are of several kinds, each with its own graph, and two graphs do not fit
(docs/decisions/0027-the-prepared-graph-in-the-package.md).
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "infra" / folder) for folder in ("check", "bench")] + [str(ROOT / "shared" / "cli" / "bench")]

import lambda_machine
from check_package import PACKAGES
from lambda_machine import Machine, Template, Unusable
from service.function import Function
from settings import Unavailable

ARCH = "arm64"
# The function that creates the graph when it starts; the others in its package find it there.
FUNCTION = "preview_cutout"
PATIENCE_S = 900
# The values that the stack would provide. The function makes no calls before the first event.
DEPLOYED = {
    "SANSFOND_TABLE": "table",
    "SANSFOND_BUCKET": "bucket",
    "SANSFOND_SITE_ORIGIN": "https://site.invalid",
    "SANSFOND_POOL_ID": f"{lambda_machine.REGION}_pool",
    "SANSFOND_POOL_CLIENT_ID": "client",
    "SANSFOND_JWKS_URL": "",
}


def prepared(machine: Machine, template: Template, folder: Path) -> Path:
    """Starts the function, which prepares the graph. Returns the graph's folder, whose name the engine chose."""
    folder.chmod(0o777)
    function = template.functions[FUNCTION]
    environment = template.environment(function, DEPLOYED) | {"SANSFOND_PREPARED": "/tmp/prepared"}
    with machine.with_package(PACKAGES / function.program, tmp=folder) as command:
        with Function(command, environment, function.memory_mb, PATIENCE_S):
            made = list((folder / "prepared").glob("cpu-*"))
    if len(made) != 1 or not (made[0] / "model.onnx").is_file():
        raise Unavailable(f"{FUNCTION} prepared no graph: {[path.name for path in made]}")
    return made[0]


def install(graph: Path, model: Path) -> None:
    """Replaces the weights by the graph. Their hash file stays, because the engine derives the graph's name from it."""
    for weights in model.glob("*.onnx"):
        if not weights.with_name(f"{weights.name}.sha256").is_file():
            raise Unavailable(f"{weights} has no hash beside it")
        weights.unlink()
    shutil.copytree(graph, model / "prepared" / graph.name)


def main(arguments: list[str]) -> int:
    if arguments != [ARCH]:
        print(f"usage: prepare_graph.py {ARCH}", file=sys.stderr)
        return 2
    template = Template.shipped()
    model = template.value({"Ref": "Model"})
    try:
        lambda_machine.enter_mount_namespace()
        machine = Machine(ARCH, Path(os.environ["SANSFOND_HOME"]).resolve() / "package" / ARCH / "root")
        with tempfile.TemporaryDirectory() as folder:
            graph = prepared(machine, template, Path(folder))
            install(graph, PACKAGES / template.functions[FUNCTION].program / "models" / model)
    except Unusable as reason:
        print(f"package: the graph is not prepared, so each cold start takes a second longer: {reason}", file=sys.stderr)
    except Unavailable as reason:
        print(f"package: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
