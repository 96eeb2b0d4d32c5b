"""The phases at the widths of the drawings, their steps, and a word for every state."""

from __future__ import annotations

import pytest

from prdrunner_tui.kernel import commands, events
from prdrunner_tui.kernel.settings import PhasePlan, WorkerChoice
from prdrunner_tui.kernel.state import Actor
from prdrunner_tui.tui.rows.phases import Live, below_words, phase_head, phase_rows, phase_strip
from prdrunner_tui.tui.rows.scene import Row
from prdrunner_tui.tui.span import plain
from tests.simulated import PERSON, Simulation, World, start
from tests.unit.tui.sample_run import ME, Log, check_widths, sample_log, scene, started, texts

OTHER_PERSON = Actor("person", "bob", "pts/7")
LONG = (
    PhasePlan("phase-1-greeting-by-name", "A"),
    PhasePlan("phase-1-greeting-by-language", "B"),
    PhasePlan("phase-2", "C"),
)
LIVE = Live(
    {
        "due-dates": [
            "Read x",
            "Edit src/todo/due.py +6/-2",
            "9 passed in 0.41s",
            "Now the same check for `--until`.",
        ]
    },
    {"due-dates": "editing src/todo/due.py"},
)


def rows(width: int, log: Log | None = None, **more: object) -> list[Row]:
    """The rows of the sample run, their widths checked."""
    found = phase_rows((log or sample_log()).state(), width, scene(), live=LIVE, **more)  # type: ignore[arg-type]
    check_widths(found, width)
    return found


def row_of(log: Log, phase: str, width: int = 80) -> str:
    """One phase's row."""
    return next(plain(row.line).rstrip() for row in rows(width, log) if row.key == ("phase", phase))


def test_80_columns_one_row_a_phase_and_the_steps_of_the_one_under_the_cursor() -> None:
    head = phase_head(sample_log().state(), 80, scene())
    check_widths([head], 80)
    assert plain(head).rstrip() == (
        "  phase         PIVRC it  state                                     time   cost"
    )
    assert texts(rows(80, cursor="due-dates")) == [
        " ✓ storage      ✓✓✓✓✓  1  done  4be1c02  +212/-40                 6m 12s  $0.31",
        " ✓ config       ✓✓✓✓✓  1  done  91d0aa7  +64/-3                   2m 48s  $0.09",
        " ⠋ due-dates    ✓⠋···  2  implement: editing src/todo/due.py      2m 30s  $0.38",
        "     1 earlier iteration: l shows it",
        "     ⠋ implement  it 2 2m 30s  Now the same check for `--until`.",
        " ! tags         ·✓✓✓!  1  needs you: review +96/-11 in 3 files    2m 10s  $0.42",
        " · search       ·····  -  waits for tags                               -      -",
        " · reminders    ·····  -  waits for due-dates                          -      -",
    ]


def test_80_columns_unfolded_all_steps_show() -> None:
    assert texts(rows(80, cursor="due-dates", unfolded={"due-dates"}))[3:11] == [
        "     ✓ plan_impl  it 1    22s  done  plan of 5 edits",
        "     ✓ implement  it 1 1m 37s  done  +48/-0 in 1 file",
        "     ✗ verify     it 1    12s  exit 1: 2 failed, 56 passed",
        "     ⠋ implement  it 2 2m 30s  the agent works",
        "        Edit src/todo/due.py +6/-2",
        "        9 passed in 0.41s",
        "        Now the same check for `--until`.",
        "     · verify     · self-review · commit",
    ]


def test_46_columns_two_rows_a_phase() -> None:
    assert (
        plain(phase_head(sample_log().state(), 46, scene())).rstrip()
        == "  phase      PIVRC it    time   cost"
    )
    assert texts(rows(46)) == [
        " ✓ storage   ✓✓✓✓✓  1  6m 12s  $0.31",
        "     done  4be1c02  +212/-40",
        " ✓ config    ✓✓✓✓✓  1  2m 48s  $0.09",
        "     done  91d0aa7  +64/-3",
        " ⠋ due-dates ✓⠋···  2  2m 30s  $0.38",
        "     implement: editing src/todo/due.py",
        "        Now the same check for `--until`.",
        " ! tags      ·✓✓✓!  1  2m 10s  $0.42",
        "     needs you: review +96/-11 in 3 files",
        " · search    ·····  -       -      -",
        "     waits for tags (done at its commit)",
        " · reminders ·····  -       -      -",
        "     waits for due-dates; config is done",
    ]


