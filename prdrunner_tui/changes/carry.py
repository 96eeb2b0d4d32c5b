"""Verdicts for the next change set: of the next iteration, or of the candidate rebuilt on a newer tip; pure.

A verdict goes along only with what it was given for, and that is told by bytes, never by an id alone:

- Same base blob: a hunk is the same when it stands at the same lines of the base and all its bytes are equal.
  Its number among equal hunks may be another one.
- Other base blob: a hunk is the same by id and bytes, when the file has as many equal hunks as before and, where
  these are several, the same was said of all of them. Anything else is ambiguous.
- An item is the same by its kind and content.
- In each case the file's status, the path it had, and of an added file the mode have to be the same, since a
  verdict on a part of it brings them along; of a copied file the base too.

What is ambiguous is undecided. What is new and stands where something was decided gets a link to it (`Links`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.files import FileChange
from prdrunner_tui.changes.links import Links
from prdrunner_tui.changes.trimming import trimmed
from prdrunner_tui.changes.units import Hunk, Item
from prdrunner_tui.changes.verdicts import (
    NO_GUARDS,
    Changed,
    Guards,
    Review,
    Subject,
    Verdict,
    Written,
    subjects,
)

_NO_CONTENTS: Mapping[str, bytes] = {}


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of the verdicts.

    Attributes:
        review: what was said of the next change set already. There is nothing to undo in it.
        lost: what was said of something that is not there like that any more, by path; texts of a person among it.
        held: ids of unchanged units that lost their verdict because they are guarded and it was not direct.
    """

    review: Review
    lost: tuple[Verdict | Written, ...]
    held: tuple[str, ...]


def carry(
    review: Review, after: ChangeSet, guards: Guards = NO_GUARDS, contents: Mapping[str, bytes] = _NO_CONTENTS
) -> Carried:
    """The review of the next change set.

    Only files of which something was said are parsed. A verdict that takes something and was not direct does
    not survive on a unit that is guarded now; a rejection does.

    Args:
        review: what was said of the change set before.
        after: the next change set.
        guards: its guarded units.
        contents: bytes of blobs by object id. With those of a file now, what a person wrote for it is found to be
            what the agent has written since.
    """
    said = _by_path(review)
    verdicts: dict[str, Verdict] = {}
    written: dict[bytes, Written] = {}
    changed: dict[str, Changed] = {}
    lost: list[Verdict | Written] = []
    held: list[str] = []
    for path, before in sorted(said.items()):
        number = after.number(path)
        if number is None:
            lost += before.decided
            continue
        record = after.record(number)
        now = _File(record, tuple(subjects(after, number)))
        text = before.written
        if text is not None and _stands(text, record, contents):
            units = tuple(subject.unit.id for subject in now.subjects)
            written[path] = replace(text, file=record, units=units)
            continue
        kept, gone = _matched(before.verdicts, now)
        for subject, verdict in kept:
            if verdict.takes and not verdict.direct and guards.get(subject.unit.id):
                held.append(subject.unit.id)
            else:
                verdicts[subject.unit.id] = replace(verdict, subject=subject)
        lost += [*gone, *([text] if text is not None else [])]
        taken = {subject.unit.id for subject, _ in kept}
        left = [subject for subject in now.subjects if subject.unit.id not in taken]
        changed.update(_links(before, gone, now, left))
    return Carried(Review(verdicts, written, changed), tuple(lost), tuple(held))


@dataclass(slots=True)
class _Before:
    """What was said in one file."""

    verdicts: list[Verdict]
    changed: list[Changed]
    written: Written | None = None

    @property
    def decided(self) -> list[Verdict | Written]:
        return [*self.verdicts, *([self.written] if self.written else [])]


def _by_path(review: Review) -> dict[bytes, _Before]:
    """What was said, by path, in the order of the files."""
    found: dict[bytes, _Before] = {}

    def at(path: bytes) -> _Before:
        return found.setdefault(path, _Before([], []))

    for verdict in review.verdicts.values():
        at(verdict.subject.file.path).verdicts.append(verdict)
    for unit, changed in review.changed.items():
        if unit not in review.verdicts and changed.subject.file.path not in review.written:
            at(changed.subject.file.path).changed.append(changed)
    for path, text in review.written.items():
        at(path).written = text
    for before in found.values():
        before.verdicts.sort(key=lambda verdict: _place(verdict.subject))
    return found


def _place(subject: Subject) -> tuple[int, str]:
    unit = subject.unit
    return (unit.old_index, "") if isinstance(unit, Hunk) else (-1, unit.kind)


