"""How a turn ended, from what the agent answered and what was seen of it. Pure.

An agent that stops with "end_turn" has not done its work for that: some say so after a refusal, a wrong key or an
answer that was cut. What can be told apart here is; the rest is judged by the tree and our own checks.
"""

from __future__ import annotations

import calendar
import json
import re
import time
from dataclasses import dataclass
from typing import Any

from prdrunner_tui.workers.acp.plain import mapping, text
from prdrunner_tui.workers.port import NOT_SIGNED_IN, PROVIDER_LIMIT, Exit, TurnResult, exit_words

_LONGEST = 600
_LAST_WORDS = 400
_SIGNED_OUT = re.compile(
    r"\b401\b|\b403\b|unauthori[sz]ed|(invalid|incorrect|missing|no) (x-)?api[ _-]?key|authenticat|auth_required|"
    r"not (signed|logged) in|please (sign|log) ?in|/login\b|oauth token",
    re.I,
)
_LIMIT = re.compile(
    r"\b429\b|rate.?limit|too many requests|usage limit|quota|limit (was |is )?reached|insufficient_quota",
    re.I,
)
_REFUSED = re.compile(r"usage policy|content.?filter|content policy|safety|refus(al|ed to)", re.I)
_BUSY = re.compile(r"turn is already running|already (processing|in progress)", re.I)
_TOO_LONG = re.compile(
    r"prompt is too long|context.{0,12}(length|window|limit)|maximum context|too many tokens", re.I
)
_PROVIDER = re.compile(
    r"\b5\d\d\b.{0,40}(error|unavailable|gateway|status)|(status|error|code)\W{0,3}5\d\d\b|^5\d\d\b|overloaded|"
    r"internal server error|service unavailable|bad gateway|experiencing high demand",
    re.I,
)
_UNREACHED = re.compile(
    r"ECONN|ENOTFOUND|ETIMEDOUT|EPIPE|EAI_AGAIN|fetch failed|network|socket hang up|connection (error|closed|reset|"
    r"refused)|premature close|terminated|stream (ended|closed|disconnected)|incomplete",
    re.I,
)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_IN = re.compile(
    r"(?:retry|try again|reset|available)[^.\d]{0,30}?(?:after|in)[^\d]{0,6}((?:\d+(?:\.\d+)?\s*"
    r"(?:d(?:ays?)?|h(?:ours?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)?[\s,]*)+)",
    re.I,
)
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([dhms]?)", re.I)
_EPOCH = re.compile(r"(?:\||resets?[_ a-z]*\W{1,4}|retry[_ a-z]*\W{1,4})(1[5-9]\d{8}|2\d{9})\b", re.I)
_ISO = re.compile(r"\b(20\d\d-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?Z\b")
_LONGEST_WAIT = 8 * 86400.0


@dataclass(slots=True)
class Seen:
    """What the agent did in the turn, as far as it told."""

    said: bool = False
    thought: bool = False
    tools: int = 0
    edits: int = 0
    refused: int = 0
    """Permissions that were refused."""
    last_words: str = ""
    """The end of its last message."""

    def speak(self, words: str, *, fresh: bool) -> None:
        """Words of the agent; `fresh`: they begin a message."""
        if words.strip():
            self.said = True
        before = "" if fresh else self.last_words
        self.last_words = (before + words)[-_LAST_WORDS:]


@dataclass(frozen=True, slots=True)
class AgentError:
    """An error the agent answered a request with."""

    code: int
    message: str
    data: Any = None

    def words(self) -> str:
        """All it says, on one line, cut."""
        parts = [text(self.message)]
        details = self.data if isinstance(self.data, str) else ""
        for name in ("details", "message", "error", "detail", "reason"):
            value = mapping(self.data).get(name)
            details = details or (
                text(value) if isinstance(value, str) else text(mapping(value).get("message"))
            )
        if details and details not in parts[0]:
            parts.append(details)
        joined = ": ".join(_unwrapped(part) for part in parts if part and part != "Internal error")
        joined = joined.removeprefix("Internal error: ").removeprefix("API Error: ")
        return " ".join(joined.split())[:_LONGEST] or f"error {self.code} without words"


