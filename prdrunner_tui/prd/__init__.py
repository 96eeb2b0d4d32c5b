"""Reading specs and plan files, and the structural planner: pure functions over bytes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prdrunner_tui.prd.model import Criterion, Dep, Feature, Spec, Task
    from prdrunner_tui.prd.plan import Plan, PlannedPhase, structural_plan
    from prdrunner_tui.prd.planfile import check_plan_file, read_plan_file
    from prdrunner_tui.prd.spec import check_prd, read_prd

__all__ = [
    "Criterion",
    "Dep",
    "Feature",
    "Plan",
    "PlannedPhase",
    "Spec",
    "Task",
    "check_plan_file",
    "check_prd",
    "read_plan_file",
    "read_prd",
    "structural_plan",
]

_MODULES = {
    **dict.fromkeys(("Criterion", "Dep", "Feature", "Spec", "Task"), "model"),
    **dict.fromkeys(("Plan", "PlannedPhase", "structural_plan"), "plan"),
    **dict.fromkeys(("check_plan_file", "read_plan_file"), "planfile"),
    **dict.fromkeys(("check_prd", "read_prd"), "spec"),
}


def __getattr__(name: str) -> object:
    # The graph of a plan is needed where no markdown is read, and the reader of markdown takes a while to import.
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)
