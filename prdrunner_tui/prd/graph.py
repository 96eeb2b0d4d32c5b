"""Dependency graphs of named nodes: ``{node: the nodes that must come first}``. Order of the mapping is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Graph = Mapping[str, Iterable[str]]


def find_cycle(graph: Graph) -> tuple[str, ...]:
    """One cycle as ``(a, b, a)`` (a needs b, b needs a), or an empty tuple. Unknown nodes are ignored."""
    finished: set[str] = set()
    for start in graph:
        if start in finished:
            continue
        path: list[str] = [start]
        on_path = {start}
        pending = [iter(graph[start])]
        while pending:
            following = next(pending[-1], None)
            if following is None:
                pending.pop()
                node = path.pop()
                on_path.discard(node)
                finished.add(node)
            elif following in on_path:
                return (*path[path.index(following) :], following)
            elif following not in finished and following in graph:
                path.append(following)
                on_path.add(following)
                pending.append(iter(graph[following]))
    return ()


def batches(graph: Graph) -> tuple[tuple[str, ...], ...]:
    """Nodes that can be done at once, batch after batch. Raises ValueError for a cycle."""
    needs = {node: {dep for dep in deps if dep in graph} for node, deps in graph.items()}
    waiting: dict[str, list[str]] = {node: [] for node in graph}
    for node, deps in needs.items():
        for dep in deps:
            waiting[dep].append(node)
    left = {node: len(deps) for node, deps in needs.items()}
    order = {node: index for index, node in enumerate(graph)}
    ready = [node for node in graph if left[node] == 0]
    result: list[tuple[str, ...]] = []
    done = 0
    while ready:
        result.append(tuple(ready))
        done += len(ready)
        following: list[str] = []
        for node in ready:
            for waiter in waiting[node]:
                left[waiter] -= 1
                if left[waiter] == 0:
                    following.append(waiter)
        ready = sorted(following, key=order.__getitem__)
    if done < len(left):
        raise ValueError("the graph has a cycle")
    return tuple(result)


def critical_path(graph: Graph) -> tuple[str, ...]:
    """The longest chain by number of nodes, first to last; the earliest in order among equals."""
    best: dict[str, tuple[str, ...]] = {}
    for batch in batches(graph):
        for node in batch:
            chains = [best[dep] for dep in graph[node] if dep in best]
            best[node] = (*max(chains, key=len, default=()), node)
    return max(best.values(), key=len, default=())


def transitive(graph: Graph, node: str) -> frozenset[str]:
    """All nodes that must be done before `node`, directly or through others."""
    seen: set[str] = set()
    pending = [dep for dep in graph.get(node, ()) if dep in graph]
    while pending:
        dep = pending.pop()
        if dep not in seen:
            seen.add(dep)
            pending += [d for d in graph[dep] if d in graph]
    return frozenset(seen)
