"""Budgets: what a run, a phase and a day may use, what is held back, and who is told when."""

from __future__ import annotations

import pytest

from prdrunner_tui.kernel import commands, events
from prdrunner_tui.kernel.settings import Allowance
from prdrunner_tui.kernel.state import Effect, Phase, Spent, Step, Used
from prdrunner_tui.rules.budget import near, shares, used_up
from tests.simulated import PERSON, Answer, Simulation, World, start

DAY = "2026-11-21"


class Costs(World):
    """Each turn costs a dollar and a minute, of which ``known`` are told."""

    def __init__(self, *, usd: float | None = 1.0, reserve: float = 0.0, outcome: str = "ended") -> None:
        super().__init__()
        self.used = {"input": 900, "output": 100, "usd": usd, "reserve": reserve}
        self.outcome = outcome
        self.hold = ""

    def answer(self, phase: Phase | None, step: Step | None, effect: Effect) -> Answer:
        if effect.kind == "turn" and phase is not None and phase.id == self.hold:
            return None
        made = super().answer(phase, step, effect)
        if effect.kind == "turn" and isinstance(made, dict):
            return {**made, "outcome": self.outcome, "usage": self.used, "seconds": 60.0, "day": DAY}
        return made


def run(world: World, *phases: str, **settings: object) -> Simulation:
    """A run until it waits."""
    sim = Simulation(world)
    sim.take(start(*phases, **settings))
    sim.settle()
    return sim


def asked(sim: Simulation) -> list[tuple[object, object]]:
    """Which limits were asked about, in order."""
    found = [d for d in sim.state.decisions.values() if d.kind == "budget"]
    return [(d.facts["scope"], d.facts["what"]) for d in found]


def test_each_turn_keeps_what_was_booked_for_it_also_one_that_was_interrupted() -> None:
    class Breaks(Costs):
        def answer(self, phase: Phase | None, step: Step | None, effect: Effect) -> Answer:
            return None if effect.kind == "turn" else super().answer(phase, step, effect)

    sim = run(Breaks(), "one")
    (turn,) = [e for e in sim.state.effects() if e.kind == "turn"]
    used = {"input": 7, "output": 3, "usd": 0.5, "covers": "session"}
    sim.take(commands.ReportEffect("one", turn.key, {"usage": used}, "interrupted: stopped"))
    (turn,) = [e for e in sim.state.effects() if e.key == turn.key]
    assert (turn.status, turn.used) == ("failed", Used(7, 3, 0.5, "session"))
    assert sim.state.budget.spent.usd == 0.5


@pytest.mark.parametrize(
    ("settings", "scope", "what"),
    [
        ({"allowance": Allowance(usd=1.0)}, "run", "usd"),
        ({"allowance": Allowance(tokens=1000)}, "run", "tokens"),
        ({"allowance": Allowance(turns=1)}, "run", "turns"),
        ({"allowance": Allowance(seconds=60)}, "run", "seconds"),
        ({"phase_allowance": Allowance(turns=1)}, "phase/one", "turns"),
        ({"phase_allowance": Allowance(usd=0.9)}, "phase/one", "usd"),
    ],
)
def test_each_limit_pauses_before_the_next_turn_and_a_raise_lets_it_begin(
    settings: dict[str, Allowance], scope: str, what: str
) -> None:
    sim = run(Costs(), gates={}, **settings)
    assert asked(sim) == [(scope, what)] and sim.state.budget.spent.turns == 1
    sim.decide_open()
    sim.settle()
    assert sim.state.budget.spent.turns == 2 and sim.state.budget.raised == {f"{scope}/{what}": 1}


def test_a_phase_that_used_its_share_leaves_the_others_theirs() -> None:
    sim = run(Costs(), "one", "two", gates={}, phase_allowance=Allowance(turns=1))
    sim.decide_open()
    sim.settle()
    assert asked(sim) == [("phase/one", "turns"), ("phase/two", "turns")]
    assert {id: spent.turns for id, spent in sim.state.budget.phases.items()} == {"one": 2, "two": 1}


