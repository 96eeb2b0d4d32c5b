"""F12, F25: where state lies, and the places that are refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from prdrunner_tui.repo.rundir import file_system, open_state, refuse_network, state_root
from prdrunner_tui.text.problem import Problem


def test_the_root_follows_the_environment() -> None:
    assert state_root({"PRDRUNNER_STATE_DIR": "/a", "XDG_STATE_HOME": "/b"}) == Path("/a")
    assert state_root({"XDG_STATE_HOME": "/b"}) == Path("/b/prdrunner")
    assert state_root({}).name == "prdrunner"


def test_it_is_private_and_stays_so(tmp_path: Path) -> None:
    state = open_state("abc", root=tmp_path / "deep/root")
    assert state.root.stat().st_mode & 0o777 == 0o700
    state.root.chmod(0o777)
    assert open_state("abc", root=tmp_path / "deep/root").root.stat().st_mode & 0o777 == 0o700
    state.root.chmod(0o750)
    assert open_state("abc", root=tmp_path / "deep/root").root.stat().st_mode & 0o777 == 0o750
    assert state.run("r/1").workspace("p").is_relative_to(state.root)


def test_network_file_systems_are_refused(tmp_path: Path) -> None:
    line = "36 35 98:0 / {} rw,noatime shared:1 - {} server:/x rw\n"
    mounts = line.format("/", "ext4") + line.format(str(tmp_path).replace(" ", "\\040"), "nfs4")
    assert file_system(tmp_path / "x", mounts=mounts) == "nfs4"
    assert file_system(Path(f"{tmp_path}x"), mounts=mounts) == "ext4"
    with pytest.raises(Problem, match="network file system") as problem:
        refuse_network(tmp_path, mounts=mounts)
    assert problem.value.code == 77
    refuse_network(tmp_path, mounts=line.format("/", "ext4"))


def test_f12_unusable_places(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Problem) as problem:
        open_state("abc", root=tmp_path / "file")
    assert problem.value.code == 73
    if os.geteuid() == 0:
        other = tmp_path / "other"
        other.mkdir()
        os.chown(other, 12345, 12345)
        with pytest.raises(Problem, match="another user") as problem:
            open_state("abc", root=other)
        assert problem.value.code == 77
