"""The one exception for everything a person can cause."""

from __future__ import annotations


class Problem(Exception):
    """An error that a person caused and can mend, told in one line.

    Attributes:
        message: what is wrong, without a full stop, e.g. ``feature F-1 depends on T-9, which does not exist``.
        where: ``file:line:column``, as far as known, or an empty string.
        hint: what to do next, or an empty string.
        code: the exit code of a command that ends with it (2 usage or configuration, 4 no engine or no such
            run, 5 refused).
    """

    def __init__(self, message: str, *, where: str = "", hint: str = "", code: int = 2) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        self.code = code

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head}; {self.hint}" if self.hint else head
