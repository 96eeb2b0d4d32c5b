"""Which machines an agent may reach: rules on names of hosts.

A rule is the name of a host, ``example.org``, or ``*.example.org`` for every name below it, not itself. An address
is matched only by a rule that is exactly that address. Only names are looked at: what they resolve to is for the one
who opens the connection.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from prdrunner_tui.rules.verdict import Verdict, shown

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_PORT = re.compile(r":\d{1,5}")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://")


@dataclass(frozen=True, slots=True)
class HostRules:
    """Rules on hosts, as text. Raises ValueError, with a sentence, when one cannot be read."""

    allow: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Read every rule once."""
        for rule in (*self.allow, *self.ask, *self.deny):
            read_rule(rule)

    def plus(self, other: HostRules) -> HostRules:
        """Both together."""
        return HostRules(self.allow + other.allow, self.ask + other.ask, self.deny + other.deny)


def read_rule(rule: str) -> tuple[str, bool]:
    """The host of a rule, and whether it stands for the names below it.

    Raises:
        ValueError: it is none.
    """
    below = rule.startswith("*.")
    host = _host(rule[2:] if below else rule)
    if not host or (below and _is_address(host)):
        raise ValueError(f"{shown(rule)} is no host: write a name, *.name for all below it, or an address")
    return host, below


def decide(target: str, rules: HostRules) -> Verdict:
    """What the rules say to a host, ``host:port``, or a URL."""
    host = host_of(target)
    denied = _found(rules.deny, host)
    if denied:
        return Verdict("deny", f"refused by your rule {shown(denied)}", denied)
    if not host:
        return Verdict("ask", f"{shown(target)} is no plain name of a host")
    if rule := _found(rules.ask, host):
        return Verdict("ask", f"your rule {shown(rule)} asks", rule)
    if rule := _found(rules.allow, host):
        return Verdict("allow", f"allowed by your rule {shown(rule)}", rule)
    return Verdict("ask", "no rule covers it")


def host_of(target: str) -> str:
    """The host of a host, ``host:port`` or URL in small letters, "" when it is not plain.

    A user, a backslash, a blank or a letter that is not ASCII make it not plain: programs read these differently.
    """
    if not target.isascii() or any(char <= " " or char in "\\@\x7f" for char in target):
        return ""
    scheme = _URL.match(target)
    rest = re.split(r"[/?#]", target[scheme.end() :], maxsplit=1)[0] if scheme else target
    if rest.startswith("["):
        inner, closing, port = rest[1:].partition("]")
        return _host(inner) if closing and ":" in inner and (not port or _PORT.fullmatch(port)) else ""
    name, colon, port = rest.partition(":")
    if colon and not _PORT.fullmatch(colon + port):
        return _host(rest) if not scheme and _is_address(rest.lower()) else ""
    return _host(name)


def _host(name: str) -> str:
    name = name.lower().removesuffix(".")
    if _is_address(name):
        return str(ipaddress.ip_address(name))
    if not _NAME.fullmatch(name) or len(name) > 253:
        return ""
    # A last label that is a number makes it an address in one of its old spellings.
    return "" if _NUMBER.fullmatch(name.rsplit(".", 1)[-1]) else name


def _is_address(name: str) -> bool:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return "%" not in str(address)


def _found(rules: tuple[str, ...], host: str) -> str:
    for rule in rules:
        name, below = read_rule(rule)
        if host.endswith(f".{name}") if below else host == name:
            return rule
    return ""
