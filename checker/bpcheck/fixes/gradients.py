"""Gradients: cleared before the backward pass, switched off where nothing is learned, and not kept with a number."""

from __future__ import annotations

import ast

from bpcheck.evaluate.events import Event
from bpcheck.evaluate.values import Site
from bpcheck.facts.edits import stepped
from bpcheck.findings import Fix, Safety
from bpcheck.fixes.imports import name_for
from bpcheck.fixes.modes import region
from bpcheck.fixes.spans import offer, replaced, text_of
from bpcheck.fixes.statements import before, block_of, statement_of, under

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.evaluation import Evaluation
    from bpcheck.facts.program import Program

#: So many statements may stand between two that evaluate, and go under one ``with`` with them.
_GAP = 2


def cleared(backward: Event, step: Event) -> Fix | None:
    """Clear the gradients before ``backward``, with the optimizer as ``step`` calls it: both must stand in one
    straight block."""
    name = stepped(step)
    statement = statement_of(backward.site)
    if name is None or statement is None or backward.functions != step.functions:
        return None
    if backward.loops != step.loops or backward.guards != step.guards or hasattr(statement, "body"):
        return None  # gradients are accumulated over iterations
    edit = before(backward.site, statement, f"{name}.zero_grad()")
    return offer(Safety.SAFE, f"Clear the gradients with `{name}.zero_grad()` before the backward pass", edit)


def switched_off(program: Program, evaluation: Evaluation) -> Fix | None:
    """Run an evaluation under ``torch.no_grad()``. In code whose callers are not seen one of them may want a gradient."""
    found = region(program, evaluation)
    named = name_for(evaluation.site, "torch.no_grad")
    if not found or named is None:
        return None
    name, imports = named
    runs = _runs(program, evaluation.site, found)
    edits = [edit for first, last in runs for edit in under(evaluation.site, first, last, f"with {name}():")]
    safety = Safety.SAFE if program.closed else Safety.UNSAFE
    return offer(safety, f"Evaluate under `{name}()`", *imports, *edits)


def _runs(program: Program, site: Site, statements: list[ast.stmt]) -> list[tuple[ast.stmt, ast.stmt]]:
    """The first and last statements of what may go under one ``with``: with no more than a statement or two between them,
    which train nothing, and in one cell of a notebook."""
    block = block_of(site, statements[0])
    learning = [*program.passes.training, *program.of_kind("step", "backward")]
    trained = [at.node for event in learning for at in (event.site, *event.stack)]
    runs: list[tuple[ast.stmt, ast.stmt]] = []
    for statement in statements:
        if runs:
            first, last = runs[-1]
            between = block[block.index(last) + 1 : block.index(statement)]
            trains = any(statement_of(site, node, between) is not None for node in trained)
            if len(between) <= _GAP and not trains and _cell(site, first) == _cell(site, statement):
                runs[-1] = first, statement
                continue
        runs.append((statement, statement))
    return runs


def _cell(site: Site, statement: ast.stmt) -> int | None:
    return site.scope.source.place(statement).cell


def detached(site: Site) -> Fix | None:
    """Keep a value without its graph: what is added, or appended."""
    node = site.node
    kept: ast.expr | None = None
    if isinstance(node, ast.AugAssign):
        kept = node.value
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
        same = ast.unparse(node.value.left) == ast.unparse(node.targets[0])
        kept = node.value.right if same else None
    elif isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        kept = node.args[0]
    text = text_of(site, kept) if kept is not None else None
    if kept is None or text is None:
        return None
    if not isinstance(kept, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)):
        text = f"({text})"
    return offer(Safety.SAFE, "Keep it without its graph", replaced(site, kept, f"{text}.detach()"))
