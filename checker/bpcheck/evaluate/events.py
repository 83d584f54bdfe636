"""What happens in a program, in program order: the record that the evaluator writes and the facts are read from."""

from __future__ import annotations

import ast

from bpcheck.evaluate.values import Function, Obj, Site, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Loop:
    """One execution of a ``for`` or ``while`` statement (or of a closed-over generator)."""

    __slots__ = ("guard_depth", "iterable", "parent", "site", "test", "unrolled")

    def __init__(self, site: Site, iterable: Value | None, parent: Loop | None, test: ast.expr | None = None) -> None:
        self.site = site
        self.iterable = iterable
        self.parent = parent
        self.test = test
        self.unrolled = False
        self.guard_depth = 0


class Branch:
    """A branch that could not be decided: its test and the value of the test."""

    __slots__ = ("arm", "site", "test")

    def __init__(self, site: Site, test: Value | None, arm: int) -> None:
        self.site = site
        self.test = test
        self.arm = arm


class Event:
    """One thing that happens.

    ``subject`` is the object that it happens to; ``data`` the particulars (see the place that emits the kind).
    ``loops`` are
    the enclosing loops, outermost first, each with the turn (0 or 1); ``stack`` the calls that led here; ``guards``
    the undecided branches; ``grad`` whether gradients are recorded (``on``, ``off`` or ``mixed``).
    """

    __slots__ = ("data", "decided", "functions", "grad", "guards", "index", "kind", "loops", "site", "stack", "subject")

    def __init__(
        self, kind: str, site: Site, subject: Obj | Value | None, data: dict[str, Any], index: int,
        loops: tuple[tuple[Loop, int], ...], stack: tuple[Site, ...], guards: tuple[Branch, ...], grad: str,
        functions: tuple[Function, ...], decided: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.kind = kind
        self.site = site
        self.subject = subject
        self.data = data
        self.index = index
        self.loops = loops
        self.stack = stack
        self.guards = guards
        self.grad = grad
        #: The functions that ``stack`` called, outermost first.
        self.functions = functions
        #: The settings of a configuration by which this code was chosen.
        self.decided = decided

    @property
    def function(self) -> Function | None:
        """The function in which it happens; ``None`` at a module's top level."""
        return self.functions[-1] if self.functions else None

    def __repr__(self) -> str:
        return f"<{self.kind} {getattr(self.subject, 'label', '')} line {getattr(self.site.node, 'lineno', '?')}>"
