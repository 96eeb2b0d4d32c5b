"""What looks like a secret in added lines."""

from __future__ import annotations

import pytest

from prdrunner_tui.repo.diffs import FileChange
from prdrunner_tui.rules.secrets import find_secrets
from prdrunner_tui.steps.effects.trees import _groups


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"-----BEGIN " + b"RSA PRIVATE KEY-----", "private key"),
        (b"key = 'AKIA" + b"ABCDEFGHIJKLMNOP'", "AWS access key"),
        (b"token: ghp_" + b"a" * 36, "GitHub token"),
        (b"OPENAI = sk-" + b"b" * 24, "model provider key"),
    ],
)
def test_a_known_shape_is_named_with_its_line(line: bytes, kind: str) -> None:
    assert find_secrets(b"", b"first\n" + line + b"\n") == [(2, kind)]


@pytest.mark.parametrize("line", [b"sk-short", b"see the BEGIN PRIVATE part", b"AKIA is a prefix", b""])
def test_other_words_are_none(line: bytes) -> None:
    assert find_secrets(b"", line) == []


def test_a_line_that_was_there_before_is_not_told_again() -> None:
    line = b"ghp_" + b"a" * 36
    assert find_secrets(line + b"\n", line + b"\nmore\n") == []


def test_groups_hold_every_change_once_and_are_small() -> None:
    changes = [FileChange(str(n).encode(), None, "A", 0, 0o100644, "0", str(n), added=1) for n in range(1234)]
    groups = list(_groups(changes))
    assert [change for group in groups for change in group] == changes
    assert max(map(len, groups)) <= 500
