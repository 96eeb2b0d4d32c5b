"""The configuration as a whole: every key of ``config.yaml`` in one place.

Spelling follows the documents the product started from; both of their shapes for gates (``approval_gates`` and
``human_in_the_loop``) are accepted and merged by `prdrunner_tui.config.shapes` before this model sees them.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from prdrunner_tui.config.base import Model, Text
from prdrunner_tui.config.budget import Budget
from prdrunner_tui.config.gates import ApprovalGates, Breakpoints, Gate
from prdrunner_tui.config.permissions import Permissions
from prdrunner_tui.config.running import (
    Checkpoints,
    Environment,
    Limits,
    Loop,
    Notify,
    Parallel,
    RepoGlob,
    Verify,
    Workers,
)
from prdrunner_tui.config.sandbox import Sandbox


class Config(Model):
    """All keys of `config.yaml`."""

    approval_gates: ApprovalGates = ApprovalGates()
    """Where a person is asked."""
    breakpoints: Breakpoints = Breakpoints()
    """When a run pauses by itself."""
    loop: Loop = Loop()
    """The implement-verify-review loop."""
    environment: Environment = Environment()
    """What a fresh copy of the repository needs."""
    verify: Verify = Verify()
    """Our own verification."""
    workers: Workers = Workers()
    """Who does which step."""
    permissions: Permissions = Permissions()
    """What agents may do without a person being asked."""
    sandbox: Sandbox = Sandbox()
    """What agents see of the machine."""
    limits: Limits = Limits()
    """Limits of one turn."""
    checkpoints: Checkpoints = Checkpoints()
    """Restorable states."""
    parallel: Parallel = Parallel()
    """Several phases at once."""
    budget: Budget = Budget()
    """What a run may use."""
    notify: Notify = Notify()
    """How a cockpit draws attention; only the user's own file counts."""
    prompts: RepoGlob = ".prd_runner/prompts"
    """Directory with prompt templates of your own, one file a step (`implement.md.j2`)."""
    redact: tuple[Text, ...] = Field(default=(), max_length=200)
    """Names of environment variables (globs) whose values are removed from logs, besides the usual ones."""

    @model_validator(mode="after")
    def _names_are_known(self) -> Config:
        names = [command.name for command in self.verify.commands]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"verify.commands has two with the name {name}")
        return self

    def gates(self) -> dict[str, Gate]:
        """The gates at which a person is asked, by name."""
        if not self.approval_gates.enabled:
            return {}
        return {name: gate for name, gate in self.approval_gates.gates.named().items() if gate.enabled}
