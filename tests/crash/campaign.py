"""All cases: the boundaries by a dry run, two at a time, within the time allowed, and the summary."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from prdrunner_tui.agents.isolation import become_subreaper
from tests.crash import cases, hosts, scenario, snapshot
from tests.crash.cases import Outcome, Reference
from tests.crash.life import Place, live

COMMITTED = Path(__file__).with_name("boundaries.txt")
AT_ONCE = 2
EVERY = 3
"""Each how-manieth boundary is crashed again during its recovery."""

HOST_BOUNDARIES = (
    "one/plan_impl/host.launched#1",
    "one/implement/host.launched#2",
    "one/verify/host.launched#1",
    "two/review/host.launched#1",
    "two/implement/host.launched#2",
)
F01 = (
    "run/append.RunStarted.before#1",
    "run/append.RunStarted.after#1",
    "one/plan_impl/workspace.recorded#1",
    "one/verify/host.launched#1",
    "two/commit/commit.cas.after#1",
    "run/publish.objects#1",
)
F02 = "one/commit/commit.objects#2"
NEVER = "one/never#1"
Case = Callable[[Path], Outcome]


@dataclass(slots=True)
class Total:
    """What a campaign came to."""

    boundaries: int = 0
    planned: int = 0
    fired: int = 0
    cases: int = 0
    kills: int = 0
    same: int = 0
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0
    longest: float = 0.0
    outcomes: list[dict[str, Any]] = field(default_factory=list)


def scratch() -> Path:
    """A new folder, on tmpfs where there is one."""
    memory = Path("/dev/shm")
    usable = memory.is_dir() and os.access(memory, os.W_OK)
    return Path(tempfile.mkdtemp(prefix="prdrunner-crash-", dir=memory if usable else None))


def dry_run(root: Path) -> tuple[Path, Reference]:
    """The repository that each case copies, and the uninterrupted run that each is compared with.

    Raises:
        RuntimeError: the run itself is not right.
    """
    template = root / "template"
    scenario.make_project(template)

    def uninterrupted(place: Path) -> Outcome:
        case = cases.fresh(template, place)
        status = live(case, 1)
        if status != 0:
            raise RuntimeError(f"the uninterrupted run failed:\n{case.log(1).read_text()}")
        reference = _reference(template, case)
        return Outcome("", violations=list(cases.judge(case, reference)))

    # In a process of its own: to judge, it takes in the orphans of its tree, and they are nobody else's.
    total = carry_out([uninterrupted], root, seconds=None, tell=lambda line: None)
    if total.violations:
        raise RuntimeError(f"the uninterrupted run is not right: {total.violations}")
    return template, _reference(template, Place(root / "case-0"))


def _reference(template: Path, done: Place) -> Reference:
    user = snapshot.user_files(template)
    return Reference(tuple(cases.passed(done, 1)), cases.published_trees(done), user)


def difference(found: Sequence[str]) -> list[str]:
    """How the boundaries of the dry run differ from the committed set, as lines with + and -."""
    known = set(COMMITTED.read_text().split()) if COMMITTED.exists() else set()
    return [f"+ {name}" for name in found if name not in known] + [
        f"- {name}" for name in sorted(known - set(found))
    ]


def spread(count: int) -> list[int]:
    """All of ``range(count)`` in an order whose every beginning is spread over the whole: bits reversed."""
    width = max(1, (count - 1).bit_length())
    order = (int(f"{number:0{width}b}"[::-1], 2) for number in range(1 << width))
    return [number for number in order if number < count]


def plan(template: Path, reference: Reference, *, only: str = "") -> list[Case]:
    """The cases of boundaries whose name begins with ``only``, spread for whoever stops early."""

    def crash(number: int) -> Case:
        name, again = reference.boundaries[number], number % EVERY == 0
        return lambda root: cases.crash_at(template, root, name, reference, again=again)

    def kill(name: str, target: str) -> Case:
        return lambda root: hosts.kill_at(template, root, name, target, reference)

    killed = [kill(n, target) for n in HOST_BOUNDARIES for target in hosts.TARGETS if n.startswith(only)]
    numbers = [n for n in spread(len(reference.boundaries)) if reference.boundaries[n].startswith(only)]
    return [*killed, *map(crash, numbers)]


def quick(template: Path, reference: Reference) -> list[Case]:
    """A few cases for the normal test suite: F01, F02, F05, and a boundary that is never passed."""

    def crash(name: str, again: bool = False) -> Case:
        return lambda root: cases.crash_at(template, root, name, reference, again=again)

    def kill(target: str) -> Case:
        return lambda root: hosts.kill_at(template, root, HOST_BOUNDARIES[1], target, reference)

    return [crash(F02, again=True), *map(crash, F01), *map(kill, hosts.TARGETS), crash(NEVER)]


def carry_out(
    todo: Sequence[Case], root: Path, *, seconds: float | None, tell: Callable[[str], None]
) -> Total:
    """Run the cases, AT_ONCE at a time, each in a process of its own; none begins that may not end in ``seconds``."""
    total = Total(planned=len(todo))
    began = time.monotonic()
    running: dict[int, int] = {}
    waiting = iter(enumerate(todo))
    for number, case in _in_time(waiting, began, seconds, total):
        while len(running) >= AT_ONCE:
            _collect(running, root, total, tell)
        running[_fork(case, root, number)] = number
    while running:
        _collect(running, root, total, tell)
    total.seconds = time.monotonic() - began
    return total


def _in_time(
    waiting: Iterator[tuple[int, Case]], began: float, seconds: float | None, total: Total
) -> Iterator[tuple[int, Case]]:
    for item in waiting:
        if seconds is not None and time.monotonic() - began + total.longest > seconds:
            return
        yield item


def _fork(case: Case, root: Path, number: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        become_subreaper()
        outcome = case(root / f"case-{number}")
        (root / f"outcome-{number}").write_text(json.dumps(asdict(outcome)))
        code = 0
    except BaseException:  # noqa: BLE001 - the child of a fork must never return
        traceback.print_exc()
    finally:
        os._exit(code)


def _collect(running: dict[int, int], root: Path, total: Total, tell: Callable[[str], None]) -> None:
    pid, status = _first_ended(running)
    number = running.pop(pid)
    report = root / f"outcome-{number}"
    if status != 0 or not report.exists():
        total.violations.append(f"case {number} broke with {os.waitstatus_to_exitcode(status)}")
        tell(total.violations[-1])
        return
    outcome = json.loads(report.read_text())
    report.unlink()
    total.outcomes.append(outcome)
    total.longest = max(total.longest, outcome["seconds"])
    total.boundaries += 1
    total.fired += outcome["kills"] > 0
    total.cases += outcome["cases"]
    total.kills += outcome["kills"]
    total.same += outcome["same"]
    total.violations += outcome["violations"]
    for violation in outcome["violations"]:
        tell(violation)


def _first_ended(running: dict[int, int]) -> tuple[int, int]:
    """Wait for one of our processes; others of this process's children are not ours to reap."""
    while True:
        for known in running:
            pid, status = os.waitpid(known, os.WNOHANG)
            if pid:
                return pid, status
        time.sleep(0.002)


def clean(root: Path, total: Total) -> None:
    """Remove the scratch folder unless something went wrong in it."""
    if not total.violations:
        shutil.rmtree(root, ignore_errors=True)
