"""What an agent's last word means."""

from __future__ import annotations

import pytest

from prdrunner_tui.workers.acp.outcome import AgentError, Seen, of_error, of_exit, of_stop, retry_at
from prdrunner_tui.workers.port import Exit

NOW = 1_800_000_000.0


REFUSED = "Claude Code is unable to respond to this request, which appears to violate our Usage Policy"
JSON_401 = '{"error":{"code":401,"message":"wrong","status":"AUTHENTICATION_ERROR"}}'


def inner(words: str, key: str = "details") -> AgentError:
    return AgentError(-32603, "Internal error", {key: words, "codex_error_info": "other"})


# What the programs really answered, and some more.
@pytest.mark.parametrize(
    ("error", "outcome", "begin"),
    [
        (
            AgentError(-32603, "Internal error: Invalid API key · Fix external API key"),
            "failed",
            "not signed in",
        ),
        (inner("401 scripted 401 invalid x-api-key"), "failed", "not signed in"),
        (inner("unexpected status 401 Unauthorized: x", "message"), "failed", "not signed in"),
        (AgentError(401, JSON_401), "failed", "not signed in"),
        (
            AgentError(-31002, "Invalid API key (from env var K). Check your API key."),
            "failed",
            "not signed in",
        ),
        (AgentError(-32000, "Authentication required"), "failed", "not signed in"),
        (AgentError(-32603, f"Internal error: API Error: {REFUSED}"), "refused", "the model refused"),
        (AgentError(-32603, "API Error: 429 rate_limit_error"), "limit", "the provider's limit"),
        (AgentError(-32603, "Claude AI usage limit reached|1800003600"), "limit", "the provider's limit"),
        (AgentError(-32603, "API Error: 500 Internal server error"), "failed", "the provider failed"),
        (AgentError(-32603, "529 overloaded_error"), "failed", "the provider failed"),
        (inner("We're currently experiencing high demand.", "message"), "failed", "the provider failed"),
        (AgentError(-31000, "A turn is already running"), "failed", "the agent takes no prompt"),
        (inner("Model stream ended without a finish reason."), "failed", "the connection"),
        (AgentError(-32603, "fetch failed"), "failed", "the connection"),
        (AgentError(-32603, "prompt is too long: 300000 tokens"), "failed", "the conversation is too long"),
        (
            AgentError(-32603, "Internal error", ["odd"]),
            "failed",
            "the agent failed: error -32603 without words",
        ),
        (AgentError(-32603, "port 15003 is taken"), "failed", "the agent failed: port 15003"),
    ],
)
def test_errors_are_told_apart(error: AgentError, outcome: str, begin: str) -> None:
    result = of_error(error, auth="run it once", now=NOW)
    assert result.outcome == outcome
    assert result.reason.startswith(begin), result.reason
    assert ("run it once" in result.reason) == (begin == "not signed in")


def test_an_error_is_one_line_and_short() -> None:
    result = of_error(AgentError(1, "a\nb\r\n" + "c" * 5000), auth="", now=None)
    assert "\n" not in result.reason and len(result.reason) < 700


@pytest.mark.parametrize(
    ("words", "wait"),
    [
        ("usage limit reached|1800003600", 3600),
        ("rate limit, retry after 30", 30),
        ("Retry-After: 7", 7),
        ("limit: try again in 1h 20m", 4800),
        ("limit reached, try again in 2.5s", 2.5),
        ("quota; resets in 3 days", 3 * 86400),
        ("limit until 2027-01-15T09:00:00Z", 3600),
        ("limit, retry after 99999999 seconds", None),
        ("usage limit reached|1500000000", None),
        ("limit until 2027-99-15T09:00:00Z", None),
        ("rate limit", None),
    ],
)
def test_the_end_of_a_limit_is_taken_from_the_words(words: str, wait: float | None) -> None:
    found = retry_at(words, NOW)
    assert found == (None if wait is None else NOW + wait)


def test_end_turn_is_an_end_only_when_something_was_done_or_said() -> None:
    said, worked, thought = Seen(), Seen(tools=1), Seen(thought=True)
    said.speak("ok", fresh=True)
    assert of_stop("end_turn", said, cancelled=False).outcome == "ended"
    assert of_stop("end_turn", worked, cancelled=False).outcome == "ended"
    assert of_stop("end_turn", thought, cancelled=False).outcome == "failed"
    assert of_stop("end_turn", Seen(), cancelled=True).outcome == "cancelled"


def test_blank_words_are_no_words() -> None:
    seen = Seen()
    seen.speak(" \n", fresh=True)
    assert of_stop("end_turn", seen, cancelled=False).reason == "the agent ended its turn without a word"


def test_an_agent_that_breaks_off_after_a_refusal_is_told_so() -> None:
    result = of_stop("cancelled", Seen(refused=1), cancelled=False)
    assert (result.outcome, result.reason) == (
        "failed", "the agent broke its turn off after a permission was refused",
    )  # fmt: skip


def test_a_program_that_ended_is_told_with_its_last_words() -> None:
    result = of_exit(
        Exit(code=1),
        "warming up\nError: no key, please log in\n\n",
        doing="early",
        cancelled=False,
        auth="log in",
    )
    assert result.reason == "the agent's program ended early, exit 1: Error: no key, please log in; log in"
    assert (result.outcome, result.exit_code) == ("failed", 1)
    assert of_exit(Exit(signal=9), "", doing="early", cancelled=True).outcome == "cancelled"
    assert of_exit(Exit(signal=9), "", doing="early", cancelled=False).reason.endswith(
        "early, exit 137, killed"
    )


def test_an_error_in_json_is_told_by_its_message_behind_the_words_before_it() -> None:
    raw = '{"type":"error","error":{"type":"rate_limit_error","message":"slow down"},"request_id":"r1"}'
    assert AgentError(0, f"API Error: 429 {raw}").words() == "429: slow down"
    assert AgentError(0, raw).words() == "slow down"
    assert AgentError(0, "use {curly} braces").words() == "use {curly} braces"
    assert AgentError(0, 'no message in {"a": 1}').words() == 'no message in {"a": 1}'
