"""A07: which machines an agent may reach."""

from __future__ import annotations

import pytest

from prdrunner_tui.rules.hosts import HostRules, decide, host_of

RULES = HostRules(
    allow=("example.org", "*.python.org", "127.0.0.1", "::1"),
    ask=("slow.python.org",),
    deny=("bad.python.org",),
)


@pytest.mark.parametrize(
    "target",
    [
        *(
            "example.org",
            "EXAMPLE.org",
            "example.org.",
            "example.org:443",
            "https://example.org",
            "http://example.org:80/a?b#c",
        ),
        *(
            "a.python.org",
            "a.b.python.org",
            "https://docs.python.org/3/",
            "127.0.0.1",
            "127.0.0.1:8080",
            "[::1]:80",
            "::1",
        ),
        *(
            "http://[::1]/",
            "https://[::1]:8080/x",
            "0:0:0:0:0:0:0:1",
            "git://example.org/x",
            "https://example.org?x",
        ),
    ],
)
def test_what_the_rules_allow(target: str) -> None:
    assert decide(target, RULES).answer == "allow"


@pytest.mark.parametrize(
    "target",
    [
        *(
            "",
            "python.org",
            "evilpython.org",
            "example.org.evil.net",
            "notexample.org",
            "www.example.org",
            "slow.python.org",
        ),
        *(
            "https://example.org@evil.net",
            "https://evil.net\\@example.org",
            "https://example.org:x@evil.net/",
            "example.org:x",
        ),
        *(
            "https://evil.net#@example.org",
            "https://evil.net/example.org",
            "https://evil.net?example.org",
            "example.org evil.net",
        ),
        *(
            "example.org\nevil.net",
            "example.org\0",
            "\u0435xample.org",
            "example\u3002org",
            "ex\u00e4mple.org",
            "xn--a.evil.net",
        ),
        *(
            "2130706433",
            "0x7f.1",
            "0x7f000001",
            "127.1",
            "0177.0.0.1",
            "127.0.0.2",
            "[::ffff:127.0.0.1]",
            "::ffff:127.0.0.1",
        ),
        *(
            "[example.org]",
            "[::1",
            "[::1]x",
            "http://",
            "http:///x",
            "//example.org",
            "file:///etc",
            "-example.org",
            "a..b",
        ),
        *(
            "*.python.org",
            "x" * 300 + ".python.org",
            "example.org:123456",
            "http://example.org:80:80/",
            ".python.org",
            "fe80::1%eth0",
        ),
    ],
)
def test_a07_what_no_rule_allows_is_asked(target: str) -> None:
    assert decide(target, RULES).answer == "ask"


@pytest.mark.parametrize("target", ["bad.python.org", "https://BAD.python.org:1/", "bad.python.org."])
def test_deny_beats_allow(target: str) -> None:
    verdict = decide(target, RULES)
    assert (verdict.answer, verdict.rule) == ("deny", "bad.python.org")


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "*",
        "*.",
        "a.*",
        "*.*.org",
        "https://example.org",
        "example.org:80",
        "ex\u00e4mple.org",
        "*.127.0.0.1",
        "127.1",
        "a b",
    ],
)
def test_a_rule_that_names_no_host_is_none(rule: str) -> None:
    with pytest.raises(ValueError, match="is no host"):
        HostRules(allow=(rule,))


def test_the_host_of_a_url() -> None:
    assert host_of("https://Example.ORG:80/a") == "example.org"
    assert host_of("https://u@example.org") == ""
