"""What became of the mutants, read from mutmut's results, as text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files

UNTESTED = "no tests"

# The last two by the limits on time and memory.
_KILLED = {"killed", "caught by type check", "timeout", "segfault"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One mutant.

    Attributes:
        name: mutmut's, for ``mutmut show``.
        path: of the module.
        status: mutmut's word: killed, survived, timeout, no tests ...
    """

    name: str
    path: Path
    status: str

    @property
    def killed(self) -> bool:
        """Whether something failed because of it, or never ended."""
        return self.status in _KILLED

    @property
    def function(self) -> str:
        """What was changed: ``function`` or ``Class.method``."""
        mangled = self.name.rpartition(".")[2].rpartition("__mutmut_")[0]
        return mangled[2:].replace("ǁ", ".")

    @property
    def number(self) -> str:
        """Which change of that function it is."""
        return self.name.rpartition("_")[2]


def outcomes(patterns: Sequence[str] = ()) -> list[Outcome]:
    """Those whose names fit one of the patterns, all without a pattern, module by module."""
    found = []
    for path in sorted(walk_mutatable_files()):
        data = SourceFileMutationData(path=path)
        data.load()
        for name, code in data.exit_code_by_key.items():
            if not patterns or any(fnmatchcase(name, pattern) for pattern in patterns):
                found.append(Outcome(name, path, status_by_exit_code[code]))
    return found


def report(found: Sequence[Outcome]) -> str:
    """Each survivor as a diff, the functions that no test calls, then a line for each module."""
    parts = [_survivor(one) for one in found if not one.killed and one.status != UNTESTED]
    untested = Counter(f"{one.path}: {one.function}" for one in found if one.status == UNTESTED)
    if untested:
        lines = (f"{function} ({count} mutants)" for function, count in untested.items())
        parts.append("\n".join(["No test calls", *lines]))
    return "\n\n".join([*parts, _table(found)])


def _survivor(one: Outcome) -> str:
    diff = get_diff_for_mutant(one.name, path=one.path).splitlines()
    # The two lines that name the file are left out; the heading does.
    return "\n".join([f"{one.path}: {one.function}, mutant {one.number} {one.status}", *diff[2:]])


def _table(found: Sequence[Outcome]) -> str:
    modules: dict[Path, list[Outcome]] = defaultdict(list)
    for one in found:
        modules[one.path].append(one)
    width = max(len(path.name) for path in modules)
    table = [f"{'':{width}}  killed  survived  untested  per cent"]
    for path, some in modules.items():
        killed = sum(one.killed for one in some)
        untested = sum(one.status == UNTESTED for one in some)
        survived = len(some) - killed - untested
        row = f"{path.name:{width}}  {killed:6}  {survived:8}  {untested:8}"
        table.append(f"{row}  {killed / len(some) * 100:8.1f}")
    return "\n".join(table)
