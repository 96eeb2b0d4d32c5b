"""``python -m tests.mutation [MODULE ...]``: change the code in small ways and count which changes no test noticed.

MODULE is a module's name as in ``splice``, or a function of it as in ``splice.ending_of``; all are taken by default.
What is mutated and which tests are run stands in pyproject.toml under [tool.mutmut].

Exit 0 when the goal is reached, 1 when not, 2 when nothing could be counted. What it made stays in ``mutants/``:
``mutmut browse`` shows it.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

from tests import EFFORT
from tests.mutation.report import outcomes, report

GOAL = 85
"""Per cent of all mutants that have to be killed."""
TRIED = "0.2"
"""Share of the examples of a generated test that each mutant is shown; always the same ones."""
MEMORY = 4 << 30
"""Bytes of address space a mutant may have: one that fills memory without end is killed by it."""
PLACE = Path("mutants")
LOG = PLACE / "run.log"


def main() -> int:
    """Run the mutants and print the report; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    parser.add_argument("--goal", type=float, default=GOAL, metavar="PERCENT", help=f"without it {GOAL}")
    parser.add_argument("--reported", action="store_true", help="run nothing, print the last report again")
    given = parser.parse_args()
    names = [pattern for module in given.modules for pattern in _patterns(module)]
    if not given.reported and not _run(names):
        print(f"mutmut did not come to its end; see {LOG}:\n{_tail()}", file=sys.stderr)
        return 2
    found = outcomes(names)
    if not found:
        print("no mutants" + (f" of {' '.join(given.modules)}" if given.modules else ""), file=sys.stderr)
        return 2
    print(report(found))
    killed = sum(one.killed for one in found) / len(found) * 100
    print(f"\n{killed:.1f} % of {len(found)} mutants killed, the goal is {given.goal:g} %")
    return 0 if killed >= given.goal else 1


def _patterns(module: str) -> list[str]:
    """mutmut's names for a module or a function: ``package.module.x_function__mutmut_1``, methods with ``ǁ``."""
    name, _, function = module.partition(".")
    if not function:
        return [f"*.{name}.x*"]
    return [f"*.{name}.x_{function}__mutmut_*", f"*.{name}.xǁ*ǁ{function}__mutmut_*"]


def _run(names: list[str]) -> bool:
    """Everything anew, because results that are kept would not know of a test that has changed."""
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    mutmut = Path(sys.executable).with_name("mutmut")
    command = [str(mutmut), "run", "--max-children", str(os.cpu_count() or 2), *names]
    with LOG.open("wb") as log:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, EFFORT: TRIED},
            check=False,
        )
    return done.returncode == 0


def _tail() -> str:
    # Progress is drawn over itself with carriage returns.
    lines = LOG.read_text(errors="replace").replace("\r", "\n").splitlines()
    return "\n".join([line for line in lines if line.strip()][-20:])


if __name__ == "__main__":
    sys.exit(main())
