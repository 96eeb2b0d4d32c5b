"""The environment of agents and checks: complete, from an allowlist, and made for programs without a terminal. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from prdrunner_tui.agents.job import MARKER

ALLOWED = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ", "TMPDIR",
    "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
)  # fmt: skip
"""Names (globs) that are taken over from the person's environment. VIRTUAL_ENV, PYTHONPATH, NODE_PATH, GIT_* and
credentials are not among them: a caller that wants one says so."""

QUIET = {
    "TERM": "dumb",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "EDITOR": "false",
    "VISUAL": "false",
    "GIT_EDITOR": "false",
    "GIT_SEQUENCE_EDITOR": "false",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "false",
    "SSH_ASKPASS": "false",
    "SSH_ASKPASS_REQUIRE": "force",
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
    "DEBIAN_FRONTEND": "noninteractive",
    "PYTHONUNBUFFERED": "1",
    "PIP_NO_INPUT": "1",
}
"""What makes programs fail at once instead of asking somebody who is not there."""


def let_through(base: Mapping[str, str], allow: tuple[str, ...]) -> dict[str, str]:
    """The variables of `base` whose names match one of the globs."""
    return {k: v for k, v in base.items() if any(fnmatchcase(k, pattern) for pattern in allow)}


def agent_environment(
    base: Mapping[str, str],
    *,
    marker: str,
    extra: Mapping[str, str] | None = None,
    allow: tuple[str, ...] = ALLOWED,
) -> dict[str, str]:
    """The complete environment of a job: the allowed names of `base`, then `QUIET`, then `extra`, then the marker.

    `extra` may override everything but the marker; an empty value in it takes a name away.
    """
    made = let_through(base, allow) | QUIET
    made |= extra or {}
    made = {k: v for k, v in made.items() if v}
    return {**made, MARKER: marker}
