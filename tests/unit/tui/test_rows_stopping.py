from __future__ import annotations

import pytest

from prdrunner_tui.tui.rows.stopping import stopping_lines
from tests.unit.tui.sample_run import check_widths, sample_log, scene, texts


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_question_names_what_ends_and_what_is_kept(width: int) -> None:
    state = sample_log().state()
    phase = state.phases["due-dates"]
    lines = stopping_lines(state, phase, width, scene(), retry="r")
    check_widths(lines, width)
    told = {row.split("  ")[0].strip(): row for row in (text.strip() for text in texts(lines)) if "  " in row}
    assert texts(lines)[0].strip() == "due-dates ends now"
    assert "implement, iteration 2" in told["ends"]
    assert told["not started"].endswith("reminders")
    assert "the workspace" in told["keeps"] and "r takes it up again" in told["then"]


def test_what_waits_for_a_person_is_withdrawn() -> None:
    state = sample_log().state()
    shown = texts(stopping_lines(state, state.phases["tags"], 80, scene(), retry="r"))
    assert any(row.split()[:2] == ["withdraws", "review"] for row in shown)
