"""A16: where a worker cuts a text in the middle of a credential, its beginning does not appear."""

from __future__ import annotations

import pytest

from prdrunner_tui.agents.fitting import fitted, whole_words
from prdrunner_tui.text.redact import redact, secrets_of
from prdrunner_tui.workers.port import Noted, ToolEnded

SECRET = b"sk-live-0123456789"


@pytest.mark.parametrize("mark", ["", " […]"])
@pytest.mark.parametrize("size", range(6, len(SECRET)))
def test_A16_the_beginning_of_a_credential_at_a_cut_is_redacted(size: int, mark: str) -> None:
    words = "x" * 40 + SECRET[:size].decode() + mark
    update = ToolEnded("t", False, words)
    assert fitted(update, [SECRET])["detail"] == "x" * 40 + "[redacted]" + mark
    made = whole_words(update, [SECRET])
    assert isinstance(made, ToolEnded) and made.detail == "x" * 40 + "[redacted]" + mark


def test_what_begins_no_credential_stays_as_it_is() -> None:
    for update in (ToolEnded("t", False, "it ends in sk-li"), Noted("live-0123456789", "info")):
        assert whole_words(update, [SECRET]) is update
    assert whole_words(ToolEnded("t", True), []) == ToolEnded("t", True)


def test_A16_the_line_end_of_a_key_file_is_no_part_of_the_key() -> None:
    (found,) = secrets_of({"TEAM_API_KEY": "-----BEGIN\nabcdef\n-----END\n"})
    assert redact(b"key -----BEGIN\nabcdef\n-----END here", [found]) == b"key [redacted] here"
