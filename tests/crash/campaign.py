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

from tests.crash import cases, hosts, scenario, snapshot
from tests.crash.cases import Outcome, Reference
from tests.crash.life import live

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
    cases.become_subreaper()
    place = cases.fresh(template, root / "dry")
    status = live(place, 1)
    if status != 0:
        raise RuntimeError(f"the uninterrupted run failed:\n{place.log(1).read_text()}")
    user = snapshot.user_files(template)
    reference = Reference(tuple(cases.passed(place, 1)), cases.published_trees(place), user)
    if faults := list(cases.judge(place, reference)):
        raise RuntimeError(f"the uninterrupted run is not right: {faults}")
    return template, reference


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


def carry_out(
    todo: Sequence[Case], root: Path, *, seconds: float | None, tell: Callable[[str], None]
) -> Total:
    """Run the cases, AT_ONCE at a time, each in a process of its own; none begins after ``seconds``."""
    total = Total(planned=len(todo))
    began = time.monotonic()
    running: dict[int, int] = {}
    waiting = iter(enumerate(todo))
    for number, case in _in_time(waiting, began, seconds):
        while len(running) >= AT_ONCE:
            _collect(running, root, total, tell)
        running[_fork(case, root, number)] = number
    while running:
        _collect(running, root, total, tell)
    total.seconds = time.monotonic() - began
    return total


def _in_time(
    waiting: Iterator[tuple[int, Case]], began: float, seconds: float | None
) -> Iterator[tuple[int, Case]]:
    for item in waiting:
        if seconds is not None and time.monotonic() - began > seconds:
            return
        yield item


def _fork(case: Case, root: Path, number: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        outcome = case(root / f"case-{number}")
        (root / f"outcome-{number}").write_text(json.dumps(asdict(outcome)))
        code = 0
    except BaseException:  # noqa: BLE001 - the child of a fork must never return
        traceback.print_exc()
    finally:
        os._exit(code)


def _collect(running: dict[int, int], root: Path, total: Total, tell: Callable[[str], None]) -> None:
    pid, status = os.wait()
    number = running.pop(pid, None)
    if number is None:
        return
    report = root / f"outcome-{number}"
    if status != 0 or not report.exists():
        total.violations.append(f"case {number} broke with {os.waitstatus_to_exitcode(status)}")
        tell(total.violations[-1])
        return
    outcome = json.loads(report.read_text())
    report.unlink()
    total.boundaries += 1
    total.fired += outcome["kills"] > 0
    total.cases += outcome["cases"]
    total.kills += outcome["kills"]
    total.same += outcome["same"]
    total.violations += outcome["violations"]
    for violation in outcome["violations"]:
        tell(violation)


def clean(root: Path, total: Total) -> None:
    """Remove the scratch folder unless something went wrong in it."""
    if not total.violations:
        shutil.rmtree(root, ignore_errors=True)