def test_56_columns_have_agent_and_lines() -> None:
    shown = texts(rows(56))
    assert shown[0] == " ✓ storage   ✓✓✓✓✓  1  6m 12s  $0.31  claude  +212/-40"
    assert shown[1] == '     done  4be1c02  "Store tasks in SQLite"'
    assert shown[-2] == " · reminders ·····  -       -      -  -              -"


def test_the_column_of_the_agent_is_as_wide_as_its_name() -> None:
    recorded = sample_log(workers={"implement": WorkerChoice("scripted", label="recording")}).state()
    made = phase_rows(recorded, 56, scene())
    check_widths(made, 56)
    assert " recording " in plain(made[0].line)
    long = sample_log(workers={"implement": WorkerChoice("command", label="an-agent-of-a-long-name")}).state()
    assert " an-agent-of-a…" in plain(phase_rows(long, 66, scene(), shape="pair with agent")[0].line)


def test_narrow_step_rows_keep_time_and_state() -> None:
    steps = [line for line in texts(rows(46, cursor="due-dates")) if " it " in line]
    assert steps[1] == "     ✓ implement  it 1 1m 37s  done  +48/-0"
    assert steps[2].startswith("     ✗ verify     it 1    12s  exit 1: 2 fail")


@pytest.mark.parametrize("width", [60, 120, 200])
def test_other_widths_give_the_state_what_room_there_is(width: int) -> None:
    shown = texts(rows(width, cursor="due-dates"))
    assert shown[0].startswith(" ✓ storage ") and "done  4be1c02" in shown[0]
    assert shown[0].endswith("6m 12s  $0.31")


def test_folding_is_an_argument() -> None:
    keys = {row.key for row in rows(80, unfolded={"storage"}, cursor="due-dates", folded={"due-dates"})}
    assert ("step", "storage", 0) in keys
    assert not any(key[:2] == ("step", "due-dates") for key in keys if isinstance(key, tuple))


def test_a_cursor_on_an_ended_phase_opens_nothing() -> None:
    assert len(rows(80, cursor="storage")) == 6


def test_the_cursor_stops_at_phases_and_steps() -> None:
    stops = {row.key[0] for row in rows(46, cursor="due-dates") if row.stop}  # type: ignore[index]
    assert stops == {"phase", "step"}


def test_time_stands_still_in_a_step_that_the_run_ended_in() -> None:
    log = one(events.RunStopped(ME, "enough"))
    assert "     ■ implement  it 1    10s  stopped" in texts(rows(80, log, unfolded={"one"}))


def test_only_the_newest_step_waits_for_a_person() -> None:
    log = one(events.StepEnded("one", "failed", "exit 1"), events.StepBegan("one", "implement", 1, 2))
    log.add(20, events.DecisionOpened("d1", "question", "s", "one", "implement", 1, "Why?", "h"))
    shown = [line for line in texts(rows(80, log, unfolded={"one"})) if " it " in line]
    assert shown == [
        "     ✗ implement  it 1     10s  exit 1",
        '     ! implement  it 1 14m 10s  needs you: question "Why?"',
    ]


def test_keys_stay_when_rows_come() -> None:
    before, after = {row.key for row in rows(80)}, {row.key for row in rows(80, cursor="due-dates")}
    assert before < after


def test_many_steps_are_counted() -> None:
    log = started(PhasePlan("one", "One")).add(0, events.PhaseStarted("one", "base"))
    for number in range(1, 13):
        log.add(
            number, events.StepBegan("one", "implement", number, 1), events.StepEnded("one", "failed", "no")
        )
    shown = texts(rows(80, log, unfolded={"one"}))
    assert shown[1] == "     4 earlier steps, from iteration 1 on"
    assert sum(" it " in line for line in shown[1:]) == 8


def one(*more: events.Event) -> Log:
    """A run of two phases, the first one running its first step."""
    log = started(PhasePlan("one", "One"), PhasePlan("two", "Two", deps=("one",)))
    log.add(0, events.PhaseStarted("one", "base"), events.StepBegan("one", "implement", 1, 1))
    return log.add(10, *more)


