"""The mark at the end of a text that was cut, the same wherever one is: who looks for more finds it by this."""

from __future__ import annotations

CUT = " […]"
