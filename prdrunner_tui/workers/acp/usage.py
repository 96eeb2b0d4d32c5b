"""What an agent reports of tokens and cost, made into our words: one reader for each way of reporting. Pure.

A reader sees every update of a session and every answer to a prompt, and says what of this turn is known. Its
totals are of this turn ("turn") wherever they can be; an agent that tells only its last request, or a resumed session
as a whole, says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Protocol

from prdrunner_tui.workers.acp.plain import count, items, mapping, money, text
from prdrunner_tui.workers.requests import Requests
from prdrunner_tui.workers.updates import Request, UsageReported, UsageScope


class UsageReader(Protocol):
    """Reads one agent's figures. Each method returns a report when it has learnt something, else None."""

    def update(self, update: Mapping[str, Any]) -> UsageReported | None:
        """A `session/update`, also those before the first prompt."""
        ...

    def prompted(self, *, resumed: bool) -> None:
        """The first prompt of the turn goes out; `resumed`: into a session of an earlier turn."""
        ...

    def answer(self, answer: Mapping[str, Any]) -> UsageReported | None:
        """The answer to a prompt."""
        ...

    def whole(self, told: UsageReported | None) -> UsageReported | None:
        """What was told last of a turn that is over, with its requests where the agent tells them apart."""
        ...


class _Reader:
    """The base: context figures of `usage_update`, which all agents that send it fill alike."""

    scope: Any = "turn"

    def __init__(self) -> None:
        self._known = UsageReported(self.scope)
        self._prompted = False
        self._requests = Requests()

    def update(self, update: Mapping[str, Any]) -> UsageReported | None:
        if update.get("sessionUpdate") != "usage_update":
            return None
        used, size = count(update.get("used")), count(update.get("size"))
        # Right after a failed or cancelled request agents say 0 used: nothing is known then.
        seen = replace(self._known, context_used=used or self._known.context_used, context_size=size)
        return self._tell(self._cost(seen, mapping(update.get("cost"))))

    def prompted(self, *, resumed: bool) -> None:
        self._prompted = True

    def answer(self, answer: Mapping[str, Any]) -> UsageReported | None:
        return None

    def whole(self, told: UsageReported | None) -> UsageReported | None:
        return self._requests.into(told)

    def _cost(self, seen: UsageReported, cost: Mapping[str, Any]) -> UsageReported:
        return seen

    def _tell(self, seen: UsageReported) -> UsageReported | None:
        changed = seen != self._known
        self._known = seen
        return seen if changed and self._prompted else None


class ContextOnly(_Reader):
    """codex: only how full the context is."""


class ClaudeUsage(_Reader):
    """claude: tokens of the whole turn in the prompt's answer (cached ones counted apart), cost of the process."""

    def _cost(self, seen: UsageReported, cost: Mapping[str, Any]) -> UsageReported:
        amount = money(cost.get("amount")) if cost.get("currency") in ("USD", None) else None
        return seen if not amount else replace(seen, cost_usd=amount)

    def answer(self, answer: Mapping[str, Any]) -> UsageReported | None:
        usage = mapping(answer.get("usage"))
        plain, out = count(usage.get("inputTokens")), count(usage.get("outputTokens"))
        read, written = count(usage.get("cachedReadTokens")), count(usage.get("cachedWriteTokens"))
        # A prompt that went on in a second one is answered with zeros; the second answer has the total.
        if plain is None or not any((plain, out, read, written)):
            return None
        told = {"input": plain + (read or 0) + (written or 0), "output": out, "cached": read}
        told["cache_written"] = written
        summed: dict[str, Any] = {n: _sum(getattr(self._known, n), value) for n, value in told.items()}
        return self._tell(replace(self._known, **summed))


class QwenUsage(_Reader):
    """qwen: `_meta.usage` of each request, on message chunks without text. Summed here."""

    def update(self, update: Mapping[str, Any]) -> UsageReported | None:
        usage = mapping(mapping(update.get("_meta")).get("usage"))
        if not usage or not self._prompted:
            return super().update(update)
        fields = {"input": "inputTokens", "output": "outputTokens", "cached": "cachedReadTokens"}
        fields["reasoning"] = "thoughtTokens"
        told: dict[str, Any] = {ours: count(usage.get(name)) for ours, name in fields.items()}
        self._requests.add(Request(**told))
        summed: dict[str, Any] = {ours: _sum(getattr(self._known, ours), more) for ours, more in told.items()}
        return self._tell(replace(self._known, **summed))


