"""A run in the sandbox as a person starts it: the person's own configuration wants one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from prdrunner_tui.agents.bubblewrap import bubblewrap
from tests.cli.conftest import Place

RUN = ("run", "--prd-file", "docs/prd.md", "--headless", "--yes")


def wanting(place: Place, text: str) -> None:
    (place.home / "config" / "prdrunner").mkdir(parents=True)
    (place.home / "config" / "prdrunner" / "config.yaml").write_text(f"sandbox: {text}\n")


@pytest.mark.skipif(not bubblewrap().usable, reason=f"THE SANDBOX IS NOT TESTED: {bubblewrap().why}")
def test_a_whole_run_in_the_sandbox_ends_in_verified_commits(place: Place) -> None:
    wanting(place, "{mode: required, network: false, write: [~/prompts]}")
    said = place.run(*RUN)
    assert said.code == 0, said
    assert "2/2 done" in said.out and (place.home / "prompts" / "multiply.1").exists()


def test_a_run_whose_required_sandbox_cannot_be_had_does_not_start(place: Place, tmp_path: Path) -> None:
    wanting(place, "{mode: required}")
    programs = tmp_path / "programs"
    programs.mkdir()
    for folder in map(Path, os.environ["PATH"].split(os.pathsep)):
        for program in folder.iterdir() if folder.is_dir() else ():
            if program.name != "bwrap" and not (programs / program.name).exists():
                (programs / program.name).symlink_to(program)
    place.extra["PATH"] = str(programs)
    said = place.run(*RUN)
    assert said.code == 2, said
    assert said.problem[0].endswith("sandbox.mode is required: bwrap is not installed"), said
    assert "install bubblewrap" in said.err
    assert "no run" in place.run("status").out + place.run("status").err