class _File:
    """The units of a file now, to be looked up by all that makes them the same."""

    def __init__(self, record: FileChange, found: tuple[Subject, ...]) -> None:
        self.record = record
        self.subjects = found
        self._by_id = {subject.unit.id: subject for subject in found}
        self._by_place = {
            (subject.unit.old_index, subject.unit.content): subject
            for subject in found
            if isinstance(subject.unit, Hunk)
        }
        self._by_effect = {
            trimmed(subject.unit.old_index, subject.unit.removed, subject.unit.added): subject
            for subject in found
            if isinstance(subject.unit, Hunk)
        }

    def same(self, before: Subject) -> Subject | None:
        """The unit that is the same; of several equal hunks on another base, the one with the same number."""
        unit = before.unit
        if not _same_file(before.file, self.record):
            return None
        if isinstance(unit, Hunk) and before.file.old_blob == self.record.old_blob:
            return self._by_place.get((unit.old_index, unit.content))
        found = self._by_id.get(unit.id)
        if found is None or isinstance(unit, Item) or isinstance(found.unit, Item):
            return found if found is not None and found.unit == unit else None
        there = (found.unit.path, found.unit.content, found.equals)
        return found if there == (unit.path, unit.content, before.equals) else None

    def taken_over(self, verdict: Verdict) -> Subject | None:
        """The hunk that does to the same base what a person's text in the place of the old one did."""
        unit, text = verdict.subject.unit, verdict.text
        if text is None or not isinstance(unit, Hunk):
            return None
        before = verdict.subject.file
        if before.old_blob != self.record.old_blob or not _same_file(before, self.record):
            return None
        return self._by_effect.get(trimmed(unit.old_index, unit.removed, text))


def _same_file(before: FileChange, now: FileChange) -> bool:
    """Whether a part of the file, when it is taken, has the same effect on everything around it."""
    if (before.status, before.old_path) != (now.status, now.old_path):
        return False
    if now.status == "A":
        return before.new_mode == now.new_mode
    return now.status != "C" or before.old_blob == now.old_blob


def _matched(verdicts: Sequence[Verdict], now: _File) -> tuple[list[tuple[Subject, Verdict]], list[Verdict]]:
    """Each unit now that was decided before, with the verdict; and the verdicts that are on none."""
    kept: list[tuple[Subject, Verdict]] = []
    left: list[Verdict] = []
    gone: list[Verdict] = []
    agreement = _agreement(verdicts)
    for verdict in verdicts:
        before = verdict.subject
        found = now.same(before)
        sure = found is not None and _sure(before, found)
        if isinstance(before.unit, Hunk) and agreement.get(before.unit.content) == (before.equals, True):
            sure = True
        if found is not None and sure:
            kept.append((found, verdict))
        else:
            left.append(verdict)
    claimed = {subject.unit.id for subject, _ in kept}
    for verdict in left:
        found = now.taken_over(verdict)
        if found is not None and found.unit.id not in claimed:
            kept.append((found, replace(verdict, mark="approved", text=None, own=True)))
        else:
            gone.append(verdict)
    return kept, gone


def _agreement(verdicts: Sequence[Verdict]) -> Mapping[tuple[object, ...], tuple[int, bool]]:
    """By content of a hunk, how many equal ones are decided and whether the same was said of all of them."""
    said: dict[tuple[object, ...], list[tuple[object, ...]]] = {}
    for verdict in verdicts:
        if isinstance(verdict.subject.unit, Hunk) and verdict.subject.equals > 1:
            said.setdefault(verdict.subject.unit.content, []).append(_what(verdict))
    return {content: (len(some), all(one == some[0] for one in some)) for content, some in said.items()}


def _what(verdict: Verdict) -> tuple[object, ...]:
    own = (verdict.own, verdict.direct, verdict.reason)
    return verdict.mark, verdict.approved, verdict.rejected, verdict.text, *own


def _stands(text: Written, now: FileChange, contents: Mapping[str, bytes]) -> bool:
    """Whether what a person wrote for a file still is what they would have written."""
    before = text.file
    if (before.status, before.old_path) != (now.status, now.old_path):
        return False
    if (before.old_mode, before.new_mode) != (now.old_mode, now.new_mode):
        return False
    if (before.old_blob, before.new_blob) == (now.old_blob, now.new_blob):
        return True
    return contents.get(now.new_blob) == text.data


def _links(
    before: _Before, gone: Sequence[Verdict], now: _File, left: Sequence[Subject]
) -> Iterator[tuple[str, Changed]]:
    """The links of the undecided units of a file to what was said before, earlier links among it."""
    texts = [before.written] if before.written is not None else []
    pool = {verdict.subject.unit.id: verdict for verdict in gone}
    linked: dict[str, Changed] = {}
    for changed in before.changed:
        found = now.same(changed.subject)
        if found is not None and _sure(changed.subject, found):
            linked[found.unit.id] = Changed(found, changed.was)
        elif isinstance(changed.was, Verdict):
            pool.setdefault(changed.was.subject.unit.id, changed.was)
        else:
            texts.append(changed.was)
    links = Links(tuple(pool.values()), len(left))
    for subject in left:
        if subject.unit.id in linked:
            yield subject.unit.id, linked[subject.unit.id]
            continue
        was = links.find(subject) or next(iter(texts), None)
        if was is not None:
            yield subject.unit.id, Changed(subject, was)


def _sure(before: Subject, now: Subject) -> bool:
    """Whether a unit that is the same cannot be mistaken for an equal one."""
    return before.equals == 1 or before.file.old_blob == now.file.old_blob
