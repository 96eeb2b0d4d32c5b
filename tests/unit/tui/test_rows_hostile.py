"""No name and no text of others breaks a row, at any width."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.settings import PhasePlan, WorkerChoice
from prdrunner_tui.kernel.state import Actor, RunState
from prdrunner_tui.projections.metrics import Change
from prdrunner_tui.text.safe import SafeText
from prdrunner_tui.tui.rows.breakpoints import Draft, breakpoint_rows, draft_rows
from prdrunner_tui.tui.rows.chat import Said, chat_rows
from prdrunner_tui.tui.rows.checkpoints import checkpoint_rows, restore_lines
from prdrunner_tui.tui.rows.commits import commit_rows
from prdrunner_tui.tui.rows.decision import decision_body
from prdrunner_tui.tui.rows.detail import Diff, Kind, detail_lines, detail_of
from prdrunner_tui.tui.rows.failure import failure_next, failure_rows
from prdrunner_tui.tui.rows.header import header
from prdrunner_tui.tui.rows.inbox import inbox_rows, preview
from prdrunner_tui.tui.rows.inboxbar import inbox_bar
from prdrunner_tui.tui.rows.metrics import metrics_rows
from prdrunner_tui.tui.rows.phases import Live, phase_rows, phase_strip
from prdrunner_tui.tui.rows.plan import phase_detail, plan_rows, plan_summary
from prdrunner_tui.tui.rows.plangraph import plan_graph
from prdrunner_tui.tui.rows.scene import Scene
from prdrunner_tui.tui.span import Line
from tests.unit.tui.decisions import KINDS
from tests.unit.tui.sample_run import START, check_widths, scene, started

CASES = {
    "escape": "a\x1b[2J\x1b]52;c;aGk=\x07b",
    "bidi": "user\u202enimda\u2066x\u200b",
    "long": "x" * 300,
    "wide": "漢字かな交じり文" * 20,
    "combining": "e\u0301" * 90,
    "controls": "a\r\nb\x00c\x9bd\te",
    "surrogate": "\udcff\ud800name",
    "emoji": "👩‍👩‍👧‍👦 ✈️ flags 🇩🇪",
    "markup": "[bold red]x[/] [link=file:///etc]",
    "empty": "",
    "spaces": "   ",
}


def hostile(text: str) -> RunState:
    """A run in which every text that others write is `text`."""
    id = text or "-"
    bob = Actor("person", text, text)
    log = started(
        PhasePlan(id, text, description=text, scope=(text,), source=text),
        PhasePlan("next", text, deps=(id,)),
        prd=f"docs/{text}.md",
        workers={"implement": WorkerChoice("command", label=text)},
    )
    key = f"{id}/implement/1.1"
    log.add(1, events.PhaseStarted(id, "b"), events.StepBegan(id, "implement", 1, 1))
    log.effect(id, 1, 2, "turn", f"{key}/turn", {"usage": {"input": 1, "output": 1, "usd": 0.1}})
    checks = [{"name": text, "verdict": "red", "exit": None, "reason": text, "ran": None, "seconds": 1.0}]
    log.effect(id, 2, 3, "verify", f"{key}/verify", {"verdict": "red", "summary": text, "checks": checks})
    heading = "=========================== short test summary info ============================"
    evidence = f"{heading}\nFAILED {text}::x - {text}"
    log.add(3, events.StepEnded(id, "failed", text, "s", f"{text}\n{evidence}"))
    log.add(4, events.StepBegan(id, "implement", 2, 1))
    log.add(
        5,
        events.CheckpointTaken("cp-1", id, "implement", 2, "c", text),
        events.BreakpointSet("b1", "before", "verify", id),
    )
    log.add(
        6,
        events.MessageSent("m1", id, text, text or "x", bob),
        events.MessageReceipt("m1", "undeliverable", text),
    )
    facts = {
        "summary": text, "why": text, "evidence": text, "verify": text, "review": text, "conflicts": [text],
        "choices": [text, text], "files": [["M", text, 1, 1], [text, text, 0, 0]],
        "what": "usd", "spent": 1, "limit": 5,
        "plan": {"summary": text, "approach": text, "changes": [{"path": text, "action": text, "note": text}]},
        "issues": [{"severity": text, "file": text, "line": 3, "text": text}], "checks": checks, "breakpoint": "b1",
    }  # fmt: skip
    for number, event in enumerate(KINDS.values()):
        made = replace(
            event, id=f"d{number}", phase=id, subject=str(number), title=text, facts=facts, person_only=text
        )
        log.add(7, made)
    for number, by in enumerate((bob, Actor("policy", text))):
        log.add(
            8,
            replace(
                KINDS["review"], id=f"e{number}", subject=f"e{number}", phase=id, title=text, facts=facts
            ),
        )
        log.add(9, events.DecisionMade(f"e{number}", "rejected", by, text))
    return log.state()


def everything(state: RunState, text: str, width: int, painted: Scene) -> Iterator[Line]:
    """Every row that there is."""
    id = text or "-"
    live = Live({id: [text, text]}, {id: text})
    said = [Said("s", START + 10, id, text)]
    yield header(state, width, painted, repo=text)
    yield inbox_bar(state, width, painted)
    yield phase_strip(state, width, painted, cursor=id)
    for rows in (
        phase_rows(state, width, painted, live=live, cursor=id),
        phase_rows(state, width, painted, live=live, shape="pair", unfolded={id}),
        phase_rows(state, width, painted, live=live, shape="pair with agent"),
        inbox_rows(state, width, painted),
        chat_rows(state, width, painted, said=said, steps=True),
        breakpoint_rows(state, width, painted),
        commit_rows(state, width, painted),
        checkpoint_rows(state, width, painted),
        plan_rows(state, width, painted),
        metrics_rows(state, width, painted),
        failure_rows(state, width, painted),
        failure_rows(state, width, painted, output=f"{text}\n{text}" * 30),
        draft_rows(state, Draft(phase=id), width, painted),
    ):
        yield from (row.line for row in rows)
    for room in (2, 9):
        yield from plan_graph(state, width, painted, room=room, here=id)
    for phase in state.phases:
        detail = detail_of(state, phase)
        assert detail is not None
        heads = ((text, text), (text, f"M  {text}"))
        for diff in (None, Diff(Change(2, 1, 1), files=heads), Diff(problem=text)):
            for kind in get_args(Kind):
                shown = replace(detail, kind=kind)
                yield from detail_lines(state, shown, width, painted, diff=diff, doing=text)
    yield from failure_next(state.phases[id], width, painted)
    yield from restore_lines(state, state.checkpoints["cp-1"], width, painted, lost=text)
    yield from plan_summary(state, painted, width)
    yield from phase_detail(state, state.phases[id], width, painted)
    for decision in state.decisions.values():
        yield from decision_body(state, decision, width, painted)
        yield from preview(state, decision, width, painted)


def check(text: str, width: int) -> None:
    """Every row has the width, is of safe text, and holds nothing that a terminal would obey."""
    state = hostile(text)
    for painted in (scene(), scene(ascii=True)):
        lines = list(everything(state, text, width, painted))
        check_widths(lines, width)
        for line in lines:
            for token, shown in line:
                assert isinstance(shown, SafeText) and token
                assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2066\u200b" for c in shown)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("case", CASES)
def test_rows_keep_their_width(case: str, width: int) -> None:
    check(CASES[case], width)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=120), st.sampled_from([60, 80, 120]))
def test_rows_keep_their_width_for_any_text(text: str, width: int) -> None:
    check(text, width)
