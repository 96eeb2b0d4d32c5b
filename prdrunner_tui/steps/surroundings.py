"""What the program of a worker gets of a person's environment, and which of its values nobody may read."""

from __future__ import annotations

from collections.abc import Mapping

from prdrunner_tui.agents.environment import ALLOWED, agent_environment, let_through
from prdrunner_tui.kernel.settings import Settings, WorkerChoice
from prdrunner_tui.text.redact import secrets_of
from prdrunner_tui.workers.acp.profile import profile


def variables(
    environ: Mapping[str, str],
    choice: WorkerChoice,
    pass_env: tuple[str, ...],
    *,
    marker: str = "",
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The environment of a worker's turn: what is allowed, what is let through, and what its agent's profile needs.

    Only a profile that comes along can need more, its API key and base URL: what a configuration adds goes through
    `workers.pass_env`.

    Args:
        environ: the person's.
        pass_env: the names that are let through, globs.
        marker: marks the processes; the host sets its own.
        extra: variables that are set besides.
    """
    allow = (*ALLOWED, *pass_env, *_wanted(choice))
    return agent_environment(environ, marker=marker, extra=extra, allow=allow)


def _wanted(choice: WorkerChoice) -> tuple[str, ...]:
    name = choice.options.get("profile")
    return profile(name).wanted() if choice.worker == "acp" and isinstance(name, str) and name else ()


def of_the_terminal(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """What of a terminal's environment the workers of a run get in place of the values that the engine began with.

    That is the PATH, and what the workers' profiles and `workers.pass_env` name: keys and addresses that somebody has
    corrected. Where our own files lie stays as it was.
    """
    names = (name for choice in settings.workers.values() for name in _wanted(choice))
    found = let_through(environ, ("PATH", *settings.pass_env, *names))
    return {name: value for name, value in found.items() if name != "HOME" and not name.startswith("XDG_")}


def credentials(
    environ: Mapping[str, str], names: tuple[str, ...], choice: WorkerChoice | None = None
) -> tuple[str, ...]:
    """The credentials of the environment and of a worker's profile: redacted in all that is kept or shown.

    Args:
        names: further names of variables beside the usual ones, globs.
    """
    own = choice.options.get("env") if choice is not None else None
    given = {k: v for k, v in own.items() if isinstance(v, str)} if isinstance(own, Mapping) else {}
    found = (*secrets_of(environ, names), *secrets_of(given, names))
    return tuple(dict.fromkeys(secret.decode("utf-8", "replace") for secret in found))
