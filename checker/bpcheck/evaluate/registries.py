"""Tables that modules fill when they are loaded. A module that is imported is not evaluated before it is asked for
something; a name that a table does not hold may be what such a module registers there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bpcheck.evaluate.values import Map
from bpcheck.importers import imported_modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from bpcheck.evaluate.evaluator import Evaluator
    from bpcheck.evaluate.scope import ModuleScope

#: Modules that are looked through for a name; each has to be parsed.
MOST_MODULES = 60


def holds(ev: Evaluator, table: Map, key: Any) -> bool | None:
    """Whether ``key`` is in ``table`` (``None``: not known). Raises ``TypeError`` for what cannot be a key."""
    known = table.holds(key)
    if known is False and isinstance(key, str) and not ev.loading and table.cell.get("shared"):
        for scope in _not_evaluated(ev):
            if _names(scope, key):
                ev.loaded(scope)
                known = table.holds(key)
                if known is not False:
                    break
        else:
            known = None if ev.plugin_folders else False
    return known


def _not_evaluated(ev: Evaluator) -> Iterator[ModuleScope]:
    """The modules that have been imported, directly or by each other, and that nobody has asked for anything."""
    for folder in ev.plugin_folders:
        for file in sorted(folder.glob("*.py"))[:MOST_MODULES]:
            ev.module_at(file)
    seen: set[Path] = set()
    waiting = [scope for scope in ev.modules.values() if scope.state == "new"]
    while waiting and len(seen) < MOST_MODULES:
        scope = waiting.pop(0)
        if scope.file in seen:
            continue
        seen.add(scope.file)
        tree = scope.source.tree
        for module, level in imported_modules(tree) if tree is not None else ():
            found = ev.project.resolve(module, scope.file, level, ev.entry)
            if found is not None and found not in seen and found.is_file():
                waiting.append(ev.module_at(found, module.rpartition(".")[2]))
        if scope.state == "new":
            yield scope


def _names(scope: ModuleScope, key: str) -> bool:
    """Whether the module defines something of this name, or says it in a string."""
    word = re.escape(key)
    return re.search(rf"\b(?:class|def)\s+{word}\b|['\"]{word}['\"]", scope.source.parsed, re.IGNORECASE) is not None