@pytest.mark.parametrize(
    ("log", "sign", "words"),
    [
        (one(), "⠋", "implement: begins"),
        (one(events.PhasePaused("one", ME, "paused by ada")), "║", "paused by you (p resumes)"),
        (one(events.PhasePaused("one", ME, "lunch")), "║", "paused: lunch (p resumes)"),
        (one(events.PhasePaused("one", OTHER_PERSON, "paused by bob")), "║", "paused by bob (p resumes)"),
        (one(events.RunPaused(ME, "")), "║", "the run is paused (P resumes)"),
        (
            one(events.PhasePaused("one", ME, "paused by ada"), events.RunPaused(ME, "")),
            "║",
            "p, then P resumes",
        ),
        (one(events.RunStopped(ME, "")), "■", "stopped with the run"),
        (one(events.PhaseEnded("one", "failed", "no way")), "✗", "failed: no way"),
        (one(events.PhaseEnded("one", "stopped", "enough")), "■", "stopped: enough"),
        (one(events.PhaseEnded("one", "skipped", "not now")), "-", "skipped: not now"),
        (one(events.EffectIntended("one", "k", "workspace")), "⠋", "implement: makes the workspace"),
    ],
)
def test_every_state_has_its_sign_and_its_word(log: Log, sign: str, words: str) -> None:
    shown = row_of(log, "one")
    assert shown[1] == sign
    assert words in shown


def test_waits_name_whom_they_wait_for() -> None:
    assert "waits for one" in row_of(one(), "two")
    assert "waits for one, but one failed" in row_of(one(events.PhaseEnded("one", "failed", "")), "two")
    log = started(PhasePlan("one", "One"))
    assert "○ one" in row_of(log, "one") and "ready, begins next" in row_of(log, "one")
    assert "the run is paused" in row_of(log.add(1, events.RunPaused(ME, "")), "one")


def test_the_step_that_waits_for_a_person_has_that_sign() -> None:
    assert "·✓✓✓!" in row_of(sample_log(), "tags")
    stuck = events.DecisionOpened("d1", "stuck", "s", "one", "verify", 1, "the same failure 3 times", "h")
    log = one(events.StepEnded("one", "ok", ""), events.StepBegan("one", "verify", 1, 1))
    shown = row_of(log.add(11, events.StepEnded("one", "failed", "exit 1"), stuck), "one")
    assert "·✓!··" in shown and "needs you: stuck: the same failure 3" in shown


def test_unknown_cost_is_said_to_be_unknown() -> None:
    assert row_of(one(events.UsageRecorded("one", "implement", 1, 1, None)), "one").endswith("      ?")


def test_a_rollback_has_its_sign() -> None:
    log = one(events.StepEnded("one", "stopped", "x"), events.StepBegan("one", "rollback", 1, 1))
    log.add(11, events.StepEnded("one", "ok", "back at cp-1, what stood before is cp-2"))
    shown = texts(rows(80, log, unfolded={"one"}))
    assert any("« rollback" in line and "rolled back  back at cp-1" in line for line in shown)


def test_the_strip_of_other_layouts() -> None:
    line = phase_strip(sample_log().state(), 80, scene(), cursor="due-dates")
    check_widths([line], 80)
    assert plain(line).rstrip() == (
        "  ✓ storage  ✓ config >⠋ due-dates I it 2 2m 30s  ! tags  · search  · reminders"
    )
    narrow = plain(phase_strip(sample_log().state(), 40, scene(), cursor="reminders"))
    assert "reminders" in narrow and len(narrow) == 40


def test_ascii_has_no_other_signs() -> None:
    found = phase_rows(sample_log().state(), 80, scene(ascii=True), live=LIVE, cursor="due-dates")
    assert all(plain(row.line).isascii() for row in found)
    assert texts(found)[0].startswith(" v storage      vvvvv  1  done")


def test_a_whole_simulated_run_shows_at_each_moment() -> None:
    simulation = Simulation(World())
    simulation.take(start("one", PhasePlan("two", "Two", deps=("one",))))
    seen: set[str] = set()
    for _ in range(20):
        simulation.settle()
        for width in (46, 56, 60, 80, 120, 200):
            found = phase_rows(simulation.state, width, scene(), cursor="one", unfolded={"one", "two"})
            check_widths(found, width)
        seen |= {row.split("  ")[-1] for row in texts(phase_rows(simulation.state, 46, scene()))}
        if not simulation.state.open_decisions():
            break
        simulation.decide_open()
    assert simulation.state.run is not None and simulation.state.run.status == "done"
    assert {"   needs you: review +1/-1 in 1 file"[3:], "+1/-0"} & {one.strip() for one in seen}
    simulation.submit(commands.PauseRun(PERSON))
    assert [row.split()[0] for row in texts(phase_rows(simulation.state, 80, scene()))] == ["✓", "✓"]


def turn_under_way() -> Log:
    """A run of two independent phases, the first one in a turn of its agent."""
    log = started(PhasePlan("one", "One"), PhasePlan("two", "Two"))
    log.add(0, events.PhaseStarted("one", "base"), events.StepBegan("one", "implement", 1, 1))
    return log.effect("one", 1, None, "turn", "one/turn")


