"""The linear workflow over a simulated world."""

from __future__ import annotations

from typing import Any

import pytest

from prdrunner_tui.kernel import commands
from prdrunner_tui.kernel.settings import Allowance, Gate, PhasePlan, WorkerChoice
from prdrunner_tui.kernel.state import Effect, Phase, Step
from tests.simulated import PERSON, POLICY, Simulation, World, path, start


def run(*phases: str | PhasePlan, world: World | None = None, **changes: object) -> Simulation:
    simulation = Simulation(world)
    simulation.take(start(*phases, **changes))
    simulation.settle()
    return simulation


def test_a_phase_goes_through_its_steps_and_waits_for_a_person_before_the_commit() -> None:
    sim = run("one")
    assert path(sim.state, "one") == [
        "plan_impl 1.1 ok",
        "implement 1.1 ok",
        "verify 1.1 ok",
        "review 1.1 skipped",
        "commit 1.1 running",
    ]
    assert [d.kind for d in sim.state.open_decisions()] == ["review"]
    assert sim.state.phases["one"].commit == ""
    sim.decide_open()
    sim.settle()
    assert sim.state.run is not None and sim.state.run.status == "done"
    assert sim.state.run.published == sim.state.run.tip == "commit-of-tree-1"


def test_phases_run_in_the_order_of_their_dependencies_each_on_the_last_commit() -> None:
    sim = run(PhasePlan("b", "B", deps=("a",)), PhasePlan("a", "A"), gates={})
    started = [r.event.phase for r in sim.log if type(r.event).__name__ == "PhaseStarted"]  # type: ignore[union-attr]
    assert started == ["a", "b"]
    assert sim.state.phases["b"].base == sim.state.phases["a"].commit
    by = [d.by.kind for d in sim.state.decisions.values() if d.by]
    assert by == ["policy", "policy"], "a gate that is off is decided by the policy that says so"


def test_a_failed_verification_goes_back_with_its_output_and_passes_in_iteration_2() -> None:
    world = World()
    red = {"verdict": "red", "summary": "exit 1, 1 failed", "signature": "t1", "evidence": "FAILED t1"}
    green = {"verdict": "green", "summary": "exit 0"}
    world.overrides["verify"] = lambda phase, step, effect: red if step and step.iteration == 1 else green
    sim = run(world=world, gates={})
    assert "implement 2.1 ok" in path(sim.state, "one")
    second = next(s for s in sim.state.phases["one"].steps if s.name == "implement" and s.iteration == 2)
    assert second.feedback[0].kind == "failing_checks" and "FAILED t1" in second.feedback[0].text
    assert sim.state.run is not None and sim.state.run.status == "done"


def test_the_same_failure_three_times_is_stuck_and_no_policy_gets_past_it() -> None:
    world = World()
    red = {"verdict": "red", "summary": "1 failed", "signature": "same", "evidence": "e"}
    world.overrides["verify"] = lambda phase, step, effect: red
    sim = run(world=world)
    (decision,) = sim.state.open_decisions()
    assert decision.kind == "stuck" and "3 times" in decision.title
    refused = sim.submit(commands.Decide(decision.id, "approve", decision.content_hash, POLICY))
    assert refused is not None and refused.code == "denied"
    sim.decide_open(reason="look at the sign")
    sim.settle()
    fourth = [s for s in sim.state.phases["one"].steps if s.name == "implement"][3]
    assert any(f.kind == "guidance" and f.text == "look at the sign" for f in fourth.feedback)


def test_different_failures_are_stuck_at_the_iteration_limit() -> None:
    world = World()
    world.overrides["verify"] = lambda phase, step, effect: {
        "verdict": "red", "summary": "1 failed", "signature": f"s{step.iteration if step else 0}", "evidence": "e",
    }  # fmt: skip
    sim = run(world=world, max_iterations=4)
    assert sim.state.phases["one"].iteration == 4
    assert "iteration 4 of 4" in sim.state.open_decisions()[0].title
    sim.decide_open("reject", reason="give up")
    sim.settle()
    assert sim.state.phases["one"].status == "failed"
    assert sim.state.run is not None and sim.state.run.status == "failed"


