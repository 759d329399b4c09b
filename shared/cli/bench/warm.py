"""Warm cutouts: JPEG bytes to PNG bytes in processes that have loaded the model, in turns."""

import statistics
from contextlib import ExitStack
from typing import Any

import machine
import tables
from pictures import jpeg_of_megapixels
from settings import MODEL, Settings
from workers import Worker

TITLE = "Warm: one picture after another"
MEGAPIXELS = (1, 12)
PEER = "rembg"
LIKE = "ours, cpu, recipe rembg"
SMALL = "ours, cpu, recipe rembg, compression best"
FULL = "ours, cpu, recipe sansfond"
AUTO = "ours, auto, recipe rembg"
DEFAULT = "ours, auto, recipe sansfond"
STAGES = {
    LIKE: ("--provider", "cpu", "--recipe", "rembg", "--compression", "fast"),
    SMALL: ("--provider", "cpu", "--recipe", "rembg", "--compression", "best"),
    FULL: ("--provider", "cpu", "--recipe", "sansfond", "--compression", "fast"),
    AUTO: ("--provider", "auto", "--recipe", "rembg", "--compression", "fast"),
    DEFAULT: ("--provider", "auto", "--recipe", "sansfond", "--compression", "fast"),
}


def measure(settings: Settings) -> dict[str, Any]:
    settings.require_weights()
    commands = {PEER: settings.peer("peer_rembg.py", "--model", MODEL)}
    commands |= {name: settings.stages(*options) for name, options in STAGES.items()}
    results: dict[str, Any] = {}
    with ExitStack() as running:
        workers = {
            name: running.enter_context(Worker(command, settings.environment)) for name, command in commands.items()
        }
        for megapixels in MEGAPIXELS:
            picture = jpeg_of_megapixels(megapixels)
            for worker in workers.values():
                worker.ask(picture)
            answers: dict[str, list[dict[str, float]]] = {name: [] for name in workers}
            for _ in range(settings.rounds):
                for name, worker in workers.items():
                    answers[name].append(worker.ask(picture))
            results[str(megapixels)] = answers
    return {"rounds": settings.rounds, "threads": settings.threads, "amx": machine.has_amx(), "answers": results}


def outside(answer: dict[str, float]) -> float:
    return answer["total_ms"] - answer["inference_ms"]


def median(answers: list[dict[str, float]], key: str) -> float:
    return statistics.median(answer[key] for answer in answers)


def timing_row(name: str, answers: list[dict[str, float]]) -> tuple[str, ...]:
    return (
        name,
        tables.spread([answer["total_ms"] for answer in answers]),
        tables.spread([answer["inference_ms"] for answer in answers]),
        tables.spread([outside(answer) for answer in answers]),
        f"{median(answers, 'png_bytes') / 1e6:.2f}",
        f"{max(answer['peak_mb'] for answer in answers):.0f}",
    )


def stage_row(name: str, answers: list[dict[str, float]]) -> tuple[str, ...]:
    stages = ("decode_ms", "prepare_ms", "inference_ms", "finish_ms", "encode_ms")
    return name, *(f"{median(answers, stage):.0f}" for stage in stages)


def target_rows(answers: dict[str, list[dict[str, float]]], amx: bool) -> list[tuple[str, ...]]:
    total = {name: median(each, "total_ms") for name, each in answers.items()}
    aside = {name: statistics.median(outside(answer) for answer in each) for name, each in answers.items()}
    size = {name: median(each, "png_bytes") for name, each in answers.items()}

    def share(name: str, limit: float) -> tuple[str, ...]:
        what = f"{name}: share of rembg's time outside inference"
        return tables.at_most(what, 100 * aside[name] / aside[PEER], limit, 1, " %")

    def growth(name: str, limit: float) -> tuple[str, ...]:
        return tables.at_most(f"{name}: PNG bigger by", 100 * (size[name] / size[PEER] - 1), limit, 1, " %")

    rows = [
        tables.at_least(f"{LIKE}: times faster in all", total[PEER] / total[LIKE], 1.9),
        share(LIKE, 12),
        growth(LIKE, 13),
        growth(SMALL, 0),
        share(FULL, 33.3),
    ]
    faster = tables.at_least(f"{AUTO}: times faster in all", total[PEER] / total[AUTO], 7)
    rows.append(faster if amx else (*faster[:3], "no AMX here: not asked for"))
    return rows


def report(raw: dict[str, Any]) -> str:
    text = f"Same weights file, {raw['threads']} threads, {raw['rounds']} interleaved rounds. "
    text += "Times are median (least–greatest).\n"
    for megapixels, answers in raw["answers"].items():
        head = (f"{megapixels} megapixels", "total ms", "inference ms", "outside ms", "PNG MB", "peak MB")
        text += "\n" + tables.table(head, [timing_row(name, each) for name, each in answers.items()])
    largest = raw["answers"][str(max(MEGAPIXELS))]
    head = (f"stages at {max(MEGAPIXELS)} megapixels, ms", "decode", "prepare", "inference", "finish", "encode")
    text += "\n" + tables.table(head, [stage_row(name, largest[name]) for name in STAGES])
    return text + f"\nAt {max(MEGAPIXELS)} megapixels:\n\n" + tables.targets(target_rows(largest, raw["amx"]))
