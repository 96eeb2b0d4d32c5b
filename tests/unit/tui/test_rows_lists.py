"""Breakpoints, commits, checkpoints and the plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.settings import Criterion, PhasePlan
from prdrunner_tui.projections.metrics import Change
from prdrunner_tui.tui.logbook import LogLine
from prdrunner_tui.tui.rows.breakpoints import (
    Draft,
    breakpoint_head,
    breakpoint_rows,
    changed_draft,
    draft_rows,
    stopped_at,
)
from prdrunner_tui.tui.rows.checkpoints import (
    checkpoint_head,
    checkpoint_rows,
    kept_back,
    restore_lines,
    restored,
    to_undo,
)
from prdrunner_tui.tui.rows.commits import commit_rows
from prdrunner_tui.tui.rows.loglines import log_line
from prdrunner_tui.tui.rows.phases import phase_rows
from prdrunner_tui.tui.rows.plan import phase_detail, plan_head, plan_rows, plan_summary
from prdrunner_tui.tui.rows.why import why_phase
from prdrunner_tui.tui.span import plain
from tests.unit.tui.sample_run import (
    ME,
    Log,
    check_widths,
    finish,
    review,
    sample_log,
    scene,
    started,
    texts,
)

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


def test_pauses_of_the_configuration_stand_below() -> None:
    state = points().state()
    assert state.run is not None
    settings = replace(state.run.settings, pause_on_error=True, large_change_files=15)
    state = replace(state, run=replace(state.run, settings=settings))
    rows = breakpoint_rows(state, 46, scene())
    assert texts(rows)[2:] == [
        " B on a failed step     all      0 hits",
        " B over 15 files        all      0 hits",
    ]
    assert [row.key for row in rows[2:]] == [("pause", "error"), ("pause", "large_change")]
    assert texts(breakpoint_rows(replace(state, breakpoints={}), 80, scene()))[0].endswith("hit 0 times")


def test_the_titles_of_the_breakpoints() -> None:
    shown = [
        breakpoint_head(80, scene()),
        *(row.line for row in breakpoint_rows(points().state(), 80, scene())),
    ]
    assert texts(shown)[:2] == [
        "   stops                phase                    so far",
        " B before verify        all phases               hit 2 times",
    ]


def test_what_a_breakpoint_stopped() -> None:
    log = points()
    log.add(800, review(id="d7", kind="breakpoint", subject="b", facts={"breakpoint": "b1"}))
    log.add(801, review(id="d8", kind="breakpoint", subject="c", facts={"breakpoint": "b2"}))
    assert [one.id for one in stopped_at(log.state(), "b1")] == ["d7"]


def test_a_field_of_a_new_breakpoint_goes_round() -> None:
    state = points().state()
    draft = changed_draft(state, Draft(), "when", 1)
    assert draft == Draft("after") and changed_draft(state, draft, "when", -1) == Draft()
    steps = [Draft()]
    for _ in range(5):
        steps.append(changed_draft(state, steps[-1], "step", 1))
    assert [one.step for one in steps] == ["verify", "review", "commit", "plan_impl", "implement", "verify"]
    assert changed_draft(state, Draft(), "phase", 1).phase == "storage"
    assert changed_draft(state, Draft(), "phase", -1).phase == "reminders"
    assert changed_draft(state, Draft(phase="reminders"), "phase", 1).phase == ""
    assert changed_draft(state, Draft(phase="gone"), "phase", 1).phase == "storage"


def test_a_new_breakpoint_says_what_it_would_do() -> None:
    state = points().state()
    rows = draft_rows(state, Draft("after", "review", "config"), 60, scene())
    assert texts(rows) == [
        " when    < after >",
        " step    < self-review >",
        " phase   < config >",
        "",
        " config stops after self-review and waits for you",
    ]
    assert [row.key for row in rows if row.stop] == [("field", "when"), ("field", "step"), ("field", "phase")]
    assert texts(draft_rows(state, Draft(), 60, scene()))[-1] == " b1 stops there already"
    again = draft_rows(state, Draft("after", "review", "tags"), 60, scene())
    assert texts(again)[-1] == " b2 stops there already, but it is off"


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


def going(status: str = "ok") -> Log:
    """A phase that was put back to its checkpoint, or is on its way there."""
    log = started(PhasePlan("one", "One")).add(0, events.PhaseStarted("one", "b"))
    log.add(1, events.StepBegan("one", "implement", 1, 1))
    log.add(2, events.CheckpointTaken("cp-1", "one", "implement", 1, "c1", "before implement, iteration 1"))
    log.add(3, events.StepEnded("one", "ok", "+1/-0 in 1 file"), events.StepBegan("one", "verify", 1, 1))
    log.add(4, events.StepEnded("one", "ok", "exit 0"), events.StepBegan("one", "rollback", 1, 1))
    args = {"checkpoint": "cp-1", "to": "c1", "save_as": "cp-2"}
    log.add(5, events.EffectIntended("one", "one/rollback/1.1/restore", "restore", args))
    if status == "ok":
        log.add(6, events.EffectDone("one", "one/rollback/1.1/restore", {"saved": "c2", "tree": "t"}))
        log.add(6, events.CheckpointTaken("cp-2", "one", "rollback", 1, "c2", "before the return to cp-1"))
        log.add(6, events.StepEnded("one", "ok", "back at cp-1"))
    elif status == "failed":
        log.add(6, events.EffectFailed("one", "one/rollback/1.1/restore", "the disk is full"))
        log.add(6, events.StepEnded("one", "failed", "the disk is full"))
    return log


def test_why_a_phase_does_not_go_back() -> None:
    state = going().state()
    assert kept_back(state, state.checkpoints["cp-1"]) == "one is at cp-1 already"
    assert kept_back(state, state.checkpoints["cp-2"]) == ""
    on_the_way = going("").state()
    assert kept_back(on_the_way, on_the_way.checkpoints["cp-1"]) == "one is on its way back to a checkpoint"
    sample = points().state()
    assert kept_back(sample, sample.checkpoints["cp-2"]) == (
        "config is committed as 91d0aa7; what is committed stays"
    )
    assert kept_back(sample, sample.checkpoints["cp-1"]) == (
        "due-dates is in implement: pause it, wait until its turn is over"
    )
    paused = points().add(800, events.PhasePaused("due-dates", ME, "")).state()
    assert kept_back(paused, paused.checkpoints["cp-1"]).endswith(": wait until its turn is over")


def test_the_newest_return_can_be_taken_back_whoever_made_it_and_when() -> None:
    assert to_undo(points().state()) == "" and to_undo(going("").state()) == ""
    assert to_undo(going("failed").state()) == "", "nothing changed, so nothing is to be undone"
    log = going()
    assert to_undo(log.state()) == "cp-2"
    log.add(9, events.StepBegan("one", "rollback", 1, 2))
    key, args = "one/rollback/1.2/restore", {"checkpoint": "cp-2", "to": "c2", "save_as": "cp-3"}
    log.add(10, events.EffectIntended("one", key, "restore", args))
    assert to_undo(log.state()) == "cp-2", "the new one is not over"
    log.add(11, events.EffectDone("one", key, {"saved": "c3", "tree": "t"}))
    log.add(11, events.CheckpointTaken("cp-3", "one", "rollback", 1, "c3", "before the return to cp-2"))
    log.add(11, events.StepEnded("one", "ok", "back at cp-2"))
    assert to_undo(log.state()) == "cp-3"


def test_what_came_of_a_return() -> None:
    def told(log: Log) -> tuple[str, str]:
        return restored(log.state().phases["one"])

    assert told(going()) == ("one is back at cp-1, paused", "cp-2")
    assert told(going("failed")) == ("one did not go back: the disk is full", "")
    assert told(going("")) == ("", "")
    assert told(started(PhasePlan("one", "One"))) == ("", "")


def test_the_question_before_a_return_names_the_loss_and_what_is_kept() -> None:
    log = going().add(7, events.StepBegan("one", "implement", 2, 1), review(phase="one"))
    state = log.state()
    lines = restore_lines(state, state.checkpoints["cp-1"], 80, scene(), lost=Change(2, 54, 2))
    check_widths(lines, 80)
    assert texts(lines) == [
        " one goes back to cp-1, 14:00:02: before implement, iteration 1",
        "",
        " leaves out 2 files, +54/-2, of iterations 1, 2",
        " withdraws  review +96/-11 in 3 files",
        " keeps      what stands there now, as a checkpoint of its own that is taken",
        "            first",
        " then       the phase is paused until you resume it",
    ]

    def lost(what: Change | str) -> str:
        return texts(restore_lines(state, state.checkpoints["cp-1"], 80, scene(), lost=what))[2].strip()

    assert lost("") == "leaves out iterations 1, 2"
    assert lost(Change()) == "leaves out no change, of iterations 1, 2"
    assert lost("unknown: no disk") == "leaves out unknown: no disk, of iterations 1, 2"


def test_the_plan_as_a_table() -> None:
    state = sample_log().state()
    assert texts([plan_head(state, 80, scene()), *(row.line for row in plan_rows(state, 80, scene()))]) == [
        " batch    phase      state         time  after               unlocks",
        "  1     ✓ storage    done        6m 12s  -                   due-dates, tags",
        "        ✓ config     done        2m 48s  -                   reminders",
        "  2     ⠋ due-dates  running     2m 30s  storage             reminders",
        "        ! tags       needs you   2m 10s  storage             search",
        "  3     · search     waits            -  tags                -",
        "        · reminders  waits            -  due-dates, config   -",
    ]
    assert texts(plan_summary(state, scene(), 80)) == [
        " 6 phases, 3 batches                                           2 ended, 4 to go",
        " critical path  storage > tags > search             6m-26m left for all 4 to go",
    ]


def test_the_critical_path_without_history_and_at_the_end() -> None:
    shown = texts(plan_summary(started().state(), scene(), 80))[1]
    assert shown.startswith(" critical path  storage > tags > search ")
    assert shown.endswith("? left for all 6 to go")
    one = started(PhasePlan("one", "One"))
    finish(one, "one", 0, 60, "c", "+1/-0 in 1 file", 0.1, 1000)
    assert texts(plan_summary(one.state(), scene(), 80)) == [
        " 1 phase, 1 batch                                              1 ended, 0 to go",
        " critical path  one                                 1m 00s worked, nothing left",
    ]


def test_something_is_left_while_a_phase_is_to_go_and_nobody_knows_how_much_while_the_run_is_paused() -> None:
    log = started(PhasePlan("one", "One"), PhasePlan("two", "Two"))
    finish(log, "one", 0, 860, "c", "+1/-0 in 1 file", 0.1, 1000)
    earlier = (10.0, 10.0, 10.0)
    told = texts(plan_summary(log.state(), scene(), 80, earlier=earlier))[1]
    assert told.startswith(" critical path  one  ") and told.endswith("  10s-15m left for all 1 to go")
    paused = log.add(860, events.RunPaused(ME, "x")).state()
    assert texts(plan_summary(paused, scene(), 80, earlier=earlier))[1].endswith("  ? left for all 1 to go")


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
    rows += draft_rows(state, Draft(), width, ascii)
    one = state.checkpoints["cp-1"]
    lines += [breakpoint_head(width, ascii), *restore_lines(state, one, width, ascii, lost=Change(1, 2, 3))]
    check_widths(rows, width)
    check_widths(lines, width)
    assert all(plain(line).isascii() for line in [*(row.line for row in rows), *lines])


def test_the_plan_and_the_phases_tell_the_same_time() -> None:
    """A decision that waited is in the time of both; the detail says how much of it was work."""
    log = started(PhasePlan("one", "One")).add(0, events.PhaseStarted("one", "base"))
    log.add(1, review(phase="one")).add(10, events.PhaseEnded("one", "failed", "x"))
    for state in (log.state(), sample_log().state()):
        plan = {row.key: plain(row.line) for row in plan_rows(state, 120, scene())}
        for row in phase_rows(state, 120, scene()):
            time = plain(row.line)[105:112].strip()
            assert f" {time} " in plan[row.key]


def test_the_detail_tells_work_from_waiting() -> None:
    log = started(PhasePlan("one", "One")).add(0, events.PhaseStarted("one", "base"))
    log.add(1, review(phase="one")).add(10, events.PhaseEnded("one", "failed", "x"))
    state = log.state()
    shown = texts(phase_detail(state, state.phases["one"], 80, scene()))
    assert " time     10s since it began, 1s of it worked" in shown
    pending = sample_log().state()
    assert not any(
        "since it began" in one for one in texts(phase_detail(pending, pending.phases["search"], 80, scene()))
    )


def test_long_names_in_the_plan_and_among_commits_keep_what_tells_them_apart() -> None:
    plans = [PhasePlan(f"phase-1-greeting-by-{name}", "x") for name in ("first", "family")]
    log = started(*plans)
    for number, one in enumerate(plans):
        finish(log, one.id, number, number + 1, f"{number}be1c02aaaa", "+1/-0 in 1 file", 0.1, 1000)
    for width in (46, 80):
        for rows in (plan_rows(log.state(), width, scene()), commit_rows(log.state(), width, scene())):
            shown = "\n".join(texts(rows))
            assert "y-first" in shown and "family" in shown
            check_widths(rows, width)


def test_log_lines_keep_their_columns_and_say_where_a_name_was_cut() -> None:
    state = started(PhasePlan("phase-1-greeting", "A"), PhasePlan("two", "B")).state()
    told = [LogLine(scene().now, id, "I2", "out", "said") for id in state.phases]
    wide = [plain(log_line(one, state, 120, scene(), one_phase=False)) for one in told]
    assert wide == ["14:14:20 phase-1-greeting I2 | said", "14:14:20 two              I2 | said"]
    narrow = [plain(log_line(one, state, 50, scene(), one_phase=False)) for one in told]
    assert narrow == ["14:14:20 phase-1-gre… I2 | said", "14:14:20 two          I2 | said"]
    assert plain(log_line(told[0], state, 50, scene(), one_phase=True)) == "14:14:20 | said"


def test_why_a_phase_waits_for_the_worker_shows_who_has_it() -> None:
    log = started(PhasePlan("one", "One"), PhasePlan("two", "Two"))
    log.add(0, events.PhaseStarted("one", "base"), events.StepBegan("one", "implement", 1, 1))
    shown = texts(list(why_phase(log.add(5, review(phase="one")).state(), "two", 80, scene())))
    assert shown[0] == " ○ two  waits its turn: one holds the worker and needs you"
    assert shown[1].startswith("    ! one  needs you") and "Review d1" in shown[2]


def test_why_a_phase_is_paused_names_the_key() -> None:
    log = started(PhasePlan("one", "One")).add(0, events.PhaseStarted("one", "base"))
    state = log.add(1, events.PhasePaused("one", ME, "paused by ada")).state()
    assert "paused by you (p resumes)" in texts(list(why_phase(state, "one", 80, scene())))[0]
    own = scene(verb_keys={"phase.pause": "f5", "run.pause": "f6"})
    assert "paused by you (f5 resumes)" in texts(list(why_phase(state, "one", 80, own)))[0]
    both = log.add(2, events.RunPaused(ME, "paused by ada")).state()
    assert "paused by you (f5, then f6 resumes)" in texts(list(why_phase(both, "one", 80, own)))[0]


def test_a_place_in_the_prd_is_told_as_the_run_names_it() -> None:
    state = started(PhasePlan("one", "One", source="/home/ada/todo/docs/todo-v2.md:41")).state()
    shown = texts(phase_detail(state, state.phases["one"], 80, scene()))
    assert shown[0].split()[:2] == ["from", "docs/todo-v2.md:41"]
