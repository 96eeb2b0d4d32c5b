"""Runs in a world where anything happens, with a person who does anything: I2, I3, I6 and I10 hold after each event."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from prdrunner_tui.engine.schedule import proposals
from prdrunner_tui.kernel import commands, events
from prdrunner_tui.kernel.codec import decode_event, digest, encode_event
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.decide import decide
from prdrunner_tui.kernel.decide.run import decide_author
from prdrunner_tui.kernel.events import Recorded
from prdrunner_tui.kernel.evolve import evolve, fold
from prdrunner_tui.kernel.settings import STEPS, Allowance, Author, Gate, PhasePlan, WorkerChoice
from prdrunner_tui.kernel.state import Actor, Effect, Grant, Phase, RunState
from tests.effort import effort
from tests.simulated import PERSON, POLICY, start
from tests.unit.kernel.chaos import LUCK, Chaos
from tests.unit.kernel.invariants import check_event, check_state

PHASES = ("one", "two", "three")
MAX_EVENTS = 1500
"""More than a run of so few phases may take without anybody deciding anything."""

gates = st.fixed_dictionaries(
    {},
    optional={
        name: st.builds(
            Gate,
            allow_override=st.booleans(),
            timeout=st.sampled_from([None, 60.0]),
            on_timeout=st.sampled_from(["pause", "approve", "reject"]),
            required=st.booleans(),
        )
        for name in ("before_implement", "after_implement", "before_commit", "after_review_issues")
    },
)
workers = st.sets(st.sampled_from(["plan_impl", "review"])).map(
    lambda more: {role: WorkerChoice("scripted") for role in ("implement", *sorted(more))}
)
plans = st.sampled_from(
    [
        ("one", "two", "three"),
        (PhasePlan("two", "Two", deps=("one",)), PhasePlan("one", "One"), PhasePlan("three", "Three")),
    ]
)
changes = st.fixed_dictionaries(
    {},
    optional={
        "gates": gates,
        "workers": workers,
        "pause_on_error": st.booleans(),
        "large_change_files": st.just(2),
        "checkpoint_before": st.sampled_from([(), ("implement",)]),
        "allowance": st.sampled_from([Allowance(turns=3), Allowance(usd=2.0), Allowance(tokens=40)]),
        "max_iterations": st.integers(1, 4),
        "author": st.none(),
    },
)
actors = st.sampled_from([PERSON, PERSON, POLICY])
moods = st.sampled_from([1.0, 0.95, 0.8, 0.3])
"""How often all is well, where it is not left to luck."""

verbs = st.sampled_from(["approve", "approve", "approve", "reject", "skip", "answer"])


class RunMachine(RuleBasedStateMachine):
    """A run whose proposals are always followed, as the reconciler does, and whose effects end one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.state = RunState()
        self.log: list[Recorded] = []
        self.world = Chaos()

    @initialize(phases=plans, changes=changes)
    def begin(self, phases: tuple[str | PhasePlan, ...], changes: dict[str, Any]) -> None:
        self.submit(start(*phases, **changes))

    def submit(self, command: commands.Command) -> Refusal | None:
        """Take a command, and follow what the run wants then."""
        refusal = self.take(command)
        while wanted := proposals(self.state):
            refused = self.take(wanted[0])
            assert refused is None, f"a proposal was refused: {wanted[0]}: {refused}"
            assert len(self.log) < MAX_EVENTS, "the run does not come to rest"
        return refusal

    def take(self, command: commands.Command) -> Refusal | None:
        before, seen = self.state, digest(self.state) if len(self.log) < 40 else ""
        answer = decide(before, command)
        assert answer == decide(before, command), "the same answer twice"
        assert not seen or digest(before) == seen, "deciding changes nothing"
        if isinstance(answer, Refusal):
            return answer
        assert answer, "a command that is taken leaves an event"
        for event in answer:
            recorded = Recorded(len(self.log) + 1, float(len(self.log)), event)
            after = evolve(self.state, recorded)
            check_event(self.state, recorded, after)
            self.log.append(recorded)
            self.state = after
        check_state(self.state)
        return None

    def under_way(self) -> list[tuple[Phase | None, Effect]]:
        found: list[tuple[Phase | None, Effect]] = [(None, e) for e in self.state.run_effects.values()]
        for phase in self.state.phases.values():
            found.extend((phase, effect) for step in phase.steps for effect in step.effects)
        return [(phase, effect) for phase, effect in found if effect.status == "intended"]

    def report(self, phase: Phase | None, effect: Effect, luck: Any) -> None:
        answer = self.world.answer(phase, effect, luck)
        error, result = (answer, {}) if isinstance(answer, str) else ("", answer)
        command = commands.ReportEffect(phase.id if phase else "", effect.key, result, error)
        assert self.submit(command) is None, "a result is always taken"

    @precondition(lambda self: self.under_way())
    @rule(which=st.integers(0, 2), luck=st.sampled_from(LUCK))
    def an_effect_ends(self, which: int, luck: Any) -> None:
        found = self.under_way()
        self.report(*found[which % len(found)], luck)

    @rule(seed=st.integers(0, 1 << 16), mood=moods)
    def everything_ends_until_the_run_rests(self, seed: int, mood: float) -> None:
        chance = random.Random(seed)
        while found := self.under_way():
            self.report(*chance.choice(found), "good" if chance.random() < mood else chance.choice(LUCK))

    @rule(seed=st.integers(0, 1 << 16), mood=moods, decisions=st.integers(1, 12))
    def a_patient_person_takes_the_run_on(self, seed: int, mood: float, decisions: int) -> None:
        chance = random.Random(seed)
        if self.state.run is not None and self.state.run.status in ("paused", "stopped"):
            self.submit(commands.ResumeRun(PERSON))
        for phase in [p for p in self.state.phases.values() if p.status in ("paused", "failed")]:
            take_up = commands.ResumePhase if phase.status == "paused" else commands.RetryPhase
            self.submit(take_up(phase.id, PERSON))
        for _ in range(decisions):
            self.everything_ends_until_the_run_rests(chance.randrange(1 << 16), mood)
            if not (found := self.state.open_decisions()):
                return
            decision = chance.choice(found)
            verb = decision.verbs[0] if chance.random() < 0.9 else chance.choice(decision.verbs)
            words = "Ada <ada@example.org>" if decision.kind == "author" else "because"
            self.submit(commands.Decide(decision.id, verb, decision.content_hash, PERSON, words, True))  # type: ignore[arg-type]

    @precondition(lambda self: self.state.open_decisions())
    @rule(
        which=st.integers(0, 3),
        verb=verbs,
        by=actors,
        reason=st.sampled_from(["because", ""]),
        looked=st.booleans(),
    )
    def somebody_decides(self, which: int, verb: Any, by: Actor, reason: str, looked: bool) -> None:
        found = self.state.open_decisions()
        decision = found[which % len(found)]
        words = "Ada <ada@example.org>" if decision.kind == "author" and reason else reason
        self.submit(commands.Decide(decision.id, verb, decision.content_hash, by, words, looked))

    @precondition(lambda self: self.state.decisions)
    @rule(which=st.integers(0, 20), by=actors, hash=st.sampled_from(["", "f" * 64]))
    def somebody_decides_on_what_was_shown_before(self, which: int, by: Actor, hash: str) -> None:
        decision = list(self.state.decisions.values())[which % len(self.state.decisions)]
        refusal = self.submit(commands.Decide(decision.id, "approve", hash or decision.content_hash, by))
        assert refusal is not None or (decision.status == "open" and not hash)

    @rule(which=st.integers(1, 20))
    def time_is_up(self, which: int) -> None:
        self.submit(commands.ExpireDecision(f"d{which}"))

    @rule(
        command=st.sampled_from(
            [
                commands.PauseRun(PERSON),
                commands.ResumeRun(PERSON),
                commands.ResumeRun(PERSON),
                commands.StopRun(PERSON),
                commands.IntendPublish(PERSON),
                commands.RaiseBudget(PERSON),
            ]
        )
    )
    def somebody_steers_the_run(self, command: commands.Command) -> None:
        self.submit(command)

    @rule(
        phase=st.sampled_from(PHASES),
        make=st.sampled_from(
            [
                lambda p: commands.PausePhase(p, PERSON),
                lambda p: commands.ResumePhase(p, PERSON),
                lambda p: commands.StopPhase(p, PERSON),
                lambda p: commands.RetryPhase(p, PERSON, "try decimals"),
                lambda p: commands.SendMessage(p, "correction", "mind the sign", PERSON),
            ]
        ),
    )
    def somebody_steers_a_phase(self, phase: str, make: Any) -> None:
        self.submit(make(phase))

    @rule(which=st.integers(1, 12))
    def somebody_rolls_back(self, which: int) -> None:
        self.submit(commands.RollBack(f"cp-{which}", PERSON))

    @rule(
        when=st.sampled_from(["before", "after"]),
        step=st.sampled_from(STEPS),
        phase=st.sampled_from(["", *PHASES]),
    )
    def somebody_sets_a_breakpoint(self, when: Any, step: str, phase: str) -> None:
        self.submit(commands.SetBreakpoint(when, step, phase))

    @rule(which=st.integers(1, 3), enabled=st.sampled_from([True, False, None]))
    def somebody_changes_a_breakpoint(self, which: int, enabled: bool | None) -> None:
        if enabled is None:
            self.submit(commands.RemoveBreakpoint(f"b{which}"))
        else:
            self.submit(commands.SwitchBreakpoint(f"b{which}", enabled))

    @rule(which=st.integers(1, 4), receipt=st.sampled_from(["delivered", "acknowledged", "undeliverable"]))
    def an_agent_acknowledges(self, which: int, receipt: Any) -> None:
        self.submit(commands.RecordReceipt(f"m{which}", receipt))

    @rule(which=st.integers(1, 4))
    def somebody_takes_a_message_back(self, which: int) -> None:
        queued = getattr(self.state.messages.get(f"m{which}"), "receipt", "") == "queued"
        answer = self.submit(commands.WithdrawMessage(f"m{which}", PERSON))
        assert isinstance(answer, Refusal) is not queued

    @invariant()
    def something_can_go_on(self) -> None:
        """A run that is running has an effect under way, or waits for a person, or for a phase that is paused."""
        run = self.state.run
        if run is None or run.status != "running" or self.under_way() or self.state.open_decisions():
            return
        assert any(phase.status == "paused" for phase in self.state.phases.values()), "the run hangs"

    def teardown(self) -> None:
        stored = [Recorded(r.seq, r.at, decode_event(*encode_event(r.event))) for r in self.log]
        assert digest(fold(self.log)) == digest(self.state)
        assert digest(fold(stored)) == digest(self.state)
        assert fold(stored) == self.state