def test_retry_takes_a_failed_phase_up_again_and_it_can_be_stuck_again() -> None:
    world = World()
    red = {"verdict": "red", "summary": "1 failed", "signature": "same", "evidence": "e"}
    world.overrides["verify"] = lambda phase, step, effect: red
    sim = run(world=world)
    sim.decide_open("reject", reason="no")
    sim.settle()
    sim.take(commands.RetryPhase("one", PERSON, "use decimals"))
    del world.overrides["verify"]
    sim.settle()
    assert sim.state.open_decisions()[0].kind == "review"
    texts = [f.text for s in sim.state.phases["one"].steps for f in s.feedback if f.kind == "guidance"]
    assert texts == ["use decimals"]


def test_an_agent_that_changes_nothing_fails_with_the_true_reason_and_is_tried_again_from_the_checkpoint() -> (
    None
):
    world = World()
    world.overrides["turn"] = lambda phase, step, effect: {
        "outcome": "ended", "reason": "", "tree_before": effect.args["tree"], "worker": "claude", "data": {},
    }  # fmt: skip
    sim = run(world=world)
    assert path(sim.state, "one")[1:4] == [f"implement 1.{n} failed" for n in (1, 2, 3)]
    assert "claude ended and changed nothing" in sim.state.open_decisions()[0].title
    assert any(e.kind == "restore" for e in sim.state.phases["one"].steps[2].effects)


def test_rejection_before_commit_reaches_the_worker_and_the_next_candidate_is_asked_about_again() -> None:
    sim = run()
    sim.decide_open("reject", reason="keep the old name")
    sim.settle()
    second = [s for s in sim.state.phases["one"].steps if s.name == "implement"][1]
    assert second.feedback[0].kind == "rejection" and "keep the old name" in second.feedback[0].text
    assert sim.state.open_decisions()[0].kind == "review"


@pytest.mark.parametrize(
    ("verb", "then"), [("approve", "implement 1.1"), ("reject", "plan_impl 1.2"), ("skip", "verify 1.1")]
)
def test_gate_before_implement(verb: str, then: str) -> None:
    sim = run(gates={"before_implement": Gate(show=("plan",))})
    sim.decide_open(verb, reason="because")
    sim.settle()
    assert any(step.startswith(then) for step in path(sim.state, "one"))
    if verb == "reject":
        replan = next(s for s in sim.state.phases["one"].steps if s.name == "plan_impl" and s.attempt == 2)
        assert replan.feedback[0].text == "because"


def test_gate_after_implement_is_asked_again_when_a_person_edited_the_workspace() -> None:
    world = World()
    sim = run(world=world, gates={"after_implement": Gate(allow_edit=True)})
    world.standing["one"] = "tree-edited"
    sim.decide_open()
    sim.settle()
    (again,) = sim.state.open_decisions()
    assert again.facts["tree"] == "tree-edited"
    sim.decide_open()
    sim.settle()
    assert sim.state.run is not None and sim.state.run.tip == "commit-of-tree-edited"


def test_review_issues_go_into_the_next_prompt_and_can_be_overridden_where_the_gate_allows() -> None:
    world = World()

    def turn(phase: object, step: object, effect: object) -> dict[str, object]:
        result = dict(World.answer(plain, phase, step, effect))  # type: ignore[arg-type, call-overload]
        if effect.args["role"] == "review":  # type: ignore[attr-defined]
            result["data"] = {
                "issues": [{"severity": "blocker", "file": "a", "line": 3, "text": "wrong sign"}]
            }
        return result

    plain = World()
    plain.standing = world.standing
    world.overrides["turn"] = turn  # type: ignore[assignment]
    workers = {"implement": WorkerChoice("scripted"), "review": WorkerChoice("scripted")}
    sim = run(world=world, workers=workers, gates={"after_review_issues": Gate(allow_override=True)})
    sim.decide_open("approve")
    sim.settle()
    second = [s for s in sim.state.phases["one"].steps if s.name == "implement"][1]
    assert "a:3: wrong sign" in second.feedback[0].text
    sim.decide_open("skip", reason="fine")
    sim.settle()
    assert sim.state.run is not None and sim.state.run.status == "done"


