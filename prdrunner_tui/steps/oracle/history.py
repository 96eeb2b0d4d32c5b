"""I1 and I10 by the events alone: what was decided stays, ends are final, attempts grow, one is open at a time.

This is a reading of the log of its own, apart from the kernel's: a fault in the kernel must not hide itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from prdrunner_tui.kernel import events as e
from prdrunner_tui.kernel.events import Recorded
from prdrunner_tui.steps.oracle.violation import Violation

_BEGINS = (e.PhaseStarted, e.StepBegan, e.DecisionOpened, e.RunPaused, e.RunResumed, e.DecisionMade)


def check_history(log: Iterable[Recorded]) -> list[Violation]:
    """Read the log from its beginning."""
    reading = _Reading()
    found: list[Violation] = []
    for recorded in log:
        found.extend(reading.read(recorded))
    return found


class _Reading:
    """What stands at one event of the log."""

    def __init__(self) -> None:
        self.ended = ""
        self.phases: dict[str, str] = {}
        self.steps: dict[str, tuple[str, int, int] | None] = {}
        self.newest: dict[str, int] = {}
        self.attempts: dict[tuple[str, str, int], int] = {}
        self.effects: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        self.decisions: dict[str, str] = {}

    def read(self, recorded: Recorded) -> Iterator[Violation]:
        """Take the next event in."""
        event, at = recorded.event, f"event {recorded.seq}, {type(recorded.event).__name__}"
        if self.ended and (isinstance(event, _BEGINS) or self._new_effect(event)):
            yield Violation("I10", at, f"nothing begins in a run that is {self.ended}")
        reader = _READERS.get(type(event))
        if reader is not None:
            yield from reader(self, event, at)

    def _new_effect(self, event: object) -> bool:
        # A branch may be published when the run is over.
        return isinstance(event, e.EffectIntended) and event.kind != "publish"

    def started(self, event: e.RunStarted, at: str) -> Iterator[Violation]:
        if self.phases:
            yield Violation("I10", at, "a run starts once")
        self.phases = {phase.id: "pending" for phase in event.phases}

    def run_ended(self, event: e.RunEnded | e.RunStopped, at: str) -> Iterator[Violation]:
        if self.ended:
            yield Violation("I10", at, f"the run is {self.ended} already")
        outcome = event.outcome if isinstance(event, e.RunEnded) else "stopped"
        under_way = [key for key, status in self.effects.items() if status == "intended"]
        if outcome == "done" and under_way:
            yield Violation(
                "I10", f"{at}: {under_way[0]} is under way", "a run that is done has no open effect"
            )
        self.ended = outcome

    def reopened(self, event: e.RunReopened, at: str) -> Iterator[Violation]:
        if not self.ended:
            yield Violation("I10", at, "only a run that ended is taken up again")
        self.ended = ""

    def phase_started(self, event: e.PhaseStarted, at: str) -> Iterator[Violation]:
        if self.phases.get(event.phase) != "pending":
            yield Violation("I10", f"{at} {event.phase}", "a phase starts once")
        self.phases[event.phase] = "running"

    def phase_ended(self, event: e.PhaseEnded, at: str) -> Iterator[Violation]:
        if self.phases.get(event.phase) != "running":
            yield Violation("I10", f"{at} {event.phase}", "a phase ends once, after it started")
        if self.steps.get(event.phase) is not None:
            yield Violation("I10", f"{at} {event.phase}", "a phase ends when no step of it is open")
        self.phases[event.phase] = event.outcome

    def phase_retried(self, event: e.PhaseRetried, at: str) -> Iterator[Violation]:
        if self.phases.get(event.phase) in ("pending", "running", "done"):
            yield Violation("I10", f"{at} {event.phase}", "only a phase that failed is taken up again")
        self.phases[event.phase] = "running"

    def step_began(self, event: e.StepBegan, at: str) -> Iterator[Violation]:
        phase, name = event.phase, f"{at} {event.phase}/{event.step} {event.iteration}.{event.attempt}"
        if self.phases.get(phase) != "running":
            yield Violation("I10", name, f"no step of a phase that is {self.phases.get(phase)}")
        if self.steps.get(phase) is not None:
            yield Violation("I10", name, "one open attempt in a phase")
        if event.iteration < self.newest.get(phase, 0):
            yield Violation("I10", name, "iterations only grow")
        go = (phase, event.step, event.iteration)
        if event.attempt <= self.attempts.get(go, 0):
            yield Violation("I10", name, "attempts only grow")
        self.newest[phase], self.attempts[go] = event.iteration, event.attempt
        self.steps[phase] = (event.step, event.iteration, event.attempt)

    def step_ended(self, event: e.StepEnded, at: str) -> Iterator[Violation]:
        if self.steps.get(event.phase) is None:
            yield Violation("I10", f"{at} {event.phase}", "a step ends once")
        open_keys = (
            k for k, owner in self.owners.items() if owner == event.phase and self.effects[k] == "intended"
        )
        for key in open_keys:
            yield Violation("I10", f"{at}: {key} is under way", "a step ends when its effects have")
        self.steps[event.phase] = None

    def intended(self, event: e.EffectIntended, at: str) -> Iterator[Violation]:
        if event.key in self.effects:
            yield Violation("I10", f"{at} {event.key}", "an effect is intended once")
        if event.phase and self.steps.get(event.phase) is None:
            yield Violation("I10", f"{at} {event.key}", "effects only in an open step")
        self.effects[event.key], self.owners[event.key] = "intended", event.phase

    def reported(self, event: e.EffectDone | e.EffectFailed, at: str) -> Iterator[Violation]:
        if self.effects.get(event.key) != "intended":
            yield Violation("I10", f"{at} {event.key}", "one result for each intent, after it")
        self.effects[event.key] = "over"

    def opened(self, event: e.DecisionOpened, at: str) -> Iterator[Violation]:
        if event.id in self.decisions:
            yield Violation("I1", f"{at} {event.id}", "a decision is opened once")
        self.decisions[event.id] = "open"

    def made(self, event: e.DecisionMade, at: str) -> Iterator[Violation]:
        if self.decisions.get(event.id) != "open":
            yield Violation("I1", f"{at} {event.id}", "a decision is made once, while it is open")
        self.decisions[event.id] = event.status

    def withdrawn(self, event: e.DecisionWithdrawn, at: str) -> Iterator[Violation]:
        if self.decisions.get(event.id) != "open":
            yield Violation("I1", f"{at} {event.id}", "what was decided is not withdrawn")
        self.decisions[event.id] = "withdrawn"


_READERS: Mapping[type, Callable[[_Reading, Any, str], Iterator[Violation]]] = {
    e.RunStarted: _Reading.started,
    e.RunEnded: _Reading.run_ended,
    e.RunStopped: _Reading.run_ended,
    e.RunReopened: _Reading.reopened,
    e.PhaseStarted: _Reading.phase_started,
    e.PhaseEnded: _Reading.phase_ended,
    e.PhaseRetried: _Reading.phase_retried,
    e.StepBegan: _Reading.step_began,
    e.StepEnded: _Reading.step_ended,
    e.EffectIntended: _Reading.intended,
    e.EffectDone: _Reading.reported,
    e.EffectFailed: _Reading.reported,
    e.DecisionOpened: _Reading.opened,
    e.DecisionMade: _Reading.made,
    e.DecisionWithdrawn: _Reading.withdrawn,
}
