"""Edits that rules offer, made from places of the program."""

from __future__ import annotations

import ast

from bpcheck.evaluate.events import Event
from bpcheck.evaluate.values import Site
from bpcheck.findings import Edit, Fix, Place, Safety


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


def line_before(site: Site, statement: str) -> Edit | None:
    """Insert ``statement`` on a line of its own before the one that ``site`` begins; ``None`` where it begins none."""
    source, node = site.scope.source, site.node
    if source.cells is not None or not isinstance(node, ast.Call):
        return None
    line = source.lines[node.lineno - 1]
    indent = line[: len(line) - len(line.lstrip())]
    if source.parsed is not source.text or len(indent.encode()) != node.col_offset:
        return None
    return Edit(Place(source.path, node.lineno, 1, node.lineno, 1), f"{indent}{statement}\n")


def clear_before(backward: Event, step: Event) -> Fix | None:
    """Clear the gradients before ``backward``, with the optimizer as ``step`` calls it: both must stand in one
    straight block."""
    name = stepped(step)
    if name is None or backward.functions != step.functions:
        return None
    if backward.loops != step.loops or backward.guards != step.guards:
        return None  # gradients are accumulated over iterations
    edit = line_before(backward.site, f"{name}.zero_grad()")
    return (
        Fix(Safety.SAFE, f"Clear the gradients with `{name}.zero_grad()` before the backward pass", (edit,))
        if edit
        else None
    )
