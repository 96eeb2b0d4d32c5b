"""Worker profiles that are files of their own: what counts, what is told with its place, what a stranger cannot do."""

from __future__ import annotations

from pathlib import Path

import pytest

from prdrunner_tui.config.layers import ConfigProblems, Loaded, load
from prdrunner_tui.config.profilefiles import names_in, read_folder, shipped_agents
from prdrunner_tui.config.trust import inventory
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.workers.acp.profile import names as agents


class Sides:
    """The person's configuration and the repository's, each with its profiles."""

    def __init__(self, root: Path) -> None:
        self.user = root / "user/config.yaml"
        self.repo = root / "project/.prd_runner/config.yaml"
        for side in (self.user, self.repo):
            (side.parent / "profiles").mkdir(parents=True)

    def mine(self, name: str, text: str) -> Path:
        return self._write(self.user.parent / "profiles" / name, text)

    def theirs(self, name: str, text: str) -> Path:
        return self._write(self.repo.parent / "profiles" / name, text)

    def load(self, *, trusted: bool = True) -> Loaded:
        return load(self.user, self.repo, trusted=trusted)

    def problems(self) -> list[str]:
        with pytest.raises(ConfigProblems) as caught:
            self.load()
        return [f"{problem.where}: {problem.message}" for problem in caught.value.problems]

    @staticmethod
    def _write(path: Path, text: str) -> Path:
        path.write_text(text)
        return path


@pytest.fixture
def sides(tmp_path: Path) -> Sides:
    return Sides(tmp_path)


def test_a_file_is_a_profile_without_any_config_yaml(sides: Sides) -> None:
    path = sides.mine("fast.yaml", "worker: command\ncommand: sh agent.sh\n")
    found = sides.load()
    assert found.config.workers.profiles["fast"].command == "sh agent.sh"
    assert found.sources["workers.profiles.fast.command"] == f"{path}:2:10"


def test_files_and_entries_merge_key_by_key_in_the_order_of_the_layers(sides: Sides) -> None:
    sides.user.write_text(
        "workers:\n  profiles:\n    one: {worker: command, command: mine, prompt: file}\n"
        "    two: {worker: command, command: mine}\n"
    )
    theirs = sides.theirs("one.yaml", "worker: command\ncommand: theirs\n")
    found = sides.load()
    one = found.config.workers.profiles["one"]
    assert (one.command, one.prompt, list(found.config.workers.profiles)) == (
        "theirs",
        "file",
        ["one", "two"],
    )
    assert found.sources["workers.profiles.one.command"] == f"{theirs}:2:10"
    assert found.sources["workers.profiles.one.prompt"] == f"{sides.user}:3:51"


def test_a_profile_of_another_worker_takes_the_place_of_the_one_before(sides: Sides) -> None:
    sides.mine("one.yaml", "worker: command\ncommand: mine\n")
    sides.theirs("one.yaml", "worker: acp\nprofile: qwen\n")
    found = sides.load()
    assert found.config.workers.profiles["one"].agent_options() == {"profile": "qwen"}
    assert "workers.profiles.one.command" not in found.sources


def test_a_name_twice_in_one_layer_is_told_with_both_places(sides: Sides) -> None:
    sides.user.write_text("workers:\n  profiles:\n    fast: {worker: command, command: a}\n")
    path = sides.mine("fast.yaml", "worker: command\ncommand: b\n")
    (told,) = sides.problems()
    assert told == f"{path}:1:1: the profile fast stands in {sides.user}:3:5 too"


def test_every_mistake_of_every_file_is_told_with_its_place(sides: Sides) -> None:
    sides.user.write_text("verify: {slots: many}\n")
    syntax = sides.mine("a.yaml", "worker: [acp\n")
    key = sides.mine("b.yaml", "worker: acp\nstear: inject\n")
    value = sides.mine("c.yaml", "worker: acp\nsecond_answer: maybe\nenv: {A: 3}\n")
    kind = sides.mine("d.yaml", "- a list\n")
    empty = sides.mine("e.yaml", "")
    name = sides.mine("-f.yaml", "worker: acp\n")
    told = sides.problems()
    places = [line.split(": ", 1)[0] for line in told]
    assert f"{sides.user}:1:17" in places
    for place in (f"{syntax}:2:1", f"{key}:2:1", f"{value}:2:16", f"{kind}:1:1", f"{empty}:1:1", str(name)):
        assert place in places, told
    assert f"{key}:2:1: unknown key stear" in told


def test_other_files_are_no_profiles_and_a_yml_is_told(sides: Sides) -> None:
    sides.mine("README.md", "words")
    sides.mine(".hidden.yaml", "- no profile")
    sides.mine("fast.yaml~", "- no profile")
    other = sides.mine("slow.yml", "worker: acp\n")
    found = sides.load()
    assert found.config.workers.profiles == {}
    assert found.notices == (f"{other}: is not read, the file of a profile is named NAME.yaml",)


