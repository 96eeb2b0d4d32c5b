"""The sandbox in the configuration: what it may say, and that a repository can only tighten it."""

from __future__ import annotations

from pathlib import Path

import pytest

from prdrunner_tui.agents.bubblewrap import Bubblewrap
from prdrunner_tui.config.layers import Loaded, load
from prdrunner_tui.config.sandbox import Sandbox, loosening
from prdrunner_tui.kernel.settings import Sandbox as Chosen
from prdrunner_tui.kernel.settings import Settings
from prdrunner_tui.kernel.values import from_json, to_json
from prdrunner_tui.steps.confine import chosen
from prdrunner_tui.text.problem import Problem

NONE = Bubblewrap("", why="bwrap is not installed", hint="install bubblewrap")


def loaded(tmp_path: Path, mine: str, theirs: str = "", *, trusted: bool = True) -> Loaded:
    user, repo = tmp_path / "user.yaml", tmp_path / "repo.yaml"
    user.write_text(f"sandbox: {mine}\n")
    repo.write_text(f"sandbox: {theirs}\n" if theirs else "")
    return load(user, repo, trusted=trusted)


def test_agents_are_in_no_sandbox_until_somebody_says_so() -> None:
    assert load(None, None, trusted=False).config.sandbox == Sandbox()
    assert (Sandbox().mode, Sandbox().network, Sandbox().home) == ("off", True, "hidden")


def test_off_is_a_word_and_not_a_truth_value(tmp_path: Path) -> None:
    assert loaded(tmp_path, "{mode: off}").config.sandbox.mode == "off"


@pytest.mark.parametrize("path", ["relative", "~", "/", "~/", "~/../x", "/a/../b", "~ada/x", "''"])
def test_a_path_is_absolute_or_below_the_home_and_opens_no_whole(tmp_path: Path, path: str) -> None:
    for key in ("read", "write"):
        with pytest.raises(Problem, match=f"user.yaml:1:.*{key}"):
            loaded(tmp_path, f"{{{key}: ['{path.strip(chr(39))}']}}")


@pytest.mark.parametrize("trusted", [True, False])
def test_a10_a_repository_makes_the_sandbox_stricter_and_nothing_else(tmp_path: Path, trusted: bool) -> None:
    mine = "{mode: auto, home: visible, read: [/opt/a, /opt/b], write: [~/.cache]}"
    theirs = "{mode: required, network: false, home: hidden, read: [/opt/b], write: [~/.cache, ~/.ssh]}"
    found = loaded(tmp_path, mine, theirs, trusted=trusted)
    made = found.config.sandbox
    assert (made.mode, made.network, made.home) == ("required", False, "hidden")
    assert (made.read, made.write) == (("/opt/b",), ("~/.cache",))
    (notice,) = [notice for notice in found.notices if "sandbox" in notice]
    assert notice.startswith(f"{tmp_path}/repo.yaml:1:") and "sandbox.write is not taken" in notice


@pytest.mark.parametrize(
    ("mine", "theirs", "looser"),
    [
        ({"mode": "required"}, {"mode": "auto"}, ["mode"]),
        ({"mode": "auto"}, {"mode": "off"}, ["mode"]),
        ({"mode": "auto"}, {"mode": "auto", "network": True, "home": "hidden"}, []),
        ({"network": False}, {"network": True}, ["network"]),
        (None, {"home": "visible"}, ["home"]),
        (None, {"mode": "off", "read": [], "write": []}, []),
        (None, {"read": ["/x"], "write": ["/y"]}, ["read", "write"]),
        ({"read": ["/x"]}, {"read": ["/x/y"]}, ["read"]),
        ({}, {"read": "/x", "mode": 1}, ["read", "mode"]),
        ({}, "required", []),
    ],
)
def test_what_is_looser_is_named(mine: object, theirs: object, looser: list[str]) -> None:
    assert [path[0] for path in loosening(mine, theirs)] == looser  # type: ignore[arg-type]


def test_a_required_sandbox_that_cannot_be_had_keeps_a_run_from_starting() -> None:
    with pytest.raises(Problem, match=r"sandbox\.mode is required: bwrap is not") as refused:
        chosen(Sandbox(mode="required"), NONE)
    assert refused.value.hint == "install bubblewrap"
    assert chosen(Sandbox(mode="auto", home="visible", read=("~/x",)), NONE) == Chosen(
        "auto", home_visible=True, read=("~/x",)
    )


def test_the_settings_of_an_older_run_have_no_sandbox() -> None:
    older = to_json(Settings(sandbox=Chosen("required", network=False)))
    assert from_json(Settings, older).sandbox == Chosen("required", network=False)
    del older["sandbox"]
    assert from_json(Settings, older).sandbox == Chosen("off")
