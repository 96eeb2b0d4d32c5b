"""Which units of a change set take an approval only from a person who aims at them alone, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.files import FileChange
from prdrunner_tui.changes.units import Hunk, Unit
from prdrunner_tui.rules.protected import protected
from prdrunner_tui.rules.secrets import find_secrets
from prdrunner_tui.text.safe import sanitize

_NO_CONTENTS: Mapping[str, bytes] = {}
_WITH_CONTENT = ("add", "type", "symlink", "binary")


@dataclass(frozen=True, slots=True)
class Guard:
    """Why a unit is guarded.

    Attributes:
        kind: a protected path, or what looks like a secret.
        detail: the protected path; the kind of secret and the line of the file now, never the secret itself.
    """

    kind: Literal["protected", "secret"]
    detail: str


def guards(
    changes: ChangeSet,
    numbers: Iterable[int],
    extra: Iterable[bytes] = (),
    contents: Mapping[str, bytes] = _NO_CONTENTS,
) -> dict[str, tuple[Guard, ...]]:
    """The guards of the units of some files, by unit id; units without any are left out.

    Every unit of a protected path is guarded, of a rename also when the path before was protected. A hunk is
    guarded when a line that it adds, and does not also remove, looks like a secret.

    Args:
        changes: the change set.
        numbers: which of its files.
        extra: further protected paths, as for `protected`.
        contents: bytes by object id. An item that stands for the content of its file is searched for secrets when
            the file's bytes now are here; lines of its bytes before, if these are here too, are none.
    """
    extra = tuple(extra)
    found: dict[str, tuple[Guard, ...]] = {}
    for number in numbers:
        record = changes.record(number)
        on_path = _on_path(record, extra)
        for unit in changes.units(number):
            some = (*on_path, *dict.fromkeys(_secrets(unit, record, contents)))
            if some:
                found[unit.id] = some
    return found


def _on_path(record: FileChange, extra: tuple[bytes, ...]) -> tuple[Guard, ...]:
    paths = dict.fromkeys(path for path in (record.path, record.old_path) if path is not None)
    return tuple(Guard("protected", str(sanitize(path))) for path in protected(paths, extra))


def _secrets(unit: Unit, record: FileChange, contents: Mapping[str, bytes]) -> Iterator[Guard]:
    if isinstance(unit, Hunk):
        first, old, new = unit.new_start, b"".join(unit.removed), b"".join(unit.added)
    elif unit.kind in _WITH_CONTENT:
        first, old, new = 1, contents.get(record.old_blob, b""), contents.get(record.new_blob, b"")
    else:
        return
    for number, kind in find_secrets(old, new):
        yield Guard("secret", f"{kind} in line {first + number - 1}")
