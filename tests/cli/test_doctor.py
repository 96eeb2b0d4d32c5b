"""``prdrunner doctor``: a mistake in the configuration is found, and said with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import InProcess, Place, make_place


@pytest.fixture
def bare(tmp_path: Path) -> Place:
    """A repository without configuration."""
    return make_place(tmp_path, config="")


def own(place: Place, text: str, name: str = "config.yaml") -> None:
    path = place.home / "config/prdrunner" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def lines(place: Place, give: InProcess, *arguments: str) -> tuple[int, list[str]]:
    said = give(place, "doctor", *arguments)
    return said.code, [line for line in said.out.splitlines() if line.split()[1:2] == ["config"]]


def test_a_sound_configuration_is_named(bare: Place, give: InProcess) -> None:
    assert lines(bare, give) == (0, ["ok    config     none, everything is at its default"])
    own(bare, "sandbox: {mode: auto}\n")
    assert lines(bare, give) == (0, ["ok    config     ~/config/prdrunner/config.yaml"])


def test_each_mistake_of_the_own_configuration_is_a_failure_with_its_place(
    bare: Place, give: InProcess
) -> None:
    own(bare, "sandbox: {mode: requird}\nverfy: {}\n")
    own(bare, "worker: acp\nprofil: qwen\n", "profiles/mine.yaml")
    code, found = lines(bare, give)
    assert code == 1 and len(found) == 3
    assert found[0].startswith(
        "fail  config     ~/config/prdrunner/config.yaml:1:17: sandbox.mode must be off, "
    )
    assert found[1].startswith(
        "fail  config     ~/config/prdrunner/config.yaml:2:1: unknown key verfy  (did you mean"
    )
    assert found[2].startswith("fail  config     ~/config/prdrunner/profiles/mine.yaml:2:1: ")
    said = json.loads(give(bare, "doctor", "--json").out)
    assert sum(one["name"] == "config" and one["level"] == "fail" for one in said["findings"]) == 3


def test_a_mistake_of_the_repository_is_found_beside_one_of_ones_own(bare: Place, give: InProcess) -> None:
    (bare.root / ".prd_runner").mkdir()
    (bare.root / ".prd_runner/config.yaml").write_text("verify:\n  slots: many\n")
    code, found = lines(bare, give)
    assert code == 1 and [line.split()[2] for line in found] == [".prd_runner/config.yaml:2:10:"]
    own(bare, "notify: 7\n")
    code, found = lines(bare, give)
    assert [line.split()[2] for line in found] == [
        "~/config/prdrunner/config.yaml:1:9:", ".prd_runner/config.yaml:2:10:",
    ]  # fmt: skip
