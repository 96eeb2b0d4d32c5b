"""Failures that the next try cannot mend: a person is asked at once, and the reason comes first."""

from __future__ import annotations

from prdrunner_tui.kernel.state import Effect, Phase, Step
from tests.simulated import Answer, Simulation, World, start


class Failing(World):
    """Turns that fail with these words, one after the other."""

    def __init__(self, *reasons: str) -> None:
        super().__init__()
        self.left = list(reasons)

    def answer(self, phase: Phase | None, step: Step | None, effect: Effect) -> Answer:
        made = super().answer(phase, step, effect)
        if effect.kind != "turn" or effect.args["role"] != "implement" or not self.left:
            return made
        assert isinstance(made, dict)
        return {**made, "outcome": "failed", "reason": self.left.pop(0)}


def asked(*reasons: str) -> tuple[Simulation, str]:
    """The run, and what is asked first."""
    sim = Simulation(Failing(*reasons))
    sim.take(start("one", gates={}))
    sim.settle()
    (decision,) = sim.state.open_decisions()
    assert decision.kind == "stuck"
    return sim, decision.title


def test_a_turn_without_a_login_is_not_tried_again_before_somebody_signed_in() -> None:
    reason = "not signed in, or the key is wrong: 401 invalid key; set OPENAI_API_KEY"
    sim, title = asked(reason)
    assert title == reason and len(sim.state.phases["one"].steps) == 2
    sim.decide_open("approve", reason="signed in now")
    sim.settle()
    assert [step.status for step in sim.state.phases["one"].steps if step.name == "implement"] == [
        "failed",
        "ok",
    ]


def test_the_reason_of_a_stuck_phase_comes_before_how_often_it_came() -> None:
    sim, title = asked(*["the provider failed: 500"] * 3)
    assert title == "the provider failed: 500; the same failure 3 times"
    assert sim.state.open_decisions()[0].facts["why"] == title


def test_different_failures_of_a_step_are_counted_too() -> None:
    _, title = asked("it broke", "it broke again", "once more")
    assert title == "once more; implement failed 3 times"