@pytest.mark.parametrize(
    ("event", "key"), [(events.PhasePaused("one", ME, "paused by ada"), "p"), (events.RunPaused(ME, ""), "P")]
)
def test_a_pause_begins_when_the_turn_is_over(event: events.Event, key: str) -> None:
    log = turn_under_way().add(10, event)
    shown = row_of(log, "one", 120)
    assert shown[1] == "⠋" and "·⠋···" in shown and f"pauses at its next turn ({key} takes it back)" in shown
    step = next(line for line in texts(rows(120, log, unfolded={"one"})) if " it 1" in line)
    assert "⠋ implement" in step and "paused" not in step
    assert " 14m 20s " in shown, "the time of the step that is under way"
    after = row_of(log.add(20, events.EffectDone("one", "one/turn", {})), "one", 120)
    assert after[1] == "║" and f"({key} resumes)" in after


def test_a_pause_in_a_check_says_what_ends_first() -> None:
    log = one(events.EffectIntended("one", "k", "verify", {}), events.PhasePaused("one", ME, ""))
    assert "pauses after this: runs the checks (p takes it back)" in row_of(log, "one", 120)


def test_a_phase_that_waits_for_the_worker_names_who_has_it() -> None:
    log = turn_under_way()
    assert "waits while one runs" in row_of(log, "two")
    assert "waits its turn while one runs" in texts(rows(56, log))[-1]
    log.add(5, events.PhasePaused("one", ME, "paused by ada"))
    assert "waits: one is paused" in row_of(log, "two")
    log.add(6, events.DecisionOpened("d1", "question", "s", "one", "implement", 1, "Why?", "h"))
    assert "waits: one needs you" in row_of(log, "two")
    assert "waits its turn: one holds the worker and needs you" in texts(rows(56, log))[-1]
    ready = started(PhasePlan("one", "One"), PhasePlan("two", "Two"))
    assert "waits its turn: one is next" in row_of(ready, "two")


@pytest.mark.parametrize("width", [56, 80, 120])
def test_names_get_the_room_that_is_free(width: int) -> None:
    log = started(PhasePlan("phase-1-greeting", "A"), PhasePlan("phase-2-farewell", "B"))
    shown = texts(rows(width, log))
    assert shown[0].startswith(" ○ phase-1-greeting ")


def test_names_that_begin_alike_keep_their_ends() -> None:
    state = started(*LONG).state()
    shown = texts(phase_rows(state, 60, scene()))
    assert [line.split()[1] for line in shown] == ["pha…-by-name", "pha…language", "phase-2"]
    assert len({line.index("·····") for line in shown}) == 1


def test_the_agent_goes_before_a_name_is_cut() -> None:
    state = started(*LONG).state()
    head = plain(phase_head(state, 56, scene()))
    assert "agent" not in head and "+/-" in head
    assert "agent" in plain(phase_head(sample_log().state(), 56, scene()))


def test_a_strip_cuts_names_before_it_drops_any() -> None:
    state = started(*LONG).state()
    assert "phase-1-greeting-by-language" in plain(phase_strip(state, 200, scene(), cursor="phase-2"))
    narrow = phase_strip(state, 60, scene(), cursor="phase-2")
    check_widths([narrow], 60)
    assert plain(narrow).count("…") == 2 and ">○ phase-2" in plain(narrow)


def test_a_small_screen_has_one_row_a_phase_and_says_where_more_is() -> None:
    shown = texts(rows(59, cursor="due-dates", shape="list", room=9))
    assert shown[2] == " ⠋ due-dates  implement: editing src/todo/due.py    2m 30s"
    assert shown[-1] == " 80x24 shows more" and len(shown) == 7
    assert len(rows(59, cursor="due-dates", shape="list", room=6)) == 6
    head = phase_head(sample_log().state(), 59, scene(), shape="list")
    check_widths([head], 59)
    assert plain(head).split() == ["phase", "state", "time"]


def test_phases_below_the_last_row_are_counted() -> None:
    found = rows(80, cursor="due-dates")
    assert below_words(found, 0, 5) == "3 more below"
    assert below_words(found, 1, 5) == "2 more below"
    assert below_words(found, 0, len(found)) == ""
    assert below_words(found, 0, 0) == "", "nothing is known of a pane that is not shown"


def test_a_cost_is_not_known_before_a_turn_told_it() -> None:
    assert row_of(one(), "one").endswith(" -")
    assert row_of(one(events.UsageRecorded("one", "implement", 1, 1, 0.2)), "one").endswith("$0.20")
