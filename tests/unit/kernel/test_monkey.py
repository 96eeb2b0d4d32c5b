"""The same machine, driven further than generated examples go: long lives of runs that fail and are taken up again."""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import Any

from prdrunner_tui.kernel import commands
from prdrunner_tui.kernel.settings import STEPS, Allowance, Gate, PhasePlan, WorkerChoice
from tests import EFFORT
from tests.simulated import PERSON, POLICY
from tests.unit.kernel.chaos import LUCK
from tests.unit.kernel.test_run_machine import PHASES, RunMachine

LIVES = 30 * max(1, int(float(os.environ.get(EFFORT, "0"))))
STEPS_OF_A_LIFE = 60


def live(seed: int) -> RunMachine:
    """One run under a person who does anything."""
    chance = random.Random(seed)
    machine = RunMachine()
    machine.begin(_plans(chance), _changes(chance))
    for _ in range(STEPS_OF_A_LIFE):
        _act(machine, chance)
        machine.something_can_go_on()
    machine.teardown()
    return machine


def _plans(chance: random.Random) -> tuple[Any, ...]:
    if chance.random() < 0.6:
        return PHASES
    return (PhasePlan("two", "Two", deps=("one",)), PhasePlan("one", "One"), PhasePlan("three", "Three"))


def _changes(chance: random.Random) -> dict[str, Any]:
    names = ("before_implement", "after_implement", "before_commit", "after_review_issues")
    changes: dict[str, Any] = {
        "gates": {
            name: Gate(
                timeout=chance.choice([None, 60.0]),
                on_timeout=chance.choice(["pause", "approve", "reject"]),
                required=chance.random() < 0.5,
                allow_override=chance.random() < 0.5,
            )
            for name in names
            if chance.random() < 0.3
        },
        "workers": {
            role: WorkerChoice("scripted")
            for role in ("implement", "plan_impl", "review")
            if role == "implement" or chance.random() < 0.4
        },
        "max_iterations": chance.randint(1, 5),
    }
    optional = {
        "pause_on_error": True,
        "large_change_files": 2,
        "checkpoint_before": (),
        "allowance": chance.choice([Allowance(turns=4), Allowance(usd=3.0)]),
        "author": None,
    }
    return changes | {key: value for key, value in optional.items() if chance.random() < 0.2}


def _act(machine: RunMachine, chance: random.Random) -> None:
    found = machine.under_way()
    mood = chance.choice((1.0, 0.95, 0.8, 0.3))
    match chance.choices(range(8), (40, 8, 20, 8, 8, 4, 6, 6))[0]:
        case 0 if found:
            machine.report(*chance.choice(found), "good" if chance.random() < mood else chance.choice(LUCK))
        case 1:
            machine.everything_ends_until_the_run_rests(chance.randrange(1 << 16), mood)
        case 2:
            machine.a_patient_person_takes_the_run_on(chance.randrange(1 << 16), mood, chance.randint(1, 3))
        case 3 if waiting := machine.state.open_decisions():
            if hopeless := [d for d in waiting if d.kind in ("stuck", "error", "conflict")]:
                waiting = hopeless
            decision = chance.choice(waiting)
            verb: Any = chance.choice(("reject", "reject", "skip", "answer", "approve"))
            hash = decision.content_hash if chance.random() < 0.9 else "f" * 64
            by = chance.choice((PERSON, PERSON, POLICY))
            machine.submit(commands.Decide(decision.id, verb, hash, by, "no", chance.random() < 0.5))
        case 4:
            steer = (commands.PauseRun, commands.ResumeRun, commands.StopRun, commands.IntendPublish)
            machine.submit(chance.choice((*steer, commands.ResumeRun, commands.RaiseBudget))(PERSON))
        case 5 if chance.random() < 0.5 or not machine.state.open_decisions():
            machine.submit(commands.ExpireDecision(f"d{len(machine.state.decisions)}"))
        case 6:
            phase = chance.choice(PHASES)
            choices = (
                commands.PausePhase,
                commands.ResumePhase,
                commands.RetryPhase,
                commands.RetryPhase,
                commands.StopPhase,
            )
            machine.submit(chance.choice(choices)(phase, PERSON))
            machine.submit(commands.SendMessage(phase, "correction", "mind the sign", PERSON))
        case 7:
            if chance.random() < 0.7:
                machine.submit(commands.RollBack(f"cp-{chance.randint(1, 12)}", PERSON))
            else:
                when: Any = chance.choice(("before", "after"))
                machine.submit(
                    commands.SetBreakpoint(when, chance.choice(STEPS), chance.choice(("", *PHASES)))
                )
        case _:
            pass


