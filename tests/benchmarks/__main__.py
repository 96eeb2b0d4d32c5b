"""``python -m tests.benchmarks [--row N] [--rounds R] [--json]``: the table, and 1 where a goal is missed."""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import asdict

from tests.benchmarks import row10_index, row16_step, row18_decision, row19_socket, row20_workspaces
from tests.benchmarks.table import Line


async def _row20(rounds: int) -> list[Line]:
    rows = await asyncio.to_thread(row20_workspaces.measure, max(3, rounds // 4))
    return [Line(20, r.name, r.ours, "see name", r.peer, r.goal) for r in rows if r.peer]


ROWS = {
    8: row10_index.measure_open,
    10: row10_index.measure,
    16: row16_step.measure,
    18: row18_decision.measure,
    19: row19_socket.measure,
    20: _row20,
}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--row", type=int, choices=sorted(ROWS), action="append")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    lines: list[Line] = []
    for row in options.row or sorted(ROWS):
        lines += asyncio.run(ROWS[row](options.rounds))
        if not options.json:
            for line in (one for one in lines if one.row == row):
                print(_shown(line), flush=True)
    if options.json:
        print(json.dumps([{**asdict(x), "ratio": x.ratio, "verdict": x.verdict} for x in lines], indent=2))
    return int(any(line.verdict == "miss" for line in lines))


def _shown(line: Line) -> str:
    goal = f"<= {line.goal:g}x" if line.goal is not None else ""
    ours, peer = f"{line.ours:8.1f} {line.unit}", f"{line.peer:8.1f} {line.unit}"
    return f"{line.row}  {line.name:34} {ours}  {line.peer_name:22} {peer}  {line.ratio:5.2f}x  {goal:8} {line.verdict}"


if __name__ == "__main__":
    raise SystemExit(main())
