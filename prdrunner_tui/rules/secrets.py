"""What in added lines looks like a secret.

The patterns are the published shapes of widely used credentials; a match only makes a person look.
"""

from __future__ import annotations

import re

_MAX_LINE = 4096

PATTERNS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("private key", re.compile(rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY(?: BLOCK)?-----")),
    ("AWS access key", re.compile(rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("GitHub token", re.compile(rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50})")),
    ("GitLab token", re.compile(rb"\bglpat-[A-Za-z0-9_-]{20}")),
    ("Slack token", re.compile(rb"\bxox[abprs]-[A-Za-z0-9-]{10}")),
    ("Google API key", re.compile(rb"\bAIza[0-9A-Za-z_-]{35}")),
    ("Stripe key", re.compile(rb"\b[rs]k_live_[0-9A-Za-z]{16}")),
    ("model provider key", re.compile(rb"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20}")),
    ("signed web token", re.compile(rb"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10}")),
)


def find_secrets(old: bytes, new: bytes) -> list[tuple[int, str]]:
    """Lines of ``new`` that are not in ``old`` and look like a secret, as (1-based line, kind)."""
    known = set(old.split(b"\n"))
    found = []
    for number, line in enumerate(new.split(b"\n"), 1):
        if line in known:
            continue
        kind = next((name for name, pattern in PATTERNS if pattern.search(line[:_MAX_LINE])), "")
        if kind:
            found.append((number, kind))
    return found
