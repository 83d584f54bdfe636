"""How the author calls what a fix has to name."""

from __future__ import annotations

import ast

from bpcheck.evaluate.events import Event
from bpcheck.evaluate.values import Site


def receiver(site: Site) -> str | None:
    """The object of a method call as it is written (``optimizer`` in ``optimizer.step()``), if it is a plain name or
    attribute."""
    node = site.node
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, (ast.Name, ast.Attribute))
    ):
        return ast.unparse(node.func.value)
    return None


def stepped(step: Event) -> str | None:
    """How the author calls the optimizer that steps, also where a gradient scaler is told to step it."""
    node = step.site.node
    if step.functions and step.functions[-1].scope.framework:
        return None
    if not step.data.get("scaled"):
        return receiver(step.site)
    given = node.args[0] if isinstance(node, ast.Call) and node.args else None
    return ast.unparse(given) if isinstance(given, (ast.Name, ast.Attribute)) else None
