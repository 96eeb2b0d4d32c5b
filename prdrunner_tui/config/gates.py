"""Gates, breakpoints: where a person is asked."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from prdrunner_tui.config.base import Model, Seconds

GATES = ("before_implement", "after_implement", "before_commit", "after_review_issues")
"""The gates of the linear workflow."""


class Gate(Model):
    """One gate."""

    enabled: bool = True
    """Whether a person is asked here."""
    message: str = Field(default="", max_length=2000)
    """The question that is shown."""
    show_diff: bool = False
    """Show the changes."""
    show_plan: bool = False
    """Show the plan of the phase."""
    show_tests: bool = False
    """Show what the verification said."""
    show_review: bool = False
    """Show the self-review."""
    show_issues: bool = False
    """Show the issues that the self-review found."""
    allow_edit: bool = False
    """The person may change the work and then approve it."""
    allow_override: bool = False
    """The person may go on although issues are open."""
    timeout: Seconds | None = None
    """Seconds after which `on_timeout` applies; none by default. A bare timeout pauses the run."""
    on_timeout: Literal["pause", "approve", "reject"] = "pause"
    """What happens at the timeout. `approve` is taken only from the user's own or a trusted configuration."""
    required: bool = False
    """The gate cannot be skipped."""


class BeforeImplement(Gate):
    """The gate before an agent changes anything in a phase."""

    enabled: bool = False
    """Whether a person is asked here."""
    message: str = Field(default="Review the implementation plan before proceeding?", max_length=2000)
    """The question that is shown."""
    show_plan: bool = True
    """Show the plan of the phase."""


class AfterImplement(Gate):
    """The gate after the agent's turn, before our own verification."""

    enabled: bool = False
    """Whether a person is asked here."""
    message: str = Field(default="Review the changes before verification?", max_length=2000)
    """The question that is shown."""
    show_diff: bool = True
    """Show the changes."""
    allow_edit: bool = True
    """The person may change the work and then approve it."""


class BeforeCommit(Gate):
    """The gate before a verified phase is committed."""

    message: str = Field(default="Review and approve the commit?", max_length=2000)
    """The question that is shown."""
    show_diff: bool = True
    """Show the changes."""
    show_tests: bool = True
    """Show what the verification said."""
    show_review: bool = True
    """Show the self-review."""


class AfterReviewIssues(Gate):
    """The gate after a self-review that found issues."""

    enabled: bool = False
    """Whether a person is asked here."""
    message: str = Field(default="The review found issues. Continue fixing?", max_length=2000)
    """The question that is shown."""
    show_issues: bool = True
    """Show the issues that the self-review found."""
    allow_override: bool = True
    """The person may go on although issues are open."""


class Gates(Model):
    """The gates by name. Of these only `before_commit` is on by default."""

    before_implement: BeforeImplement = BeforeImplement()
    """Before an agent changes anything in a phase."""
    after_implement: AfterImplement = AfterImplement()
    """After the agent's turn, before our own verification."""
    before_commit: BeforeCommit = BeforeCommit()
    """Before a verified phase is committed."""
    after_review_issues: AfterReviewIssues = AfterReviewIssues()
    """After a self-review that found issues."""

    def named(self) -> dict[str, Gate]:
        """The gates by name, in the order of the workflow."""
        return {name: getattr(self, name) for name in GATES}


class ApprovalGates(Model):
    """The gates of a run."""

    enabled: bool = True
    """Whether there are gates at all."""
    gates: Gates = Gates()
    """Each gate."""


class Breakpoints(Model):
    """When a run pauses by itself."""

    enabled: bool = True
    """Whether the two pauses below apply."""
    pause_on_error: bool = False
    """Pause when a step fails, before the next iteration."""
    pause_on_large_changes: bool = False
    """Pause when a turn changes more files than the threshold."""
    large_change_threshold: int = Field(default=15, ge=1, le=100_000)
    """Files."""
