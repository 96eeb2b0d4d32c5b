from __future__ import annotations

from pathlib import Path

import pytest

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.tui.depth import Depth
from prdrunner_tui.tui.look import Look
from prdrunner_tui.tui.themefile import load_theme, own_dir, read_theme, theme_files, user_dir
from prdrunner_tui.tui.tokens import TOKENS


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "prdrunner" / "themes").mkdir(parents=True)
    return {"XDG_CONFIG_HOME": str(tmp_path)}


def write(environ: dict[str, str], name: str, text: str) -> Path:
    path = user_dir(environ) / name
    path.write_text(text)
    return path


def test_the_themes_that_come_along() -> None:
    assert set(theme_files({"HOME": "/nonexistent"})) == {"dark", "light", "high-contrast", "colour-blind"}
    assert all(read_theme(name, {"HOME": "/nonexistent"}).about for name in ("dark", "light"))


def test_the_users_directory() -> None:
    assert user_dir({"XDG_CONFIG_HOME": "/x"}) == Path("/x/prdrunner/themes")
    assert user_dir({"XDG_CONFIG_HOME": "x", "HOME": "/h"}) == Path("/h/.config/prdrunner/themes")


def test_a_theme_of_the_users_is_found_and_extends_one_of_ours(environ: dict[str, str]) -> None:
    write(environ, "mine.yaml", 'extends: dark\nlooks:\n  ok: "#010203"\nsixteen:\n  ok: cyan\n')
    theme = read_theme("mine", environ)
    dark = read_theme("dark", environ)
    assert theme.looks["ok"] == Look((1, 2, 3)) and theme.looks["fail"] == dark.looks["fail"]
    assert theme.sixteen == {"ok": Look("cyan")}
    assert "mine" in theme_files(environ)


def test_a_theme_of_the_users_hides_ours_and_may_extend_it(environ: dict[str, str]) -> None:
    path = write(environ, "dark.yaml", 'extends: dark\nlooks: {ok: "#010203"}\n')
    assert theme_files(environ)["dark"] == path
    theme = read_theme("dark", environ)
    assert theme.looks["ok"] == Look((1, 2, 3)) and "fail" in theme.looks


def test_the_ground_can_be_left_to_the_terminal(environ: dict[str, str]) -> None:
    write(environ, "clear.yaml", "extends: dark\nlooks:\n  surface: default\n")
    theme = load_theme("clear", Depth.TRUE, environ)
    assert theme.style("text").bgcolor is None and theme.style("text").color is not None


def test_an_empty_theme_is_the_terminals_own(environ: dict[str, str]) -> None:
    write(environ, "empty.yaml", "")
    assert not load_theme("empty", Depth.TRUE, environ).style("text")


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("looks:\n  okay: red\n", ":2:3:", "did you mean"),
        ("look:\n  ok: red\n", ":1:1:", "did you mean looks?"),
        ("looks:\n  ok: redd\n", ":2:7:", "did you mean red?"),
        ("looks:\n  ok: #5fafd7\n", ":2:", "in quotes"),
        ("looks:\n  ok: 12\n", ":2:7:", "not text"),
        ("looks: red\n", ":1:8:", "mapping"),
        ("- ok\n", ":1:1:", "mapping"),
        ("extends: drak\n", ":1:10:", "did you mean dark?"),
        ("extends: 3\n", ":1:10:", "name of a theme"),
        ("extends: broken\n", ":1:10:", "extends itself"),
        ("about: [a]\n", ":1:8:", "line of text"),
        ("looks: {ok: red\n", ":", "check brackets"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    environ: dict[str, str], text: str, place: str, said: str
) -> None:
    path = write(environ, "broken.yaml", text)
    with pytest.raises(Problem) as caught:
        read_theme("broken", environ)
    assert str(caught.value).startswith(f"{path}{place}") and said in str(caught.value)


def test_themes_that_extend_one_another_are_refused(environ: dict[str, str]) -> None:
    write(environ, "one.yaml", "extends: two\n")
    write(environ, "two.yaml", "extends: one\n")
    with pytest.raises(Problem, match="extends itself"):
        read_theme("one", environ)


def test_a_name_that_is_no_theme(environ: dict[str, str]) -> None:
    with pytest.raises(Problem, match="did you mean light"):
        read_theme("lihgt", environ)
    with pytest.raises(Problem, match="there are colour-blind, dark"):
        read_theme("../../etc/passwd", environ)


def test_a_file_that_cannot_be_read(environ: dict[str, str]) -> None:
    (user_dir(environ) / "folder.yaml").mkdir()
    with pytest.raises(Problem, match="cannot be read"):
        read_theme("folder", environ)


def test_the_documentation_names_every_token() -> None:
    text = (own_dir().parent / "docs" / "themes.md").read_text()
    for token in TOKENS:
        name = f"`.{token.removeprefix('syntax.')}`" if token.startswith("syntax.") else f"`{token}`"
        assert name in text or f"`{token}`" in text, token