def test_nothing_ran_is_never_green() -> None:
    world = World()
    world.overrides["verify"] = lambda phase, step, effect: {
        "verdict": "nothing_ran",
        "summary": "exit 0, 0 tests",
    }
    sim = run(world=world, gates={})
    (decision,) = sim.state.open_decisions()
    assert decision.kind == "nothing_ran" and decision.person_only
    assert sim.submit(commands.Decide(decision.id, "approve", decision.content_hash, POLICY)) is not None
    sim.decide_open(reason="docs only")
    sim.settle()
    assert sim.state.run is not None and sim.state.run.status == "done"
    assert sim.state.phases["one"].verified["tree-1"] == "override by ada"


def test_protected_items_need_a_person_who_looked() -> None:
    world = World()
    world.overrides["integrate"] = lambda phase, step, effect: {
        "tree": effect.args["tree"], "summary": "s", "files": ["a"], "protected": [".gitignore"],
    }  # fmt: skip
    sim = run(world=world, gates={})
    (decision,) = sim.state.open_decisions()
    for command in (
        commands.Decide(decision.id, "approve", decision.content_hash, POLICY, protected=True),
        commands.Decide(decision.id, "approve", decision.content_hash, PERSON),
    ):
        refused = sim.submit(command)
        assert refused is not None and ".gitignore" in refused.message
    sim.decide_open(protected=True)
    sim.settle()
    assert sim.state.run is not None and sim.state.run.status == "done"


def test_pause_lets_the_turn_end_and_begins_nothing_new() -> None:
    world = World()
    world.overrides["turn"] = lambda phase, step, effect: None
    sim = run(world=world)
    sim.take(commands.PauseRun(PERSON))
    del world.overrides["turn"]
    sim.settle()
    assert path(sim.state, "one") == ["plan_impl 1.1 running"]
    sim.take(commands.ResumeRun(PERSON))
    sim.settle()
    assert sim.state.open_decisions()[0].kind == "review"


def test_stop_ends_the_step_and_resume_begins_it_again() -> None:
    world = World()
    world.overrides["turn"] = lambda phase, step, effect: None
    sim = run(world=world)
    sim.take(commands.StopRun(PERSON, "lunch"))
    world.overrides["turn"] = lambda phase, step, effect: "interrupted: the run was stopped"
    sim.settle()
    assert path(sim.state, "one") == ["plan_impl 1.1 stopped"]
    del world.overrides["turn"]
    sim.take(commands.ResumeRun(PERSON))
    sim.settle()
    assert path(sim.state, "one")[:2] == ["plan_impl 1.1 stopped", "plan_impl 1.2 ok"]


def test_breakpoint_before_verify_holds_until_a_person_goes_on() -> None:
    sim = Simulation()
    sim.take(start())
    sim.take(commands.SetBreakpoint("before", "verify"))
    sim.settle()
    (decision,) = sim.state.open_decisions()
    assert (decision.kind, decision.step) == ("breakpoint", "verify")
    assert sim.state.breakpoints["b1"].hits == 1
    sim.decide_open()
    sim.settle()
    assert sim.state.open_decisions()[0].kind == "review"


def test_rollback_keeps_what_stood_pauses_the_phase_and_goes_on_with_implement() -> None:
    sim = run()
    sim.take(commands.RollBack("cp-1", PERSON))
    sim.settle()
    phase = sim.state.phases["one"]
    assert phase.status == "paused" and path(sim.state, "one")[-1] == "rollback 1.1 ok"
    assert [d.status for d in sim.state.decisions.values()] == ["withdrawn"]
    assert list(sim.state.checkpoints)[-1] == "cp-2"
    sim.take(commands.ResumePhase("one", PERSON))
    sim.settle()
    assert "implement 2.1 ok" in path(sim.state, "one")


def test_a_missing_author_is_a_decision_that_takes_a_name_and_an_address() -> None:
    sim = run(author=None, gates={})
    decision = sim.state.open_decisions()[0]
    assert decision.kind == "author"
    bad = commands.Decide(decision.id, "answer", decision.content_hash, PERSON, "nobody")
    assert sim.submit(bad) is not None
    sim.decide_open("answer", reason="Ada Lovelace <ada@example.org>")
    sim.settle()
    assert sim.state.run is not None and sim.state.run.status == "done"


