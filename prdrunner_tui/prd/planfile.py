"""Plan files: YAML that says the phases instead of the structural planner.

::

    phases:
      - id: api
        name: The HTTP interface
        features: [F-2]
        deps: [schema]
        imports: {tables: "$schema.tables"}
        exports: {openapi: openapi.json}
        scope: [src/api/**]
        parallel_group: backend
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from prdrunner_tui.prd.graph import find_cycle, transitive
from prdrunner_tui.prd.model import Spec
from prdrunner_tui.prd.plan import Plan, PlannedPhase, scope_warnings
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import one_line
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.text.yaml import Document, KeyPath, Value, read_yaml

FIELDS = (
    "id",
    "name",
    "description",
    "features",
    "criteria",
    "deps",
    "exports",
    "imports",
    "scope",
    "parallel_group",
)
"""What a phase of a plan file may say."""

MAX_PHASES = 1000
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
_IMPORT = re.compile(r"\$([a-z0-9][a-z0-9-]{0,39})\.([\w-]{1,80})\Z")


@dataclass(frozen=True, slots=True)
class CheckedPlan:
    """A plan, when the file has no problem, and all its problems."""

    plan: Plan | None
    problems: tuple[Problem, ...]


def read_plan_file(data: bytes, name: str, spec: Spec | None = None) -> Plan:
    """Read a plan file. Raises the first `Problem` of `check_plan_file`."""
    checked = check_plan_file(data, name, spec)
    if checked.plan is None:
        raise checked.problems[0]
    return checked.plan


def check_plan_file(data: bytes, name: str, spec: Spec | None = None) -> CheckedPlan:
    """Read a plan file and collect all that is wrong with it, each with ``name:line:column``.

    With a `spec`, features are checked against it, and a phase without description or criteria of its own gets
    those of its features.
    """
    try:
        document = read_yaml(data, name=name)
    except Problem as problem:
        return CheckedPlan(None, (problem,))
    reader = _Reader(document, spec)
    plan = reader.plan()
    return CheckedPlan(None if reader.problems else plan, tuple(reader.problems))


class _Reader:
    def __init__(self, document: Document, spec: Spec | None) -> None:
        self.document = document
        self.spec = spec
        self.problems: list[Problem] = []
        self.paths: dict[str, KeyPath] = {}

    def problem(self, path: KeyPath, message: str, hint: str = "", *, key: bool = False) -> None:
        self.problems.append(Problem(message, where=self.document.where(path, key=key), hint=hint))

    def plan(self) -> Plan:
        phases = tuple(phase for phase in map(self.phase, *self.entries()) if phase is not None)
        if not self.problems:
            self.check_deps(phases)
            self.check_imports(phases)
        warnings = [*self.feature_warnings(phases), *scope_warnings(phases)] if not self.problems else []
        return Plan(phases, tuple(warnings))

    def entries(self) -> tuple[list[Value], list[KeyPath]]:
        root = self.document.value
        base: KeyPath = ()
        if isinstance(root, dict):
            for key in root:
                if key != "phases":
                    self.problem(
                        (key,), f"unknown key {one_line(key, 60)}", "only phases stands here", key=True
                    )
            root, base = root.get("phases"), ("phases",)
        if not isinstance(root, list) or not root:
            self.problem(base, "no phases", "write 'phases:' and a list of '- id: ...'")
            return [], []
        if len(root) > MAX_PHASES:
            self.problem(base, f"{len(root):,} phases", f"at most {MAX_PHASES:,}")
            return [], []
        return root, [(*base, index) for index in range(len(root))]

    def phase(self, entry: Value, path: KeyPath) -> PlannedPhase | None:
        if not isinstance(entry, dict):
            self.problem(path, "a phase is a mapping", "write '- id: ...'")
            return None
        for key in entry:
            if key not in FIELDS:
                message = f"unknown key {one_line(key, 60)}"
                hint = did_you_mean(key, FIELDS) or f"known are {', '.join(FIELDS)}"
                self.problem((*path, key), message, hint, key=True)
        phase_id = self.text(entry, path, "id")
        if not _ID.match(phase_id):
            shown = f"phase id {one_line(phase_id, 60)!r}" if phase_id else "a phase without id"
            self.problem((*path, "id"), shown, "use a-z, 0-9 and -, at most 40 characters")
        elif phase_id in self.paths:
            first = self.document.where((*self.paths[phase_id], "id")).rsplit(":", 2)[1]
            self.problem(
                (*path, "id"), f"phase id {phase_id} is there twice, first in line {first}", "rename one"
            )
        self.paths.setdefault(phase_id, path)
        features = self.texts(entry, path, "features")
        description, criteria = self.from_features(features, path)
        own_criteria = self.texts(entry, path, "criteria")
        if own_criteria:
            criteria = tuple((f"{phase_id}.{n}", text) for n, text in enumerate(own_criteria, 1))
        return PlannedPhase(
            id=phase_id,
            name=self.text(entry, path, "name") or phase_id,
            features=features,
            description=self.text(entry, path, "description") or description,
            criteria=criteria,
            deps=tuple(dict.fromkeys(self.texts(entry, path, "deps"))),
            exports=self.mapping(entry, path, "exports"),
            imports=self.imports(entry, path),
            scope=self.texts(entry, path, "scope"),
            parallel_group=self.text(entry, path, "parallel_group") or None,
            source=self.document.where(path).rsplit(":", 1)[0],
        )

    def text(self, entry: dict[str, Value], path: KeyPath, key: str) -> str:
        value = entry.get(key)
        if value is None:
            return ""
        if isinstance(value, bool | list | dict):
            self.problem((*path, key), f"{key} must be text")
            return ""
        return str(value)

    def texts(self, entry: dict[str, Value], path: KeyPath, key: str) -> tuple[str, ...]:
        value = entry.get(key)
        if value is None:
            return ()
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or any(isinstance(v, bool | list | dict | None) for v in value):
            self.problem((*path, key), f"{key} must be a list of texts", f"write {key}: [a, b]")
            return ()
        return tuple(str(v) for v in value)

    def mapping(self, entry: dict[str, Value], path: KeyPath, key: str) -> dict[str, str]:
        value = entry.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict) or any(
            isinstance(v, bool | list | dict | None) for v in value.values()
        ):
            self.problem((*path, key), f"{key} must be names with texts", f"write {key}: {{name: text}}")
            return {}
        return {name: str(text) for name, text in value.items()}

    def imports(self, entry: dict[str, Value], path: KeyPath) -> dict[str, str]:
        targets = self.mapping(entry, path, "imports")
        for key, target in targets.items():
            if not _IMPORT.match(target):
                message = f"import {one_line(target, 60)} is not of the form $phase.key"
                self.problem((*path, "imports", key), message, f"write {key}: $phase.key")
        return {key: target.removeprefix("$") for key, target in targets.items()}

    def from_features(
        self, features: tuple[str, ...], path: KeyPath
    ) -> tuple[str, tuple[tuple[str, str], ...]]:
        if self.spec is None:
            return "", ()
        found = []
        for index, feature_id in enumerate(features):
            feature = self.spec.feature(feature_id)
            if feature is None:
                known = [one.id for one in self.spec.features]
                message = f"feature {one_line(feature_id, 60)} is not in {self.spec.name}"
                self.problem((*path, "features", index), message, did_you_mean(feature_id, known))
            else:
                found.append(feature)
        description = "\n\n".join(
            f.description if len(found) == 1 else f"{f.name}\n\n{f.description}" for f in found
        )
        return description, tuple((c.id, c.text) for feature in found for c in feature.criteria)

    def check_deps(self, phases: tuple[PlannedPhase, ...]) -> None:
        for phase in phases:
            for index, dep in enumerate(phase.deps):
                path = (*self.paths[phase.id], "deps", index)
                if dep == phase.id:
                    self.problem(path, f"phase {phase.id} depends on itself", "remove it")
                elif dep not in self.paths:
                    message = f"phase {phase.id} depends on {one_line(dep, 60)}, which does not exist"
                    self.problem(path, message, did_you_mean(dep, self.paths) or "name the id of a phase")
        cycle = find_cycle({phase.id: phase.deps for phase in phases})
        if cycle and len(cycle) > 2:
            path = (*self.paths[cycle[0]], "deps")
            self.problem(path, f"cycle of dependencies: {' > '.join(cycle)}", "remove one of them")

    def check_imports(self, phases: tuple[PlannedPhase, ...]) -> None:
        by_id = {phase.id: phase for phase in phases}
        needs = {phase.id: phase.deps for phase in phases}
        for phase in phases:
            for key, target in phase.imports.items():
                path = (*self.paths[phase.id], "imports", key)
                wanted, _, export = target.partition(".")
                source = by_id.get(wanted)
                if source is None:
                    message = f"phase {phase.id} imports from {wanted}, which does not exist"
                    self.problem(path, message, did_you_mean(wanted, by_id) or "name the id of a phase")
                elif export not in source.exports:
                    hint = did_you_mean(export, source.exports) or f"add it to the exports of {source.id}"
                    self.problem(path, f"phase {source.id} does not export {export}", hint)
                elif source.id not in transitive(needs, phase.id):
                    message = f"phase {phase.id} imports from {source.id}, which need not come first"
                    self.problem(path, message, f"add {source.id} to its deps")

    def feature_warnings(self, phases: tuple[PlannedPhase, ...]) -> list[str]:
        if self.spec is None:
            return []
        warnings = []
        first: dict[str, str] = {}
        for phase in phases:
            for feature_id in phase.features:
                if feature_id in first:
                    warnings.append(f"{phase.source}: feature {feature_id} is in {first[feature_id]} too")
                first.setdefault(feature_id, phase.id)
        missing = [feature for feature in self.spec.features if feature.id not in first]
        return warnings + [f"{self.spec.name}:{f.line}: feature {f.id} is in no phase" for f in missing]
