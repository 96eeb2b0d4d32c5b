"""Reading specs and plan files, and the structural planner: pure functions over bytes."""

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
