"""A record does what the dataclass that type checkers take it for would do."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from bpcheck import records
from bpcheck.findings import Place


def made(declare: Callable[..., Any], factory: Callable[..., Any]) -> Any:
    """The same class, declared in either way."""

    @declare(frozen=True, slots=True, order=True)
    class Point:
        x: int
        y: int = 2
        tags: list[str] = factory(default_factory=list, compare=False)
        note: str = factory(default="-", repr=False, compare=False)

        @property
        def sum(self) -> int:
            return self.x + self.y

    return Point


BOTH = (made(records.record, records.field), made(dataclasses.dataclass, dataclasses.field))


@pytest.mark.parametrize(
    "look",
    [
        lambda cls: repr(cls(1)).rpartition(".")[2],
        lambda cls: cls(1) == cls(1, 2, ["a"]),
        lambda cls: cls(1) == cls(2),
        lambda cls: cls(1) == (1, 2),
        lambda cls: hash(cls(1)) == hash(cls(1, note="other")),
        lambda cls: sorted([cls(2), cls(1, 5), cls(1)])[1].y,
        lambda cls: cls(1) < cls(2) and cls(2) >= cls(1) and cls(1) <= cls(1) and not cls(1) > cls(1),
        lambda cls: cls(x=3, y=4).sum,
        lambda cls: cls(1).tags is not cls(1).tags,
        lambda cls: hasattr(cls(1), "__dict__"),
        lambda cls: cls.__match_args__,
    ],
)
def test_looks_like_a_dataclass(look: Callable[[Any], Any]) -> None:
    record, dataclass = (look(cls) for cls in BOTH)
    assert record == dataclass


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize(("args", "kwargs"), [((), {}), ((1, 2, [], "", 5), {}), ((1,), {"x": 1}), ((1,), {"z": 1})])
def test_refuses_wrong_arguments(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        cls(*args, **kwargs)


@pytest.mark.parametrize("cls", BOTH)
def test_a_frozen_one_cannot_be_changed(cls: Any) -> None:
    with pytest.raises(AttributeError):
        cls(1).x = 2


def test_replace_changes_some_fields() -> None:
    old = BOTH[0](1, note="kept")
    new = records.replace(old, y=7)
    assert (new.x, new.y, new.note, old.y) == (1, 7, "kept", 2)


def test_survives_pickling() -> None:
    place = Place("a.py", 1, 2, 3, 4)
    assert pickle.loads(pickle.dumps(place)) == place
