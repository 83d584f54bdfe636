"""How large the images are that a network gets: by the data set's own images, and what its transform makes of them."""

from __future__ import annotations

from bpcheck.apis import lookup
from bpcheck.evaluate.iterate import entries
from bpcheck.evaluate.values import Const, Obj, Origin, Seq, Value, choices, is_none

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def image_size(origins: Iterable[Origin]) -> int | None:
    """The height and width of the square images that come from ``origins``; ``None`` where they differ or are not known."""
    sizes = {_of_owner(owner) for origin in origins for owner in _owners(origin)}
    sizes.discard(None)
    return sizes.pop() if len(sizes) == 1 else None


def _owners(origin: Origin) -> list[Obj]:
    """The data sets that it is a part of, innermost first."""
    found: list[Obj] = []
    current: Origin | None = origin
    while current is not None:
        if current.owner is not None:
            found.append(current.owner)
        current = current.base
    return found


def _of_owner(owner: Obj) -> int | None:
    api = lookup(owner.name)
    size: int | None = api.facts.get("size") if api is not None else None
    if "image_size" in owner.args:
        size = _square(owner.args["image_size"], 3) or (size if is_none(owner.args["image_size"]) else None)
    given = [owner.attrs.get(name, owner.args.get(name)) for name in ("transform", "transforms")]
    sizes = {transformed(each, size) for value in given if value is not None for each in choices(value)}
    return sizes.pop() if len(sizes) == 1 else None if sizes else size


def transformed(transform: Value, size: int | None) -> int | None:
    """The size of what ``transform`` makes of images of this size."""
    if is_none(transform):
        return size
    if not isinstance(transform, Obj) or transform.kind != "transform":
        return None
    api = lookup(transform.name)
    if api is None or api.what == "transform-function":
        return None
    if api.what == "transform-list":
        items = entries(transform.args.get("transforms", Const(())))
        if items is None:
            return None
        for item in items:
            size = transformed(item, size)
        return size
    resizes = api.facts.get("resizes")
    if resizes is None:
        return size
    asked = _square(transform.args.get("size"), 2)
    if resizes == "exact":
        return asked
    number = transform.args.get("size")
    is_pair = isinstance(number, Seq) or (isinstance(number, Const) and isinstance(number.value, (tuple, list)))
    return asked if resizes == "shorter" and (is_pair or size is not None) else None


def _square(value: Value | None, length: int) -> int | None:
    """The side of a square that is given as a number, or as the last two numbers of so many."""
    if isinstance(value, Const) and isinstance(value.value, (tuple, list)):
        numbers = list(value.value)
    elif isinstance(value, Seq) and value.items is not None:
        numbers = [item.value if isinstance(item, Const) else None for item in value.items]
    else:
        numbers = [value.value] * length if isinstance(value, Const) else []
    sides = set(numbers[-2:]) if len(numbers) == length else set()
    side = sides.pop() if len(sides) == 1 else None
    return side if isinstance(side, int) and not isinstance(side, bool) else None
