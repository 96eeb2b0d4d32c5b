"""A16: what an agent says reaches a screen without credentials, wherever its pieces are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.agents.attributed import Attributed
from prdrunner_tui.agents.speech import Speech, Words
from prdrunner_tui.text.redact import SHORTEST, redact
from prdrunner_tui.workers.port import Said, Thought
from tests.effort import effort

SECRET = "sk-live-0123456789"
WHOLE = f"the key is {SECRET}, ünder all"


def told(pieces: list[Words]) -> list[Words]:
    """What comes out of these pieces."""
    speech = Speech((SECRET.encode(),))
    found = [one for piece in pieces for one in speech.take(piece)]
    return [*found, *speech.end()]


@pytest.mark.parametrize("cut", range(len(WHOLE) + 1))
def test_a16_a_secret_over_two_pieces_is_told_at_no_cut(cut: int) -> None:
    found = told([Said(WHOLE[:cut], "m1"), Said(WHOLE[cut:], "m1")])
    assert "".join(one.text for one in found) == "the key is [redacted], ünder all"
    assert {one.item for one in found} == {"m1"}


@given(st.lists(st.integers(0, len(WHOLE)), max_size=12))
@effort(100)
def test_a16_nor_over_any_number_of_pieces(cuts: list[int]) -> None:
    at = [0, *sorted(cuts), len(WHOLE)]
    found = told([Said(WHOLE[a:b], "m1") for a, b in pairwise(at)])
    assert "".join(one.text for one in found) == "the key is [redacted], ünder all"


def test_what_is_no_secret_after_all_is_told_before_what_follows_it() -> None:
    found = told([Said("it begins sk-li", "m1"), Thought("hm", "m2"), Said("fe", "m3")])
    assert found == [Said("it begins ", "m1"), Thought("hm", "m2"), Said("sk-li", "m1"), Said("fe", "m3")]


def test_the_last_letters_of_a_word_are_not_waited_for() -> None:
    found = told([Said("of tests", "m1"), Thought("hm", "m2"), Said("Done", "m3")])
    assert found == [Said("of test", "m1"), Said("s", "m1"), Thought("hm", "m2"), Said("Done", "m3")]
    assert told([Said("s", "m1"), Thought("hm", "m2"), Said("o", "m3")])[0] == Thought("hm", "m2")


def parts_of(text: str) -> set[str]:
    """All parts of the secret in a text that are as long as a secret must be to be looked for."""
    return {SECRET[at : at + SHORTEST] for at in range(len(SECRET) - SHORTEST + 1)} & {
        text[at : at + SHORTEST] for at in range(len(text))
    }


def by_message(found: list[Words]) -> dict[str, str]:
    """What each message comes to."""
    made: dict[str, str] = {}
    for one in found:
        made[one.item] = made.get(one.item, "") + one.text
    return made


@pytest.mark.parametrize("line_end", [[], ["\n"]], ids=["", "line"])
@pytest.mark.parametrize("kind", [Said, Thought])
@pytest.mark.parametrize("cut", range(1, len(SECRET)))
def test_a16_the_halves_of_a_secret_in_two_messages_are_told_at_no_cut(
    cut: int, kind: type[Words], line_end: list[str]
) -> None:
    speech = Speech((SECRET.encode(),))
    found: list[Words] = []
    for piece in (f"the key {SECRET[:cut]}", *line_end):
        found += speech.take(kind(piece, "m1"))
    found += speech.message_ended()
    for piece in (f"{SECRET[cut:]} and", " all", *line_end):
        found += speech.take(kind(piece, "m2"))
    found += speech.end()
    end = "".join(line_end)
    assert by_message(found) == {"m1": f"the key [redacted]{end}", "m2": f" and all{end}"}


@pytest.mark.parametrize("cut", range(1, len(SECRET)))
def test_a16_nor_where_it_is_the_end_of_a_word_but_its_first_bytes(cut: int) -> None:
    found = told([Said(f"key{SECRET[:cut]}", "m1"), Thought("hm", "m2"), Said(f"{SECRET[cut:]} and", "m3")])
    if cut < SHORTEST:
        assert by_message(found) == {"m1": f"key{SECRET[:cut]}", "m2": "hm", "m3": "[redacted] and"}
    else:
        assert by_message(found) == {"m1": "key[redacted]", "m2": "hm", "m3": " and"}


@pytest.mark.parametrize("before", ["", "Here it is.", "of tests", "key: ", "key=", '"'])
@pytest.mark.parametrize("cut", range(1, len(SECRET)))
def test_a16_of_a_secret_that_begins_a_message_or_a_word_no_byte_is_told(before: str, cut: int) -> None:
    """However many messages it comes in, and whatever stood before them."""
    first = [Said(before, "m0")] if before[-1:] in (".", "s") else []
    start = SECRET[:cut] if first else before + SECRET[:cut]
    found = told([*first, Said(start, "m1"), Thought("hm", "t1"), Said(SECRET[cut:], "m2")])
    words = "".join(one.text for one in found if isinstance(one, Said))
    if before == "of tests":
        # Its last letter might begin the secret too, and is of a longer word.
        assert words.startswith("of tests") and parts_of(words) == set()
    else:
        assert words == f"{before}[redacted]"


@given(
    st.lists(st.integers(1, len(SECRET) - 1), max_size=6, unique=True), st.lists(st.booleans(), min_size=7)
)
@effort(100)
def test_a16_nor_over_any_number_of_messages(cuts: list[int], named: list[bool]) -> None:
    speech = Speech((SECRET.encode(),))
    found: list[Words] = []
    at = [0, *sorted(cuts), len(SECRET)]
    for number, (a, b) in enumerate(pairwise(at)):
        found += speech.take(Said(SECRET[a:b], f"m{number}" if named[number] else ""))
        found += speech.message_ended()
    found += [*speech.take(Thought("hm", "t")), *speech.end()]
    words = "".join(one.text for one in found if isinstance(one, Said))
    assert parts_of(words) == set() and words.count("[redacted]") == 1


def test_what_could_begin_a_secret_is_told_with_its_message_at_the_end_of_the_turn_at_the_latest() -> None:
    speech = Speech((SECRET.encode(),))
    found = [
        *speech.take(Said("as in sk-live-0", "m1")),
        *speech.take(Said("\n", "m1")),
        *speech.message_ended(),
    ]
    assert found == [Said("as in ", "m1")]
    found += [*speech.take(Thought("0123456789", "m2")), *speech.message_ended()]
    assert by_message(found) == {"m1": "as in ", "m2": "0123456789"}, "a thought is another matter"
    found += speech.end()
    assert by_message(found) == {"m1": "as in sk-live-0\n", "m2": "0123456789"}
    assert list(speech.end()) == []


def test_or_when_the_next_message_goes_on_with_something_else() -> None:
    speech = Speech((SECRET.encode(),))
    found = [
        *speech.take(Said("as in sk-live-0", "m1")),
        *speech.message_ended(),
        *speech.take(Said("1x", "m2")),
    ]
    assert found == [Said("as in ", "m1"), Said("sk-live-0", "m1"), Said("1x", "m2")]


def test_a_message_of_its_own_is_told_as_one() -> None:
    speech = Speech((SECRET.encode(),))
    assert list(speech.take(Said("of tests", ""))) == [Said("of tests", "")]
    assert list(speech.take(Said("k-live-0123456789 ends", ""))) == [Said("[redacted] ends", "")]
    assert list(speech.take(Said("lines\n", ""))) == [Said("lines\n", "")]


@given(st.lists(st.tuples(st.text("ab\n", max_size=9), st.integers(1, 3), st.booleans()), max_size=12))
@effort(300)
def test_ordinary_words_are_told_whole_and_in_their_message(pieces: list[tuple[str, int, bool]]) -> None:
    """With secrets that begin almost everywhere: as long as none is said, nothing is lost, moved or made up."""
    secrets = (b"abaabbabaa", b"bbabababbb", b"aaaaaaab")
    speech, said, found = Speech(secrets), list[Words](), list[Words]()
    for number, (text, item, ends) in enumerate(pieces):
        said.append(Said(text, f"m{number // 3}.{item}"))
        found += speech.take(said[-1])
        if ends:
            found += speech.message_ended()
    found += speech.end()
    whole = "".join(one.text for one in said).replace("\n", "")
    if not any(secret.decode() in whole for secret in secrets):
        assert by_message(found) == {item: text for item, text in by_message(said).items() if text}


@given(st.lists(st.tuples(st.integers(0, 3), st.text("ab", max_size=9)), max_size=12), st.booleans())
@effort(300)
def test_whoever_says_it_the_same_is_redacted(pieces: list[tuple[int, str]], all_held: bool) -> None:
    secrets = (b"abaabb", b"bbabab", b"aaaaaaa")
    redactor: Attributed[int] = Attributed(secrets)
    found: list[tuple[int, bytes]] = []
    for owner, text in pieces:
        found += redactor.take(owner, text.encode())
        if all_held:
            found += redactor.pause(owner, b"", 0)
    found += redactor.end()
    whole = "".join(text for _, text in pieces).encode()
    assert b"".join(data for _, data in found) == redact(whole, secrets)


def test_without_secrets_each_piece_comes_at_once() -> None:
    speech = Speech(())
    assert list(speech.take(Said("sk-", "m"))) == [Said("sk-", "m")] and list(speech.end()) == []
