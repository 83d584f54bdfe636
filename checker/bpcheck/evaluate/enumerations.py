"""Members of enumerations: each is one object with a name and a value."""

from __future__ import annotations

from bpcheck.evaluate.values import Class, Const, Function, Obj, Site, Value

BASES = frozenset({"enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"})
#: What makes a member equal to its value.
_PLAIN = frozenset({"enum.IntEnum", "enum.StrEnum", "enum.IntFlag", "builtins.str", "builtins.int"})


def make_members(cls: Class, site: Site) -> None:
    """Turn what is assigned in the body of an enumeration into its members."""
    if BASES.isdisjoint(cls.library_bases()):
        return
    for name, value in cls.names.items():
        if not name.startswith("_") and not isinstance(value, (Function, Class)):
            member = Obj("instance", "enum.Enum", cls, site)
            member.attrs.update({"name": Const(name), "value": value})
            cls.names[name] = member


def members(cls: Class) -> list[Obj]:
    """The members of an enumeration; none of another class."""
    return [value for value in cls.names.values() if is_member(value) and isinstance(value, Obj) and value.cls is cls]


def is_member(value: Value) -> bool:
    """Whether ``value`` is a member of an enumeration."""
    return isinstance(value, Obj) and value.name == "enum.Enum" and "value" in value.attrs


def found(cls: Class, value: Value) -> Obj | None:
    """``Enumeration(value)``."""
    for member in members(cls):
        own = member.attrs["value"]
        if value is member or (isinstance(own, Const) and isinstance(value, Const) and own.value == value.value):
            return member
    return None


def equal(a: Value, b: Value) -> bool | None:
    """Whether two values of which one at least is a member are the same (``None``: not known)."""
    if is_member(a) and is_member(b):
        return a is b
    member, other = (a, b) if is_member(a) else (b, a)
    if not isinstance(member, Obj) or member.cls is None or not isinstance(other, Const):
        return None
    own = member.attrs["value"]
    if _PLAIN.isdisjoint(member.cls.library_bases()):
        return False
    return bool(own.value == other.value) if isinstance(own, Const) else None
