"""What comes before a run: PRD, plan, configuration and repository become one command to start it."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prdrunner_tui.config.budget import Budget, DayBudget, PhaseBudget
from prdrunner_tui.config.files import read_text_file
from prdrunner_tui.config.layers import REPO_FILE, Loaded, load, user_file
from prdrunner_tui.config.models import Config
from prdrunner_tui.kernel.codec import digest
from prdrunner_tui.kernel.commands import StartRun
from prdrunner_tui.kernel.settings import (
    STEPS,
    Allowance,
    Author,
    Check,
    Criterion,
    Environment,
    Gate,
    Limits,
    PhasePlan,
    Price,
    Settings,
)
from prdrunner_tui.kernel.state import Actor
from prdrunner_tui.prd import Plan, PlannedPhase, Spec, read_plan_file, read_prd, structural_plan
from prdrunner_tui.repo import refs
from prdrunner_tui.repo.discover import Repo
from prdrunner_tui.repo.identity import Identity
from prdrunner_tui.steps.choices import make_workers
from prdrunner_tui.steps.confine import chosen
from prdrunner_tui.steps.prompts import ROLES
from prdrunner_tui.text.problem import Problem

_PRD_CAP = 10_000_000


@dataclass(frozen=True, slots=True)
class Options:
    """What the person said on the command line of a run."""

    worker: str = ""
    verify: tuple[str, ...] = ()
    plan_file: Path | None = None
    gates: tuple[str, ...] = ()
    take_along: bool = False
    use_repo_config: bool = True
    overrides: Mapping[str, Any] = field(default_factory=dict)
    speed: float | None = None


def read_spec(path: Path) -> tuple[Spec, bytes]:
    """The PRD in a file.

    Raises:
        Problem: it is none; the line says where.
    """
    data = read_text_file(path, _PRD_CAP)
    if data is None:
        raise Problem("no such file", where=str(path), hint="--prd-file names the PRD, a markdown file")
    return read_prd(data, name=str(path)), data


def make_plan(spec: Spec, plan_file: Path | None) -> Plan:
    """The plan of a PRD, structural or from a plan file.

    Raises:
        Problem: there is no plan file, or it is wrong.
    """
    if plan_file is None:
        return structural_plan(spec)
    data = read_text_file(plan_file)
    if data is None:
        raise Problem("no such file", where=str(plan_file), hint="--plan-file names a phase_plan.yaml")
    return read_plan_file(data, str(plan_file), spec)


def load_config(root: Path, *, trusted: bool, options: Options) -> Loaded:
    """The configuration of a run in a repository.

    Raises:
        Problem: it is wrong; the line says where.
    """
    repo_file = root / REPO_FILE if options.use_repo_config else None
    return load(user_file(), repo_file, options.overrides, trusted=trusted)


def start_command(
    repo: Repo,
    identity: Identity,
    spec: Spec,
    plan: Plan,
    config: Config,
    options: Options,
    *,
    prd: Path,
    run: str,
    by: Actor,
    protected: tuple[str, ...] = (),
) -> StartRun:
    """The command that starts a run.

    Args:
        protected: paths, or folders ending in ``/``, in JSON form, that no policy may approve, beside the PRD and the
            scripts of the checks.

    Raises:
        Problem: no worker is configured, or one cannot be used.
    """
    shown = prd.relative_to(repo.root) if prd.is_relative_to(repo.root) else prd
    settings = make_settings(repo.root, identity, config, options, protected=(str(shown), *protected))
    return StartRun(
        run=run,
        prd=str(shown),
        prd_sha256=spec.sha256,
        head=repo.head_commit,
        take_along=options.take_along,
        branch=refs.published(run).removeprefix("refs/heads/"),
        phases=tuple(map(phase_plan, plan.phases)),
        settings=settings,
        by=by,
    )


def new_run_id(taken: set[str]) -> str:
    """A short id that no run of the repository has."""
    while (made := f"run-{secrets.token_hex(2)}") in taken:
        pass
    return made


def phase_plan(phase: PlannedPhase) -> PhasePlan:
    """A planned phase as the kernel keeps it."""
    return PhasePlan(
        id=phase.id,
        name=phase.name,
        features=phase.features,
        description=phase.description,
        criteria=tuple(Criterion(id, text) for id, text in phase.criteria),
        deps=phase.deps,
        exports=dict(phase.exports),
        imports=dict(phase.imports),
        scope=phase.scope,
        guessed=phase.guessed,
        source=phase.source,
    )


def make_settings(
    root: Path, identity: Identity, config: Config, options: Options, *, protected: tuple[str, ...] = ()
) -> Settings:
    """The snapshot of configuration and options that a run keeps.

    Raises:
        Problem: no worker is configured, one cannot be used, or the required sandbox cannot be had.
    """
    gates = make_gates(config, options)
    checks = make_checks(config, options)
    environment = Environment(
        setup=config.environment.setup,
        keep=config.environment.keep,
        copy=config.environment.copy_,
        ports=config.environment.ports,
    )
    limits = config.limits
    pauses = config.breakpoints
    large = pauses.large_change_threshold if pauses.enabled and pauses.pause_on_large_changes else None
    author = identity.author
    return Settings(
        workers=make_workers(root, config, options.worker, options.speed),
        gates=gates,
        checks=checks,
        slots=config.verify.slots,
        environment=environment,
        limits=Limits(
            turn=limits.turn,
            idle=limits.idle,
            output=limits.output,
            grace=limits.grace,
            orphan_grace=limits.orphan_grace,
            processes=limits.processes,
            wait_for_reset=limits.wait_for_reset,
        ),
        allowance=_allowance(config.budget),
        phase_allowance=_allowance(config.budget.phase),
        day_allowance=_allowance(config.budget.day),
        warn_at=config.budget.warn_at,
        prices={name: Price(one.input, one.output, one.cached) for name, one in config.budget.prices.items()},
        max_iterations=config.loop.max_iterations,
        same_failure_limit=config.loop.same_failure_limit,
        pause_on_error=pauses.enabled and pauses.pause_on_error,
        large_change_files=large,
        checkpoint_before=checkpointed_steps(config),
        pass_env=config.workers.pass_env,
        sandbox=chosen(config.sandbox),
        prompts=read_prompts(root / config.prompts) if options.use_repo_config else {},
        protected=(*protected, *check_scripts(root, checks)),
        author=Author(author.name, author.email) if author else None,
        redact=config.redact,
        policy_hash=digest([gates, checks, environment]),
    )


def _allowance(budget: Budget | PhaseBudget | DayBudget) -> Allowance:
    return Allowance(budget.usd, budget.tokens, budget.turns, budget.seconds)


def checkpointed_steps(config: Config) -> tuple[str, ...]:
    """The steps before which a checkpoint is taken."""
    wanted = config.checkpoints.auto_create
    return tuple(step for step in STEPS[1:] if getattr(wanted, f"before_{step}"))


def make_gates(config: Config, options: Options) -> dict[str, Gate]:
    """The gates that are on, those that an option turned on included."""
    named = dict(config.approval_gates.gates.named().items())
    on = dict(config.gates())
    for name in options.gates:
        on[name] = named[name]
    return {
        name: Gate(
            message=gate.message,
            show=tuple(
                what
                for what in ("diff", "plan", "tests", "review", "issues")
                if getattr(gate, f"show_{what}")
            ),
            allow_edit=gate.allow_edit,
            allow_override=gate.allow_override,
            timeout=gate.timeout,
            on_timeout=gate.on_timeout,
            required=gate.required,
        )
        for name, gate in on.items()
    }


def make_checks(config: Config, options: Options) -> tuple[Check, ...]:
    """Our own commands: those of the options, else those of the configuration."""
    if options.verify:
        several = len(options.verify) > 1
        return tuple(
            Check(f"verify-{number}" if several else "verify", command)
            for number, command in enumerate(options.verify, 1)
        )
    return tuple(Check(c.name, c.run, c.kind, c.timeout, c.ran) for c in config.verify.commands)


def read_prompts(folder: Path) -> dict[str, str]:
    """The templates that the repository brings, by role."""
    found = {}
    for role in ROLES:
        data = read_text_file(folder / f"{role}.md.j2")
        if data is not None:
            found[role] = data.decode("utf-8", "replace")
    return found


def check_scripts(root: Path, checks: tuple[Check, ...]) -> tuple[str, ...]:
    """Files of the repository that our own commands run: an agent that changes one changes its own judge."""
    scripts: dict[str, None] = {}
    for check in checks:
        try:
            words = shlex.split(check.run)
        except ValueError:
            words = check.run.split()
        for word in words:
            path = Path(word.removeprefix("./"))
            if not path.is_absolute() and ".." not in path.parts and (root / path).is_file():
                scripts[path.as_posix()] = None
        if words[:1] == ["make"] and (root / "Makefile").is_file():
            scripts["Makefile"] = None
    return tuple(scripts)
