"""Plain data: what ``dataclasses`` offers, without its price.

Importing ``dataclasses`` and having it write the classes of a run takes as long as starting Python itself. To type
checkers a record is a dataclass; when it runs, it is this.
"""

from __future__ import annotations

__all__ = ["field", "record", "replace"]

TYPE_CHECKING = False

if TYPE_CHECKING:
    from dataclasses import dataclass as record
    from dataclasses import field, replace
else:
    from operator import attrgetter, ge, gt, le, lt

    _MISSING = object()

    class _Field:
        """What a class says of one of its fields beyond its type."""

        __slots__ = ("compare", "default", "factory", "repr")

        def __init__(self, default=_MISSING, default_factory=None, compare=True, repr=True):
            self.default = default
            self.factory = default_factory
            self.compare = compare
            self.repr = repr

        def value(self):
            """The default; a fresh one where there is a factory."""
            return self.factory() if self.factory is not None else self.default

    field = _Field

    def record(*, frozen=False, slots=False, order=False):
        """Make a class with annotated fields a record, as ``dataclasses.dataclass`` would."""

        def declare(cls):
            fields = {name: cls.__dict__.get(name, _MISSING) for name in cls.__annotations__}
            fields = {name: found if isinstance(found, _Field) else _Field(found) for name, found in fields.items()}
            body = {name: value for name, value in vars(cls).items() if name not in ("__dict__", "__weakref__")}
            for name, found in fields.items():
                if slots or found.default is _MISSING:
                    body.pop(name, None)
                else:
                    body[name] = found.default
            if slots:
                body["__slots__"] = tuple(fields)
            body.update(_methods(fields, frozen, order))
            body.update({name: vars(cls)[name] for name in _OWN if name in vars(cls)})
            return type(cls)(cls.__name__, cls.__bases__, body)

        return declare

    # What a class defines itself stays.
    _OWN = ("__init__", "__repr__", "__eq__")

    def replace(old, /, **changes):
        """``old`` with some fields changed."""
        return type(old)(**{name: getattr(old, name) for name in old.__match_args__} | changes)

    def _methods(fields, frozen, order):
        names = tuple(fields)
        known = frozenset(names)
        put = object.__setattr__

        def __init__(self, *args, **kwargs):
            if len(args) > len(names):
                raise TypeError(f"{type(self).__name__} takes {len(names)} arguments, not {len(args)}")
            for name, value in zip(names, args):  # noqa: B905  # fields may be left to their defaults
                put(self, name, value)
            for name in names[len(args) :]:
                value = kwargs.pop(name) if name in kwargs else fields[name].value()
                if value is _MISSING:
                    raise TypeError(f"{type(self).__name__} lacks the argument {name!r}")
                put(self, name, value)
            if kwargs:
                twice = known.intersection(kwargs)
                raise TypeError(f"{type(self).__name__} got {'twice' if twice else 'unknown'}: {', '.join(kwargs)}")

        compared = [name for name in names if fields[name].compare]
        values = attrgetter(*compared) if len(compared) > 1 else lambda self: (getattr(self, compared[0]),)

        def comparing(operate):
            def method(self, other):
                return operate(values(self), values(other)) if other.__class__ is self.__class__ else NotImplemented

            return method

        def __eq__(self, other):
            return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

        def __repr__(self):
            shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names if fields[name].repr)
            return f"{type(self).__qualname__}({shown})"

        def __reduce__(self):
            return type(self), tuple(getattr(self, name) for name in names)

        made = {"__init__": __init__, "__eq__": __eq__, "__repr__": __repr__, "__reduce__": __reduce__}
        made.update(__match_args__=names, __hash__=None)
        if order:
            made.update(__lt__=comparing(lt), __le__=comparing(le), __gt__=comparing(gt), __ge__=comparing(ge))
        if frozen:

            def __hash__(self):
                return hash(values(self))

            def refuse(self, name, value=None):
                raise AttributeError(f"{type(self).__name__} cannot be changed")

            made.update(__hash__=__hash__, __setattr__=refuse, __delattr__=refuse)
        return made
