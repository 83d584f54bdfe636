"""One mapping over another, as all that composes configurations does it: key by key, and lists are replaced."""

from __future__ import annotations

from bpcheck.configs.nodes import MOST_LEVELS, MOST_NODES, Node, unknown

DELETE = "_delete_"


def merge(base: Node, over: Node) -> Node:
    """``base`` with what ``over`` says, standing where ``over`` stands.

    What ``over`` leaves to be set (``???``) stays as it was; a mapping with ``_delete_: true`` replaces what it is put
    over. Nothing is known of what is put over something unknown, other than what it says itself.
    """
    if over.kind == "scalar" and over.value == "???":
        return base
    if over.kind != "mapping":
        return over
    deleted = over.items.get(DELETE)
    if deleted is not None and deleted.value is True:
        return without(over, DELETE)
    if base.kind == "unknown":
        return Node("mapping", over.source, over.mark, items=over.items, keys=over.keys, why=over.why or base.why)
    if base.kind != "mapping":
        return over
    items, keys = dict(base.items), dict(base.keys)
    for key, value in over.items.items():
        old = items.get(key)
        items[key] = value if old is None else merge(old, value)
        keys[key] = over.keys[key]
    return bounded("mapping", over, items=items, keys=keys, why=over.why or base.why)


def bounded(kind: str, like: Node, **content: object) -> Node:
    """A node where ``like`` stands; unknown if its tree is larger than a tree may be."""
    made = Node(kind, like.source, like.mark, **content)  # type: ignore[arg-type]  # the arguments of Node
    if made.size > MOST_NODES or made.levels > MOST_LEVELS:
        return unknown(like, "composed, it is too large")
    return made


def without(node: Node, *names: str) -> Node:
    """A mapping less some of its keys."""
    items = {key: value for key, value in node.items.items() if key not in names}
    keys = {key: node.keys[key] for key in items}
    return Node("mapping", node.source, node.mark, items=items, keys=keys, why=node.why)
