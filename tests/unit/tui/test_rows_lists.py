"""Breakpoints, commits, checkpoints and the plan."""

from __future__ import annotations

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.settings import Criterion, PhasePlan
from prdrunner_tui.tui.rows.breakpoints import breakpoint_rows
from prdrunner_tui.tui.rows.checkpoints import checkpoint_head, checkpoint_rows
from prdrunner_tui.tui.rows.commits import commit_rows
from prdrunner_tui.tui.rows.plan import phase_detail, plan_head, plan_rows, plan_summary
from prdrunner_tui.tui.span import plain
from tests.unit.tui.sample_run import Log, check_widths, sample_log, scene, started, texts

WIDTHS = [46, 52, 60, 80, 120, 200]


def points() -> Log:
    """The sample run with two breakpoints and two checkpoints."""
    log = sample_log().add(700, events.BreakpointSet("b1", "before", "verify"))
    log.add(701, events.BreakpointHit("b1", "tags"), events.BreakpointHit("b1", "tags"))
    log.add(
        702, events.BreakpointSet("b2", "after", "review", "tags"), events.BreakpointSwitched("b2", False)
    )
    log.add(
        710,
        events.CheckpointTaken("cp-1", "due-dates", "implement", 2, "c1", "before implement, iteration 2"),
    )
    return log.add(
        720, events.CheckpointTaken("cp-2", "config", "commit", 1, "c2", "before commit, iteration 1")
    )


def test_breakpoints_say_where_and_how_often() -> None:
    assert texts(breakpoint_rows(points().state(), 46, scene())) == [
        " B before verify        all      2 hits",
        " b after self-review    tags     off",
    ]
    assert texts(breakpoint_rows(points().state(), 80, scene()))[0] == (
        " B before verify        all phases               hit 2 times"
    )
    assert texts(breakpoint_rows(sample_log().state(), 46, scene())) == [" none; b on a step sets one"]


def test_commits_stand_newest_first() -> None:
    assert texts(commit_rows(sample_log().state(), 52, scene())) == [
        " 91d0aa7  config   Read config from XDG       14:09",
        " 4be1c02  storage  Store tasks in SQLite      14:06",
    ]
    assert texts(commit_rows(sample_log().state(), 80, scene()))[1] == (
        " 4be1c02  storage  Store tasks in SQLite                        +212/-40  14:06"
    )
    assert texts(commit_rows(started().state(), 60, scene())) == [" no commit yet; each phase ends with one"]


def test_checkpoints_say_what_they_hold() -> None:
    state = points().state()
    assert (
        plain(checkpoint_head(state, 80, scene())).rstrip() == " id      phase      taken     state it holds"
    )
    assert texts(checkpoint_rows(state, 80, scene())) == [
        " cp-2    config     14:12:00  before commit, iteration 1; committed as 91d0aa7",
        " cp-1    due-dates  14:11:50  before implement, iteration 2",
    ]
    assert len(checkpoint_rows(state, 80, scene(), phase="config")) == 1
    assert "none yet" in texts(checkpoint_rows(started().state(), 60, scene()))[0]


def test_the_plan_as_a_table() -> None:
    state = sample_log().state()
    assert texts([plan_head(state, 80, scene()), *(row.line for row in plan_rows(state, 80, scene()))]) == [
        " batch    phase      state         time  after               unlocks",
        "  1     ✓ storage    done        6m 12s  -                   due-dates, tags",
        "        ✓ config     done        2m 48s  -                   reminders",
        "  2     ⠋ due-dates  running     5m 20s  storage             reminders",
        "        ! tags       needs you      19s  storage             search",
        "  3     · search     waits            -  tags                -",
        "        · reminders  waits            -  due-dates, config   -",
    ]
    assert texts(plan_summary(state, scene(), 80)) == [
        " 6 phases, 3 batches",
        " critical path  storage > tags > search",
    ]


def test_what_is_planned_for_a_phase() -> None:
    plan = PhasePlan(
        "tags", "Tags", criteria=(Criterion("T-1", "a tag has no spaces"),), deps=("base",), scope=("src/*",),
        guessed=("scope",), source="prd.md:12",
    )  # fmt: skip
    state = started(PhasePlan("base", "Base"), plan).state()
    assert texts(phase_detail(state, state.phases["tags"], 80, scene())) == [
        ' from     prd.md:12  "Tags"',
        " after    base (pending)",
        " scope    src/*",
        " guessed  scope",
        " why      waits for base (done at its commit)",
        " - T-1 a tag has no spaces",
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_width_and_ascii(width: int) -> None:
    state, ascii = points().state(), scene(ascii=True)
    rows = [
        *breakpoint_rows(state, width, ascii),
        *commit_rows(state, width, ascii),
        *checkpoint_rows(state, width, ascii),
        *plan_rows(state, width, ascii),
    ]
    lines = [checkpoint_head(state, width, ascii), plan_head(state, width, ascii)]
    lines += [*plan_summary(state, ascii, width), *phase_detail(state, state.phases["search"], width, ascii)]
    check_widths(rows, width)
    check_widths(lines, width)
    assert all(plain(line).isascii() for line in [*(row.line for row in rows), *lines])
