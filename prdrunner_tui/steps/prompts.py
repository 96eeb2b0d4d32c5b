"""The prompts: jinja2 templates, sandboxed, one a role, which a repository may replace in ``.prd_runner/prompts/``."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, cast

from prdrunner_tui.kernel.state import STANDING_KINDS, Message, RunState
from prdrunner_tui.steps.effects.context import Doing
from prdrunner_tui.text.problem import Problem

ROLES = ("plan_impl", "implement", "review")
_MAX_PROMPT = 400_000


def default_template(role: str) -> str:
    """The template that ships for a role."""
    return resources.files("prdrunner_tui.steps").joinpath("templates", f"{role}.md.j2").read_text("utf-8")


@cache
def _environment() -> Any:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def render_prompt(doing: Doing, role: str, report: Path | None) -> str:
    """The prompt of a turn.

    Raises:
        Problem: the template is wrong; the line says where.
    """
    last, plan, carried = doing.phase.last, doing.phase.plan, _messages(doing)
    assert last is not None
    words = {
        "run": doing.run.id,
        "prd": doing.run.prd,
        "phase": plan,
        "step": last.name,
        "iteration": last.iteration,
        "attempt": last.attempt,
        "feedback": last.feedback,
        "put_back": bool(doing.args.get("session")) and any(e.kind == "restore" for e in last.effects),
        "messages": carried,
        "requirements": standing(doing.state, doing.phase.id, besides=[message.id for message in carried]),
        "plan": _plan(doing),
        "checks": doing.run.settings.checks,
        "report": str(report) if report else "",
        "done": [phase.plan for phase in doing.state.phases.values() if phase.status == "done"],
    }
    template = doing.run.settings.prompts.get(role)
    return render(role, template if template is not None else default_template(role), words)


def render(role: str, template: str, words: dict[str, Any]) -> str:
    """Fill a template.

    Raises:
        Problem: it cannot be filled.
    """
    from jinja2 import TemplateError

    where = f".prd_runner/prompts/{role}.md.j2"
    try:
        text: str = _environment().from_string(template).render(words)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise Problem(
            f"the prompt cannot be made: {error}", where=f"{where}:{line}" if line else where
        ) from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise Problem(f"the prompt cannot be made: {type(error).__name__}: {error}", where=where) from None
    return text[:_MAX_PROMPT]


def _messages(doing: Doing) -> list[Message]:
    carried = [id for name in ("again", "messages") for id in cast("list[str]", doing.args.get(name, ()))]
    return [doing.state.messages[id] for id in dict.fromkeys(carried)]


def standing(state: RunState, phase: str, besides: Collection[str] = ()) -> list[Message]:
    """What a person required of a phase once and for all: it holds in every later turn.

    Args:
        besides: ids of messages that the prompt has anyway.
    """
    return [
        message
        for message in state.messages.values()
        if message.phase == phase
        and message.kind in STANDING_KINDS
        and message.receipt not in ("queued", "withdrawn")
        and message.id not in besides
    ]


def _plan(doing: Doing) -> Any:
    """The newest plan of the phase, as its planner wrote it."""
    for step in reversed(doing.phase.steps):
        if step.name != "plan_impl":
            continue
        for effect in step.effects:
            if effect.kind == "turn" and effect.result.get("data"):
                return effect.result["data"]
    return None
