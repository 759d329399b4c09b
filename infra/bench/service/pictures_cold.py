"""The image functions when Lambda starts them: loading the model, the first picture and the second."""

import statistics
import tempfile
from pathlib import Path
from typing import Any

import tables
from pictures import jpeg_of_megapixels
from service import events
from service.function import Function
from service.backend import Backend
from settings import MODEL, Settings, Unavailable

# As in the template.
MEMORY_MB = 3008
LEASE_S = 65
PROGRAM = "image"
FUNCTIONS = ("remove_background", "cut_out_upload")
GRAPHS = ("none", "prepared")
PICTURES = 2
CALLERS_A_ROUND = len(FUNCTIONS) * len(GRAPHS) * PICTURES
GOOD = {"200", "ok"}


def environment(settings: Settings, backend: Backend, home: Path) -> dict[str, str]:
    return backend.environment() | {
        "SANSFOND_HOME": str(home),
        "SANSFOND_MODEL": MODEL,
        "SANSFOND_PROVIDER": "cpu",
        "SANSFOND_THREADS": str(settings.threads),
        "SANSFOND_LEASE_SECONDS": str(LEASE_S),
    }


def home_without_graph(settings: Settings, home: Path) -> Path:
    """A home with the weights and the runtime of `settings.home`. A prepared graph there would be used in any case."""
    weights = home / "models" / MODEL
    weights.mkdir(parents=True)
    for file in (settings.home / "models" / MODEL).glob(f"{MODEL}.onnx*"):
        (weights / file.name).symlink_to(file)
    (home / "runtime").symlink_to(settings.home / "runtime")
    return home


def event(name: str, caller: dict[str, str], picture: Path, site: str) -> dict[str, Any]:
    if name == "cut_out_upload":
        return events.upload_event(caller, picture)
    method, path = events.ROUTES[name]
    return events.request(method, path, picture.read_bytes(), *events.credentials(name, caller, site))


def measure_process(settings: Settings, backend: Backend, name: str, made: list[dict[str, Any]], home: Path) -> dict[str, Any]:
    """Measures a new process and its pictures."""
    with Function([settings.binary(PROGRAM)], environment(settings, backend, home) | {"_HANDLER": name}, MEMORY_MB) as function:
        answers = [function.invoke(each) for each in made]
        bad = {answer.status for answer in answers} - GOOD
        if bad:
            raise Unavailable(f"`{name}` answered {', '.join(bad)}")
        times = {"first_ms": answers[0].ms, "second_ms": answers[1].ms}
        return {"ready_ms": function.ready_ms, **times, "cpu_ms": function.cpu_ms(), "peak_mb": function.peak_mb()}


def measure(settings: Settings) -> dict[str, Any]:
    try:
        settings.require_weights()
    except Unavailable as reason:
        return {"unavailable": str(reason)}
    picture = jpeg_of_megapixels(1)
    runs: dict[str, list[dict[str, Any]]] = {f"{name}, {graph}": [] for name in FUNCTIONS for graph in GRAPHS}
    # The first round fills the page cache and prepares the graph of the shared home.
    turns = settings.rounds + 1
    with Backend(settings, turns * CALLERS_A_ROUND, picture) as backend, tempfile.TemporaryDirectory() as folder:
        callers = iter(backend.callers)
        with_graph = home_without_graph(settings, Path(folder) / "prepared")
        for turn in range(turns):
            for name in FUNCTIONS:
                for graph in GRAPHS:
                    home = with_graph
                    if graph == "none":
                        home = home_without_graph(settings, Path(folder) / f"{name}-{turn}")
                    made = [event(name, next(callers), picture, backend.info["site"]) for _ in range(PICTURES)]
                    run = measure_process(settings, backend, name, made, home)
                    runs[f"{name}, {graph}"] += [run] if turn else []
    size_mb = Path(settings.binary(PROGRAM)).stat().st_size / 1e6
    return {"rounds": settings.rounds, "threads": settings.threads, "runs": runs, "size_mb": size_mb}


def report(raw: dict[str, Any]) -> str:
    if "unavailable" in raw:
        return f"Not measured: {raw['unavailable']}.\n"
    text = (
        f"{MODEL}, provider cpu, {raw['threads']} threads, {raw['rounds']} interleaved rounds, a JPEG of 1 megapixel. "
        "`remove_background` responds with the result itself; `cut_out_upload` downloads the upload, and stores the "
        "result and a preview. Ready: the model is loaded. Prepared: the optimized graph is beside "
        "the weights, as in a package for AWS; none: the function optimizes and writes it first. The program has "
        f"{raw['size_mb']:.1f} MB.\n\n"
    )
    head = ("function, graph", "ready ms", "first picture ms", "second picture ms", "total ms", "CPU ms", "peak MB")
    return text + tables.table(head, [row(name, each) for name, each in raw["runs"].items()])


def row(name: str, each: list[dict[str, Any]]) -> tuple[str, ...]:
    spreads = (tables.spread([run[key] for run in each]) for key in ("ready_ms", "first_ms", "second_ms"))
    total = tables.spread([run["ready_ms"] + run["first_ms"] for run in each])
    cpu, peak = (f"{statistics.median(run[key] for run in each):.0f}" for key in ("cpu_ms", "peak_mb"))
    return name, *spreads, total, cpu, peak
