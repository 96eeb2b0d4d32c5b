"""A limit of the provider: the step waits until it has reset, and is begun again; or waits for a person."""

from __future__ import annotations

import pytest

from prdrunner_tui.kernel import commands
from prdrunner_tui.kernel.settings import Limits
from prdrunner_tui.kernel.state import Effect, Phase, Step
from tests.simulated import PERSON, Answer, Simulation, World, start

REASON = "the provider's limit: usage limit reached"


class Limited(World):
    """The first turns of an implementation meet a limit that resets so many seconds later, or nobody knows when."""

    def __init__(self, times: int, resets: float | None) -> None:
        super().__init__()
        self.left, self.resets = times, resets
        self.sim: Simulation | None = None

    def answer(self, phase: Phase | None, step: Step | None, effect: Effect) -> Answer:
        made = super().answer(phase, step, effect)
        if effect.kind != "turn" or effect.args["role"] != "implement" or not self.left:
            return made
        self.left -= 1
        assert self.sim is not None and isinstance(made, dict)
        resets = None if self.resets is None else self.sim.state.at + self.resets
        return {**made, "outcome": "limit", "reason": REASON, "provider_limit": True, "resets": resets}


def limited(times: int = 1, resets: float | None = None, **settings: object) -> Simulation:
    """A run until it waits."""
    world = Limited(times, resets)
    sim = world.sim = Simulation(world)
    sim.take(start("one", gates={}, **settings))
    sim.settle()
    return sim


def goes(sim: Simulation) -> list[tuple[int, str]]:
    """The goes at the implementation."""
    return [(s.attempt, s.status) for s in sim.state.phases["one"].steps if s.name == "implement"]


def test_it_goes_on_by_itself_when_the_limit_has_reset() -> None:
    sim = limited(resets=750.0)
    (decision,) = sim.state.open_decisions()
    assert (decision.kind, decision.title, decision.verbs) == ("limit", REASON, ("approve", "reject"))
    assert decision.timeout == pytest.approx(750.0, abs=10) and decision.on_timeout == "approve"
    sim.take(commands.ExpireDecision(decision.id))
    sim.settle()
    assert goes(sim) == [(1, "stopped"), (2, "ok")]
    assert sim.state.decisions[decision.id].reason == "the limit has reset"
    assert sim.state.run is not None and sim.state.run.status == "done"


@pytest.mark.parametrize(
    ("times", "resets", "alone"),
    [(1, 750.0, True), (3, 750.0, True), (4, 750.0, False), (1, 7 * 3600.0, False)],
)
def test_many_limits_or_a_long_one_are_told_to_a_person(times: int, resets: float, alone: bool) -> None:
    sim = limited(times, resets)
    for _ in range(times - 1):
        sim.take(commands.ExpireDecision(sim.state.open_decisions()[0].id))
        sim.settle()
    (decision,) = sim.state.open_decisions()
    assert decision.by_itself is alone and decision.timeout is not None


def test_a_person_can_try_at_once_or_give_up() -> None:
    sim = limited(resets=750.0)
    sim.decide_open()
    sim.settle()
    assert goes(sim) == [(1, "stopped"), (2, "ok")]
    sim = limited(times=9, resets=750.0, same_failure_limit=1)
    sim.decide_open("reject", reason="tomorrow")
    sim.settle()
    assert goes(sim) == [(1, "failed")]
    assert [d.kind for d in sim.state.open_decisions()] == ["stuck"]


def test_where_nobody_says_when_it_is_tried_later_and_later() -> None:
    sim = limited(times=7)
    waits = []
    while sim.state.open_decisions():
        (decision,) = sim.state.open_decisions()
        waits.append(decision.timeout)
        sim.take(commands.ExpireDecision(decision.id))
        sim.settle()
    assert waits == [300.0, 600.0, 1200.0, 2400.0, 3600.0, 3600.0, 3600.0]
    assert goes(sim)[-1] == (8, "ok")


def test_with_the_switch_off_it_waits_for_a_person() -> None:
    sim = limited(resets=750.0, limits=Limits(wait_for_reset=False))
    (decision,) = sim.state.open_decisions()
    assert decision.timeout is None
    assert sim.submit(commands.ExpireDecision(decision.id)) is not None
    sim.take(commands.Decide(decision.id, "approve", decision.content_hash, PERSON))
    sim.settle()
    assert goes(sim)[-1] == (2, "ok")


def test_a_date_far_away_is_not_waited_for_longer_than_a_week() -> None:
    (decision,) = limited(resets=10.0**9).state.open_decisions()
    assert decision.timeout is not None and decision.timeout <= 7 * 86_400 + 5
