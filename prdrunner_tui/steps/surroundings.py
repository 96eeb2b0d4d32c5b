"""What the program of a worker gets of a person's environment, and which of its values nobody may read."""

from __future__ import annotations

from collections.abc import Mapping

from prdrunner_tui.agents.environment import ALLOWED, agent_environment
from prdrunner_tui.kernel.settings import WorkerChoice
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
    name = choice.options.get("profile")
    wanted = profile(name).wanted() if choice.worker == "acp" and isinstance(name, str) and name else ()
    return agent_environment(environ, marker=marker, extra=extra, allow=(*ALLOWED, *pass_env, *wanted))


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
