"""``python -m tests.benchmarks [--row N] [--rounds R] [--json]``: the table, and 1 where a goal is missed."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from importlib import import_module
from typing import Any

from tests.benchmarks.table import Line, Lines, Remark

GROUPS: Sequence[tuple[tuple[int, ...], str]] = (
    ((1,), "row01_start"),
    ((2, 3), "row02_idle"),
    ((4, 5, 7), "row04_flood"),
    ((6, 7), "row06_load"),
    ((8,), "row10_index:measure_open"),
    ((9,), "row09_diff"),
    ((10,), "row10_index"),
    ((11,), "row11_tree"),
    ((12,), "row12_link"),
    ((13,), "row13_stall"),
    ((14,), "row14_bytes"),
    ((15,), "row15_quit"),
    ((16,), "row16_step"),
    ((18,), "row18_decision"),
    ((19,), "row19_socket"),
    ((20,), "row20_workspaces:measure_lines"),
)
"""Rows that are measured together, and the module; its ``measure``, unless another function is named."""

Measure = Callable[[int], Coroutine[Any, Any, Lines]]


def main() -> int:
    """Measure and print."""
    known = sorted({row for rows, _ in GROUPS for row in rows})
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--row", type=int, choices=known, action="append")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    wanted = set(options.row or known)
    found: Lines = []
    for rows, place in GROUPS:
        if wanted.isdisjoint(rows):
            continue
        came = [one for one in _measured(rows, place, options.rounds) if one.row in wanted]
        found += came
        if not options.json:
            for one in came:
                print(_shown(one), flush=True)
    if options.json:
        print(json.dumps([_plain(one) for one in found], indent=2))
    return int(any(_is_bad(one) for one in found))


def _measured(rows: tuple[int, ...], place: str, rounds: int) -> Lines:
    """The lines of some rows; what stood in the way of measuring them, where it did, and the other rows go on."""
    try:
        return asyncio.run(_measure(place)(rounds))
    except (TimeoutError, RuntimeError, AssertionError, OSError) as error:
        return [
            Remark(row, f"not measured: {type(error).__name__}: {str(error)[:200]}", True) for row in rows
        ]


def _is_bad(one: Line | Remark) -> bool:
    return one.failed if isinstance(one, Remark) else one.verdict == "miss"


def _measure(place: str) -> Measure:
    module, _, name = place.partition(":")
    measure: Measure = getattr(import_module(f"tests.benchmarks.{module}"), name or "measure")
    return measure


def _plain(one: Line | Remark) -> dict[str, object]:
    if isinstance(one, Remark):
        return asdict(one)
    return {**asdict(one), "ratio": one.ratio, "verdict": one.verdict}


def _shown(one: Line | Remark) -> str:
    if isinstance(one, Remark):
        return f"{one.row:<2}  {one.text}"
    goal = f"<= {one.goal:.3g}x" if one.goal is not None else ""
    ours, peer = f"{_number(one.ours):>9} {one.unit:4}", f"{_number(one.peer):>9} {one.unit:4}"
    return f"{one.row:<2}  {one.name:38} {ours}  {one.peer_name:24} {peer}  {one.ratio:6.3f}x  {goal:9} {one.verdict}"


def _number(value: float) -> str:
    return f"{value:,.1f}" if value >= 10 or value == int(value) else f"{value:.3f}"


if __name__ == "__main__":
    raise SystemExit(main())
