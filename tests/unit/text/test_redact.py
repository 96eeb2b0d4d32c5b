"""A16: a secret is taken out wherever the stream is cut."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.text.redact import MARK, Redactor, redact, secrets_of

SECRET = b"sk-abcdefsk-abcdeg"


def stream(secrets: list[bytes], chunks: list[bytes]) -> bytes:
    redactor = Redactor(secrets)
    return b"".join([*(redactor.feed(chunk) for chunk in chunks), redactor.finish()])


def test_every_split_offset_gives_the_same_clean_output() -> None:
    data = b"key=" + SECRET + b" again " + SECRET + b" end sk-abcdef"
    wanted = b"key=" + MARK + b" again " + MARK + b" end sk-abcdef"
    for first in range(len(data) + 1):
        for second in range(first, len(data) + 1):
            assert stream([SECRET], [data[:first], data[first:second], data[second:]]) == wanted


def test_the_longer_secret_wins_over_its_prefix() -> None:
    secrets = [b"abcdef", b"abcdefghij"]
    for cut in range(17):
        assert stream(secrets, [b"..abcdefghij..abcdef"[:cut], b"..abcdefghij..abcdef"[cut:]]) == (
            b".." + MARK + b".." + MARK
        )


def test_overlapping_secrets_leave_no_rest() -> None:
    data = b"x" + b"abcabcabcabc" + b"y"
    for cut in range(len(data)):
        assert stream([b"abcabc"], [data[:cut], data[cut:]]) == b"x" + MARK + b"y"


def test_an_endless_overlap_is_not_held_back() -> None:
    redactor = Redactor([b"aaaaaa"])
    assert sum(len(redactor.feed(b"a" * 1000)) for _ in range(50)) == len(MARK)
    assert redactor.finish() == b""


def test_nothing_is_held_back_that_cannot_begin_a_secret() -> None:
    redactor = Redactor([SECRET])
    assert redactor.feed(b"Password: ") == b"Password: "
    assert redactor.feed(b"sk-") == b""
    assert redactor.feed(b"x") == b"sk-x"


def test_short_values_are_not_secrets() -> None:
    assert redact(b"true and 12345", [b"true", b"12345"]) == b"true and 12345"


@given(
    st.lists(st.text("ab", min_size=6, max_size=9), min_size=1, max_size=3),
    st.text("abc", max_size=60),
    st.lists(st.integers(0, 60), max_size=5),
)
def test_output_is_independent_of_the_cuts(secrets: list[str], text: str, cuts: list[int]) -> None:
    keys = [secret.encode() for secret in secrets]
    data = text.encode()
    points = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    chunks = [data[a:b] for a, b in pairwise(points)]
    cut_output = stream(keys, chunks)
    assert cut_output == redact(data, keys)
    assert not any(key in cut_output for key in keys)


def test_secrets_are_found_by_the_names_of_variables() -> None:
    environ = {
        "OPENAI_API_KEY": "sk-1234567",
        "github_token": "ghp_1234567",
        "DB_PASSWORD": "correct horse",
        "AWS_SECRET_ACCESS_KEY": "zzzzzzzzz",
        "PATH": "/usr/bin:/bin",
        "SHORT_KEY": "abc",
        "MY_OWN": "mine-mine",
    }
    assert set(secrets_of(environ)) == {b"sk-1234567", b"ghp_1234567", b"correct horse", b"zzzzzzzzz"}
    assert set(secrets_of(environ, ["MY_*"])) == {*secrets_of(environ), b"mine-mine"}
