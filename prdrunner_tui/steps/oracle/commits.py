"""I2 and I3: each commit of a run is one approved, verified tree, committed once; nothing else is on its branch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.events import Recorded
from prdrunner_tui.kernel.state import Run, RunState
from prdrunner_tui.kernel.subjects import review_hash, review_subject
from prdrunner_tui.repo import refs
from prdrunner_tui.repo.git import Git
from prdrunner_tui.steps.oracle.violation import Violation

_RUN_TRAILER = "Prdrunner-Run: "
_APPROVAL_TRAILER = "Prdrunner-Approval: "


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as git has it."""

    id: str
    parents: tuple[str, ...]
    tree: str
    message: str


async def resolve(git: Git, name: str) -> str:
    """The commit of a ref, empty where there is none."""
    said = await git.run("rev-parse", "--verify", "-q", "--end-of-options", f"{name}^{{commit}}", check=False)
    return said.line if said.code == 0 else ""


async def commits_between(git: Git, base: str, tip: str) -> tuple[Commit, ...] | None:
    """The commits that ``tip`` has and ``base`` has not, oldest first; ``None`` where one of them is not there."""
    layout = "%H%x00%P%x00%T%x00%B%x00"
    said = await git.run(
        "log",
        "-z",
        "--reverse",
        "--topo-order",
        f"--format={layout}",
        "--end-of-options",
        tip,
        f"^{base}",
        check=False,
    )
    if said.code != 0:
        return None
    fields = [os.fsdecode(part) for part in said.stdout.split(b"\0")]
    rows = [fields[n : n + 4] for n in range(0, len(fields) - 4, 5)]
    return tuple(Commit(i.strip(), tuple(p.split()), t, m) for i, p, t, m in rows)


async def check_commits(store: Git, log: Sequence[Recorded], state: RunState) -> list[Violation]:
    """The run's branch in the trusted store against the log."""
    run = state.run
    if run is None or not run.base:
        return []
    tip = await resolve(store, refs.tip(run.id))
    if not tip:
        return [Violation("I2", f"{refs.tip(run.id)} is missing", f"it is at {run.tip[:12]}")]
    found = list(_tip_is_told(state, run, tip))
    chain = await commits_between(store, run.base, tip)
    if chain is None:
        return [
            *found,
            Violation("I2", f"git cannot read {tip[:12]} back to {run.base[:12]}", "whole commits"),
        ]
    made = [r for r in log if isinstance(r.event, events.CommitMade)]
    found += _made_once(made, chain, state, tip)
    previous = run.base
    for commit in chain:
        if commit.parents != (previous,):
            found.append(
                Violation("I2", f"commit {commit.id[:12]} has parents {commit.parents}", f"only {previous}")
            )
        previous = commit.id
    for recorded in made:
        found += _approved(log, state, run, recorded)
        in_git = next((c for c in chain if c.id == _made(recorded).commit), None)
        if in_git is not None:
            found += _as_told(_made(recorded), in_git)
    return found


async def check_published(
    user: Git, log: Sequence[Recorded], state: RunState, *, ours_alone: bool
) -> list[Violation]:
    """The branch in the user's repository against the log.

    Commits of the user's own on that branch are his; with ``ours_alone`` nobody but the run may have touched it.
    """
    run = state.run
    if run is None or not run.base:
        return []
    published = await resolve(user, refs.published(run.id))
    made = {_made(r).commit for r in log if isinstance(r.event, events.CommitMade)}
    told = [r.event for r in log if isinstance(r.event, events.RunPublished)]
    found = [
        Violation("I3", f"{event.commit[:12]} was published", "a commit that the run made")
        for event in told
        if event.commit not in made
    ]
    if not published:
        if told and ours_alone:
            found.append(Violation("I2", f"branch {run.branch} is missing", f"it is at {run.published[:12]}"))
        return found
    chain = await commits_between(user, run.base, published)
    if chain is None:
        return [*found, Violation("I2", f"git cannot read branch {run.branch}", "whole commits")]
    found += [
        Violation("I3", f"commit {commit.id[:12]} on {run.branch}", "only commits of the log")
        for commit in chain
        if commit.id not in made and (ours_alone or f"{_RUN_TRAILER}{run.id}" in commit.message.splitlines())
    ]
    if ours_alone and run.published and published != run.published:
        found.append(
            Violation("I2", f"branch {run.branch} is at {published[:12]}", f"it is at {run.published[:12]}")
        )
    return found


