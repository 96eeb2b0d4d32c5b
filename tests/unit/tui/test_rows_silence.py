"""An agent that says nothing for long is told as silent, with what becomes of it."""

from __future__ import annotations

from prdrunner_tui.tui.rows.phases import Live, phase_rows
from prdrunner_tui.tui.rows.silence import silent_words
from prdrunner_tui.tui.rows.why import why_phase
from tests.unit.tui.sample_run import sample_log, scene, texts

DUE = "due-dates"


def test_a_minute_without_a_word_is_silence_and_counts_from_the_last_one() -> None:
    state, now = sample_log().state(), scene().now
    phase = state.phases[DUE]
    began = phase.last.effects[-1].at if phase.last is not None else 0.0
    assert silent_words(state, phase, {DUE: now - 59}, now) == ""
    assert silent_words(state, phase, {DUE: now - 61}, now) == "silent for 1m, ended at 10m"
    assert silent_words(state, phase, {DUE: 1.0}, began + 130) == "silent for 2m, ended at 10m"
    assert silent_words(state, state.phases["tags"], {}, now) == ""


def test_the_row_and_why_say_so() -> None:
    state, now = sample_log().state(), scene().now
    live = Live(doing={DUE: "editing"}, heard={DUE: now - 125})
    row = next(text for text in texts(phase_rows(state, 80, scene(), live=live)) if DUE in text)
    assert "implement: silent for 2m, ended at" in row
    why = "\n".join(texts(why_phase(state, DUE, 80, scene(), {}, {DUE: now - 125})))
    assert "silent for 2m, ended at 10m (limits.idle)" in why
