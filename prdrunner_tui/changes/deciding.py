"""What a person or a policy does in a review: approve, reject, edit, write, clear; pure.

A verdict that a person gives to a unit, or to named lines of a hunk, sets it, whatever was said of it before. A
verdict that a person gives to a file or to everything fills only what is undecided: as ``a`` and ``d`` of
``git add --patch`` do, it turns over no rejection, no approval and no edit, and of a hunk that is decided in part
it fills the rest. What a rule or a policy says, whatever it aims at, fills only units of which nothing is decided.
Clearing a file or everything clears all of it.

A guarded unit is approved only by a person whose action aims at this unit, or lines of it, and at nothing else;
every other action skips it and says so. Rejecting and clearing skip nothing; editing always aims at one unit.

Each action is undone as one, however many units it changes; an action that changes nothing is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from prdrunner_tui.changes.aims import Aim, OfLines, OfUnit, Target, number_of, targets
from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.order import Line
from prdrunner_tui.changes.selection import all_lines
from prdrunner_tui.changes.splice import ending_of
from prdrunner_tui.changes.undoing import Acted, Draft
from prdrunner_tui.changes.units import Hunk, lines_of
from prdrunner_tui.changes.verdicts import (
    NO_GUARDS,
    Guards,
    Review,
    Seen,
    Subject,
    Verdict,
    Written,
)
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import sanitize

_KIND = 0o170000
_FILE = 0o100000


@dataclass(frozen=True, slots=True)
class Said:
    """The circumstances of an action.

    Attributes:
        by: who acts, such as ``you`` or ``auto(policy)``.
        iteration: which iteration is reviewed.
        person: whether a person acts, not a rule or a policy.
        reason: what is said with it.
        seen: by unit id, how much of it was on screen; ``none`` where not named.
    """

    by: str
    iteration: int
    person: bool = True
    reason: str = ""
    seen: Mapping[str, Seen] = field(default_factory=dict)


def approve(
    review: Review, changes: ChangeSet, aims: Sequence[Aim], said: Said, guards: Guards = NO_GUARDS
) -> Acted:
    """Approve; an edited hunk at which the action aims is approved as the agent wrote it.

    Raises:
        Problem: the change set has no such file, unit or line.
    """
    return _decide("approved", review, changes, aims, said, guards)


def reject(review: Review, changes: ChangeSet, aims: Sequence[Aim], said: Said) -> Acted:
    """Reject.

    Raises:
        Problem: the change set has no such file, unit or line.
    """
    return _decide("rejected", review, changes, aims, said, NO_GUARDS)


def clear(review: Review, changes: ChangeSet, aims: Sequence[Aim]) -> Acted:
    """Make undecided again, and take back what was written for a file.

    Raises:
        Problem: the change set has no such file, unit or line.
    """
    draft = Draft(review)
    for target in targets(changes, aims):
        known = draft.verdicts.get(target.id)
        draft.withdraw(target.path)
        if known is None:
            continue
        left = None
        if target.lines is not None and known.text is None:
            approved, rejected = known.lines()
            left = _in_part(known, approved - target.lines, rejected - target.lines)
        draft.put(target.id, left)
    return draft.done("clear")


def edit(review: Review, changes: ChangeSet, aim: OfUnit, data: bytes, said: Said) -> Acted:
    """Put a text in the place of a hunk; the agent's own lines are a plain approval.

    Args:
        review: what was said so far.
        changes: the change set.
        aim: the hunk.
        data: what stands there instead, may be empty. Where lines follow, its last line gets an end if it has none.
        said: the circumstances.

    Raises:
        Problem: the change set has no such hunk, or it is an item, which has no lines.
        ValueError: it is no person who edits.
    """
    _require_person(said)
    (target,) = targets(changes, (aim,))
    hunk = target.subject.unit
    if not isinstance(hunk, Hunk):
        raise Problem(f"{hunk.id[:12]} has no lines to edit: {hunk.kind} is taken whole or not at all")
    lines = lines_of(data)
    if lines and hunk.after and not lines[-1].endswith(b"\n"):
        lines[-1] += ending_of((*hunk.before, *hunk.removed, *hunk.after), (hunk,))
    verdict = _whole("approved", target.subject, said, direct=True)
    if tuple(lines) != hunk.added:
        verdict = replace(verdict, mark="edited", text=tuple(lines))
    draft = Draft(review)
    draft.withdraw(target.path)
    draft.put(target.id, verdict)
    return draft.done("edit")


def write(review: Review, changes: ChangeSet, path: bytes, data: bytes, said: Said) -> Acted:
    """Give a whole file other bytes; it is then taken with them, and with its rename and mode.

    The verdicts on its units go. A later action that aims at one of them takes the bytes back.

    Raises:
        Problem: the file did not change, or it is a link or a submodule.
        ValueError: it is no person who writes.
    """
    _require_person(said)
    number = number_of(changes, path)
    record, units = changes.record(number), tuple(unit.id for unit in changes.units(number))
    if (record.new_mode or record.old_mode) & _KIND != _FILE:
        raise Problem(f"{sanitize(path)} is a link or a submodule, which has no text to edit")
    draft = Draft(review)
    for unit in units:
        draft.put(unit, None)
    draft.write(path, Written(record, data, units, said.by, said.iteration, said.reason))
    return draft.done("write")


def _require_person(said: Said) -> None:
    if not said.person:
        raise ValueError("only a person edits")


def _decide(
    mark: Literal["approved", "rejected"],
    review: Review,
    changes: ChangeSet,
    aims: Sequence[Aim],
    said: Said,
    guards: Guards,
) -> Acted:
    draft = Draft(review)
    direct = said.person and len(aims) == 1 and isinstance(aims[0], OfUnit | OfLines)
    for target in targets(changes, aims):
        known = draft.verdicts.get(target.id)
        if _is_left(draft, target, known, said):
            continue
        verdict = _decided(mark, target, known, said, direct=direct)
        if verdict == known:
            continue
        if guards.get(target.id) and not direct:
            draft.skipped[target.id] = guards[target.id]
            continue
        draft.withdraw(target.path)
        draft.put(target.id, verdict)
    return draft.done("approve" if mark == "approved" else "reject")


def _is_left(draft: Draft, target: Target, known: Verdict | None, said: Said) -> bool:
    """Whether an action that fills leaves this unit as it is."""
    if not said.person:
        return known is not None or target.path in draft.written
    return target.fills and (target.path in draft.written or (known is not None and known.decided))


def _decided(
    mark: Literal["approved", "rejected"], target: Target, known: Verdict | None, said: Said, *, direct: bool
) -> Verdict | None:
    verdict = _whole(mark, target.subject, said, direct=direct)
    if target.lines is None and (known is None or not target.fills):
        own = mark == "approved" and known is not None and known.own
        return replace(verdict, own=own)
    hunk = target.subject.unit
    assert isinstance(hunk, Hunk), "an item has no lines and is never decided in part"
    approved, rejected = known.lines() if known else (frozenset[Line](), frozenset[Line]())
    lines = all_lines(hunk) - approved - rejected if target.lines is None else target.lines
    if known and (approved | rejected) - lines:
        # It speaks of what is taken: a rejection of other lines leaves what was said of the approved ones.
        stays = known.direct if approved - lines else True
        direct = stays and (direct or mark == "rejected")
        verdict = replace(verdict, direct=direct, reason=said.reason or known.reason)
    if mark == "approved":
        approved, rejected = approved | lines, rejected - lines
    else:
        approved, rejected = approved - lines, rejected | lines
    return verdict if all_lines(hunk) in (approved, rejected) else _in_part(verdict, approved, rejected)


def _whole(mark: Literal["approved", "rejected"], subject: Subject, said: Said, *, direct: bool) -> Verdict:
    return Verdict(
        subject,
        mark,
        by=said.by,
        iteration=said.iteration,
        reason=said.reason,
        seen=said.seen.get(subject.unit.id, "none"),
        direct=direct,
    )


def _in_part(verdict: Verdict, approved: frozenset[Line], rejected: frozenset[Line]) -> Verdict | None:
    """The same verdict on only these lines, which are not all; None when there are none."""
    if not approved and not rejected:
        return None
    return replace(verdict, mark="undecided", approved=approved, rejected=rejected, own=False)