def test_nothing_of_an_untrusted_repository_counts_not_even_its_mistakes(sides: Sides) -> None:
    sides.theirs("fast.yaml", "worker: command\ncommand: evil\n")
    sides.theirs("broken.yaml", "worker: [")
    found = sides.load(trusted=False)
    assert found.config.workers.profiles == {}
    (notice,) = found.notices
    assert "profiles in it are not taken (broken, fast), the repository is not trusted" in notice


def test_a_strangers_file_name_adds_no_line_to_what_is_said(sides: Sides) -> None:
    sides.theirs("x\ny: all is trusted.yaml", "worker: acp\n")
    (notice,) = sides.load(trusted=False).notices
    assert "\n" not in notice


def test_the_trust_hash_covers_profiles(sides: Sides) -> None:
    root = sides.repo.parent.parent
    before = inventory(root).hash
    path = sides.theirs("fast.yaml", "worker: command\ncommand: a\n")
    with_file = inventory(root)
    path.write_text("worker: command\ncommand: b\n")
    assert len({before, with_file.hash, inventory(root).hash}) == 3
    assert [entry.does for entry in with_file.entries] == ["starts agents"]


def test_a_profile_that_leads_out_of_the_repository_is_no_trusted_one(sides: Sides, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("worker: command\ncommand: a\n")
    (sides.repo.parent / "profiles/x.yaml").symlink_to(outside)
    with pytest.raises(Problem, match="leads out"):
        inventory(sides.repo.parent.parent)


@pytest.mark.parametrize("as_file", [True, False])
def test_a_repository_that_redefines_a_profile_does_not_get_what_i_allow_it(
    sides: Sides, as_file: bool
) -> None:
    sides.user.write_text(
        "permissions:\n  commands: {allow: [ls]}\n"
        "  profiles: {fast: {commands: {allow: [make *], deny: [rm *]}, paths: {edit: [src/**]}}}\n"
    )
    sides.mine("fast.yaml", "worker: command\ncommand: mine\n")
    if as_file:
        sides.theirs("fast.yaml", "worker: command\ncommand: theirs\n")
    else:
        sides.repo.write_text("workers: {profiles: {fast: {worker: command, command: theirs}}}\n")
    found = sides.load()
    rules = found.config.permissions.rules_for("fast")
    assert found.config.workers.profiles["fast"].command == "theirs"
    assert (rules.commands.allow, rules.commands.deny, rules.paths.edit) == (("ls",), ("rm *",), ())
    assert len([line for line in found.notices if "the repository has a say in that profile" in line]) == 2
    assert sides.load(trusted=False).config.permissions.rules_for("fast").commands.allow == ("ls", "make *")


def test_a_repository_can_hide_an_agents_options_but_not_call_them_something_else(sides: Sides) -> None:
    path = sides.theirs(
        "fast.yaml",
        "worker: acp\nprofile: qwen\npermissions:\n  always: allow_once\n  never: hide\n  no: reject_once\n",
    )
    found = sides.load()
    assert found.config.workers.profiles["fast"].permissions == {"never": "hide"}
    assert found.notices[0].startswith(f"{path}:4:3: workers.profiles.fast.permissions.always is not taken")
    sides.mine("mine.yaml", "worker: acp\nprofile: qwen\npermissions: {always: allow_once}\n")
    assert sides.load().config.workers.profiles["mine"].permissions == {"always": "allow_once"}


def test_permissions_of_nobody_are_told_and_those_of_agents_that_come_along_are_not(sides: Sides) -> None:
    sides.user.write_text(
        "permissions:\n  profiles:\n    fsat: {commands: {deny: [rm *]}}\n    qwen: {commands: {deny: [rm *]}}\n"
    )
    sides.mine("fast.yaml", "worker: command\ncommand: mine\n")
    (notice,) = sides.load().notices
    assert (
        notice.startswith(f"{sides.user}:3:29: there is no profile fsat") and "did you mean fast?" in notice
    )


def test_the_agents_that_come_along_are_known_without_importing_an_adapter() -> None:
    assert shipped_agents() == set(agents())


def test_a_folder_of_endless_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prdrunner_tui.config.profilefiles.MOST", 3)
    for number in range(4):
        (tmp_path / f"p{number}.yaml").write_text("worker: acp\n")
    with pytest.raises(Problem, match="more than 3 files"):
        names_in(tmp_path)


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "profiles"
    path.write_text("")
    with pytest.raises(Problem, match="cannot be read"):
        read_folder(path)
