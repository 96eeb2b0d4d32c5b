"""The plan of a run, and the structural planner: one phase a feature, nothing invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from prdrunner_tui.prd import graph, words
from prdrunner_tui.prd.model import Spec


@dataclass(frozen=True, slots=True)
class PlannedPhase:
    """What is delivered together."""

    id: str
    """``[a-z0-9-]{1,40}``, unique in the plan."""
    name: str
    features: tuple[str, ...]
    """Ids of features of the PRD."""
    description: str
    criteria: tuple[tuple[str, str], ...] = ()
    """Id and text of each acceptance criterion."""
    deps: tuple[str, ...] = ()
    """Ids of phases that come first."""
    exports: Mapping[str, str] = field(default_factory=dict)
    """Name to value (a path, mostly) of what later phases may use."""
    imports: Mapping[str, str] = field(default_factory=dict)
    """Name to ``phase.key`` of what is used."""
    scope: tuple[str, ...] = ()
    """Globs of the files it is expected to change."""
    parallel_group: str | None = None
    guessed: tuple[str, ...] = ()
    """Names of the fields above that nobody wrote down."""
    source: str = ""
    """``file:line`` it comes from."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Phases in the order they are written, without cycles."""

    phases: tuple[PlannedPhase, ...]
    warnings: tuple[str, ...] = ()
    """Each ``file:line: text``."""

    def graph(self) -> dict[str, tuple[str, ...]]:
        """The dependency graph by phase id."""
        return {phase.id: phase.deps for phase in self.phases}

    def batches(self) -> tuple[tuple[str, ...], ...]:
        """Phase ids that can run at once, batch after batch."""
        return graph.batches(self.graph())

    def critical_path(self) -> tuple[str, ...]:
        """The longest chain of phases, by number."""
        return graph.critical_path(self.graph())

    def phase(self, phase_id: str) -> PlannedPhase | None:
        """The phase of that id, or None."""
        return next((phase for phase in self.phases if phase.id == phase_id), None)


def structural_plan(spec: Spec) -> Plan:
    """One phase for each feature; order and dependencies only as the PRD states them."""
    ids: dict[str, str] = {}
    for feature in spec.features:
        ids[feature.id] = _unique(
            words.slug(feature.name, words.slug(feature.id, "phase")), set(ids.values())
        )
    phases = tuple(
        PlannedPhase(
            id=ids[feature.id],
            name=feature.name,
            features=(feature.id,),
            description=feature.description,
            criteria=tuple((criterion.id, criterion.text) for criterion in feature.criteria),
            deps=tuple(ids[dep.feature] for dep in feature.depends_on if dep.feature in ids),
            scope=feature.scope,
            guessed=("features",) if feature.guessed else (),
            source=f"{spec.name}:{feature.line}",
        )
        for feature in spec.features
    )
    warnings = list(spec.notes)
    if len(phases) > 1 and not any(phase.deps for phase in phases):
        warnings.append(
            f"{spec.name}:{spec.features[0].line}: no dependencies are written; no phase waits for another"
        )
    return Plan(phases, (*warnings, *scope_warnings(phases)))


def scope_warnings(phases: tuple[PlannedPhase, ...]) -> list[str]:
    """A line for each two phases that could run at once and name the same files."""
    with_scope = [phase for phase in phases if phase.scope]
    needs = {phase.id: phase.deps for phase in phases}
    before = {phase.id: graph.transitive(needs, phase.id) for phase in with_scope}
    found = []
    for index, one in enumerate(with_scope):
        for other in with_scope[index + 1 :]:
            if one.id in before[other.id] or other.id in before[one.id]:
                continue
            shared = next((a for a in one.scope for b in other.scope if _overlap(a, b)), None)
            if shared:
                found.append(f"{other.source}: {one.id} and {other.id} share {shared}")
    return found


def _overlap(one: str, other: str) -> bool:
    return one == other or fnmatchcase(one, other) or fnmatchcase(other, one)


def _unique(wanted: str, taken: set[str]) -> str:
    made, n = wanted, 2
    while made in taken:
        suffix = f"-{n}"
        made, n = wanted[: 40 - len(suffix)].rstrip("-") + suffix, n + 1
    return made
