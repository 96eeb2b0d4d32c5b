"""What a PRD says: the immutable result of reading one. Lines count from 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from prdrunner_tui.text.yaml import Value


@dataclass(frozen=True, slots=True)
class Criterion:
    """One acceptance criterion of a feature."""

    id: str
    """As written (``AC-1``, ``FR-003``), else ``<feature id>.<n>``."""
    text: str
    line: int
    id_guessed: bool = False


@dataclass(frozen=True, slots=True)
class Dep:
    """A dependency that the PRD states."""

    feature: str
    """The id of the feature that has to come first."""
    line: int


@dataclass(frozen=True, slots=True)
class Task:
    """An entry of a task list that is not an acceptance criterion."""

    text: str
    done: bool
    line: int


@dataclass(frozen=True, slots=True)
class Feature:
    """One part of the PRD that is delivered on its own."""

    id: str
    id_guessed: bool
    """The id is made from the name because the PRD gives none that is unique."""
    name: str
    description: str
    """The markdown of the feature without its criteria, dependency and scope lines."""
    criteria: tuple[Criterion, ...]
    depends_on: tuple[Dep, ...]
    tasks: tuple[Task, ...]
    line: int
    end_line: int
    """The last line that belongs to the feature."""
    scope: tuple[str, ...] = ()
    """Globs of the files that the PRD names for it (``Files:`` or ``Scope:``)."""
    guessed: bool = False
    """It was taken for a feature by its place in the document, not because it is marked as one."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A PRD as read."""

    name: str
    """The file's name as the person knows it."""
    title: str
    features: tuple[Feature, ...]
    sha256: str
    """Of the bytes as they were given."""
    front_matter: Mapping[str, Value] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """Remarks in the form ``file:line: text``: what was guessed or left out."""

    def feature(self, feature_id: str) -> Feature | None:
        """The feature of that id, or None."""
        return next((feature for feature in self.features if feature.id == feature_id), None)
