"""How large the images are that a network gets: by the data set's own images, and what its transform makes of them."""

from __future__ import annotations

from bpcheck.apis import lookup
from bpcheck.evaluate.iterate import entries
from bpcheck.evaluate.values import Const, Obj, Origin, Seq, Value, choices, is_none

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


#: No size: the data set says nothing about it, and what it is a part of may.
_UNSAID = -1


def image_size(origins: Iterable[Origin]) -> int | None:
    """The height and width of the square images that come from ``origins``; ``None`` where they differ or are not known."""
    sizes: set[int | None] = set()
    for origin in origins:
        current: Origin | None = origin
        own: set[int | None] = set()
        while current is not None and not own:
            own = {_of_owner(owner) for owner in (*current.readers, current.owner) if owner is not None} - {_UNSAID}
            current = current.base
        sizes |= own
    return sizes.pop() if len(sizes) == 1 else None


def _of_owner(owner: Obj) -> int | None:
    """The size of a data set's images; ``_UNSAID`` if it says nothing about them."""
    api = lookup(owner.name)
    size: int | None = api.facts.get("size", _UNSAID) if api is not None else _UNSAID
    if "image_size" in owner.args and not is_none(owner.args["image_size"]):
        size = _square(owner.args["image_size"], 3)
    given = [
        value
        for name in ("transform", "transforms")
        if (value := owner.attrs.get(name, owner.args.get(name))) is not None
    ]
    asked = [each for value in given for each in choices(value) if not is_none(each)]
    if not asked:
        return size
    sizes = {transformed(each, None if size == _UNSAID else size) for each in asked}
    return sizes.pop() if len(sizes) == 1 else None


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