TestRunMachine = RunMachine.TestCase
TestRunMachine.settings = effort(50, 25)


def test_the_author_is_only_ever_a_name_with_an_address() -> None:
    refused = decide_author("no address")
    assert isinstance(refused, Refusal) and refused.code == "denied"
    (named,) = decide_author(" Ada L <a@b> ")  # type: ignore[misc]
    assert named.author == Author("Ada L", "a@b")  # type: ignore[union-attr]


def _started() -> Any:
    answer = decide(RunState(), start("one"))
    assert not isinstance(answer, Refusal)
    return answer[0]


def test_only_a_person_allows_always_and_only_a_request_that_offers_it() -> None:
    ask = commands.OpenDecision(
        "permission", "ask/one/1", "one", "implement", 1, "command: make", "h",
        facts={"grant": {"kind": "command", "parts": ["make"]}}, verbs=("approve", "always", "reject"),
    )  # fmt: skip
    log = [Recorded(1, 0.0, _started())]
    for opened in (ask, replace(ask, subject="ask/one/2", verbs=("approve", "reject"), facts={})):
        made = decide(fold(log), opened)
        assert not isinstance(made, Refusal)
        log += [Recorded(len(log) + 1, 0.0, event) for event in made]
    state = fold(log)
    for refused in (
        decide(state, commands.Decide("d1", "always", "h", POLICY)),
        decide(state, commands.Decide("d2", "always", "h", PERSON)),
    ):
        assert isinstance(refused, Refusal) and refused.code == "denied"
    made = decide(state, commands.Decide("d1", "always", "h", PERSON))
    assert not isinstance(made, Refusal)
    assert made == [
        events.DecisionMade("d1", "approved", PERSON),
        events.PermissionGranted("d1", "one", "command", ("make",), PERSON),
    ]
    state = fold([Recorded(state.seq + n, 0.0, event) for n, event in enumerate(made, 1)], state)
    assert state.grants == (Grant("d1", "one", "command", ("make",)),)


def test_no_policy_raises_a_budget() -> None:
    started = fold([Recorded(1, 0.0, _started())])
    refused = decide(started, commands.RaiseBudget(POLICY))
    assert isinstance(refused, Refusal) and refused.code == "denied"
    assert not isinstance(decide(started, commands.RaiseBudget(PERSON)), Refusal)
