"""The inbox: order, columns, the last hour, and the preview of every kind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.settings import PhasePlan
from prdrunner_tui.tui.rows.inbox import inbox_head, inbox_rows, preview
from prdrunner_tui.tui.rows.words import about
from prdrunner_tui.tui.span import plain
from tests.unit.tui.decisions import KINDS, all_open, of_kind
from tests.unit.tui.sample_run import (
    ME,
    OTHER,
    POLICY,
    check_widths,
    review,
    sample_log,
    scene,
    started,
    texts,
)


def test_open_ones_stand_oldest_first() -> None:
    state = all_open().state()
    check_widths([inbox_head(state, 80, scene())], 80)
    assert plain(inbox_head(state, 80, scene())).rstrip() == "     waits  phase      kind          what"
    rows = inbox_rows(state, 80, scene())
    check_widths(rows, 80)
    assert texts(rows) == [
        " !  2m 10s  tags       review        +96/-11 in 3 files",
        " !     59s  due-dates  gate          plan of 2 edits",
        ' !     58s  due-dates  question      "Should `--until` include the day itself?"',
        " !     57s  due-dates  permission    run: pip install freezegun",
        " !     56s  due-dates  conflict      due-dates conflicts with 4f02e11 in src/to…",
        " !     55s  due-dates  stuck         the same failure 3 times: exit 1",
        " !     54s  due-dates  nothing ran   exit 0, but no test ran",
        " !     53s  due-dates  breakpoint    before verify",
        " !     52s  due-dates  author        who stands in the commits? git has no user…",
        " !     51s  due-dates  error         verify failed: exit 1",
        " !     50s  due-dates  large change  12 files changed, more than 10",
        " !     49s  due-dates  budget        $4.02 of $5.00 used (80%)",
        " !     48s  due-dates  limit         the provider's limit: usage limit reached",
    ]
    assert [row.key for row in rows[:2]] == [("decision", "d1"), ("decision", "d2")]


def test_what_was_decided_says_by_whom() -> None:
    log = started()
    for number, (actor, status, kind, why) in enumerate(
        [
            (ME, "approved", "review", ""),
            (OTHER, "approved", "review", ""),
            (POLICY, "approved", "permission", ""),
            (ME, "rejected", "permission", "no network in this phase"),
            (ME, "answered", "question", "yes"),
        ],
        1,
    ):
        log.add(number, review(id=f"d{number}", kind=kind, subject=f"s{number}"))
        log.add(100 + 60 * number, events.DecisionMade(f"d{number}", status, actor, why))
    log.add(500, review(id="d6", subject="s6"), events.DecisionWithdrawn("d6", "tags is done"))
    rows = inbox_rows(log.state(), 80, scene())
    check_widths(rows, 80)
    assert texts(rows) == [
        "   nothing waits for you",
        "",
        " decided in the last hour",
        " -   14:08  tags       review      no longer needed: tags is done",
        " ✓   14:06  tags       question    answered by you: yes",
        " ✗   14:05  tags       permission  before_commit: +96/-11 in 3 files  refused b…",
        " ~   14:04  tags       permission  before_commit: +96/-11 in 3 files  allowed, …",
        " ✓   14:03  tags       review      approved on pts/4",
        " ✓   14:02  tags       review      approved by you",
    ]
    later = inbox_rows(log.state(), 80, scene(scene().now + 4000))
    assert texts(later) == ["   nothing waits for you"]


def test_an_empty_inbox_says_what_goes_on() -> None:
    log = started(PhasePlan("one", "One")).add(0, events.PhaseStarted("one", "base"))
    assert texts(inbox_rows(log.state(), 80, scene())) == ["   nothing waits for you; 1 phase is working"]


def test_a_pane_of_52_has_kind_and_what_in_one_column() -> None:
    rows = inbox_rows(sample_log().state(), 52, scene())
    check_widths(rows, 52)
    assert texts(rows) == [" !  2m 10s  tags       review +96/-11 in 3 files"]


def test_the_preview_says_what_happens_if_nobody_decides() -> None:
    state, decision = of_kind("review")
    lines = preview(state, decision, 80, scene())
    check_widths(lines, 80)
    assert texts(lines) == [
        " before_commit: +96/-11 in 3 files",
        "  M src/todo/tags.py        +58/-6",
        "  M src/todo/cli.py         +14/-5",
        "  A tests/test_tags.py      +24/-0",
        " verify       exit 0, 61 passed",
        " self-review  1 note, 0 blockers",
        " on           4be1c02",
        " if you do nothing: it waits",
        " search waits for tags",
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_every_kind_has_a_preview_at_every_width(kind: str, width: int) -> None:
    state, decision = of_kind(kind)
    for ascii in (False, True):
        lines = preview(state, decision, width, scene(ascii=ascii))
        check_widths(lines, width)
        assert len(lines) >= 2
        assert not ascii or all(plain(line).isascii() for line in lines)


def test_a_long_list_is_counted() -> None:
    state, decision = of_kind("large_change")
    shown = texts(preview(state, decision, 80, scene(), most=4))
    assert "   and 9 more files" in shown
    assert sum("src/a/file" in line for line in shown) == 3


def test_a_request_to_edit_is_told_by_its_path_and_size() -> None:
    diff = "--- a/AGENTS.md\n+++ b/AGENTS.md\n@@ -1,2 +1,3 @@\n one\n-two\n+2\n+--- three"
    log = started().add(1, review(id="d1", kind="permission", title=f"edit AGENTS.md: {diff}"))
    decision = log.state().decisions["d1"]
    assert about(decision) == "edit AGENTS.md  +2/-1"
    plain_one = replace(decision, title="command: git log -- : --- x")
    assert about(plain_one) == "command: git log -- : --- x"
