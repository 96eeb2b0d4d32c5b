"""How names get shorter, and words that panes share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.settings import Allowance
from prdrunner_tui.kernel.state import Actor
from prdrunner_tui.projections.wording import MEANS
from prdrunner_tui.text.cells import cells
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.tui.rows.facts import doer
from prdrunner_tui.tui.rows.header import spent_of
from prdrunner_tui.tui.rows.layout import foreign, wrap
from prdrunner_tui.tui.rows.shorten import keep_end, short_path, short_test
from prdrunner_tui.tui.rows.words import (
    asked,
    decided,
    means,
    problem_lines,
    question_of,
    refusal_words,
    result_words,
    verb_of,
    who,
)
from prdrunner_tui.tui.span import plain, width_of
from tests.unit.tui.decisions import KINDS, of_kind
from tests.unit.tui.sample_run import sample_log, started

ADA = Actor("person", "ada", "pts/1")


@pytest.mark.parametrize(
    ("path", "width", "shown"),
    [
        ("src/todo/due.py", 15, "src/todo/due.py"),
        ("src/todo/deep/parsers/due.py", 24, "src/…/parsers/due.py"),
        ("src/todo/deep/parsers/due.py", 20, "src/…/parsers/due.py"),
        ("src/todo/deep/parsers/due.py", 15, "src/…/due.py"),
        ("src/todo/deep/parsers/due.py", 8, "…/due.py"),
        ("src/todo/a_very_long_test_due.py", 16, "…ong_test_due.py"),
        ("name.py", 3, "…py"),
        ("name.py", 0, ""),
    ],
)
def test_paths_lose_their_middle_first_and_never_the_end(path: str, width: int, shown: str) -> None:
    assert short_path(path, width) == shown


@pytest.mark.parametrize(
    ("test", "width", "shown"),
    [
        ("tests/test_due.py::TestDates::test_feb_30", 60, "tests/test_due.py::TestDates::test_feb_30"),
        ("tests/test_due.py::TestDates::test_feb_30", 33, "tests/test_due.py::…::test_feb_30"),
        ("tests/test_due.py::TestDates::test_feb_30", 32, "tests/test_due.py::test_feb_30"),
        ("tests/unit/deep/test_due.py::test_feb_30", 33, "tests/…/test_due.py::test_feb_30"),
        ("tests/unit/deep/test_due.py::test_feb_30", 24, "test_due.py::test_feb_30"),
        ("tests/test_due.py::test_feb_30", 19, "…ue.py::test_feb_30"),
        ("tests/test_due.py::test_feb_30", 11, "test_feb_30"),
        ("tests.test_due.TestDates.test_feb_30", 20, "….test_feb_30"),
    ],
)
def test_ids_of_tests_keep_file_and_name(test: str, width: int, shown: str) -> None:
    assert short_test(test, width) == shown


NAMES = st.text(st.sampled_from("ab/:._漢é́ 字"), max_size=60)


@given(NAMES, st.integers(0, 70))
def test_nothing_gets_wider_than_asked(name: str, width: int) -> None:
    for shorten in (short_path, short_test, keep_end):
        assert cells(shorten(name, width)) <= width
        assert cells(shorten(name, width, "...")) <= width


@given(st.text(max_size=80), st.integers(2, 40))
def test_wrapping_keeps_every_word_and_the_width(text: str, width: int) -> None:
    line = foreign(text)
    rows = wrap(line, width)
    assert all(width_of(row) <= width for row in rows)
    assert "".join(map(plain, rows)).replace(" ", "") == plain(line).replace(" ", "")
    few = wrap(line, width, most=2)
    assert len(few) <= 2 and all(width_of(row) <= width for row in few)


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (11, ["ab cd efghi"]),
        (10, ["ab cd", "efghi"]),
        (5, ["ab cd", "efghi"]),
        (4, ["ab", "cd", "efgh", "i"]),
    ],
)
def test_lines_are_filled(width: int, lines: list[str]) -> None:
    assert [plain(row) for row in wrap(foreign("ab cd efghi"), width)] == lines
    assert [plain(row) for row in wrap(foreign("漢字 x"), 4)] == ["漢字", "x"]
    assert [plain(row) for row in wrap(foreign("ab cd efghi"), 5, most=1)] == ["ab c…"]
    assert [plain(row) for row in wrap(foreign("ab cd efghi"), 5, most=2)] == ["ab cd", "efghi"]


def test_hostile_text_stands_out() -> None:
    line = foreign("a\x1b[2Jb\u202ec\nd")
    assert [(span.token, str(span.text)) for span in line] == [
        ("text", "a"), ("danger", "␛"), ("text", "[2Jb"), ("danger", "‹U+202E›"), ("text", "c d"),
    ]  # fmt: skip
    assert plain(foreign("\x1b", ascii=True)) == "^["


def test_people_and_rules() -> None:
    assert who(ADA, ADA) == "by you"
    assert who(Actor("person", "ada", "pts/4"), ADA) == "on pts/4"
    assert who(Actor("person", "bob", "pts/2"), ADA) == "by bob on pts/2"
    assert who(Actor("policy", "--yes"), ADA) == "auto(--yes)"
    assert who(None, ADA) == ""


def test_verbs_mean_what_the_command_line_says() -> None:
    for kind, event in KINDS.items():
        for verb in event.verbs:
            told = means(of_kind(kind)[1], verb)
            assert told and MEANS[(kind, verb)].startswith(told)
            assert "--" not in told


def test_errors_and_refusals() -> None:
    problem = Problem("verify failed: 2 of 58 tests", where="tests/test_due.py:27", hint="enter shows them")
    assert problem_lines(problem) == (
        "verify failed: 2 of 58 tests",
        "tests/test_due.py:27",
        "enter shows them",
    )
    assert problem_lines(Problem("no")) == ("no",)
    assert (
        refusal_words(Refusal("already", "run-1 is paused already", "go on: prdrunner resume"))
        == "run-1 is paused already"
    )
    assert (
        refusal_words(Refusal("unknown", "no step x", "the steps are a, b"))
        == "no step x; the steps are a, b"
    )


def test_a_decision_in_a_row_parts_its_kind_from_what_it_is_about() -> None:
    told = {kind: asked(of_kind(kind)[1]) for kind in KINDS}
    assert told["nothing_ran"] == "nothing ran: exit 0, but no test ran"
    assert told["stuck"] == "stuck: the same failure 3 times: exit 1"
    assert told["review"] == "review +96/-11 in 3 files"
    assert told["question"] == 'question "Should `--until` include the day itself?"'


@pytest.mark.parametrize(
    ("kind", "verb", "result", "status", "later"),
    [
        ("review", "approve", "approved due-dates", "approved", "approved by you"),
        ("review", "reject", "rejected due-dates", "rejected", "rejected by you"),
        ("question", "answer", "answered due-dates", "answered", "answered by you"),
        ("breakpoint", "approve", "continued due-dates", "approved", "continued by you"),
        ("nothing_ran", "approve", "took due-dates as good", "approved", "taken by you"),
        ("nothing_ran", "reject", "sent due-dates back", "rejected", "sent back by you"),
        ("permission", "approve", "allowed due-dates", "approved", "allowed by you"),
        ("permission", "reject", "refused due-dates", "rejected", "refused by you"),
        ("stuck", "reject", "gave due-dates up", "rejected", "given up by you"),
        ("stuck", "skip", "left due-dates out", "skipped", "left out by you"),
    ],
)
def test_a_result_is_the_past_of_the_verb_on_the_screen(
    kind: str, verb: str, result: str, status: Any, later: str
) -> None:
    _, decision = of_kind(kind)
    assert result_words(replace(decision, phase="due-dates"), verb) == result
    assert decided(replace(decision, status=status, by=ADA), ADA) == later


@pytest.mark.parametrize(
    ("what", "limit", "raised", "now", "then"),
    [
        ("usd", 5.0, 0, "$5.00", "$10.00"),
        ("usd", 15.0, 2, "$15.00", "$20.00"),
        ("tokens", 1_000_000, 0, "1.0M tok", "2.0M tok"),
        ("turns", 8, 1, "8 turns", "12 turns"),
        ("seconds", 600, 0, "10m 00s", "20m 00s"),
    ],
)
def test_a_raise_of_the_budget_says_from_what_to_what(
    what: str, limit: float, raised: int, now: str, then: str
) -> None:
    facts = {"what": what, "spent": limit, "limit": limit}
    asked = replace(of_kind("budget")[1], subject=f"budget/{what}/{raised}", facts=facts)
    assert verb_of(asked, "approve") == f"raise to {then}"
    assert means(asked, "approve") == f"it is {now} now; asks again at {then}"
    assert result_words(asked, "approve") == f"raised the budget to {then}"
    told = replace(asked, subject="budget/phase/tags", facts={**facts, "more": limit / (1 + raised)})
    assert verb_of(told, "approve") == f"raise to {then}", "the facts say it too"
    assert verb_of(asked, "reject") == "refuse" and "to" not in means(asked, "reject").split()


def test_what_a_raise_allows_is_what_the_kernel_allows_then() -> None:
    log = sample_log(allowance=Allowance(usd=5.0)).add(800, events.BudgetRaised(ADA))
    subject, facts = "budget/usd/1", {"what": "usd", "spent": 10.0, "limit": 10.0}
    asked = replace(of_kind("budget")[1], subject=subject, facts=facts)
    assert verb_of(asked, "approve").removeprefix("raise to ") == "$15.00"
    assert spent_of(log.add(801, events.BudgetRaised(ADA)).state()).endswith("of $15.00")


def test_nobody_is_asked_to_review_a_plan_that_there_is_not() -> None:
    gate = of_kind("gate")[1]
    asks = replace(gate, title="Review the implementation plan before proceeding?")
    assert question_of(asks) == asks.title
    bare = replace(asks, facts={"plan": {}, "summary": "no planner is configured"})
    assert question_of(bare).endswith("There is no plan to look at: no planner is configured")
    own = replace(bare, title="Shall it begin?")
    assert question_of(own) == "Shall it begin?"


def test_a_budget_is_raised_and_not_its_phase() -> None:
    budget = replace(of_kind("review")[1], kind="budget", phase="")
    assert result_words(budget, "approve") == "raised the budget"
    assert result_words(budget, "reject") == "refused to raise the budget"
    assert decided(replace(budget, status="approved", by=ADA), ADA) == "raised by you"


@pytest.mark.parametrize(
    ("step", "who"),
    [
        ("implement", "claude"),
        ("review", "codex"),
        ("verify", "prdrunner"),
        ("commit", "prdrunner"),
        ("plan_impl", ""),
    ],
)
def test_who_does_a_step(step: str, who: str) -> None:
    assert doer(started().state(), step) == who
