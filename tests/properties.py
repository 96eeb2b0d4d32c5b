"""``python -m tests.properties``: the laws of the pure packages over many random cases, and how many these were."""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys

from tests import EFFORT

PLACES = ("tests/unit/changes",)
LEAST = 20_000
_TEST = re.compile(r"^(tests/\S+::\S+):$")
_PASSED = re.compile(r"(\d+) passing")


def counted(report: str) -> dict[str, int]:
    """The cases of each test, from what ``pytest --hypothesis-show-statistics`` prints."""
    cases: dict[str, int] = {}
    name = ""
    for line in report.splitlines():
        if match := _TEST.match(line):
            name = match[1]
        elif match := _PASSED.search(line):
            cases[name] = cases.get(name, 0) + int(match[1])
    return cases


def main() -> int:
    """Run and count; 1 when a law does not hold or there were fewer cases than asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.properties")
    parser.add_argument("--effort", type=float, default=10, help="times as many examples as in make test")
    parser.add_argument("--least", type=int, default=LEAST, help="cases that there must be")
    parser.add_argument(
        "--seed", default="0", help="a number: always the same cases; random: others each time"
    )
    options = parser.parse_args()
    seed = str(random.SystemRandom().getrandbits(32)) if options.seed == "random" else options.seed
    print(f"seed {seed}")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "hypothesis"]
        + [f"--hypothesis-seed={seed}", "--hypothesis-show-statistics", *PLACES],
        env={**os.environ, EFFORT: str(options.effort)},
        stdout=subprocess.PIPE,
        text=True,
    )
    cases = counted(done.stdout)
    if done.returncode:
        print(done.stdout.partition("Hypothesis Statistics")[0])
    for name, count in sorted(cases.items()):
        print(f"{count:9,}  {name}")
    total = sum(cases.values())
    print(f"{total:9,}  cases in all; at least {options.least:,} are asked for")
    return int(done.returncode != 0 or total < options.least)


if __name__ == "__main__":
    sys.exit(main())
