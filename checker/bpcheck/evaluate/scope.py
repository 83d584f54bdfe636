"""Where names live: modules and call frames."""

from __future__ import annotations

import ast
from collections.abc import Callable

from bpcheck.evaluate.values import Class, Function, Site, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from bpcheck.apis.vocabulary import Word
    from bpcheck.sources.source import Source


class ModuleScope:
    """A project module: its names, and what is left to do to know them."""

    #: Whether it describes a framework: see ``evaluate.frameworks``.
    framework = False
    __slots__ = (
        "_qualified",
        "file",
        "generators",
        "name",
        "names",
        "outside",
        "sites",
        "source",
        "stars",
        "state",
        "words",
    )

    def __init__(self, file: Path, name: str, source: Source) -> None:
        self.file = file
        self.name = name
        self.source = source
        self.names: dict[str, Value] = {}
        self.stars: list[Value] = []
        self.state = "new"  # new, running, done
        self._qualified: str | None = None
        #: Which of its functions yield, as far as anybody has asked.
        self.generators: dict[ast.AST, bool] = {}
        self.sites: dict[ast.AST, Site] = {}
        #: What the user says of its functions and classes, once anybody has asked.
        self.words: dict[str, Word] | None = None
        #: The call by which the function that runs was entered.
        self.outside: Site | None = None

    @property
    def qualified(self) -> str:
        """The module's full name, by the packages that it lies in."""
        if self._qualified is None:
            parts = [] if self.file.stem == "__init__" else [self.file.stem]
            folder = self.file.parent
            while (folder / "__init__.py").exists():
                parts.append(folder.name)
                folder = folder.parent
            self._qualified = ".".join(reversed(parts))
        return self._qualified

    def site(self, node: ast.AST) -> Site:
        """The place of ``node``: always the same object, so that equal paths of calls compare as such."""
        known = self.sites.get(node)
        if known is None:
            known = self.sites[node] = Site(self, node)
        return known


class Frame:
    """The variables of one call (or of a module's top level, where ``names`` is the module's own dictionary)."""

    __slots__ = (
        "function",
        "globals",
        "loop_depth",
        "names",
        "nonlocals",
        "on_yield",
        "outer",
        "owner",
        "receiver",
        "returns",
        "scope",
        "yields",
        "yields_exact",
    )

    def __init__(self, scope: ModuleScope, names: dict[str, Value], outer: Frame | None = None) -> None:
        self.scope = scope
        self.names = names
        self.outer = outer
        self.function: Function | None = None
        self.receiver: Value | None = None
        self.owner: Class | None = None
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.returns: list[Value] = []
        self.yields: list[Value] | None = None
        self.yields_exact = True
        self.on_yield: Callable[[Value], None] | None = None
        self.loop_depth = 0

    def holder(self, name: str) -> dict[str, Value] | None:
        """The dictionary in which ``name`` is found, or ``None``."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names and name not in frame.globals:
                return frame.names
            frame = frame.outer
        return self.scope.names if name in self.scope.names else None