def test_over_budget_the_run_asks_before_the_next_turn() -> None:
    sim = run(allowance=Allowance(turns=1), gates={})
    (decision,) = sim.state.open_decisions()
    assert decision.kind == "budget" and sim.state.budget.spent.turns == 1
    sim.decide_open()
    sim.settle()
    assert sim.state.budget.spent.turns == 2


def test_a_message_goes_with_the_next_turn_once() -> None:
    world = World()
    sim = run(world=world)
    sim.take(commands.SendMessage("one", "message", "mind the tabs", PERSON))
    sim.decide_open("reject", reason="again")
    sim.settle()
    assert sim.state.messages["m1"].receipt == "delivered"
    carried = [
        e.args["messages"] for s in sim.state.phases["one"].steps for e in s.effects if e.kind == "turn"
    ]
    assert carried == [[], [], ["m1"]]


def test_dependents_of_a_failed_phase_wait_and_the_run_says_so() -> None:
    world = World()
    red = {"verdict": "red", "summary": "1 failed", "signature": "same", "evidence": "e"}
    world.overrides["verify"] = lambda phase, step, effect: red
    sim = run(PhasePlan("a", "A"), PhasePlan("b", "B", deps=("a",)), world=world)
    sim.decide_open("reject", reason="no")
    sim.settle()
    assert sim.state.run is not None
    assert (sim.state.run.status, sim.state.run.reason) == ("failed", "a failed: no; b waits for a")


def test_a_change_of_too_many_files_waits_for_a_person_and_goes_back_when_rejected() -> None:
    world = World()
    world.overrides["import"] = lambda phase, step, effect: {
        "tree": world.standing[phase.id if phase else ""], "summary": "s", "files": ["a", "b", "c"],
    }  # fmt: skip
    sim = run(world=world, large_change_files=2)
    (decision,) = sim.state.open_decisions()
    assert decision.kind == "large_change" and "3 files changed, more than 2" in decision.title
    sim.decide_open("reject", reason="smaller, please")
    sim.settle()
    second = [s for s in sim.state.phases["one"].steps if s.name == "implement"][1]
    assert "smaller, please" in second.feedback[0].text


def test_pause_on_error_asks_before_the_next_iteration() -> None:
    world = World()
    red = {"verdict": "red", "summary": "1 failed", "signature": "t", "evidence": "FAILED t"}
    world.overrides["verify"] = lambda phase, step, effect: red
    sim = run(world=world, pause_on_error=True)
    (decision,) = sim.state.open_decisions()
    assert decision.kind == "error" and sim.state.phases["one"].iteration == 1
    del world.overrides["verify"]
    sim.decide_open(reason="it is the sign")
    sim.settle()
    second = [s for s in sim.state.phases["one"].steps if s.name == "implement"][1]
    assert any(f.text == "it is the sign" for f in second.feedback)


class Dies(World):
    """The host of the first implementation dies, after a while."""

    asked = 0

    def answer(self, phase: Phase | None, step: Step | None, effect: Effect) -> Any:
        if effect.kind != "turn" or effect.args["role"] != "implement" or self.asked > 1:
            return super().answer(phase, step, effect)
        self.asked += 1
        lost = {"outcome": "lost", "reason": "host died", "tree_before": effect.args["tree"]}
        return None if self.asked == 1 else lost


def test_what_was_said_to_a_turn_of_which_nothing_is_left_is_said_again() -> None:
    sim = run(world=Dies(), gates={})
    for kind in ("message", "question"):
        sim.take(commands.SendMessage("one", kind, f"a {kind}", PERSON))
    sim.take(commands.RecordReceipt("m1", "acknowledged"))
    sim.take(commands.RecordReceipt("m2", "acknowledged"))
    sim.settle()
    turns = [
        (e.args.get("again"), e.args["messages"])
        for s in sim.state.phases["one"].steps
        for e in s.effects
        if e.kind == "turn" and e.args["role"] == "implement"
    ]
    assert turns == [(None, []), (["m1"], [])]
