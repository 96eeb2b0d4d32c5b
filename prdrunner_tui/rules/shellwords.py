"""Command lines as a POSIX shell reads them, as far as that needs no shell.

`parse` accepts only one plain simple command: a program and its words, every one of them a constant. Whatever a
shell, of any common make, would expand, substitute, redirect, repeat or take as its own syntax is refused with the
reason. `commands_in` takes any line and finds the simple commands in it as well as it can: enough to refuse more,
never to allow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from prdrunner_tui.rules.programs import word_set
from prdrunner_tui.rules.verdict import shown

MAX_LENGTH = 32_768
"""Characters of a command line that are looked at; a longer one is never plain."""

_OPERATORS = {
    ";": "it is more than one command",
    "&": "it is more than one command",
    "|": "it is more than one command",
    "<": "it has a redirection",
    ">": "it has a redirection",
    "(": "it has a group or a substitution",
    ")": "it has a group or a substitution",
    "{": "it has a group or a list of words",
    "}": "it has a group or a list of words",
    "$": "it has a variable or a substitution",
    "`": "it has a substitution",
    "!": "it has a negation or an earlier command",
    "*": "it has a pattern for file names",
    "?": "it has a pattern for file names",
    "[": "it has a pattern for file names",
}
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\[[^]]*\])?\+?=")
_PROGRAM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*|[A-Za-z0-9_./+-]*/[A-Za-z0-9_.+-]+")
KEYWORDS = word_set(
    "if then else elif fi for while until do done case esac in select function time coproc repeat foreach end "
    "nocorrect noglob namespace"
)
"""Words that begin a construct, of POSIX, bash, ksh and zsh."""
_OF_THE_SHELL = word_set(
    "cd chdir pushd popd "
    "eval exec source command builtin alias unalias set setopt unsetopt shopt export declare typeset local "
    "readonly unset hash rehash trap enable let read mapfile readarray bind complete compgen fc getopts autoload "
    "functions emulate zmodload umask ulimit disown fg bg jobs wait suspend return exit logout break continue "
    "shift times integer float print limit sched"
)
_SHELL = re.compile(r"(?:/usr)?(?:/bin/)?(?:ba|da|z)?sh")
_WORD_END = " \t\n;&|()<>`"


class NotPlain(ValueError):
    """Not one plain simple command; the message is why, as a clause: ``it has a redirection (">")``."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a rule: its text, and the places of its `*` that are patterns."""

    text: str
    stars: tuple[int, ...] = ()


def parse(line: str) -> tuple[str, ...]:
    """The words of one plain simple command, at least one.

    Raises:
        NotPlain: it is none.
    """
    words = tuple(word.text for word in split(line))
    check_program(words[0])
    return words


def split(line: str, *, stars: bool = False) -> tuple[Word, ...]:
    """The words of a line, at least one; with `stars` a `*` outside quotes is noted instead of refused.

    Raises:
        NotPlain: a shell would do more than to take the words as they stand.
    """
    if len(line) > MAX_LENGTH:
        raise NotPlain(f"it is longer than {MAX_LENGTH} characters")
    for char in line:
        if not " " <= char <= "~":
            what = "a control character" if char < " " or char == "\x7f" else "a character that is not ASCII"
            raise NotPlain(f"it has {what} (U+{ord(char):04X})")
    reader = _Reader(line, stars)
    words = reader.words()
    if not words:
        raise NotPlain("it is empty")
    if line.lstrip().startswith("^"):
        raise NotPlain("it repeats an earlier command")
    if reader.assigns:
        raise NotPlain(f"it sets a variable ({shown(words[0].text)})")
    return tuple(words)


def without_shell(line: str) -> str:
    """The line that ``/bin/bash -lc 'LINE'`` and the like hand to a shell; any other line as it is.

    Only for an agent that writes every command this way: there the shell is no part of what was asked for.
    """
    try:
        words = parse(line)
    except NotPlain:
        return line
    is_shell = len(words) == 3 and _SHELL.fullmatch(words[0]) and words[1] in ("-c", "-lc")
    return words[2] if is_shell else line


def check_program(name: str) -> None:
    """Whether a first word is the plain name or path of a program.

    Raises:
        NotPlain: it is not, or the shell itself takes it.
    """
    if not _PROGRAM.fullmatch(name):
        raise NotPlain(f"{shown(name)} is no plain name of a program")
    if name in KEYWORDS or name == ".":
        raise NotPlain(f'it is a construct of the shell ("{name}")')
    if name in _OF_THE_SHELL:
        raise NotPlain(f'"{name}" works on the shell itself')


