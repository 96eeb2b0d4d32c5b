"""The line of a run under way, as the headless run prints or redraws it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from prdrunner_tui.cli import headless
from prdrunner_tui.cli.headless import Follower, by_policy
from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.settings import Gate
from prdrunner_tui.kernel.state import Decision, RunState
from prdrunner_tui.projections.history import RunFacts, facts_to_json, run_facts
from tests.unit.tui.sample_run import NOW, sample_log, started


class Client:
    """Answers with earlier runs, or does not know of any."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    async def query(self, run: str, what: str, args: Any) -> Any:
        assert (run, what, args) == ("run-7f3a", "history", {})
        return self.answer


@pytest.fixture(autouse=True)
def present(monkeypatch: pytest.MonkeyPatch) -> None:
    """The present is that of the sample run."""
    monkeypatch.setattr(headless, "time", SimpleNamespace(time=lambda: NOW))


def follower(state: RunState, *earlier: RunFacts) -> Follower:
    return Follower(cast(Any, None), "run-7f3a", state=state, earlier=earlier)


def test_a_run_under_way_has_an_estimate_and_no_tokens() -> None:
    state = sample_log().state()
    line = follower(state).summary()
    assert line.startswith("run  2/6 done  ") and line.endswith("  needs you 1")
    assert "  14m 20s  $1.20  eta 6m-26m  " in line
    assert "tok" not in line


def test_without_history_it_is_unknown_and_earlier_runs_are_history() -> None:
    state = started().state()
    assert "  eta ?" in follower(state).summary()
    facts = replace(run_facts(sample_log().state(), NOW), took=(60.0, 90.0, 90.0, 120.0))
    assert "  eta 6m-12m" in follower(state, facts).summary()


def test_the_estimate_gives_way_before_what_waits() -> None:
    shown = follower(sample_log().state())
    whole = shown.summary()
    assert shown.summary(len(whole)) == whole
    narrow = shown.summary(len(whole) - 1)
    assert "eta" not in narrow and narrow.endswith("  $1.20  needs you 1")


def test_a_run_that_is_over_has_its_tokens_and_no_estimate() -> None:
    line = follower(sample_log().add(860, events.RunEnded("failed", "x")).state()).summary(10)
    assert "  14m 20s  372k tok  $1.20" in line and "eta" not in line


@pytest.mark.parametrize(
    ("change", "gate", "decided"),
    [
        ({}, False, True),
        ({}, True, False),
        ({"person_only": "changes protected files: AGENTS.md"}, False, False),
        ({"kind": "conflict"}, False, False),
        ({"facts": {"rules": "allow"}, "kind": "permission"}, True, True),
        ({"facts": {"rules": "ask"}, "kind": "permission"}, True, False),
    ],
)
def test_what_the_engine_decides_itself_needs_nobody(
    change: dict[str, Any], gate: bool, decided: bool
) -> None:
    state = sample_log().state()
    assert state.run is not None
    gates = {"before_commit": Gate()} if gate else {}
    state = replace(state, run=replace(state.run, settings=replace(state.run.settings, gates=gates)))
    opened = Decision("d9", "review", "review/due-dates", "due-dates", "commit", 1, "look", "0" * 64, NOW)
    assert by_policy(state, replace(opened, **change)) is decided
    later = replace(state, decisions={"d9": replace(opened, **change)})
    assert ("needs you 1" in follower(later).summary()) is not decided


@pytest.mark.parametrize("refused", [True, False])
async def test_earlier_runs_are_asked_for(refused: bool) -> None:
    facts = run_facts(sample_log().state(), NOW)
    shown = follower(sample_log().state())
    answer = Refusal("unknown", "nothing is called history") if refused else facts_to_json([facts])
    shown.client = cast(Any, Client(answer))
    await shown.ask_earlier()
    assert shown.earlier == (() if refused else (facts,))
