"""What agents may do without a person being asked: rules on commands, paths and hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from prdrunner_tui.config.base import Model, Name, Text
from prdrunner_tui.rules import commands, hosts, paths, permission
from prdrunner_tui.text.yaml import KeyPath, Value


def _usable(read: Callable[[str], object]) -> Callable[[str], str]:
    def check(value: str) -> str:
        read(value)
        return value

    return check


AllowedCommand = Annotated[Text, AfterValidator(_usable(commands.read_rule))]
"""An allow rule on commands."""

OtherCommand = Annotated[
    Text, AfterValidator(_usable(lambda rule: commands.read_rule(rule, may_begin_open=True)))
]
"""An ask or a deny rule on commands."""

PathGlob = Annotated[Text, AfterValidator(_usable(paths.read_glob))]
"""A glob over the paths of a workspace."""

Host = Annotated[Text, AfterValidator(_usable(hosts.read_rule))]
"""A name of a host, of all hosts below it, or an address."""

_Many = Field(default=(), max_length=1000)


class CommandRules(Model):
    """Rules on commands that agents ask to run, for example `pytest *`; see [permissions](permissions.md)."""

    allow: tuple[AllowedCommand, ...] = _Many
    """Run without asking. A pattern covers only harmless words."""
    ask: tuple[OtherCommand, ...] = _Many
    """A person is asked, whatever `allow` says."""
    deny: tuple[OtherCommand, ...] = _Many
    """Refused without asking, whatever the others say."""


class PathRules(Model):
    """Rules on paths that agents ask to read or edit: globs from the root of the workspace, for example `src/**`."""

    read: tuple[PathGlob, ...] = _Many
    """May be read without asking."""
    edit: tuple[PathGlob, ...] = _Many
    """May be read and edited without asking."""
    ask: tuple[PathGlob, ...] = _Many
    """A person is asked, whatever `read` and `edit` say."""
    deny: tuple[PathGlob, ...] = _Many
    """Refused without asking, whatever the others say."""


class NetworkRules(Model):
    """Rules on hosts that agents ask to reach, for example `example.org` or `*.example.net`."""

    allow: tuple[Host, ...] = _Many
    """Reached without asking."""
    ask: tuple[Host, ...] = _Many
    """A person is asked, whatever `allow` says."""
    deny: tuple[Host, ...] = _Many
    """Refused without asking, whatever the others say."""


class ProfilePermissions(Model):
    """Further rules for the agents of one profile; they stand beside those of everyone."""

    commands: CommandRules = CommandRules()
    """What they may run."""
    paths: PathRules = PathRules()
    """What they may read and edit."""
    network: NetworkRules = NetworkRules()
    """Which machines they may reach."""

    def rules(self) -> permission.Permissions:
        """As the rules that decide."""
        run, path, host = self.commands, self.paths, self.network
        return permission.Permissions(
            commands.Rules(run.allow, run.ask, run.deny),
            paths.PathRules(path.read, path.edit, path.ask, path.deny),
            hosts.HostRules(host.allow, host.ask, host.deny),
        )


class Permissions(ProfilePermissions):
    """What agents may do without a person being asked. Deny beats ask, ask beats allow; the rest is asked."""

    profiles: dict[Name, ProfilePermissions] = Field(default_factory=dict)
    """Further rules for the agents of a profile, by its name."""

    def rules_for(self, profile: str) -> permission.Permissions:
        """The rules for the agents of a profile; "" or an unknown name has those of everyone."""
        further = self.profiles.get(profile)
        return self.rules().plus(further.rules()) if further else self.rules()


_WIDENING = {"commands": ("allow",), "paths": ("read", "edit"), "network": ("allow",)}


def widening(values: Value) -> Iterator[KeyPath]:
    """The keys below ``permissions`` by which a layer allows something, each as a path from there.

    A repository's configuration may only tighten, trusted or not: what this names is not taken from it.
    """
    for prefix, rules in _blocks(values):
        for part, keys in _WIDENING.items():
            block = rules.get(part)
            for key in keys if isinstance(block, dict) else ():
                if isinstance(block, dict) and key in block:
                    yield (*prefix, part, key)


def grows(path: KeyPath) -> bool:
    """Whether the list at a path of the configuration adds to that of the layer before, instead of replacing it."""
    return path[:1] == ("permissions",) and path[-1] in ("ask", "deny")


def _blocks(values: Value) -> Iterator[tuple[KeyPath, dict[str, Value]]]:
    if not isinstance(values, dict):
        return
    yield (), values
    profiles = values.get("profiles")
    for name, rules in profiles.items() if isinstance(profiles, dict) else ():
        if isinstance(rules, dict):
            yield ("profiles", name), rules
