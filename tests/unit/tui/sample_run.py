"""A run as the screens draw it: phases that are done, in a second iteration, needing a person, and waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.evolve import fold
from prdrunner_tui.kernel.settings import Allowance, Author, Gate, PhasePlan, Settings, WorkerChoice
from prdrunner_tui.kernel.state import Actor, Feedback, RunState
from prdrunner_tui.text.cells import cells
from prdrunner_tui.tui.glyphs import Glyphs
from prdrunner_tui.tui.rows.scene import Row, Scene
from prdrunner_tui.tui.span import Line, plain

START = 1_763_128_800.0
"""14 November 2025, 14:00:00 UTC."""
NOW = START + 860
ME = Actor("person", "ada", "pts/1")
OTHER = Actor("person", "ada", "pts/4")
POLICY = Actor("policy", "pytest *")

PLANS = (
    PhasePlan("storage", "Store tasks in SQLite"),
    PhasePlan("config", "Read config from XDG"),
    PhasePlan("due-dates", "Due dates", deps=("storage",)),
    PhasePlan("tags", "Tags", deps=("storage",)),
    PhasePlan("search", "Search", deps=("tags",)),
    PhasePlan("reminders", "Reminders", deps=("due-dates", "config")),
)


class Log:
    """Events with times relative to `START`, folded when asked for."""

    def __init__(self, start: float = START) -> None:
        self.start = start
        self.recorded: list[events.Recorded] = []

    def add(self, at: float, *made: events.Event) -> Log:
        """Events at so many seconds after the start."""
        for event in made:
            self.recorded.append(events.Recorded(len(self.recorded) + 1, self.start + at, event))
        return self

    def effect(
        self, phase: str, begin: float, end: float | None, kind: str, key: str, result: Mapping[str, Any] = {}
    ) -> Log:
        """An effect with its result, or one under way."""
        self.add(begin, events.EffectIntended(phase, key, kind, {"role": "implement"}))
        return self.add(end, events.EffectDone(phase, key, result)) if end is not None else self

    def state(self) -> RunState:
        """The state after all of them."""
        return fold(self.recorded)


def settings(**changes: Any) -> Settings:
    """Settings of the sample run."""
    base = Settings(
        workers={
            "implement": WorkerChoice("command", label="claude"),
            "review": WorkerChoice("command", label="codex"),
        },
        gates={"before_commit": Gate()},
        author=Author("Ada", "ada@example.org"),
        allowance=Allowance(usd=5.0),
    )
    return replace(base, **changes)


def started(*plans: PhasePlan, **changes: Any) -> Log:
    """A run that has begun."""
    prd = changes.pop("prd", "docs/todo-v2.md")
    begun = events.RunStarted(
        "run-7f3a",
        prd,
        "0" * 64,
        "head",
        False,
        "prdrunner/run-7f3a",
        plans or PLANS,
        settings(**changes),
        ME,
    )
    return Log().add(0, begun, events.BaseTaken("base"))


def finish(
    log: Log, phase: str, begin: float, end: float, commit: str, change: str, usd: float, tokens: int
) -> None:
    """A phase from its beginning to its commit, its turn in the first half of it."""
    half = begin + (end - begin) / 2
    key = f"{phase}/implement/1.1"
    log.add(begin, events.PhaseStarted(phase, "base"), events.StepBegan(phase, "plan_impl", 1, 1))
    log.add(
        begin, events.StepEnded(phase, "ok", "plan of 3 edits"), events.StepBegan(phase, "implement", 1, 1)
    )
    usage = {"input": tokens - 100, "output": 100, "usd": usd}
    log.effect(phase, begin, half, "turn", f"{key}/turn", {"usage": usage, "outcome": "ended"})
    log.add(half, events.UsageRecorded(phase, "implement", tokens - 100, 100, usd))
    log.add(half, events.StepEnded(phase, "ok", change), events.StepBegan(phase, "verify", 1, 1))
    checks = [
        {"name": "pytest", "verdict": "green", "exit": 0, "reason": "exit 0, 61 passed in 2.1s", "ran": 61}
    ]
    green = {"verdict": "green", "summary": "exit 0, 61 passed in 2.1s", "checks": checks}
    log.effect(phase, half, half + 10, "verify", f"{phase}/verify/1.1/verify", green)
    log.add(half + 10, events.TreeVerified(phase, f"tree-{phase}", "slot"))
    log.add(half + 10, events.StepEnded(phase, "ok", "exit 0, 61 passed in 2.1s"))
    log.add(
        half + 10,
        events.StepBegan(phase, "review", 1, 1),
        events.StepEnded(phase, "ok", "0 notes, 0 blockers"),
    )
    log.add(half + 10, events.StepBegan(phase, "commit", 1, 1))
    log.add(end, events.CommitMade(phase, "base", commit, f"tree-{phase}"))
    log.add(
        end, events.StepEnded(phase, "ok", f"{commit[:7]}  {change}"), events.PhaseEnded(phase, "done", "")
    )


def sample_log(**changes: Any) -> Log:
    """The run of the drawings at 14m 20s."""
    log = started(**changes)
    finish(log, "storage", 0, 372, "4be1c02aaaa", "+212/-40 in 5 files", 0.31, 130_400)
    finish(log, "config", 372, 540, "91d0aa7bbbb", "+64/-3 in 4 files", 0.09, 44_100)
    due = "due-dates"
    log.add(540, events.PhaseStarted(due, "base"), events.StepBegan(due, "plan_impl", 1, 1))
    log.add(562, events.StepEnded(due, "ok", "plan of 5 edits"), events.StepBegan(due, "implement", 1, 1))
    log.effect(
        due,
        562,
        659,
        "turn",
        "due-dates/implement/1.1/turn",
        {"usage": {"input": 100_000, "output": 5_000, "usd": 0.38}},
    )
    log.add(659, events.UsageRecorded(due, "implement", 100_000, 5_000, 0.38))
    log.add(659, events.StepEnded(due, "ok", "+48/-0 in 1 file"), events.StepBegan(due, "verify", 1, 1))
    red = {
        "verdict": "red",
        "summary": "exit 1: 2 failed, 56 passed",
        "checks": [
            {
                "name": "pytest",
                "verdict": "red",
                "exit": 1,
                "reason": "exit 1: 2 failed, 56 passed in 2.10s",
                "ran": 58,
                "seconds": 11.0,
            },
            {"name": "ruff", "verdict": "green", "exit": 0, "reason": "exit 0", "ran": None, "seconds": 1.0},
        ],
    }
    log.effect(due, 659, 671, "verify", "due-dates/verify/1.1/verify", red)
    log.add(671, events.StepEnded(due, "failed", "exit 1: 2 failed, 56 passed", "sig", EVIDENCE))
    words = (Feedback("failing_checks", "2 failed"),)
    log.add(710, events.StepBegan(due, "implement", 2, 1, words))
    log.effect(due, 710, None, "turn", "due-dates/implement/2.1/turn")
    log.add(711, events.PhaseStarted("tags", "base"), events.StepBegan("tags", "implement", 1, 1))
    log.effect(
        "tags",
        711,
        720,
        "turn",
        "tags/implement/1.1/turn",
        {"usage": {"input": 90_000, "output": 2_000, "usd": 0.42}},
    )
    log.add(720, events.UsageRecorded("tags", "implement", 90_000, 2_000, 0.42))
    log.add(720, events.StepEnded("tags", "ok", "+96/-11 in 3 files"))
    for step in ("verify", "review"):
        log.add(
            725, events.StepBegan("tags", step, 1, 1), events.StepEnded("tags", "ok", "exit 0, 61 passed")
        )
    log.add(729, events.StepBegan("tags", "commit", 1, 1))
    return log.add(730, review())


EVIDENCE = """$ pytest -q
tests/test_due.py:27: Failed
=========================== short test summary info ============================
FAILED tests/test_due.py::test_feb_30 - Failed: DID NOT RAISE <class 'ValueError'>
FAILED tests/test_due.py::test_until_before_today - assert 3 == 2
2 failed, 56 passed in 2.10s
[exit 1: 2 failed, 56 passed]"""


def review(**changes: Any) -> events.DecisionOpened:
    """The review of tags."""
    facts = {
        "base": "4be1c02aaaa",
        "tree": "t" * 40,
        "summary": "+96/-11 in 3 files",
        "protected": [],
        "secrets": [],
        "left_out": [],
        "files": [
            ["M", "src/todo/tags.py", 58, 6],
            ["M", "src/todo/cli.py", 14, 5],
            ["A", "tests/test_tags.py", 24, 0],
        ],
        "verify": "exit 0, 61 passed",
        "review": "1 note, 0 blockers",
    }
    base = events.DecisionOpened(
        "d1", "review", "review/tags", "tags", "commit", 1, "before_commit: +96/-11 in 3 files", "hash", facts
    )
    return replace(base, **changes)


def scene(now: float = NOW, *, ascii: bool = False, **changes: Any) -> Scene:
    """A scene in UTC at the end of the drawings."""
    return Scene(now, Glyphs(ascii), ME, UTC, **changes)


def texts(rows: list[Row] | list[Line]) -> list[str]:
    """Rows as text, without the spaces at their ends."""
    return [plain(row.line if isinstance(row, Row) else row).rstrip() for row in rows]


def check_widths(rows: list[Row] | list[Line], width: int) -> None:
    """Every row has exactly the width."""
    for row in rows:
        shown = plain(row.line if isinstance(row, Row) else row)
        assert cells(shown) == width, (cells(shown), shown)