def test_turns_that_fail_count_like_others() -> None:
    sim = run(Costs(outcome="failed"), gates={}, allowance=Allowance(turns=2))
    assert asked(sim) == [("run", "turns")]
    assert sim.state.budget.spent == Spent(2, 2000, 2.0, 0, 0.0, 120.0)


def test_what_an_interrupted_turn_used_counts_too() -> None:
    world = Costs()
    world.hold = "one"
    sim = run(world, gates={})
    (turn,) = [e for s in sim.state.phases["one"].steps for e in s.effects if e.kind == "turn"]
    used = {"usage": world.used, "seconds": 5.0, "day": DAY}
    sim.take(commands.ReportEffect("one", turn.key, used, "interrupted: stopped"))
    assert sim.state.budget.days == {DAY: Spent(1, 1000, 1.0, 0, 0.0, 5.0)}


def test_an_unknown_cost_is_held_as_its_reserve_and_without_one_only_turns_and_time_count() -> None:
    held = run(Costs(usd=None, reserve=3.0), gates={}, allowance=Allowance(usd=2.0))
    assert asked(held) == [("run", "usd")]
    assert (held.state.budget.spent.unpriced, held.state.budget.spent.reserved) == (1, 3.0)
    free = run(Costs(usd=None), gates={}, allowance=Allowance(usd=2.0, turns=2))
    assert asked(free) == []


def test_a_turn_under_way_is_held_back_as_dear_as_those_before() -> None:
    world = Costs()
    sim = run(world, "one", gates={}, allowance=Allowance(usd=10.0, turns=10))
    assert [(s.what, s.used) for s in shares(sim.state)] == [("usd", 2.0), ("turns", 2.0)]
    world.hold = "two"
    both = run(world, "one", "two", gates={}, allowance=Allowance(usd=10.0, turns=10))
    assert [(s.what, s.used) for s in shares(both.state)] == [("usd", 3.0), ("turns", 3.0)]


def test_a_person_is_told_once_when_much_is_used_and_again_after_a_raise() -> None:
    sim = run(Costs(), "one", "two", "three", gates={}, allowance=Allowance(turns=5))
    warned = [r.event for r in sim.log if isinstance(r.event, events.BudgetWarned)]
    assert [(w.limit, w.used, w.of) for w in warned] == [("run/turns/0", 4.0, 5.0)]
    assert [s.what for s in near(sim.state)] == ["turns"]
    sim.decide_open()
    sim.settle()
    assert near(sim.state) == () and asked(sim) == [("run", "turns")]


def test_all_runs_of_a_day_share_its_budget_and_the_next_day_is_free() -> None:
    world = Costs()
    sim = Simulation(world)
    sim.take(start("one", gates={}, day_allowance=Allowance(usd=5.0)))
    sim.take(commands.CountDay(DAY, Spent(usd=4.5)))
    sim.settle()
    assert asked(sim) == [(f"day/{DAY}", "usd")]
    (decision,) = sim.state.open_decisions()
    assert decision.facts["spent"] == 5.5
    sim.take(commands.CountDay("2026-11-22", Spent()))
    assert sim.state.decisions[decision.id].status == "withdrawn"
    sim.settle()
    assert used_up(sim.state, "one") is None and sim.state.budget.spent.turns == 2


def test_a_raise_names_what_it_raises() -> None:
    sim = run(Costs(), gates={}, phase_allowance=Allowance(turns=1))
    for scope in ("", "run/x", "phase/none", "day/", "week"):
        assert sim.submit(commands.RaiseBudget(PERSON, scope)) is not None
    sim.take(commands.RaiseBudget(PERSON, "phase/one"))
    assert sim.state.budget.raised == {"phase/one": 1}