def of_stop(reason: str, seen: Seen, *, cancelled: bool) -> TurnResult:
    """The result of a prompt that was answered. `cancelled`: we had asked for the end."""
    if cancelled:
        return TurnResult("cancelled", "cancelled")
    if reason == "end_turn":
        said_error = re.match(r"\s*\[?API Error:?\s*(.*)", seen.last_words, re.S)
        if said_error is not None:
            return of_error(AgentError(0, said_error[1].rstrip("] \n")), auth="", now=None)
        if not seen.said and not seen.tools and not seen.edits:
            return TurnResult("failed", "the agent ended its turn without a word")
        return TurnResult("ended", "the agent ended its turn")
    if reason == "refusal":
        return TurnResult("refused", "the model refused")
    if reason == "cancelled":
        why = "after a permission was refused" if seen.refused else "though nobody asked for that"
        return TurnResult("failed", f"the agent broke its turn off {why}")
    words = {
        "max_tokens": "the answer was cut at the model's limit of tokens",
        "max_turn_requests": "the agent reached its own limit of requests in a turn",
    }
    shown = text(reason, 60) or "none"
    return TurnResult(
        "failed", words.get(reason, f"the agent ended its turn for a reason unknown here: {shown}")
    )


def of_error(error: AgentError, *, auth: str, now: float | None) -> TurnResult:
    """The result of a request that was answered with an error.

    `auth` says how one signs in; `now` is the unix time, by which a limit's end is reckoned.
    """
    words = error.words()
    if _BUSY.search(words):
        return TurnResult("failed", f"the agent takes no prompt, a turn of it is already running: {words}")
    if _LIMIT.search(words):
        return TurnResult("limit", f"{PROVIDER_LIMIT}: {words}", retry_at=retry_at(words, now))
    if error.code in (-32000, 401, 403) or _SIGNED_OUT.search(words):
        how = f"; {auth}" if auth else ""
        return TurnResult("failed", f"{NOT_SIGNED_IN}: {words}{how}")
    if _TOO_LONG.search(words):
        return TurnResult("failed", f"the conversation is too long for the model: {words}")
    if _REFUSED.search(words):
        return TurnResult("refused", f"the model refused: {words}")
    if _PROVIDER.search(words):
        return TurnResult("failed", f"the provider failed: {words}")
    if _UNREACHED.search(words):
        return TurnResult("failed", f"the connection to the provider broke: {words}")
    return TurnResult("failed", f"the agent failed: {words}")


def of_exit(ended: Exit, tail: str, *, doing: str, cancelled: bool, auth: str = "") -> TurnResult:
    """The result of a program that ended before it answered. `tail` is the end of its stderr."""
    words = exit_words(ended.code, ended.signal)
    if cancelled:
        return TurnResult("cancelled", "cancelled", ended.code, ended.signal)
    last = next((line.strip() for line in reversed(text(tail).splitlines()) if line.strip()), "")
    how = f"; {auth}" if auth and _SIGNED_OUT.search(last) else ""
    said = f": {' '.join(last.split())[:_LAST_WORDS]}" if last else ""
    return TurnResult(
        "failed", f"the agent's program ended {doing}, {words}{said}{how}", ended.code, ended.signal
    )


def retry_at(words: str, now: float | None) -> float | None:
    """The unix time at which a limit ends, where the words tell it; None where they do not, or nonsense."""
    found: float | None = None
    if (epoch := _EPOCH.search(words)) is not None:
        found = float(epoch[1])
    elif (iso := _ISO.search(words)) is not None:
        try:
            found = float(calendar.timegm(time.strptime(f"{iso[1]} {iso[2]}", "%Y-%m-%d %H:%M:%S")))
        except ValueError:
            return None
    elif now is not None and (wait := _IN.search(words)) is not None:
        seconds = sum(float(n) * _UNITS[unit.lower() or "s"] for n, unit in _PART.findall(wait[1]))
        found = now + seconds
    if found is None or now is None:
        return found
    return found if 0 <= found - now <= _LONGEST_WAIT else None


def _unwrapped(words: str) -> str:
    """The message inside an error that is JSON in a text, behind the words before it."""
    before, brace, rest = words.partition("{")
    if not brace:
        return words
    try:
        value: Any = json.JSONDecoder().raw_decode(brace + rest)[0]
    except (ValueError, RecursionError):
        return words
    inner = mapping(value)
    inner = mapping(inner.get("error")) or inner
    message, code = text(inner.get("message")), inner.get("code")
    if not message:
        return words
    before = before.strip(" \n:·-")
    told = f"{code} {message}" if isinstance(code, int) and str(code) not in before else message
    return f"{before}: {told}" if before else told
