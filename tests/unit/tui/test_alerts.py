from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from prdrunner_tui.kernel.state import Decision
from prdrunner_tui.tui.alerts import Alerts, Wanted, wanted

ONE = Decision(
    id="d1", kind="review", subject="s", phase="tags", step="commit", iteration=1, title="t", content_hash="h",
    facts={}, verbs=("approve",), opened_at=1.0,
)  # fmt: skip


def test_only_what_is_new_draws_attention_and_each_once() -> None:
    alerts, two = Alerts(), replace(ONE, id="d2", phase="", kind="nothing_ran")
    assert alerts.new([ONE]) is None, "what waited already is seen on the screen"
    assert alerts.new([ONE]) is None
    assert alerts.new([ONE, two]) == "prdrunner: run needs you: nothing ran"
    assert alerts.new([]) is None
    assert alerts.new([ONE, two]) == "prdrunner: tags needs you: review, 1 more"


def test_no_word_of_others_reaches_the_terminal_as_it_is() -> None:
    alerts = Alerts()
    alerts.new([])
    told = alerts.new([replace(ONE, phase="a\x1b]0;x\x07b")])
    assert told is not None and "\x1b" not in told and "\x07" not in told


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, Wanted(True, False)),
        ("notify: {bell: false, terminal: true}", Wanted(False, True)),
        ("notify: [", Wanted()),
        ("nonsense: 1", Wanted()),
    ],
)
async def test_the_users_own_file_says_what_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, found: Wanted
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if text is not None:
        (tmp_path / "prdrunner").mkdir()
        (tmp_path / "prdrunner" / "config.yaml").write_text(text)
    assert await wanted() == found
