"""The rules of a run: kept as plain values, judged as they were written, answered from the log and just once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from prdrunner_tui.agents import fitting
from prdrunner_tui.agents.job import directory_name
from prdrunner_tui.config.models import Config
from prdrunner_tui.config.permissions import CommandRules, ProfilePermissions
from prdrunner_tui.config.permissions import Permissions as Configured
from prdrunner_tui.config.running import Profile, Workers
from prdrunner_tui.kernel import commands
from prdrunner_tui.kernel.codec import decode_command, encode_command
from prdrunner_tui.kernel.commands import Command, Refusal
from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.kernel.state import Actor, Decision
from prdrunner_tui.kernel.values import from_json
from prdrunner_tui.repo.rundir import RunDir
from prdrunner_tui.rules.commands import Rules
from prdrunner_tui.rules.hosts import HostRules
from prdrunner_tui.rules.paths import PathRules
from prdrunner_tui.rules.permission import Permissions
from prdrunner_tui.rules.verdict import Verdict
from prdrunner_tui.steps.choices import make_workers, worker_choice
from prdrunner_tui.steps.effects.perform import RunEffects
from prdrunner_tui.steps.permissions import MOST_PATHS, judge, kept, rules_of
from prdrunner_tui.workers.updates import PermissionAsked, to_json
from prdrunner_tui.workers.updates import from_json as read_update
from tests.simulated import PERSON, Simulation, World, start

RULES = Permissions(
    Rules(("pytest *", "git commit -m *"), ("pytest -x",), ("git push *",)),
    PathRules(("**",), ("src/**",), (), ("secrets/",)),
    HostRules(("example.org",)),
)
CHOICE = WorkerChoice("scripted", permissions=kept(RULES))


def verdict(choice: WorkerChoice | None = CHOICE, workspace: str = "/w", **update: Any) -> Verdict:
    return judge(choice, update, phase="one", workspace=workspace).verdict


def test_rules_are_the_same_after_the_log() -> None:
    assert rules_of(CHOICE) == RULES
    command = start("one", workers={"implement": CHOICE})
    again = decode_command(json.loads(json.dumps(encode_command(command))))
    assert again == command and isinstance(again, commands.StartRun)
    assert rules_of(again.settings.workers["implement"]) == RULES


def test_a_log_of_before_has_no_rules() -> None:
    old = from_json(WorkerChoice, {"worker": "scripted", "options": {}, "label": ""})
    assert rules_of(old) == Permissions() and kept(Permissions()) == {}
    told = {"kind": "permission_asked", "id": "p", "action": "command", "detail": "ls", "options": []}
    assert read_update(told) == PermissionAsked("p", "command", "ls")


def test_a_worker_has_the_rules_of_everyone_and_of_its_profile(tmp_path: Path) -> None:
    config = Config(
        workers=Workers(profiles={"fast": Profile(worker="command", command="tool")}, review="fast"),
        permissions=Configured(
            commands=CommandRules(allow=("pytest *",)),
            profiles={"fast": ProfilePermissions(commands=CommandRules(deny=("make *",)))},
        ),
    )
    workers = make_workers(tmp_path, config, "command: sh x", None)
    assert workers["implement"].permissions == {"commands": {"allow": ("pytest *",)}}
    both = {"commands": {"allow": ("pytest *",), "deny": ("make *",)}}
    assert workers["review"].permissions == worker_choice(tmp_path, config, " fast ").permissions == both


@pytest.mark.parametrize(
    ("update", "answer", "rule"),
    [
        ({"action": "command", "detail": "pytest -q"}, "allow", "pytest *"),
        ({"action": "command", "detail": "pytest -x"}, "ask", "pytest -x"),
        ({"action": "command", "detail": "git push"}, "deny", "git push *"),
        ({"action": "edit", "paths": ["src/a", "/w/src/b"]}, "allow", "src/**"),
        ({"action": "edit", "paths": ["src/a", "b"]}, "ask", ""),
        ({"action": "edit", "paths": ["/x/src/b"]}, "ask", ""),
        ({"action": "edit", "detail": "src/a", "paths": []}, "ask", ""),
        ({"action": "edit", "detail": "src/a", "paths": "src/a"}, "ask", ""),
        ({"action": "read", "paths": ["a"]}, "allow", "**"),
        ({"action": "network", "detail": "https://example.org/x"}, "allow", "example.org"),
        ({"action": "pytest -q"}, "ask", ""),
        ({}, "ask", ""),
    ],
)
def test_a_request_is_judged_by_its_kind(update: dict[str, Any], answer: str, rule: str) -> None:
    found = verdict(**update)
    assert (found.answer, found.rule) == (answer, rule)


def test_what_is_not_known_whole_is_asked_and_still_denied() -> None:
    quiet = verdict(action="command", detail="git commit -m '[redacted]'")
    assert quiet == Verdict("ask", "it holds a secret, behind which nothing can be judged", "git commit -m *")
    assert verdict(action="command", detail="git push '[redacted]'").answer == "deny"
    many = [f"src/{number}" for number in range(MOST_PATHS)]
    assert verdict(action="edit", paths=many).answer == "allow"
    assert verdict(action="edit", paths=[*many, "src/x"]).answer == "ask"
    assert verdict(action="edit", paths=[*many, "secrets/x"]).answer == "deny"
    assert MOST_PATHS < fitting._LONGEST_LIST, "a list that was cut must be known for one"
    long = fitting._LONGEST_TEXT
    assert verdict(action="command", detail=f"pytest {'a' * long} […]").answer == "ask"


def test_an_unknown_worker_and_rules_that_cannot_be_read_ask() -> None:
    assert verdict(None, action="command", detail="pytest -q").answer == "ask"
    odd = WorkerChoice("scripted", permissions={"commands": {"allow": ("ls; rm",)}})
    found = verdict(odd, action="command", detail="ls")
    assert found.answer == "ask" and found.why.startswith("the rules of this run cannot be read")
    newer = WorkerChoice("scripted", permissions={"clocks": {"allow": ("x",)}})
    assert verdict(newer, action="command", detail="ls").answer == "ask"


class Desk:
    """A run with a turn under way, whose disk we are; `sent` is what its agent was told."""

    def __init__(self, folder: Path) -> None:
        world = World()
        world.overrides["turn"] = lambda phase, step, effect: None
        self.simulation = Simulation(world)
        self.simulation.take(start("one", workers={"implement": CHOICE}))
        self.simulation.settle()
        self.turn = next(e.key for e in self.simulation.state.effects() if e.kind == "turn")
        self.writes: list[asyncio.Future[None]] = []
        self.sent: list[tuple[bool, str | None, str]] = []
        self.folder = folder
        self.effects = self.engine()

    def engine(self) -> RunEffects:
        """An engine that finds the agent at work."""
        link = SimpleNamespace(key=self.turn, permission=self._told)
        hosts = SimpleNamespace(links={directory_name(self.turn, 1): link})
        context: Any = SimpleNamespace(directory=RunDir(self.folder), hosts=hosts, stopping={}, links={})
        self.effects = RunEffects(context, self.submit, lambda phase, kind, data: None)
        self.follow()
        return self.effects

    def submit(self, command: Command) -> Refusal | asyncio.Future[None]:
        """Take a command; the future is done once the disk has it."""
        refusal = self.simulation.submit(command)
        if refusal is not None:
            return refusal
        self.writes.append(asyncio.get_running_loop().create_future())
        return self.writes[-1]

    def follow(self) -> None:
        """Look at the state until nothing changes any more."""
        before = None
        while before is not self.simulation.state:
            before = self.simulation.state
            self.effects.follow(before, self.submit)

    def ask(self, detail: str, *kinds: str, replay: bool = False) -> Decision:
        """The agent asks; the newest decision about it."""
        options = [{"id": f"id-{kind}", "label": kind, "kind": kind} for kind in kinds]
        update = to_json(PermissionAsked("p", "command", detail)) | {"options": options}
        self.effects.heard(self.turn, update | ({"replay": True} if replay else {}))
        self.follow()
        return list(self.simulation.state.decisions.values())[-1]

    async def saved(self, error: Exception | None = None) -> None:
        """The disk has everything, or breaks."""
        for write in self.writes:
            if not write.done():
                write.set_exception(error) if error else write.set_result(None)
                write.exception()
        await asyncio.sleep(0)

    def _told(self, ask: str, *, allow: bool, option: str | None = None, reason: str = "") -> None:
        assert ask == "p"
        self.sent.append((allow, option, reason))


async def test_the_agent_hears_only_what_is_on_the_disk_and_hears_it_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    one = desk.ask("pytest -q")
    assert (one.status, one.by, desk.sent) == ("approved", Actor("policy", "pytest *"), [])
    await desk.saved()
    assert desk.sent == [(True, None, "")]
    desk.ask("pytest -q", replay=True)
    assert len(desk.simulation.state.decisions) == 1 and len(desk.sent) == 1


async def test_a_disk_that_breaks_lets_the_agent_hear_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.ask("pytest -q")
    await desk.saved(OSError("no room"))
    desk.follow()
    assert desk.sent == []


async def test_the_next_engine_gives_the_recorded_answer_to_what_is_asked_still(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.ask("git push")
    desk.engine()
    assert desk.sent == [], "nobody knows yet whether the agent still asks that"
    one = desk.ask("git push", replay=True)
    assert (one.id, one.status) == ("d1", "rejected")
    assert desk.sent == [(False, None, 'refused by your rule "git push *"')]


async def test_the_next_engine_does_not_answer_something_else_of_the_same_name(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.ask("pytest -q")
    await desk.saved()
    desk.engine()
    one = desk.ask("rm -rf x", replay=True)
    assert (one.id, one.status, len(desk.sent)) == ("d2", "open", 1)


async def test_a_request_that_replaces_an_open_one_withdraws_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    first, second = desk.ask("rm -rf a"), desk.ask("rm -rf b")
    assert (first.id, second.id, second.status) == ("d1", "d2", "open")
    assert desk.simulation.state.decisions["d1"].status == "withdrawn" and desk.sent == []


async def test_the_same_request_is_asked_again_each_time(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    one = desk.ask("rm -rf a")
    desk.submit(commands.Decide(one.id, "approve", one.content_hash, PERSON))
    desk.follow()
    assert desk.sent == [(True, None, "")]
    assert desk.ask("rm -rf a").id == "d2" and len(desk.sent) == 1


async def test_of_two_answers_to_the_same_words_the_next_engine_gives_the_newest(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    one = desk.ask("rm -rf a")
    desk.submit(commands.Decide(one.id, "approve", one.content_hash, PERSON))
    desk.follow()
    two = desk.ask("rm -rf a")
    desk.submit(commands.Decide(two.id, "reject", two.content_hash, PERSON, "once was enough"))
    desk.engine()
    desk.ask("rm -rf a", replay=True)
    assert desk.sent == [(True, None, ""), (False, None, "once was enough")]


async def test_allowed_is_allowed_once_and_never_for_good(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.ask("pytest -q", "allow_always", "allow_once", "reject_once")
    await desk.saved()
    assert desk.sent == [(True, "id-allow_once", "")]
    one = desk.ask("pytest tests", "allow_always", "reject_once")
    assert (one.status, one.facts["why"]) == ("open", "the agent offers no way to allow it only once")
    assert one.facts["rule"] == "pytest *"


async def test_a_policy_decides_nothing_that_is_for_a_person_only(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    one = desk.ask("rm -rf a")
    state = desk.simulation.state
    facts = {**one.facts, "rules": "allow", "rule": "x"}
    locked = replace(one, person_only="holds a secret", facts=facts)
    desk.simulation.state = replace(state, decisions={one.id: locked})
    desk.follow()
    assert desk.simulation.state.decisions[one.id].status == "open" and desk.sent == []
