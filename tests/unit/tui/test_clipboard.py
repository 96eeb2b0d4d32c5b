from __future__ import annotations

from pathlib import Path

import pytest

from prdrunner_tui.tui.clipboard import command, copy


def program(folder: Path, name: str, script: str) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return {"PATH": str(folder), "DISPLAY": ":0"}


def test_which_program_takes_it(tmp_path: Path) -> None:
    env = program(tmp_path / "bin", "xsel", "")
    assert command(env, "linux") == (f"{tmp_path}/bin/xsel", "--clipboard", "--input")
    program(tmp_path / "bin", "xclip", "")
    assert command(env, "linux")[0] == f"{tmp_path}/bin/xclip"
    assert command({**env, "SSH_CONNECTION": "1 2 3 4"}, "linux") == (), "that desktop is not the person's"
    assert command({"PATH": env["PATH"]}, "linux") == ()
    assert command({}, "darwin") == ("pbcopy",)
    program(tmp_path / "bin", "wl-copy", "")
    assert command({**env, "WAYLAND_DISPLAY": "wayland-0"}, "linux") == (f"{tmp_path}/bin/wl-copy",)


async def test_the_text_arrives_whole(tmp_path: Path) -> None:
    env = program(
        tmp_path / "bin", "xclip", f'while IFS= read -r a; do printf "%s\\n" "$a"; done >{tmp_path}/got'
    )
    text = "ein Wört\n$(touch x) `y` \x1b]52;c;eA==\x07\n"
    assert await copy(text, env)
    assert (tmp_path / "got").read_text() == text


@pytest.mark.parametrize("script", ["exit 3", "exec 0<&-"])
async def test_a_program_that_fails_is_no_trouble(tmp_path: Path, script: str) -> None:
    env = program(tmp_path / "bin", "xclip", script)
    assert await copy("x" * 10, env) is (script != "exit 3")
    assert not await copy("x", {})