def test_no_life_of_a_run_breaks_an_invariant_or_hangs() -> None:
    reached: Counter[str] = Counter()
    for seed in range(LIVES):
        try:
            machine = live(seed)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        reached.update({type(recorded.event).__name__ for recorded in machine.log})
        reached.update(decision.kind for decision in machine.state.decisions.values())
    for name in (
        "CommitMade",
        "RolledBack",
        "RunReopened",
        "RunPublished",
        "PhaseStopping",
        "review",
        "stuck",
        "gate",
    ):
        assert reached[name], f"{name} was never reached: the lives are too tame"


def test_a_commit_that_was_made_while_the_run_was_stopped_is_not_made_again() -> None:
    machine = RunMachine()
    machine.begin(("one",), {"gates": {}, "workers": {"implement": WorkerChoice("scripted")}})
    while (found := machine.under_way())[0][1].kind != "advance":
        machine.report(*found[0], "good")
    machine.submit(commands.StopRun(PERSON))
    machine.report(*found[0], "good")
    machine.submit(commands.ResumeRun(PERSON))
    machine.everything_ends_until_the_run_rests(0, 1.0)
    assert sum(type(r.event).__name__ == "CommitMade" for r in machine.log) == 1
    assert machine.state.run is not None and machine.state.run.status == "done"


def test_a_person_who_publishes_midway_does_not_fail_the_run() -> None:
    machine = RunMachine()
    machine.begin(("one", "two"), {"gates": {}, "workers": {"implement": WorkerChoice("scripted")}})
    while not machine.state.phases["one"].commit:
        machine.report(*machine.under_way()[0], "good")
    machine.submit(commands.IntendPublish(PERSON))
    machine.everything_ends_until_the_run_rests(0, 1.0)
    run = machine.state.run
    assert run is not None and (run.status, run.published) == ("done", run.tip)


def test_trees_that_were_rejected_before_do_not_come_back_for_ever() -> None:
    machine = RunMachine()
    machine.begin(
        ("one",), {"gates": {"before_commit": Gate()}, "workers": {"implement": WorkerChoice("scripted")}}
    )
    for _ in range(100):
        if found := machine.under_way():
            luck: Any = "odd" if found[0][1].kind == "turn" else "good"
            machine.report(*found[0], luck)
        elif (decision := machine.state.open_decisions()[0]).kind == "stuck":
            return
        else:
            machine.submit(commands.Decide(decision.id, "reject", decision.content_hash, PERSON, "no"))
    raise AssertionError("the worker is sent back for ever, though no person rejects anything new")


def test_a_rollback_that_failed_is_asked_about() -> None:
    machine = RunMachine()
    machine.begin(("one",), {"workers": {"implement": WorkerChoice("scripted")}})
    while (found := machine.under_way()) and found[0][1].kind != "verify":
        machine.report(*found[0], "good")
    machine.submit(commands.StopRun(PERSON))
    machine.report(*found[0], "interrupted")
    machine.submit(commands.RollBack("cp-1", PERSON))
    machine.report(*machine.under_way()[0], "error")
    (decision,) = machine.state.open_decisions()
    assert decision.kind == "error" and "rollback failed" in decision.title
