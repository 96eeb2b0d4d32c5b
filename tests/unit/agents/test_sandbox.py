"""What the command line of bubblewrap makes of each path, what programs are found to need, and what the probe says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from prdrunner_tui.agents import bubblewrap as probing
from prdrunner_tui.agents.bubblewrap import look
from prdrunner_tui.agents.needs import Needs
from prdrunner_tui.agents.sandbox import Sandbox, Wrapped, below, environment, refuse_outside, wrap
from prdrunner_tui.kernel.values import from_json, to_json
from prdrunner_tui.text.problem import Problem

ARGUMENTS = {"--tmpfs": 1, "--dev": 1, "--proc": 1, "--chdir": 1, "--cap-drop": 1, "--perms": 1}
TWO = ("--ro-bind", "--ro-bind-try", "--bind", "--symlink", "--file", "--bind-data")
SEEN = {
    "--tmpfs": "empty",
    "--ro-bind": "read",
    "--ro-bind-try": "read",
    "--bind": "write",
    "--symlink": "link",
    "--file": "copy",
    "--bind-data": "copy",
    "--dev": "dev",
    "--proc": "proc",
}

HOME, STATE, CHECKOUT = "/home/ada", "/home/ada/.local/state/prdrunner", "/home/ada/src/project"
WORKSPACE = f"{STATE}/abc/runs/r/ws/one"
USUAL = Sandbox(
    "/usr/bin/bwrap",
    hide=("/run", "/tmp", STATE, HOME),
    read=(f"{STATE}/abc/store/objects", f"{HOME}/.nvm/bin", "/usr/share/x", f"{HOME}/.cache/uv"),
    write=(f"{HOME}/.cache", WORKSPACE, f"{HOME}/src", "/srv/shared"),
    keep={f"{HOME}/.claude/projects": f"{STATE}/abc/runs/r/homes/p"},
    copy=(f"{HOME}/.claude.json", "/srv/agent.json"),
    links={f"{HOME}/.nvm/current": "bin", f"{HOME}/.cache/link": "x", "/usr/link": "y"},
    guard=(CHECKOUT, "/opt/other"),
    network=False,
)


def mounts(wrapped: Wrapped) -> list[tuple[str, list[str]]]:
    """The options with their arguments, in order."""
    words = list(wrapped.argv[1 : wrapped.argv.index("--")])
    found = []
    while words:
        option = words.pop(0)
        count = 2 if option in TWO else ARGUMENTS.get(option, 0)
        found.append((option, [words.pop(0) for _ in range(count)]))
    return found


def seen(wrapped: Wrapped, path: str) -> str:
    """What bubblewrap shows at a path: the last mount on it or above it decides."""
    shown = ""
    for option, arguments in mounts(wrapped):
        if option in SEEN and below(path, arguments[-1]):
            shown = SEEN[option]
    return shown


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/etc/passwd", "read"),
        ("/usr/share/x/y", "read"),
        ("/run/docker.sock", "empty"),
        ("/tmp/.X11-unix/X0", "empty"),
        (f"{HOME}/.ssh/id", "empty"),
        (f"{HOME}/.nvm/bin/node", "read"),
        (f"{HOME}/.nvm/current", "link"),
        (f"{HOME}/.cache/pip", "write"),
        (f"{HOME}/.cache/uv/x", "read"),
        (f"{HOME}/src/other/file", "write"),
        (f"{CHECKOUT}/.git/config", "read"),
        (f"{STATE}/abc/engine.sock", "empty"),
        (f"{STATE}/abc/runs/r/run.db", "empty"),
        (f"{STATE}/abc/store/objects/pack", "read"),
        (f"{WORKSPACE}/calc.py", "write"),
        (f"{HOME}/.claude/projects/a.jsonl", "write"),
        (f"{HOME}/.claude/settings.json", "empty"),
        (f"{HOME}/.claude.json", "copy"),
        ("/srv/agent.json", "copy"),
        ("/srv/shared/x", "write"),
        ("/opt/other/x", "read"),
        ("/dev/sda", "dev"),
        ("/proc/1", "proc"),
    ],
)
def test_the_deepest_place_decides_what_is_seen(path: str, expected: str) -> None:
    assert seen(wrap(USUAL, ["true"], WORKSPACE), path) == expected


def test_what_changes_nothing_is_left_out() -> None:
    words = wrap(USUAL, ["true"], WORKSPACE).argv
    # Each is read-only or hidden already: another mount there would need a place to be made.
    assert not {"/usr/share/x", "/opt/other", "/usr/link", f"{HOME}/.cache/link"} & set(words)


def test_the_program_comes_last_and_as_it_was_given() -> None:
    words = wrap(USUAL, ["/bin/sh", "-c", "echo '--' $HOME"], WORKSPACE).argv
    assert words[-6:] == ("--chdir", WORKSPACE, "--", "/bin/sh", "-c", "echo '--' $HOME")
    assert words[0] == "/usr/bin/bwrap"


def test_the_network_is_taken_away_only_when_it_is_off() -> None:
    on = Sandbox("bwrap", network=True)
    assert "--unshare-net" not in wrap(on, ["true"], "/").argv
    assert "--unshare-net" in wrap(USUAL, ["true"], "/").argv


def test_every_process_in_it_ends_with_it_and_has_no_privilege() -> None:
    words = wrap(Sandbox("bwrap"), ["true"], "/").argv
    assert {"--unshare-pid", "--unshare-ipc", "--die-with-parent"} <= set(words)
    assert words[words.index("--cap-drop") + 1] == "ALL"


def test_a_copy_can_be_replaced_where_the_directory_is_hidden_and_is_a_mount_elsewhere() -> None:
    wrapped = wrap(USUAL, ["true"], "/")
    options = {path: wrapped.argv[position - 1] for position, path in wrapped.files}
    assert options == {f"{HOME}/.claude.json": "--file", "/srv/agent.json": "--bind-data"}
    assert all(
        wrapped.argv[position] == "" and wrapped.argv[position + 1] == path
        for position, path in wrapped.files
    )


def test_temporary_files_go_where_the_program_may_write() -> None:
    assert environment(USUAL, {"TMPDIR": "/data/tmp", "A": "b"}) == {"TMPDIR": "/tmp", "A": "b"}
    own = {"TMPDIR": f"{WORKSPACE}/tmp"}
    assert environment(USUAL, own) == own


def test_a_sandbox_comes_through_json_as_it_was() -> None:
    assert from_json(Sandbox, to_json(USUAL)) == USUAL


@pytest.mark.parametrize("path", [CHECKOUT, f"{CHECKOUT}/.git", f"{STATE}/abc"])
def test_what_is_closed_cannot_be_opened(path: str) -> None:
    with pytest.raises(Problem, match="closed to agents"):
        refuse_outside([path], [CHECKOUT, STATE])
    refuse_outside([f"{CHECKOUT}-other", HOME], [CHECKOUT, STATE])


# What programs need.


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = Path(os.path.realpath(tmp_path)) / "home"
    made.mkdir()
    return made


def made(path: Path, text: str = "", *, program: bool = False) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if program:
        path.chmod(0o755)
    return path


def of_program(home: Path, word: str, *folders: Path) -> Needs:
    needs = Needs([str(home)], str(home))
    needs.program(word, os.pathsep.join(map(str, folders)))
    return needs


def relative(needs: Needs, home: Path) -> tuple[set[str], dict[str, str]]:
    read = {str(Path(path).relative_to(home)) for path in needs.read}
    return read, {str(Path(place).relative_to(home)): target for place, target in needs.links.items()}


def test_a_package_of_npm_is_read_with_all_that_lies_beside_it(home: Path) -> None:
    cli = made(
        home / "npm/lib/node_modules/@a/agent/dist/cli.js", "#!/usr/bin/env -S node --flag\n", program=True
    )
    node = made(home / "versions/v20/bin/node", program=True)
    made(home / "versions/v20/lib/x")
    (home / "npm/bin").mkdir()
    (home / "npm/bin/agent").symlink_to(os.path.relpath(cli, home / "npm/bin"))
    (home / "current").symlink_to("versions/v20")
    needs = of_program(home, "agent", home / "npm/bin", home / "current/bin")
    read, links = relative(needs, home)
    assert {
        "npm/lib/node_modules",
        str(node.relative_to(home)),
        "versions/v20/bin",
        "versions/v20/lib",
    } <= read
    assert links["current"] == "versions/v20" and links["npm/bin/agent"].endswith("dist/cli.js")
    assert str(home) not in needs.read


def test_a_program_of_a_virtual_environment_is_read_with_its_interpreter(home: Path) -> None:
    python = made(home / "python/cpython-3.12/bin/python3.12", program=True)
    made(home / "python/cpython-3.12/lib/python3.12/os.py")
    made(home / "tools/agent/pyvenv.cfg")
    made(home / "tools/agent/lib/site.py")
    (home / "tools/agent/bin").mkdir()
    (home / "tools/agent/bin/python").symlink_to(python)
    script = made(home / "tools/agent/bin/agent", f"#!{home}/tools/agent/bin/python\n", program=True)
    (home / ".local/bin").mkdir(parents=True)
    (home / ".local/bin/agent").symlink_to(script)
    made(home / ".local/share/keyrings/login")
    read, _ = relative(of_program(home, "agent", home / ".local/bin"), home)
    assert {"tools/agent/pyvenv.cfg", "tools/agent/lib", "tools/agent/bin"} <= read
    assert {"python/cpython-3.12/bin", "python/cpython-3.12/lib"} <= read
    assert not any(below(".local/share/keyrings", path) for path in read)


def test_the_directories_of_the_path_are_read_but_neither_the_home_nor_what_is_visible(home: Path) -> None:
    for name in (
        "bin/x",
        ".cargo/bin/cargo",
        ".cargo/credentials.toml",
        ".pyenv/shims/python",
        ".pyenv/versions/v",
    ):
        made(home / name)
    needs = Needs([str(home)], str(home))
    folders = [
        home,
        home / "bin",
        home / ".cargo/bin",
        home / ".pyenv/shims",
        home / "nowhere",
        Path("/usr/bin"),
    ]
    needs.search_path(os.pathsep.join(map(str, folders)))
    assert relative(needs, home)[0] == {"bin", ".cargo/bin", ".pyenv/shims", ".pyenv"}


def test_a_command_line_opens_its_scripts_and_no_credentials(home: Path) -> None:
    script, key = made(home / "src/agent.sh"), made(home / ".ssh/id")
    own = made(home / "src/project/.prd_runner/agent.sh")
    needs = Needs([str(home)], str(home))
    needs.line(
        ["sh", str(script), str(key), str(own), str(home / "src")], "", within=str(home / "src/project")
    )
    assert relative(needs, home)[0] == {"src/agent.sh", "src/project/.prd_runner/agent.sh"}


@pytest.mark.parametrize(
    ("links", "word"),
    [
        ({"project/helper": "../.ssh/id"}, "project/helper"),
        ({"project/one": "two", "project/two": "{home}/.ssh/id"}, "project/one"),
        ({"project/folder": "../.ssh"}, "project/folder/id"),
        ({}, "project/../.ssh/id"),
        # Where the keys themselves are kept elsewhere.
        ({".ssh/link": "../keys/id"}, ".ssh/link"),
        ({".ssh/link": "../keys/id", "project/helper": "../.ssh/link"}, "project/helper"),
    ],
)
def test_no_way_of_the_repository_leads_to_credentials(home: Path, links: dict[str, str], word: str) -> None:
    made(home / ".ssh/id")
    made(home / "keys/id")
    (home / "project").mkdir()
    for place, target in links.items():
        (home / place).symlink_to(target.format(home=home))
    needs = Needs([str(home)], str(home))
    needs.line(["sh", str(home / word)], "", within=str(home / "project"))
    assert (needs.read, needs.links) == (set(), {})


def test_what_lies_beside_a_program_is_opened_only_where_it_really_lies_there(home: Path) -> None:
    made(home / ".ssh/id")
    made(home / "project/bin/tool", program=True)
    made(home / "project/lib64/x")
    (home / "project/lib").symlink_to("lib64")
    (home / "project/libexec").symlink_to("../.ssh")
    (home / "project/pyvenv.cfg").symlink_to(home / ".ssh/id")
    read, links = relative(of_program(home, str(home / "project/bin/tool")), home)
    assert read == {"project/bin", "project/bin/tool", "project/lib64"}
    assert links == {"project/lib": "lib64"}


def test_links_to_scripts_are_followed_also_in_a_repository_that_is_reached_by_one(home: Path) -> None:
    made(home / "disk/project/.prd_runner/agent.sh")
    made(home / "src/tool.sh")
    (home / "project").symlink_to("disk/project")
    (home / "disk/project/tool").symlink_to("../../src/tool.sh")
    needs = Needs([str(home)], str(home))
    words = ["sh", str(home / "project/.prd_runner/agent.sh"), str(home / "project/tool")]
    needs.line(words, "", within=str(home / "project"))
    read, links = relative(needs, home)
    assert read == {"disk/project/.prd_runner/agent.sh", "src/tool.sh"}
    assert links == {"project": "disk/project", "disk/project/tool": "../../src/tool.sh"}


def test_the_name_servers_are_found_where_they_really_are(tmp_path: Path) -> None:
    root = Path(os.path.realpath(tmp_path))
    made(root / "run/resolve/stub.conf")
    made(root / "run/docker.sock")
    (root / "etc").mkdir()
    (root / "etc/resolv.conf").symlink_to("../run/resolve/stub.conf")
    needs = Needs([str(root / "run")], "/home/ada")
    assert needs.add(str(root / "etc/resolv.conf")) == str(root / "run/resolve/stub.conf")
    # The link itself is visible and needs nothing.
    assert (needs.read, needs.links) == ({str(root / "run/resolve/stub.conf")}, {})


def test_links_that_lead_in_a_circle_or_nowhere_are_passed_over(home: Path) -> None:
    (home / "a").symlink_to("b")
    (home / "b").symlink_to("a")
    (home / "gone").symlink_to("nothing")
    needs = Needs([str(home)], str(home))
    assert [needs.add(str(home / name)) for name in ("a", "gone", "missing")] == [None, None, None]
    assert needs.read == set()


def test_a_script_that_is_no_text_and_a_fifo_are_no_trouble(home: Path) -> None:
    made(home / "bin/binary", program=True).write_bytes(b"#!\xff\x00\n")
    os.mkfifo(home / "bin/pipe", 0o755)
    for word in ("binary", "pipe"):
        of_program(home, word, home / "bin")


# The probe.


def fake(tmp_path: Path, text: str) -> str:
    return str(
        made(
            tmp_path / "bwrap",
            f"#!/bin/sh\n[ $1 = --version ] && echo bubblewrap 9.9 && exit\n{text}\n",
            program=True,
        )
    )


def test_a_bubblewrap_that_works_is_named_with_its_version(tmp_path: Path) -> None:
    found = look(fake(tmp_path, 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"'))
    assert found.usable and found.version == "9.9" and not found.why


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("bwrap: setting up uid map: Permission denied", "AppArmor"),
        ("bwrap: No permissions to create new namespace, likely because ...", "user.max_user_namespaces"),
        ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", "container"),
        ("bwrap: something else", ""),
    ],
)
def test_one_that_does_not_work_says_why_and_what_helps(tmp_path: Path, said: str, hint: str) -> None:
    found = look(fake(tmp_path, f'echo "{said}" >&2; exit 1'))
    assert not found.usable and found.why == f"bwrap does not work here: {said.removeprefix('bwrap: ')}"
    assert hint in found.hint and bool(hint) == bool(found.hint)


def test_one_that_is_missing_cannot_be_run_or_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "install bubblewrap" in look(None).hint
    assert "cannot be run" in look(str(made(tmp_path / "text"))).why
    monkeypatch.setattr(probing, "_PATIENCE", 0.2)
    assert "does not answer" in look(fake(tmp_path, "exec sleep 60")).why
