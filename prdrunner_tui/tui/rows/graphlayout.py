"""Where the nodes of a graph of what needs what stand, and the lines between them; pure geometry without signs.

A batch is a column. Between two columns lies a channel with lanes, in which lines go up and down. A *line* begins at a
node, or passes a column on its way to later ones; lines that go to the same nodes are one *net*. Nets never share a
stretch unless both go to the same node there, so a drawing says what is so and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple

from prdrunner_tui.prd import graph

Deps = tuple[tuple[str, tuple[str, ...]], ...]
"""The nodes in their order, each with those that it needs."""

_MOST_NODES = 24
"""Nodes up to which a drawing is looked for at all."""
_SWEEPS = 2
_SPARE = 2
"""Rows more than the tallest column has that are tried."""
_MOST_TRIED = 4
"""Nets in a channel up to which every order of their lanes is tried."""
_CROSSING = 3
"""What a crossing costs, where a row more, or one more that a line goes up or down, costs one."""


@dataclass(frozen=True, slots=True)
class Net:
    """Rows at the left that are joined to all of the rows at the right; ``lane`` counts from 0, -1 for none."""

    left: frozenset[int]
    right: frozenset[int]
    lane: int = -1

    @property
    def span(self) -> range:
        """The rows from its first to its last."""
        rows = self.left | self.right
        return range(min(rows), max(rows) + 1)

    @property
    def straight(self) -> bool:
        """Whether it stays in its row."""
        return len(self.span) == 1


@dataclass(frozen=True, slots=True)
class Drawing:
    """A graph as it stands.

    Attributes:
        height: rows.
        columns: for each batch its rows: a node, or an empty string for a line that passes.
        channels: the nets behind each column but the last.
        routes: for a node and one that needs it the first column and the rows of the line, one for each column.
    """

    height: int
    columns: tuple[Mapping[int, str], ...]
    channels: tuple[tuple[Net, ...], ...]
    routes: Mapping[tuple[str, str], tuple[int, tuple[int, ...]]]


class _Line(NamedTuple):
    """What stands in a column: a node, or without one a line that passes; ``ends`` are the nodes that it goes to."""

    column: int
    node: str
    ends: frozenset[str]


_Rows = Mapping[_Line, int]
_Into = Mapping[_Line, tuple[_Line, ...]]


@lru_cache(maxsize=8)
def draw(deps: Deps, most: int) -> Drawing | None:
    """The drawing with the fewest rows, crossings and turns that was found; the same one for the same graph.

    Args:
        deps: a graph without a cycle.
        most: rows that there are.

    ``None`` where more rows are wanted, or where the graph is too large to be taken in at a glance. What follows from
    other lines (c needs b, b needs a, so c needs a) has no line of its own.
    """
    if not 0 < len(deps) <= _MOST_NODES:
        return None
    columns, into = _lines(deps)
    if max(map(len, columns)) > most:
        return None
    best: tuple[tuple[int, int, int], dict[_Line, int], list[list[Net]]] | None = None
    tried: set[tuple[int, ...]] = set()
    for rows in _ways(columns, into, most):
        asked = tuple(rows[line] for lines in columns for line in lines)
        if asked in tried:
            continue
        tried.add(asked)
        channels = [_laned(_nets(lines, rows, into)) for lines in columns[:-1]]
        laned = [nets for nets in channels if nets is not None]
        if len(laned) < len(channels):
            continue
        height = 1 + max(rows.values())
        lanes = sum(1 + max((net.lane for net in nets), default=-1) for nets in laned)
        score = (height + sum(map(_cost, laned)), lanes, height)
        if best is None or score < best[0]:
            best = (score, rows, laned)
    if best is None:
        return None
    score, rows, laned = best
    shown = tuple({rows[line]: line.node for line in lines} for lines in columns)
    return Drawing(score[2], shown, tuple(map(tuple, laned)), _routes(rows, into))


# What stands in which column


def _lines(deps: Deps) -> tuple[list[list[_Line]], dict[_Line, tuple[_Line, ...]]]:
    """The lines of each column, and for each line those of the next column that it goes on to."""
    needs = dict(deps)
    batches = graph.batches(needs)
    at = {node: number for number, batch in enumerate(batches) for node in batch}
    goes: dict[str, set[str]] = {node: set() for node in needs}
    for node in needs:
        known = [dep for dep in needs[node] if dep in needs]
        implied = {far for dep in known for far in graph.transitive(needs, dep)}
        for dep in known:
            if dep not in implied:
                goes[dep].add(node)
    columns = [
        [_Line(number, node, frozenset(goes[node])) for node in batch] for number, batch in enumerate(batches)
    ]
    nodes = {line.node: line for lines in columns for line in lines}
    into: dict[_Line, tuple[_Line, ...]] = {}
    for number, lines in enumerate(columns):
        for line in lines:
            next_ones = [nodes[node] for node in needs if node in line.ends and at[node] == number + 1]
            later = frozenset(end for end in line.ends if at[end] > number + 1)
            if later:
                passing = _Line(number + 1, "", later)
                if passing not in columns[number + 1]:
                    columns[number + 1].append(passing)
                next_ones.append(passing)
            into[line] = tuple(next_ones)
    return columns, into


def _routes(rows: _Rows, into: _Into) -> dict[tuple[str, str], tuple[int, tuple[int, ...]]]:
    found = {}
    for line in rows:
        for end in line.ends if line.node else ():
            way = [line]
            while way[-1].node != end:
                # No node that comes between goes to the same end: that line would have been left out.
                way.append(next(one for one in into[way[-1]] if end == one.node or end in one.ends))
            found[line.node, end] = (line.column, tuple(rows[one] for one in way))
    return found


# In which rows


def _ways(columns: Sequence[Sequence[_Line]], into: _Into, most: int) -> Iterator[dict[_Line, int]]:
    """Rows for all lines, in several ways."""
    tallest = max(map(len, columns))
    before: dict[_Line, list[_Line]] = {line: [] for line in into}
    for line, next_ones in into.items():
        for one in next_ones:
            before[one].append(line)
    for order in _orders(columns, into, before):
        for height in range(tallest, min(tallest + _SPARE, most) + 1):
            yield from _aligned(order, into, before, height)
        if 2 * tallest <= most:
            # No row has a line at both sides of a channel: there is always room for all turns.
            yield {
                line: 2 * row + number % 2
                for number, lines in enumerate(order)
                for row, line in enumerate(lines)
            }


def _orders(
    columns: Sequence[Sequence[_Line]], into: _Into, before: Mapping[_Line, Sequence[_Line]]
) -> Iterator[list[list[_Line]]]:
    """The lines of each column from the top down: as they came, then near to those that they are joined to."""
    order = [list(lines) for lines in columns]
    yield [list(lines) for lines in order]
    for _ in range(_SWEEPS):
        for joined, numbers in ((before, range(1, len(order))), (into, range(len(order) - 2, -1, -1))):
            for number in numbers:
                place = {line: row for lines in order for row, line in enumerate(lines)}

                def middle(
                    line: _Line, place: _Rows = place, joined: Mapping[_Line, Sequence[_Line]] = joined
                ) -> float:
                    others = joined[line]
                    return sum(place[one] for one in others) / len(others) if others else place[line]

                order[number].sort(key=middle)
            yield [list(lines) for lines in order]


def _aligned(
    order: Sequence[Sequence[_Line]], into: _Into, before: Mapping[_Line, Sequence[_Line]], height: int
) -> Iterator[dict[_Line, int]]:
    """Rows below ``height`` in a given order, nearer to straight lines from one to the next."""
    rows = {line: row for lines in order for row, line in enumerate(lines)}
    yield dict(rows)
    both = {line: (*before[line], *into[line]) for line in into}
    ways: tuple[tuple[Mapping[_Line, Sequence[_Line]], int], ...] = ((before, 1), (into, -1), (both, 1))
    for joined, step in ways:
        for lines in order[::step]:
            wanted = [[rows[one] for one in joined[line]] for line in lines]
            rows.update(zip(lines, _placed(wanted, height), strict=True))
        yield dict(rows)


def _placed(wanted: Sequence[Sequence[int]], height: int) -> tuple[int, ...]:
    """Rising rows as near as can be to those that each one wants; the upper ones among equals."""
    found: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    for number, near in enumerate(wanted):
        left = len(wanted) - number
        best: dict[int, tuple[int, tuple[int, ...]]] = {}
        for cost, placed in found:
            for row in range(placed[-1] + 1 if placed else 0, height - left + 1):
                one = (cost + sum(abs(row - other) for other in near), (*placed, row))
                best[row] = min(best.get(row, one), one)
        found = list(best.values())
    return min(found)[1]


# In which lanes


def _nets(lines: Sequence[_Line], rows: _Rows, into: _Into) -> list[Net]:
    """The nets behind a column."""
    groups: dict[frozenset[str], list[_Line]] = {}
    for line in lines:
        if line.ends:
            groups.setdefault(line.ends, []).append(line)
    return [
        Net(frozenset(rows[line] for line in group), frozenset(rows[one] for one in into[group[0]]))
        for group in groups.values()
    ]


def _laned(nets: Sequence[Net]) -> list[Net] | None:
    """The nets with their lanes; ``None`` where two would have to share a stretch."""
    straight = [net for net in nets if net.straight]
    turning = [net for net in nets if not net.straight]
    # What leaves a row has turned before another one comes into it.
    first = {
        (one, other)
        for one in turning
        for other in turning
        if one is not other and not one.left.isdisjoint(other.right)
    }
    best: list[Net] | None = None
    ways = permutations(turning) if len(turning) <= _MOST_TRIED else _sorted(turning, first)
    for way in ways:
        if any((later, one) in first for place, one in enumerate(way) for later in way[place + 1 :]):
            continue
        found = [*straight, *_packed(way, first)]
        if best is None or _cost(found) < _cost(best):
            best = found
    return best if turning else straight


def _sorted(nets: Sequence[Net], first: Collection[tuple[Net, Net]]) -> Iterator[tuple[Net, ...]]:
    """One order in which what has to turn first does, if there is one."""
    needs = {
        number: [at for at, one in enumerate(nets) if (one, net) in first] for number, net in enumerate(nets)
    }
    way: list[int] = []
    while len(way) < len(nets):
        free = [at for at in needs if at not in way and all(one in way for one in needs[at])]
        if not free:
            return
        way.append(free[0])
    yield tuple(nets[at] for at in way)


def _packed(way: Sequence[Net], first: Collection[tuple[Net, Net]]) -> list[Net]:
    """The nets in their order in as few lanes as they need."""
    lanes: list[list[Net]] = []
    placed: list[Net] = []
    for net in way:
        least = 1 + max(
            (at for at, lane in enumerate(lanes) for one in lane if (one, net) in first), default=-1
        )
        at = least
        while at < len(lanes) and any(set(one.span) & set(net.span) for one in lanes[at]):
            at += 1
        if at == len(lanes):
            lanes.append([])
        lanes[at].append(net)
        placed.append(replace(net, lane=at))
    return placed


def _cost(nets: Sequence[Net]) -> int:
    """How much the lines of a channel go up and down, and how often they cross."""
    crossings = 0
    for net in nets:
        for other in nets:
            if other is net or other.straight:
                continue
            inside = set(other.span) - other.left - other.right
            crossings += sum(row in net.left and net.lane > other.lane for row in inside)
            crossings += sum(row in net.right and net.lane < other.lane for row in inside)
            crossings += sum(net.straight and row in net.left for row in inside)
    return sum(len(net.span) - 1 for net in nets) + _CROSSING * crossings