class _RunningCost(_Reader):
    """The cost is a running total of the session: what it was before the first prompt is taken off."""

    def __init__(self) -> None:
        super().__init__()
        self._before: float | None = None
        self._resumed = False

    def prompted(self, *, resumed: bool) -> None:
        if not self._prompted:
            self._resumed = resumed
        super().prompted(resumed=resumed)

    def _cost(self, seen: UsageReported, cost: Mapping[str, Any]) -> UsageReported:
        amount = money(cost.get("amount")) if cost.get("currency") in ("USD", None) else None
        if amount is None:
            return seen
        if not self._prompted:
            self._before = amount or self._before
            return seen
        if amount == 0:
            # Said after a failed or cancelled request: nothing is known then.
            return seen
        if self._resumed and self._before is None:
            return replace(seen, cost_usd=amount, cost_scope="session_total")
        spent = max(0.0, amount - (self._before or 0.0)) if self._resumed else amount
        return replace(seen, cost_usd=round(spent, 9), cost_scope="turn")


class OpencodeUsage(_RunningCost):
    """opencode: tokens of the last request only, cached ones counted apart; running cost."""

    scope = "last_request"

    def answer(self, answer: Mapping[str, Any]) -> UsageReported | None:
        usage = mapping(answer.get("usage"))
        plain, read = count(usage.get("inputTokens")), count(usage.get("cachedReadTokens"))
        if not plain and not read:
            return None
        out, thought = count(usage.get("outputTokens")), count(usage.get("thoughtTokens"))
        whole = count((plain or 0) + (read or 0))
        told = self._tell(replace(self._known, input=whole, output=out, cached=read, reasoning=thought))
        if told is not None:
            # Two prompts that are answered together are answered with the same request.
            self._requests.add(Request(whole, out, read, thought))
        return told


class VibeUsage(_RunningCost):
    """vibe: running totals of the session, cached tokens among the input; those of a resumed one come at its load."""

    _NAMES: ClassVar = {"input": "promptTokens", "output": "completionTokens", "cached": "cachedTokens"}

    def __init__(self) -> None:
        super().__init__()
        self._tokens_before: dict[str, int] = {}

    def update(self, update: Mapping[str, Any]) -> UsageReported | None:
        before, told = self._known, self._updated(update)
        if self._prompted:
            self._requests.totals(before, self._known)
        return told

    def answer(self, answer: Mapping[str, Any]) -> UsageReported | None:
        usage = mapping(answer.get("usage"))
        names = {"input": "inputTokens", "output": "outputTokens", "cached": "cachedReadTokens"}
        totals = {ours: count(usage.get(name)) for ours, name in names.items()}
        before = self._known
        told = self._tell(self._since_the_prompt(totals)) if any(totals.values()) else None
        self._requests.totals(before, self._known)
        return told

    def _updated(self, update: Mapping[str, Any]) -> UsageReported | None:
        meta = mapping(update.get("_meta"))
        totals = {ours: count(meta.get(name)) for ours, name in self._NAMES.items()}
        if update.get("sessionUpdate") == "usage_update" and any(totals.values()):
            if not self._prompted:
                self._tokens_before = {ours: total or 0 for ours, total in totals.items()}
            elif self._tell(self._since_the_prompt(totals)) is not None:
                # Tokens, cost and context of one update are one report.
                return super().update(update) or self._known
        return super().update(update)

    def _since_the_prompt(self, totals: Mapping[str, int | None]) -> UsageReported:
        before = self._tokens_before if self._resumed else {}
        turn: dict[str, Any] = {k: max(0, v - before.get(k, 0)) for k, v in totals.items() if v is not None}
        scope: UsageScope = "session_total" if self._resumed and not before else "turn"
        return replace(self._known, scope=scope, **turn)


class GeminiUsage(_Reader):
    """gemini: `_meta.quota` of the prompt's answer."""

    def answer(self, answer: Mapping[str, Any]) -> UsageReported | None:
        quota = mapping(mapping(answer.get("_meta")).get("quota"))
        tokens = mapping(quota.get("token_count"))
        into, out = count(tokens.get("input_tokens")), count(tokens.get("output_tokens"))
        if into is None and out is None:
            return None
        models = [text(mapping(entry).get("model"), 100) for entry in items(quota.get("model_usage"))]
        seen = replace(self._known, input=_sum(self._known.input, into), output=_sum(self._known.output, out))
        return self._tell(replace(seen, model=models[0] if models else ""))


class NoUsage(_Reader):
    """An agent of which nothing is known: its context figures only."""


READERS: dict[str, Callable[[], UsageReader]] = {
    "none": NoUsage,
    "claude": ClaudeUsage,
    "codex": ContextOnly,
    "gemini": GeminiUsage,
    "opencode": OpencodeUsage,
    "qwen": QwenUsage,
    "vibe": VibeUsage,
}
"""Name in a profile -> reader."""

TELLS_TOKENS = frozenset(READERS) - {"none", "codex"}
TELLS_COST = frozenset({"claude", "opencode", "vibe"})


def _sum(known: int | None, more: object) -> int | None:
    number = count(more)
    return known if number is None else count((known or 0) + number)
