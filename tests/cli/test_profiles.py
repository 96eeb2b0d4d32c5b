"""``prdrunner profiles``: the workers by name, as people make, look at, change and remove them."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from prdrunner_tui.text.yaml import read_yaml
from tests.cli.conftest import InProcess, Place, make_place
from tests.terminal.app_world import PROGRAM
from tests.terminal.pty import SOON, Terminal


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A repository whose configuration is trusted; no engine is needed here."""
    made = make_place(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert made.run("trust").code == 0
    return made


def mine(place: Place, name: str) -> Path:
    return place.home / "config/prdrunner/profiles" / f"{name}.yaml"


def theirs(place: Place, name: str) -> Path:
    return place.root / ".prd_runner/profiles" / f"{name}.yaml"


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def editor(place: Place, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """An editor that does what a shell script says to the file $1."""
    path = put(place.home / "editor.sh", script)
    monkeypatch.setenv("VISUAL", f"sh {path}")


def test_the_list_names_agents_that_come_along_and_who_uses_what(place: Place, give: InProcess) -> None:
    put(place.root / ".prd_runner/config.yaml", "workers: {default: fast, review: qwen}\n")
    put(theirs(place, "fast"), "worker: command\ncommand: sh agent.sh\n")
    assert give(place, "trust").code == 0
    rows = {row["name"]: row for row in json.loads(give(place, "profiles", "list", "--json").out)}
    assert rows["fast"]["from"] == [".prd_runner/profiles/fast.yaml"] and rows["fast"]["steps"] == [
        "implement"
    ]
    assert rows["qwen"]["from"] == [] and rows["qwen"]["steps"] == ["review"]
    lines = give(place, "profiles", "list").out.splitlines()
    assert lines[1].split() == [
        "fast",
        "command",
        "sh",
        "agent.sh",
        ".prd_runner/profiles/fast.yaml",
        "implement",
    ]
    assert any(line.split() == ["gemini", "acp", "gemini", "comes", "along", "-"] for line in lines)


def test_profiles_of_a_repository_that_is_not_trusted_are_named_and_not_listed(
    place: Place, give: InProcess
) -> None:
    put(theirs(place, "fast"), "worker: command\ncommand: evil\n")
    said = give(place, "profiles", "list")
    assert "fast" not in said.out and "profiles in it are not taken (fast)" in said.err


def test_a_profile_is_made_among_my_own_and_then_is_a_worker(place: Place, give: InProcess) -> None:
    said = give(
        place, "profiles", "create", "fast", "--worker", "command", "--set", "command=sh agent.sh # x: y"
    )
    assert said.code == 0, said.err
    path = mine(place, "fast")
    assert "~/config/prdrunner/profiles/fast.yaml" in said.out and "--worker fast" in said.out
    assert read_yaml(path.read_bytes(), name="").value == {
        "worker": "command",
        "command": "sh agent.sh # x: y",
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "fast" in give(place, "profiles", "list").out
    assert [entry.name for entry in path.parent.iterdir()] == ["fast.yaml"]


def test_a_profile_for_everyone_lies_in_the_repository_and_asks_for_trust(
    place: Place, give: InProcess
) -> None:
    said = give(
        place, "profiles", "create", "mine", "--worker", "acp", "--set", "argv=[my-agent, --acp, '3']",
        "--set", "env.A=1", "--set", "env.B={from: HOME}", "--set", "second_answer=false", "--repo",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert read_yaml(theirs(place, "mine").read_bytes(), name="").value == {
        "worker": "acp",
        "argv": ["my-agent", "--acp", "3"],
        "env": {"A": "1", "B": {"from": "HOME"}},
        "second_answer": False,
    }
    assert stat.S_IMODE(theirs(place, "mine").stat().st_mode) == 0o644
    assert "then: prdrunner trust" in said.out
    assert "warning: my-agent is not installed" in said.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("fast",), 2, "which worker?"),
        (("../x", "--agent", "qwen"), 2, "cannot be the name of a profile"),
        (("x", "--agent", "qwne"), 2, "did you mean qwen?"),
        (("x", "--worker", "comand"), 2, "did you mean command?"),
        (("x", "--worker", "command"), 2, "needs command:"),
        (("x", "--agent", "qwen", "--set", "stear=inject"), 2, "did you mean steer?"),
        (("x", "--agent", "qwen", "--set", "steer=never"), 2, "--set steer: steer must be inject"),
        (("x", "--agent", "qwen", "--set", "resume=maybe"), 2, "--set resume: resume must be true or false"),
        (("x", "--agent", "qwen", "--set", "mode.x=a"), 2, "mode has nothing below it"),
        (("x", "--agent", "qwen", "--set", "mode"), 2, "sets nothing"),
        (("x", "--agent", "qwen", "--set", "argv=[a"), 2, "--set argv"),
        (("x", "--worker", "scripted", "--set", "script=gone.yaml"), 2, "there is no recording"),
    ],
)
def test_what_could_not_be_used_is_not_written(
    place: Place, give: InProcess, arguments: tuple[str, ...], code: int, words: str
) -> None:
    said = give(place, "profiles", "create", *arguments)
    assert (said.code, len(said.problem)) == (code, 2), said.err
    assert words in said.err
    assert not mine(place, "x").parent.exists()


def test_nothing_that_is_there_is_replaced(place: Place, give: InProcess) -> None:
    path = put(mine(place, "fast"), "worker: acp\nprofile: qwen\n")
    said = give(place, "profiles", "create", "fast", "--agent", "gemini")
    assert said.code == 5 and "it is there already" in said.err
    assert path.read_text() == "worker: acp\nprofile: qwen\n"
    config = put(place.home / "config/prdrunner/config.yaml", "workers: {profiles: {slow: {worker: acp}}}\n")
    said = give(place, "profiles", "create", "slow", "--agent", "gemini")
    assert said.code == 5 and f"~/{config.relative_to(place.home)}:1:22" in said.err


def test_a_profile_is_not_written_through_a_link_out_of_the_repository(place: Place, give: InProcess) -> None:
    outside = place.home / "outside"
    outside.mkdir()
    theirs(place, "x").parent.symlink_to(outside)
    said = give(place, "profiles", "create", "x", "--agent", "qwen", "--repo")
    assert said.code == 2 and "leads out" in said.err
    assert not list(outside.iterdir())


def test_show_says_where_each_key_comes_from_and_no_credential(
    place: Place, give: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_TOKEN", "known-credential")
    put(
        mine(place, "fast"),
        "worker: acp\nprofile: qwen\nenv:\n  MY_API_KEY: secret-of-mine\n  PLAIN: a known-credential b\n"
        "  THROUGH_KEY: {from: REAL_KEY}\nmode: default\n",
    )
    put(theirs(place, "fast"), "worker: acp\nmode: plan\n")
    assert give(place, "trust").code == 0
    said = give(place, "profiles", "show", "fast")
    shown = read_yaml(said.out.encode(), name="").value
    assert isinstance(shown, dict) and isinstance(shown["env"], dict)
    assert (shown["mode"], shown["env"]["MY_API_KEY"]) == ("plan", "[redacted]")
    assert shown["env"]["PLAIN"] == "a [redacted] b"
    assert shown["env"]["THROUGH_KEY"] == {"from": "REAL_KEY"}
    assert "secret-of-mine" not in said.out and "known-credential" not in said.out
    places = {line.split(":")[0].strip(): line.partition("  # ")[2] for line in said.out.splitlines()}
    assert places["mode"] == ".prd_runner/profiles/fast.yaml:2:7"
    assert places["profile"] == "~/config/prdrunner/profiles/fast.yaml:2:10"
    assert places["argv"] == "comes along (qwen)"
    assert give(place, "profiles", "show", "fsat").err.splitlines()[1].endswith("did you mean fast?")
    assert "comes along" in give(place, "profiles", "show", "gemini").out


def test_set_changes_one_key_and_leaves_every_other_line(place: Place, give: InProcess) -> None:
    text = (
        '# why this one\nworker: acp   # speaks ACP\nprofile: "qwen"\n\nargv:\n    - qwen   # the program\n'
        "    - '--acp'\nenv: {A: b}\n# the end\n"
    )
    path = put(mine(place, "fast"), text)
    path.chmod(0o640)
    said = give(place, "profiles", "edit", "fast", "--set", "mode=default", "--set", "env.A=c")
    assert said.code == 0, said.err
    now = path.read_text()
    assert now.replace("mode: default\n", "").replace("{A: c}", "{A: b}") == text
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    said = give(place, "profiles", "edit", "fast", "--set", "steer=never")
    assert said.code == 2 and "--set steer" in said.err
    assert path.read_text() == now


@pytest.mark.parametrize("word", ["null", "~"])
@pytest.mark.parametrize("key", ["mode", "steer", "resume"])
def test_what_would_remove_a_key_is_not_taken_for_its_text(
    place: Place, give: InProcess, key: str, word: str
) -> None:
    path = put(mine(place, "careful"), "worker: acp\nprofile: qwen\nmode: default\n")
    said = give(place, "profiles", "edit", "careful", "--set", f"{key}={word}")
    assert said.code == 2 and said.problem[0].endswith(f"{word} is no value, and --set removes no key")
    assert "profiles edit" in said.problem[1]
    assert path.read_text().endswith("mode: default\n")


def test_a_word_that_is_nearly_one_of_some_is_told_with_them(place: Place, give: InProcess) -> None:
    put(mine(place, "careful"), "worker: acp\nprofile: qwen\n")
    said = give(place, "profiles", "edit", "careful", "--set", "steer=injekt")
    assert said.problem[0] == "error: --set steer: steer must be inject, cancel_reprompt or queue"
    assert said.problem[1].strip() == "did you mean inject?"


def test_one_broken_profile_hides_no_other_one(place: Place, give: InProcess) -> None:
    put(mine(place, "broken"), "worker: acp\nprofil: qwen\nsteer: injekt\n")
    put(mine(place, "worse"), "worker: acp: x\n")
    put(mine(place, "fine"), "worker: command\ncommand: sh agent.sh\n")
    for command in (("profiles", "list"), ("workers", "list"), ("profiles", "show", "fine")):
        said = give(place, *command)
        assert said.code == 0, said
        assert "fine" in said.out or "command: sh agent.sh" in said.out, said
        first, second = said.problem
        assert first.startswith(
            "~/config/prdrunner/profiles/broken.yaml:2:1: unknown key profil; broken is left out"
        )
        assert second.startswith("~/config/prdrunner/profiles/worse.yaml:1:12: ")
        assert "prdrunner profiles validate" in first and "prdrunner profiles validate" in second
    rows = json.loads(give(place, "profiles", "list", "--json").out)
    assert "fine" in {row["name"] for row in rows} and "broken" not in {row["name"] for row in rows}
    own = give(place, "profiles", "show", "broken")
    assert own.code == 2
    assert "error: ~/config/prdrunner/profiles/broken.yaml:2:1: unknown key profil" in own.problem


def test_a_broken_profile_still_stops_what_would_run(place: Place, give: InProcess) -> None:
    put(mine(place, "broken"), "worker: acp\nprofil: qwen\n")
    said = give(place, "run", "--prd-file", "docs/prd.md", "--headless", "--detach")
    assert said.code == 2 and "broken.yaml:2:1: unknown key" in said.problem[0]


@pytest.mark.parametrize(
    ("line", "where"),
    [("profil: qwen", "2:1: unknown key profil"), ("resume: maybe", "2:9: resume must be true or false")],
)
def test_a_change_beside_a_mistake_tells_its_line_and_column(
    place: Place, give: InProcess, line: str, where: str
) -> None:
    path = put(mine(place, "broken"), f"worker: acp\n{line}\n")
    said = give(place, "profiles", "edit", "broken", "--set", "mode=default")
    assert said.code == 2
    assert said.problem[0] == f"error: ~/config/prdrunner/profiles/broken.yaml:{where}"
    assert "mode" not in path.read_text()


def test_edit_keeps_a_link_to_the_file(place: Place, give: InProcess) -> None:
    real = put(place.home / "dotfiles/fast.yaml", "worker: acp\nprofile: qwen\n")
    mine(place, "fast").parent.mkdir(parents=True)
    mine(place, "fast").symlink_to(real)
    assert give(place, "profiles", "edit", "fast", "--set", "mode=default").code == 0
    assert mine(place, "fast").is_symlink() and "mode: default" in real.read_text()


def test_an_edited_copy_takes_the_place_of_the_file(
    place: Place, give: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(mine(place, "fast"), "worker: command\ncommand: sh agent.sh\n")
    editor(place, monkeypatch, 'echo "prompt: file # mine" >> "$1"\n')
    said = give(place, "profiles", "edit", "fast")
    assert (said.code, said.out) == (0, "changed ~/config/prdrunner/profiles/fast.yaml\n")
    assert path.read_text().endswith("prompt: file # mine\n")
    editor(place, monkeypatch, "true\n")
    assert give(place, "profiles", "edit", "fast").out.startswith("nothing changed")


def test_a_mistake_leaves_the_file_and_keeps_what_was_written(
    place: Place, give: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(mine(place, "fast"), "worker: command\ncommand: sh agent.sh\n")
    editor(place, monkeypatch, 'echo "promt: file" >> "$1"; echo "steer: x" >> "$1"\n')
    said = give(place, "profiles", "edit", "fast")
    assert said.code == 2
    shown = f"~/{path.relative_to(place.home)}"
    assert f"{shown}:3:1: unknown key promt" in said.err and f"{shown}:4:8: steer must be" in said.err
    assert path.read_text() == "worker: command\ncommand: sh agent.sh\n"
    kept = Path(said.err.rsplit("kept in ", 1)[1].strip())
    assert kept.read_text().endswith("promt: file\nsteer: x\n")


def test_what_somebody_else_changed_meanwhile_is_not_lost(
    place: Place, give: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(mine(place, "fast"), "worker: command\ncommand: sh agent.sh\n")
    editor(place, monkeypatch, f'echo "prompt: file" >> "$1"; echo "# theirs" >> {path}\n')
    said = give(place, "profiles", "edit", "fast")
    assert said.code == 5 and "somebody else changed it" in said.err and "kept in" in said.err
    assert path.read_text().endswith("# theirs\n")


def test_on_a_terminal_it_can_be_edited_again_and_removing_is_asked(place: Place) -> None:
    path = put(mine(place, "fast"), "worker: acp\nprofile: qwen\n")
    rounds = place.home / "rounds"
    script = put(
        place.home / "editor.sh",
        f'if [ -e {rounds} ]; then sed -i s/wrong/inject/ "$1"; else touch {rounds}; echo "steer: wrong" >> "$1"; fi\n',
    )
    place.extra = {"VISUAL": f"sh {script}", "TERM": "xterm-256color"}
    with Terminal([*PROGRAM, "profiles", "edit", "fast"], cwd=place.root, env=place.env) as shown:
        shown.until_text("edit it again?", SOON)
        assert "steer must be inject" in shown.text
        shown.send("y\r")
        assert shown.exit_code(SOON) == 0
    assert path.read_text().endswith("steer: inject\n")
    # Python sees a ctrl+c between its prompt and its read only with the next key.
    for answer, code, left in (("n\r", 0, True), ("\x03\r", 130, True), ("y\r", 0, False)):
        with Terminal([*PROGRAM, "profiles", "delete", "fast"], cwd=place.root, env=place.env) as shown:
            shown.until_text("remove ~/config/prdrunner/profiles/fast.yaml?", SOON)
            shown.send(answer)
            assert (shown.exit_code(SOON), path.exists()) == (code, left)


@pytest.mark.parametrize(
    ("words", "told"), [("/nonexistent/editor", "cannot be started"), ("sh -c 'exit 7'", "exit 7")]
)
def test_an_editor_that_fails_changes_nothing(
    place: Place, give: InProcess, monkeypatch: pytest.MonkeyPatch, words: str, told: str
) -> None:
    put(mine(place, "fast"), "worker: acp\nprofile: qwen\n")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", words)
    said = give(place, "profiles", "edit", "fast")
    assert said.code != 0 and told in said.err and len(said.problem) <= 2


@pytest.mark.parametrize("command", ["edit", "delete"])
def test_what_has_no_file_is_told_with_where_it_stands(place: Place, give: InProcess, command: str) -> None:
    put(place.root / ".prd_runner/config.yaml", "workers:\n  profiles:\n    slow: {worker: acp}\n")
    said = give(place, "profiles", command, "slow")
    assert said.code == 2 and ".prd_runner/config.yaml:3:5: slow has no file of its own" in said.err
    assert "profiles create qwen --agent qwen" in give(place, "profiles", command, "qwen").err
    assert give(place, "profiles", command, "nobody").code == 2


def test_a_profile_is_removed_only_when_it_is_said(place: Place, give: InProcess) -> None:
    put(place.root / ".prd_runner/config.yaml", "workers: {default: fast}\n")
    path = put(mine(place, "fast"), "worker: command\ncommand: sh agent.sh\n")
    assert give(place, "trust").code == 0
    said = give(place, "profiles", "delete", "fast")
    assert said.code == 3 and path.exists()
    assert "fast is what implement uses" in said.out
    said = give(place, "profiles", "delete", "fast", "--yes")
    assert said.code == 0 and not path.exists()


def test_a_broken_profile_can_be_removed(place: Place, give: InProcess) -> None:
    path = put(mine(place, "fast"), "worker: [\n")
    assert "fast is left out" in give(place, "profiles", "list").err
    assert give(place, "profiles", "delete", "fast", "--yes").code == 0 and not path.exists()


def test_every_mistake_is_told_with_its_place(place: Place, give: InProcess) -> None:
    put(mine(place, "a"), "worker: acp\nprofile: qwne\n")
    put(mine(place, "b"), "worker: acp\nstear: inject\n")
    put(theirs(place, "c"), "worker: command\nprompt: fax\n")
    put(theirs(place, "d"), "worker: [\n")
    put(theirs(place, "e"), "worker: acp\nprofile: qwen\ncommand: x\n")
    said = give(place, "profiles", "validate")
    assert said.code == 2
    for line in (
        "~/config/prdrunner/profiles/a.yaml:2:10: error: there is no agent profile 'qwne'; did you mean qwen?",
        "~/config/prdrunner/profiles/b.yaml:2:1: error: unknown key stear; did you mean steer?",
        ".prd_runner/profiles/c.yaml:2:9: error: prompt must be stdin, file or argument; correct that line",
        ".prd_runner/profiles/d.yaml:2:1: error: ",
        ".prd_runner/profiles/e.yaml:3:10: error: an agent profile has no 'command'",
    ):
        assert line in said.out, said.out
    said = give(place, "profiles", "validate", "c", str(theirs(place, "d")))
    assert (
        said.code == 2 and "c.yaml:2:9" in said.out and "d.yaml:2:1" in said.out and "a.yaml" not in said.out
    )
    assert give(place, "profiles", "validate", "nobody").code == 2


def test_what_is_only_odd_is_a_warning(place: Place, give: InProcess) -> None:
    put(
        mine(place, "a"),
        "worker: acp\nargv: [no-such-program]\nenv:\n  K_TOKEN: abcdefgh\n  B: {from: NOT_PASSED}\n",
    )
    put(mine(place, "c"), "worker: command\ncommand: sh agent.sh\nmode: default\n")
    put(
        place.home / "config/prdrunner/config.yaml",
        "permissions: {profiles: {b: {commands: {deny: [x]}}}}\n",
    )
    said = give(place, "profiles", "validate")
    assert said.code == 0
    for words in (
        "a.yaml:2:7: warning: no-such-program is not installed",
        "c.yaml:3:7: warning: the worker command does not use mode",
        "a.yaml:4:12: warning: env.K_TOKEN looks like a credential",
        "a.yaml:5:13: warning: env.B is never set: NOT_PASSED does not reach the agent",
        "config.yaml:1:47: warning: there is no profile b, so these permissions are nobody's",
        "2 profiles: 5 warnings",
    ):
        assert words in said.out, said.out
    assert "abcdefgh" not in said.out


def test_profiles_of_mine_need_no_repository(place: Place, give: InProcess, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    assert give(place, "profiles", "create", "x", "--agent", "qwen", cwd=outside).code == 0
    assert "x " in give(place, "profiles", "list", cwd=outside).out
    said = give(place, "profiles", "create", "y", "--agent", "qwen", "--repo", cwd=outside)
    assert said.code == 2 and "not a git work tree" in said.err


def test_hostile_names_and_values_are_shown_as_symbols(place: Place, give: InProcess) -> None:
    put(mine(place, "fast"), 'worker: command\ncommand: "x \\e]0;evil\\a"\n')
    for command in (("list",), ("show", "fast"), ("validate",)):
        said = give(place, "profiles", *command)
        assert said.code == 0 and "\x1b" not in said.out + said.err
    assert "\x1b" not in give(place, "profiles", "show", "\x1b[2J").err
