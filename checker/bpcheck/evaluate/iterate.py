"""What comes out of iterating, unpacking and extending."""

from __future__ import annotations

from bpcheck.evaluate import enumerations
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.values import (
    Choice,
    Class,
    Const,
    Counted,
    Map,
    Obj,
    Params,
    Seq,
    Site,
    Tensor,
    Unknown,
    Value,
    is_optional,
    join_all,
    optional,
    settled,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_UNROLLED = 64
#: What makes objects that are tuples with names for their elements.
RECORDS = ("<record>", "typing.NamedTuple")
MAX_ORIGINS = 32


def unrolled(value: Value) -> tuple[Value, ...] | None:
    """The elements, one by one, where they are known and few; none of them is optional."""
    items = entries(value)
    return items if items is None or not any(map(is_optional, items)) else tuple([settled(item) for item in items])


def entries(value: Value) -> tuple[Value, ...] | None:
    """The elements, one by one, where they are known and few; some may be optional."""
    items: tuple[Value, ...] | None = None
    if isinstance(value, Obj) and "mapping" in value.state:
        value = value.state["mapping"]
    if isinstance(value, Seq):
        items = value.items
    elif isinstance(value, Map) and not value.cell["open"]:
        items = tuple([optional(Const(key)) if is_optional(held) else Const(key) for key, held in value.data.items()])
    elif isinstance(value, Const) and isinstance(value.value, (str, tuple, list, range, set, frozenset)):
        if len(value.value) > MAX_UNROLLED:
            return None
        items = tuple(Const(v, value.setting) for v in value.value)
    elif isinstance(value, Obj) and value.kind == "module":
        items = value.state.get("children")
    elif isinstance(value, Class):
        items = tuple(enumerations.members(value)) or None
    elif isinstance(value, Obj) and value.name in RECORDS:
        items = tuple(value.attrs.values())
    return items if items is not None and len(items) <= MAX_UNROLLED else None


def at(items: tuple[Value, ...], index: int) -> Value:
    """``items[index]``; behind an optional element it may be any of them."""
    if not -len(items) <= index < len(items):
        return Unknown("index out of range")
    counted = items[: index + 1] if index >= 0 else items[index:]
    return settled(join_all(items)) if any(map(is_optional, counted)) else items[index]


def is_count(value: Value) -> bool:
    """Whether the value only counts (``range(n)``), so that a training loop over it need not be unrolled."""
    return (isinstance(value, Const) and isinstance(value.value, range)) or (
        isinstance(value, Seq) and value.kind == "enumerate-range"
    )


def element(ev: Evaluator, value: Value, site: Site) -> Value:
    """A value that stands for any element of ``value``."""
    if isinstance(value, Seq):
        return value.elem
    if isinstance(value, Map):
        return join_all([Const(key) for key in value.data]) if value.data and not value.cell["open"] else Unknown("key")
    if isinstance(value, Const):
        if isinstance(value.value, range):
            return Counted()
        if isinstance(value.value, (str, bytes)):
            return Unknown("a character")
        return Unknown("element")
    if isinstance(value, Tensor):
        return part(ev, value, "each", site).but(axes=value.axes[1:])
    if isinstance(value, Params):
        return Params(value.parts, value.known, value.tensors)
    if isinstance(value, Choice):
        return join_all([element(ev, v, site) for v in value.values])
    if isinstance(value, Obj):
        from bpcheck.evaluate import data, objects

        if value.kind in ("loader", "dataset"):
            return data.batch(ev, value, site)
        return objects.iterate_object(ev, value, site)
    return Unknown("element")


def part(ev: Evaluator, value: Tensor, name: str, site: Site) -> Tensor:
    """A part of data: of a known origin, the part with this name."""
    if ev.forwards or value.models or value.kind not in ("data", "unknown") or len(value.origins) > MAX_ORIGINS:
        return value.but()  # another tensor, though nothing else is known to tell them apart
    origins = frozenset(ev.origin(o.key, site, o.split, o, name) for o in value.origins)
    return value.but(origins=origins)


def marked(ev: Evaluator, value: Value, name: str, site: Site, depth: int = 0) -> Value:
    """``value`` with all data in it marked as the part of this name."""
    if isinstance(value, Tensor):
        return part(ev, value, name, site)
    if isinstance(value, Seq) and depth < 3:
        if value.items is not None:
            return Seq(value.kind, [marked(ev, item, name, site, depth + 1) for item in value.items])
        return Seq(value.kind, None, marked(ev, value.elem, name, site, depth + 1))
    return value


def unpacked(ev: Evaluator, value: Value, count: int, starred: int | None, site: Site) -> list[Value]:
    """``count`` values from unpacking ``value``."""
    items = unrolled(value)
    if items is not None and starred is None and len(items) == count:
        return list(items)
    if items is not None and starred is not None and len(items) >= count - 1:
        after = count - 1 - starred
        middle = items[starred : len(items) - after]
        return [*items[:starred], Seq("list", middle), *items[len(items) - after :]]
    if isinstance(value, Choice):
        columns = [unpacked(ev, v, count, starred, site) for v in value.values]
        return [join_all(column) for column in zip(*columns, strict=True)]
    if isinstance(value, Tensor):
        from bpcheck.evaluate import pretrained

        if pretrained.holds_loss(value) is not False:
            return [pretrained.field(ev, value, i, site) for i in range(count)]
        return [part(ev, value, str(i), site).but(axes=value.axes[1:]) for i in range(count)]
    if isinstance(value, Obj) and value.kind in ("opaque", "output"):
        from bpcheck.evaluate import objects

        return [objects.item(ev, value, Const(i), site) for i in range(count)]
    return [element(ev, value, site) for _ in range(count)]


def extend(ev: Evaluator, target: Seq, more: Value) -> None:
    """``target.extend(more)``."""
    items = entries(more)
    if target.items is not None and items is not None and len(target.items) + len(items) <= 512:
        ev.store.set(target.cell, "items", (*target.items, *items))
    else:
        others = [] if items is None else list(items)
        if items is None:
            others = [more.elem if isinstance(more, (Seq, Map)) else Unknown("element")]
        dilute(ev, target, *others)


def append(ev: Evaluator, target: Seq, value: Value) -> None:
    """``target.append(value)``; inside a loop that is not unrolled, the length is no longer known."""
    inside = any(not loop.unrolled for loop, _ in ev.loops)
    if target.items is not None and not inside and len(target.items) < 512:
        ev.store.set(target.cell, "items", (*target.items, value))
    else:
        dilute(ev, target, value)


def dilute(ev: Evaluator, target: Seq, *values: Value) -> None:
    """Forget the length of ``target``; it may hold ``values`` too."""
    old: list[Value] = list(target.items or ())
    if target.items is None and target.cell["elem"] is not None:
        old = [target.cell["elem"]]
    both = [*old, *values]
    ev.store.set(target.cell, "elem", join_all(both) if both else None)
    ev.store.set(target.cell, "items", None)


def set_element(ev: Evaluator, target: Seq, key: Value, value: Value) -> None:
    """``target[key] = value``."""
    index: Any = key.value if isinstance(key, Const) else None
    if target.items is not None and isinstance(index, int) and -len(target.items) <= index < len(target.items):
        items = list(target.items)
        items[index] = value
        ev.store.set(target.cell, "items", tuple(items))
    else:
        dilute(ev, target, value)
