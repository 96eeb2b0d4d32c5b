"""Nothing that others wrote reaches the terminal as something that it would obey, on any screen of the program."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cli.conftest import InProcess, give
from tests.terminal.app_bytes import foreign
from tests.terminal.app_hostile import MARKUP, TEXT, hostile_world
from tests.terminal.app_visit import ESC, Visit, whole_tour
from tests.terminal.app_world import READY, World, quit_of

GLYPHS = (
    "␛]52;c;",
    "␛]2;owned␛",
    "␛P$qm␛",
    "␛[31;47m",
    "‹U+009B›2J",
    "^G",
    "^H",
    "␍",
    "‹U+202E›",
    "‹U+200B›",
)
MORE_GLYPHS = ("‹U+E0041›", "‹U+FEFF›", "‹xFF›", "^@", "^?")
"""What stands for the codes."""

__all__ = ["give"]


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A run that waits with a question; see `hostile_world`."""
    with hostile_world(tmp_path_factory.mktemp("evil")) as made:
        yield made


def is_ours(sent: bytes) -> None:
    assert not foreign(sent)


def is_ascii(sent: bytes) -> None:
    is_ours(sent)
    assert sent.isascii(), {bytes([byte]) for byte in sent if byte > 126}


def test_a01_a02_every_screen_of_a_run(evil: World) -> None:
    visit = Visit(evil.show(size=(120, 40), wait=READY), is_ours)
    visit.to("I", "Question")
    visit.terminal.type_until("1", lambda: "1: one [/bold] [@click" in visit.title)
    visit.back()
    whole_tour(visit)
    visit("2", "1 overview")
    visit("/", "esc ends")
    visit("bold]", "bold]")
    visit("\r", "/bold] 1 of")
    visit.to("\r", "Line")
    visit(ESC, "esc ends")
    visit(ESC, "1 overview")
    visit("1", "─ Metrics")  # the layout is remembered
    assert all(glyph in visit.text for glyph in GLYPHS), visit.text
    assert MARKUP in visit.text
    assert visit.terminal.process.poll() is None


def test_a01_a02_all_panes_of_a_large_screen(evil: World) -> None:
    visit = Visit(evil.show(size=(200, 60), wait=READY), is_ours)
    visit("1", "Commits")
    visit("m", "draft is kept")
    pasted = TEXT.replace("\x1b", "")
    visit(f"\x1b[200~{pasted}\x1b[201~", "> [/bold] [@click=app.quit]q[/]")
    visit.back()
    assert quit_of(visit.terminal) == 0


def test_a01_a02_the_start_screen(evil: World) -> None:
    visit = Visit(evil.show("tui", size=(200, 60), wait="you trust it as it is"), is_ours)
    visit("", "2 features")
    assert all(text in visit.text for text in ("todo␛]2;x^G‹U+202E›[b]", "p␛[31m‹U+202E›rd[bold].md"))
    assert "ma‹U+202E›in‹U+009B›2J" in visit.text
    visit.to("T", "Trust")
    visit.back("Start")
    visit.to("n", "New run")
    visit("", "Plan: 2 phases")
    visit.back("Start")
    assert quit_of(visit.terminal) == 0


@pytest.mark.parametrize("how", ["asked", "locale"])
def test_f32_a02_with_ascii_only_ascii_is_sent(evil: World, how: str) -> None:
    options, env = (("--ascii",), {}) if how == "asked" else ((), {"LC_ALL": "C"})
    visit = Visit(evil.show("attach", *options, size=(120, 40), wait=READY, env=env), is_ascii)
    visit.to("I", "Question")
    visit.back()
    whole_tour(visit)
    assert all(text in visit.text for text in ("^[]52;c;", "<U+202E>", "<U+009B>2J", "^M", MARKUP))


def as_sent(text: str) -> bytes:
    """What a command wrote, as a terminal gets it."""
    return text.replace("\n", "\r\n").encode("utf-8", "surrogateescape")


WITH_JSON = ("status", "runs list", "runs show", "show d1", "show d2", "logs")
TEXT_ONLY = ("checkpoint list", "checkpoint show cp-2", "trust --show", "doctor")


@pytest.mark.parametrize("command", [*WITH_JSON, *TEXT_ONLY])
def test_a03_every_command_that_reads(evil: World, give: InProcess, command: str) -> None:
    said = give(evil.place, *command.split())
    assert said.out, said.err
    assert "Traceback" not in said.err
    is_ours(as_sent(said.out + said.err))


@pytest.mark.parametrize("command", WITH_JSON)
def test_a03_json_escapes_it_and_loses_nothing(evil: World, give: InProcess, command: str) -> None:
    said = give(evil.place, *command.split(), "--json")
    is_ours(as_sent(said.out))
    documents = said.out.splitlines() if command == "logs" else [said.out]
    told = json.dumps([json.loads(document) for document in documents], ensure_ascii=False)
    assert "\\u001b]" in told
    assert "\u202e" in told


def test_a03_a_command_on_a_terminal(evil: World) -> None:
    terminal = evil.show("logs", size=(200, 60), wait="")
    assert terminal.exit_code() == 0
    is_ours(bytes(terminal.received))
    text = terminal.received.decode()
    assert all(glyph in text for glyph in (*GLYPHS, *MORE_GLYPHS))


def test_a01_a_review_of_files_with_such_names(evil: World) -> None:
    """Comes last: it answers the question, and the agent goes on."""
    visit = Visit(evil.show(size=(120, 40), wait=READY), is_ours)
    visit.to("I", "Question")
    visit.terminal.type_until("2", lambda: "2: two" in visit.title)
    visit("\r", "answered")
    visit.terminal.until_text("review multiply")
    visit.to("I", "Review")
    visit("", "@@ -")
    for _ in range(6):
        visit.to("\x1b[6~", "Review")
    shown = ("[@click=app.quit]k[", "‹U+202E›‹U+200B›‹U+009B›2J[bold].txt", "␛]52;c;ZXZpbA==^G␛]2;owned␛")
    assert all(text in visit.text for text in shown), visit.text
    assert quit_of(visit.terminal) == 0
