"""Converts measured milliseconds to dollars.

The prices are those of `infra/README.md`: public list prices of us-east-1 from memory (2025/26), arm64, no free tier.
"""

import statistics
from typing import Any

import tables

GB_SECOND = 0.0000133334
INVOCATION = 0.20e-6
GATEWAY_CALL = 1.00e-6
TABLE_READ = 0.125e-6
TABLE_WRITE = 0.625e-6
# Lambda assigns one core per this much memory.
MB_OF_A_CORE = 1769
JSON_MB = 256
PICTURE_MB = 3008
# The time of a call to DynamoDB inside a region; also from memory.
TABLE_CALL_MS = 5
MANY = 1000
PARTS = ("Lambda", "HTTP API", "table", "all")

NOTE = (
    "Dollars for 1,000, at public list prices of us-east-1 (arm64, no free tier) **from memory: verify them**. "
    f"Lambda: ${GB_SECOND:.10f} a GB-second, $0.20 a million calls; HTTP API $1.00 a million; DynamoDB $0.125 a "
    "million reads and $0.625 a million writes, indexes not counted. Data transfer, logs and S3 are not included: see "
    "`infra/README.md` for the costs of a whole month.\n\n"
)


def lambda_dollars(ms: float, memory_mb: int) -> float:
    return ms / 1000 * memory_mb / 1024 * GB_SECOND + INVOCATION


def call_row(name: str, each: dict[str, Any]) -> tuple[str, ...]:
    units = each["units"]
    billed_ms = each["cpu_ms"] * MB_OF_A_CORE / JSON_MB + TABLE_CALL_MS * units["calls"]
    function = lambda_dollars(billed_ms, JSON_MB)
    table = units["reads"] * TABLE_READ + units["writes"] * TABLE_WRITE
    dollars = (function, GATEWAY_CALL, table, function + GATEWAY_CALL + table)
    return (
        name,
        f"{each['ms']:.2f}",
        f"{each['cpu_ms']:.2f}",
        f"{units['calls']}: {units['reads']} r, {units['writes']} w",
        f"{billed_ms:.0f}",
        *(f"{MANY * part:.5f}" for part in dollars),
    )


def picture_row(name: str, ms_here: float, threads: int, gateway: bool) -> tuple[str, ...]:
    billed_ms = ms_here * max(1, threads * MB_OF_A_CORE / PICTURE_MB)
    dollars = lambda_dollars(billed_ms, PICTURE_MB) + (GATEWAY_CALL if gateway else 0)
    return name, f"{ms_here:.0f}", f"{billed_ms:.0f}", f"{MANY * dollars:.4f}"


def report(warm: dict[str, Any], pictures: dict[str, Any]) -> str:
    text = NOTE + (
        f"Calls of a function that is already running, with {JSON_MB} MB. Billed: the measured processor time at this "
        f"memory's share of a core ({JSON_MB}/{MB_OF_A_CORE}), and {TABLE_CALL_MS} ms for each call to the table (also from "
        "memory).\n\n"
    )
    head = ("1,000 calls", "ms here", "CPU ms", "table calls", "ms billed", *(f"{part} $" for part in PARTS))
    text += tables.table(head, [call_row(name, each) for name, each in warm.items()])
    if "unavailable" in pictures:
        return text
    text += (
        f"\nPictures of 1 megapixel at {PICTURE_MB} MB. Billed: the measured time with {pictures['threads']} threads, "
        f"scaled to the {PICTURE_MB / MB_OF_A_CORE:.1f} cores of that memory; a core of Lambda counts as one of this "
        "machine. The cold rows are the worst case, in which no function is ever used twice.\n\n"
    )
    runs, threads = pictures["runs"], pictures["threads"]
    rows = []
    for name, gateway in (("remove_background", True), ("cut_out_upload", False)):
        prepared, none = runs[f"{name}, prepared"], runs[f"{name}, none"]
        rows.append(picture_row(name, statistics.median(run["second_ms"] for run in prepared), threads, gateway))
        cold_ms = statistics.median(run["ready_ms"] + run["first_ms"] for run in none)
        rows.append(picture_row(f"{name}, each on a cold start", cold_ms, threads, gateway))
    return text + tables.table(("1,000 pictures", "ms here", "ms billed", "Lambda and HTTP API $"), rows)