def _tip_is_told(state: RunState, run: Run, tip: str) -> Iterator[Violation]:
    moving = [x for x in state.effects() if x.kind == "advance" and x.status == "intended"]
    if tip not in {run.tip, *(str(effect.args["new"]) for effect in moving)}:
        yield Violation(
            "I2", f"{refs.tip(run.id)} is at {tip[:12]}", f"it is at {run.tip[:12]}, as the log says"
        )


def _made_once(
    made: Sequence[Recorded], chain: Sequence[Commit], state: RunState, tip: str
) -> Iterator[Violation]:
    moving = {str(x.args["new"]) for x in state.effects() if x.kind == "advance" and x.status == "intended"}
    told = [_made(recorded).commit for recorded in made]
    for commit in chain:
        if told.count(commit.id) > 1:
            yield Violation("I2", f"commit {commit.id[:12]} was made {told.count(commit.id)} times", "once")
        if commit.id not in told and commit.id not in moving:
            yield Violation("I3", f"commit {commit.id[:12]} on the run's branch", "an event for each commit")
    in_chain = [commit.id for commit in chain]
    for commit_id in dict.fromkeys(told):
        if commit_id not in in_chain:
            yield Violation(
                "I2", f"commit {commit_id[:12]} is not reachable from {tip[:12]}", "each commit stays"
            )


def _approved(log: Sequence[Recorded], state: RunState, run: Run, recorded: Recorded) -> Iterator[Violation]:
    made = _made(recorded)
    name = f"commit {made.commit[:12]} of {made.phase}"
    before = [r for r in log if r.seq < recorded.seq]
    intents = [r for r in before if isinstance(r.event, events.EffectIntended) and r.event.kind == "advance"]
    intent = next((r for r in intents if _args(r).get("new") == made.commit), None)
    if intent is None:
        yield Violation("I2", name, "its intent stands in the log before it")
        intent = recorded
    subject = review_subject(made.phase, made.parent, made.tree)
    about = [d for d in state.decisions.values() if d.subject == subject]
    granted = [
        d
        for d in about
        if any(
            isinstance(r.event, events.DecisionMade)
            and (r.event.id, r.event.status) == (d.id, "approved")
            and r.seq < intent.seq
            for r in before
        )
    ]
    if not granted:
        yield Violation(
            "I3", name, f"an approval of tree {made.tree[:12]} on {made.parent[:12]} before its intent"
        )
    for decision in granted[-1:]:
        if decision.content_hash != review_hash(made.parent, made.tree, run.settings):
            yield Violation("I3", f"{name}, {decision.id}", "an approval bound to base, tree and policy")
        if decision.by is None or (decision.person_only and decision.by.kind != "person"):
            yield Violation("I3", f"{name}, {decision.id}", f"a person's approval: {decision.person_only}")
    verified = [r.event for r in before if isinstance(r.event, events.TreeVerified) and r.seq < intent.seq]
    if not any((v.phase, v.tree) == (made.phase, made.tree) for v in verified):
        yield Violation("I3", name, f"tree {made.tree[:12]} was found good by our own run before")


def _as_told(made: events.CommitMade, commit: Commit) -> Iterator[Violation]:
    name = f"commit {made.commit[:12]} of {made.phase}"
    if commit.tree != made.tree:
        yield Violation("I2", f"{name} has tree {commit.tree[:12]}", f"{made.tree[:12]}, bit for bit")
    if commit.parents != (made.parent,):
        yield Violation("I2", f"{name} has parents {commit.parents}", f"{made.parent[:12]}")
    if not any(line.startswith(_APPROVAL_TRAILER) for line in commit.message.splitlines()):
        yield Violation("I3", name, "its message names its approval")


def _made(recorded: Recorded) -> events.CommitMade:
    assert isinstance(recorded.event, events.CommitMade)
    return recorded.event


def _args(recorded: Recorded) -> Mapping[str, object]:
    assert isinstance(recorded.event, events.EffectIntended)
    return recorded.event.args