class _Reader:
    def __init__(self, line: str, stars: bool) -> None:
        self._line = line
        self._stars = stars
        self._at = 0
        self.assigns = False

    def words(self) -> list[Word]:
        found: list[Word] = []
        while True:
            while self._at < len(self._line) and self._line[self._at] == " ":
                self._at += 1
            if self._at == len(self._line):
                return found
            if not found and _ASSIGNMENT.match(self._line, self._at):
                self.assigns = True
            found.append(self._word())

    def _word(self) -> Word:
        first, text, stars = self._at, "", []
        while self._at < len(self._line) and self._line[self._at] != " ":
            char = self._line[self._at]
            if char in "'\"":
                text += self._quoted(char)
            elif char == "\\":
                text += self._escaped()
            else:
                if char == "*" and self._stars:
                    stars.append(len(text))
                else:
                    self._check(char, first)
                text += char
                self._at += 1
        return Word(text, tuple(stars))

    def _check(self, char: str, first: int) -> None:
        if char in _OPERATORS:
            raise NotPlain(f'{_OPERATORS[char]} ("{self._operator()}")')
        before = self._line[self._at - 1] if self._at > first else ""
        if char == "~" and before in ("", "=", ":"):
            raise NotPlain('it has a home directory ("~")')
        if char == "#" and not before:
            raise NotPlain('it has a comment ("#")')
        if char == "=" and not before:
            raise NotPlain('a word begins with "="')

    def _operator(self) -> str:
        char = self._line[self._at]
        pair = self._line[self._at : self._at + 2]
        return pair if pair in ("&&", "||", ">>", "<<", "$(", "${", "<(", ">(", "|&", "&>") else char

    def _quoted(self, quote: str) -> str:
        end = self._at + 1
        text = ""
        while end < len(self._line):
            char = self._line[end]
            if char == quote:
                self._at = end + 1
                return text
            if quote == '"' and char in "$`!":
                raise NotPlain(f'{_OPERATORS[char]} ("{char}")')
            # Inside double quotes a backslash is special only before these; else it stands for itself.
            if quote == '"' and char == "\\" and self._line[end + 1 : end + 2] in ("$", "`", '"', "\\"):
                end += 1
                char = self._line[end]
            text += char
            end += 1
        raise NotPlain(f"a quote is not closed ({quote})")

    def _escaped(self) -> str:
        char = self._line[self._at + 1 : self._at + 2]
        if not char:
            raise NotPlain("it ends with a backslash")
        if char.isalnum():
            # Nobody needs it, and not every shell reads it as the bare character.
            raise NotPlain(f"it has a backslash before {char}")
        self._at += 2
        return char


def commands_in(line: str, depth: int = 3) -> list[tuple[str, ...]]:
    """The simple commands in any line, substitutions included, without keywords and assignments; best effort."""
    found: list[tuple[str, ...]] = []
    _Scan(line[:MAX_LENGTH], found, depth).run()
    return [argv for argv in map(without_prefix, found) if argv]


def without_prefix(argv: tuple[str, ...]) -> tuple[str, ...]:
    """A simple command without the keywords and assignments before its program."""
    for number, word in enumerate(argv):
        if word not in KEYWORDS and word not in ("!", "{", "}", "") and not _ASSIGNMENT.match(word):
            return argv[number:]
    return ()


class _Scan:
    """Splits at every operator; what is substituted is scanned for itself and leaves nothing behind."""

    def __init__(self, line: str, found: list[tuple[str, ...]], depth: int) -> None:
        # The usual ways to write a blank without writing one, and a line that goes on.
        self._line = re.sub(r"\$IFS\b|\$\{IFS[^}]*\}", " ", line.replace("\\\n", ""))
        self._found = found
        self._depth = depth
        self._words: list[str] = []
        self._word: str | None = None
        self._is_target = False

    def run(self) -> None:
        line, at = self._line, 0
        while at < len(line):
            char = line[at]
            if char == "'":
                at = self._take(at, line.find("'", at + 1))
            elif char == '"':
                at = self._double(at)
            elif char == "\\" and at + 1 < len(line):
                self._word = (self._word or "") + line[at + 1]
                at += 2
            elif char == "`" or line.startswith(("$(", "<(", ">("), at):
                at = self._inner(at)
            elif char == "$" and line[at + 1 : at + 2] in ("'", '"'):
                at += 1
            elif char == "#" and self._word is None:
                end = line.find("\n", at)
                at = end if end >= 0 else len(line)
            elif char in _WORD_END:
                self._end(char)
                at += 1
            else:
                self._word = (self._word or "") + char
                at += 1
        self._end(";")

    def _take(self, at: int, end: int) -> int:
        end = len(self._line) if end < 0 else end
        self._word = (self._word or "") + self._line[at + 1 : end]
        return end + 1

    def _double(self, at: int) -> int:
        at += 1
        self._word = self._word or ""
        while at < len(self._line) and self._line[at] != '"':
            if self._line[at] == "\\":
                self._word += self._line[at + 1 : at + 2]
                at += 2
            elif self._line[at] == "`" or self._line.startswith("$(", at):
                at = self._inner(at)
            else:
                self._word += self._line[at]
                at += 1
        return at + 1

    def _inner(self, at: int) -> int:
        if self._line[at] == "`":
            first, end = at + 1, self._line.find("`", at + 1)
        else:
            first, end, level = at + 2, at + 2, 1
            while end < len(self._line):
                level += {"(": 1, ")": -1}.get(self._line[end], 0)
                if not level:
                    break
                end += 1
        end = len(self._line) if end < 0 else end
        if self._depth > 0:
            _Scan(self._line[first:end], self._found, self._depth - 1).run()
        return end + 1

    def _end(self, char: str) -> None:
        if self._word is not None:
            number = char in "<>" and self._word.isdigit()
            if not self._is_target and not number:
                self._words.append(self._word)
            self._word, self._is_target = None, False
        if char in "<>":
            self._is_target = True
        elif char not in " \t" and not (char == "&" and self._is_target):
            self._is_target = False
            if self._words:
                self._found.append(tuple(self._words))
            self._words = []
