"""One request of an agent against the rules of its phase and what a person has allowed for good.

Rules and grants only ever answer what an agent asks. They see nothing of what it does without asking, and a command
that is allowed may run whatever the files of the workspace make of it: the fence is a sandbox, not a rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from prdrunner_tui.kernel.state import Grant, RequestKind
from prdrunner_tui.rules import commands, hosts, paths
from prdrunner_tui.rules.commands import Rules
from prdrunner_tui.rules.hosts import HostRules
from prdrunner_tui.rules.paths import PathRules
from prdrunner_tui.rules.shellwords import NotPlain, parse
from prdrunner_tui.rules.verdict import Verdict, shown, strictest

MAX_PARTS = 1000
"""Paths or hosts of one request; of more a person is asked."""

_UNSTEADY = re.compile(r"[^ -~]|[$`*?\[{~!^]")


@dataclass(frozen=True, slots=True)
class Request:
    """What an agent asks for.

    Attributes:
        kind: what it wants to do; ``tool`` is everything that is none of the others.
        parts: of a command its one line; of an edit or a read every path it touches (of a rename both), of the
            network every host or URL; of a tool its name.
    """

    kind: RequestKind
    parts: tuple[str, ...]


def read_request(action: str, detail: str, paths: Iterable[str] = ()) -> Request:
    """The request of an agent, from what its adapter tells.

    Args:
        action: the kind of request; what is none of the known kinds is taken for a tool of that name.
        detail: the line of a command; the host or URL of a network request; else only for the screen.
        paths: of an edit or a read the paths it touches, as the agent gave them.
    """
    if action == "edit":
        return Request("edit", tuple(paths))
    if action == "read":
        return Request("read", tuple(paths))
    if action == "command":
        return Request("command", (detail,))
    if action == "network":
        return Request("network", (detail,))
    return Request("tool", (action,))


@dataclass(frozen=True, slots=True)
class Permissions:
    """The rules of a phase."""

    commands: Rules = field(default_factory=Rules)
    paths: PathRules = field(default_factory=PathRules)
    network: HostRules = field(default_factory=HostRules)

    def plus(self, other: Permissions) -> Permissions:
        """Both together: a profile's rules stand beside those of everyone."""
        return Permissions(
            self.commands.plus(other.commands), self.paths.plus(other.paths), self.network.plus(other.network)
        )


def decide(
    request: Request,
    permissions: Permissions,
    *,
    phase: str,
    grants: Iterable[Grant] = (),
    workspace: str = "",
) -> Verdict:
    """Whether an agent may do what it asks for.

    A grant beats what asks, never what denies. Of several paths or hosts the strictest verdict counts.

    Args:
        request: what is asked for.
        permissions: the rules of the phase.
        phase: where the agent works.
        grants: what a person has allowed in the run; those of other phases count for nothing.
        workspace: the absolute path of the phase's workspace.
    """
    verdict = _by_rules(request, permissions, workspace)
    if verdict.answer != "ask" or (wanted := scope(request)) is None:
        return verdict
    for grant in grants:
        if grant.phase == phase and (grant.kind, grant.parts) == (request.kind, wanted):
            return Verdict("allow", f"always allowed by {grant.decision}", f"always ({grant.decision})")
    return verdict


def scope(request: Request) -> tuple[str, ...] | None:
    """The parts of a grant that allows exactly this request always; None when it may mean something else next time.

    That is so for a command in which a shell would fill something in, and for a tool, of which only the name is known.
    """
    if request.kind == "tool" or not request.parts:
        return None
    if request.kind != "command":
        return request.parts
    if len(request.parts) != 1:
        return None
    line = request.parts[0]
    try:
        return parse(line)
    except NotPlain:
        return None if _UNSTEADY.search(line) else (line,)


def _by_rules(request: Request, permissions: Permissions, workspace: str) -> Verdict:
    parts = request.parts
    if not parts or len(parts) > MAX_PARTS:
        return Verdict(
            "ask", "it does not say what it touches" if not parts else "it touches too much to judge"
        )
    if request.kind == "command":
        return strictest(tuple(_command(line, permissions, workspace) for line in parts))
    if request.kind == "network":
        return strictest(tuple(hosts.decide(target, permissions.network) for target in parts))
    if request.kind == "edit" or request.kind == "read":
        kind = request.kind
        return strictest(
            tuple(paths.decide(path, kind, permissions.paths, workspace=workspace) for path in parts)
        )
    return Verdict("ask", f"there are no rules for {shown(parts[0])}")


def _command(line: str, permissions: Permissions, workspace: str) -> Verdict:
    verdict = commands.decide(line, permissions.commands, workspace=workspace)
    if verdict.answer != "allow":
        return verdict
    for word in parse(line)[1:]:
        for part in dict.fromkeys((word, *re.split(r"[=:,]", word))):
            found = paths.decide(part, "read", permissions.paths, workspace=workspace) if part else None
            if found is not None and found.answer == "deny":
                return Verdict("ask", f"it names {shown(part)}, {found.why}", found.rule)
    return verdict
