"""Any sequence of commands, sensible or not, straight at the kernel: no commit passes by the rule."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any, get_args

from prdrunner_tui.kernel import commands, events
from prdrunner_tui.kernel.codec import COMMAND_TYPES, EVENT_TYPES, digest
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.decide import MODULES as DECIDING
from prdrunner_tui.kernel.decide import decide
from prdrunner_tui.kernel.events import Recorded
from prdrunner_tui.kernel.evolve import MODULES as EVOLVING
from prdrunner_tui.kernel.evolve import evolve
from prdrunner_tui.kernel.state import Effect, RunState
from prdrunner_tui.kernel.subjects import review_hash, review_subject
from tests.simulated import PERSON, POLICY, Simulation, start
from tests.unit.kernel.invariants import check_event

TREES = ("tree-1", "tree-2")


def test_each_command_has_one_decider_and_each_event_one_evolver() -> None:
    deciders = Counter(kind for module in DECIDING for kind in module.DECIDERS)
    evolvers = Counter(kind for module in EVOLVING for kind in module.EVOLVERS)
    assert deciders == Counter(get_args(commands.Command))
    assert evolvers == Counter(get_args(events.Event))
    assert set(COMMAND_TYPES.values()) == set(deciders) and set(EVENT_TYPES.values()) == set(evolvers)


def _random_command(state: RunState, chance: random.Random) -> commands.Command:
    phase, tree = chance.choice(("one", "two")), chance.choice(TREES)
    run = state.run
    tip = run.tip if run is not None and chance.random() < 0.9 else "elsewhere"
    waiting = state.open_decisions()
    open_effects = [
        (p.id, e) for p in state.phases.values() for s in p.steps for e in s.effects if e.status == "intended"
    ] + [("", e) for e in state.run_effects.values() if e.status == "intended"]
    match chance.randrange(12):
        case 0:
            return commands.StartPhase(phase)
        case 1:
            step = chance.choice(("implement", "verify", "commit"))
            return commands.BeginStep(phase, step, chance.randint(1, 3), chance.randint(1, 3))
        case 2:
            return commands.EndStep(phase, chance.choice(("ok", "failed", "stopped")), "so")
        case 3 | 4:
            kind = chance.choice(("advance", "advance", "verify", "import", "checkpoint", "publish", "turn"))
            args = {"old": tip, "new": f"c{state.seq}", "tree": tree, "id": f"cp-{state.seq}", "commit": tip}
            where = phase if chance.random() < 0.9 else ""
            return commands.IntendEffect(where, f"{where}/{state.seq}", kind, {**args, "branch": "b"})
        case 5 | 6 if open_effects:
            where, effect = chance.choice(open_effects)
            return commands.ReportEffect(
                where, effect.key, _result(effect, chance), chance.choice(("", "", "no"))
            )
        case 7:
            assert run is not None
            subject = review_subject(phase, tip, tree)
            right = review_hash(tip, tree, run.settings)
            content = right if chance.random() < 0.8 else "other"
            held = chance.choice(("", "changes protected files"))
            kind: Any = chance.choice(("review", "review", "gate", "nothing_ran"))
            facts = {"tree": tree}
            return commands.OpenDecision(
                kind,
                subject,
                phase,
                "commit",
                1,
                "look",
                content,
                facts,
                ("approve", "reject"),
                held,
                5.0,
                "approve",
            )
        case 8 if waiting:
            d = chance.choice(waiting)
            verb: Any = chance.choice(("approve", "approve", "reject", "skip"))
            hash = chance.choice((d.content_hash, d.content_hash, "x"))
            return commands.Decide(
                d.id, verb, hash, chance.choice((PERSON, POLICY)), "so", chance.random() < 0.5
            )
        case 9 if waiting:
            return commands.ExpireDecision(chance.choice(waiting).id)
        case 10:
            outcomes: Any = ("done", "failed", "skipped", "stopped")
            return commands.EndPhase(phase, chance.choice(outcomes))
        case 11:
            makers: Any = (commands.PauseRun, commands.ResumeRun, commands.StopRun, commands.IntendPublish)
            return chance.choice((*makers, commands.ResumeRun))(PERSON)  # type: ignore[no-any-return]
    return chance.choice(
        (commands.RetryPhase(phase, PERSON), commands.EndRun(chance.choice(("done", "failed"))))
    )


def _nearly_commit(sim: Simulation, chance: random.Random, reached: Counter[str]) -> None:
    """The way to a commit, of which each step is left out or done otherwise now and then."""
    phase, tree = chance.choice(("one", "two")), chance.choice(TREES)
    assert sim.state.run is not None
    tip, settings, n = sim.state.run.tip, sim.state.run.settings, len(sim.log)
    subject, content = review_subject(phase, tip, tree), review_hash(tip, tree, settings)
    key = f"{phase}/way/{n}"
    iteration = sim.state.phases[phase].iteration + 1
    args = {"old": tip, "new": f"c{n}", "tree": tree if chance.random() < 0.9 else chance.choice(TREES)}
    way: list[Any] = [
        lambda: commands.ResumeRun(PERSON),
        lambda: commands.StartPhase(phase),
        lambda: commands.EndStep(phase, "failed", "so"),
        lambda: commands.BeginStep(phase, "commit", iteration),
        lambda: commands.IntendEffect(phase, key, "verify", {"tree": tree}),
        lambda: commands.ReportEffect(phase, key, {"verdict": chance.choice(("green", "green", "red"))}),
        lambda: commands.OpenDecision("review", subject, phase, "commit", 1, "look", content),
        lambda: commands.Decide(
            sim.state.open_decisions()[-1].id, "approve", content, chance.choice((PERSON, POLICY))
        ),
        lambda: commands.IntendEffect(phase, f"{key}/a", "advance", args),
        lambda: commands.ReportEffect(phase, f"{key}/a", {"outcome": "moved"}),
    ]
    for make in way:
        if chance.random() < 0.95 and (sim.state.open_decisions() or make is not way[7]):
            _try(sim, make(), reached)
        if chance.random() < 0.1:
            _try(sim, _random_command(sim.state, chance), reached)


def _result(effect: Effect, chance: random.Random) -> dict[str, Any]:
    verdict = chance.choice(("green", "red", "nothing_ran"))
    outcome = chance.choice(("moved", "superseded"))
    return {
        "verdict": verdict,
        "outcome": outcome,
        "tree": chance.choice(TREES),
        "commit": "c",
        "branch": "b",
    }


def test_no_sequence_of_commands_commits_what_nobody_approved_or_nothing_verified() -> None:
    reached: Counter[str] = Counter()
    for seed in range(80):
        chance = random.Random(seed)
        sim = Simulation()
        sim.take(start("one", "two"))
        sim.take(commands.IntendEffect("", "run/prepare/1", "prepare", {}))
        sim.take(commands.ReportEffect("", "run/prepare/1", {"commit": "base"}))
        for _ in range(30):
            _try(sim, _random_command(sim.state, chance), reached)
        for _ in range(4):
            _nearly_commit(sim, chance, reached)
    assert reached["CommitMade"] > 3, "no commit was made at all"
    assert all(reached[code] for code in ("stale", "denied", "not_now", "already")), reached


def _try(sim: Simulation, command: commands.Command, reached: Counter[str]) -> None:
    answer = decide(sim.state, command)
    if isinstance(answer, Refusal):
        before = sim.state
        assert sim.submit(command) == answer and sim.state is before, "a refusal changes nothing"
        assert answer.message and answer.message == answer.message.strip()
        reached[answer.code] += 1
        return
    for event in answer:
        recorded = Recorded(len(sim.log) + 1, 0.0, event)
        after = evolve(sim.state, recorded)
        check_event(sim.state, recorded, after)
        sim.log.append(recorded)
        sim.state = after
        reached[type(event).__name__] += 1


def test_deciding_is_pure() -> None:
    sim = Simulation()
    sim.take(start("one"))
    sim.settle()
    decision = sim.state.open_decisions()[0]
    command = commands.Decide(decision.id, "approve", decision.content_hash, PERSON)
    seen = digest(sim.state)
    assert decide(sim.state, command) == decide(sim.state, command)
    assert digest(sim.state) == seen


def test_an_event_out_of_order_is_refused() -> None:
    sim = Simulation()
    sim.take(start("one"))
    for seq in (0, 1, 3):
        try:
            evolve(sim.state, Recorded(seq, 0.0, sim.log[0].event))
        except ValueError as error:
            assert f"event {seq} after event 1" in str(error)
        else:
            raise AssertionError("it was taken")
