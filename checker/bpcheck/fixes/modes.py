"""Switching a network to train or eval mode, under the name that the program has for it there."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from bpcheck.evaluate.values import Class, Function, Obj, Site
from bpcheck.facts.evaluation import outside
from bpcheck.facts.passes import subject
from bpcheck.findings import Edit, Fix, Safety
from bpcheck.fixes.calls import renamed
from bpcheck.fixes.spans import ancestors, function_round, named_nodes, offer
from bpcheck.fixes.statements import before, block_of, moved, statement_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.evaluate.events import Event
    from bpcheck.facts.evaluation import Evaluation
    from bpcheck.facts.program import Program

_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def network_at(site: Site, model: Obj) -> str | None:
    """How the author calls the network that is asked at ``site``: by itself, by its ``forward``, or by another method."""
    call = site.node
    function = call.func if isinstance(call, ast.Call) else None
    if isinstance(function, ast.Attribute) and _is_method(model, function.attr):
        function = function.value
    return ast.unparse(function) if function is not None and _is_plain(function) else None


def _is_method(model: Obj, name: str) -> bool:
    return name == "forward" or (isinstance(model.cls, Class) and isinstance(model.cls.find(name), Function))


def _is_plain(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def back_to_train(program: Program, switched: Event, trained: Event) -> Fix | None:
    """``model.train()`` where the turn begins in which ``trained`` runs after ``switched`` in an earlier one."""
    name, edits = _train_again(program, switched.site, _receiver(switched.site), switched, trained)
    return offer(Safety.SAFE, f"Go back to train mode with `{name}.train()`", *edits)


def eval_before(program: Program, evaluation: Evaluation) -> Fix | None:
    """``model.eval()`` before the evaluation, and ``model.train()`` before training goes on, where nothing else does it."""
    if program.fragment:
        return None  # whoever calls it may go on training
    site, first = evaluation.site, evaluation.events[0]
    name = network_at(site, evaluation.model)
    found = region(program, evaluation)
    if name is None or not found:
        return None
    start = found[0]
    modes = [e for e in program.of_kind("mode") if e.index < first.index and e.data["mode"] == "train"]
    own = [e for e in modes if function_round(e.site) is function_round(site) and _receiver(e.site) == name]
    if (
        own
        and own[-1].functions == first.functions
        and any(_stands_in(own[-1].site, each) for each in _siblings(site, start))
    ):
        edits: list[Edit | None] = [renamed(own[-1].site, "train", "eval")]
    else:
        edits = [_unless_bound(site, start, name, before(site, start, f"{name}.eval()"))]
    message = f"Switch to eval mode with `{name}.eval()`"
    later = _trained_after(program, evaluation)
    if later is not None:
        _, more = _train_again(program, site, name, first, later)
        edits += more
        message += " and back before the training goes on"
    return offer(Safety.SAFE, message, *edits)


def region(program: Program, evaluation: Evaluation) -> list[ast.stmt]:
    """The statements that evaluate, among those that follow each other in the function (or in the body of the loop in
    which training happens, too). Nothing where one of them trains."""
    site = evaluation.site
    own = function_round(site)
    learning = [*program.passes.training, *program.of_kind("step", "backward")]
    trained = {at.node for event in learning for at in (event.site, *event.stack) if function_round(at) is own}
    for outer in ancestors(site) if own is not None else ():
        for block in (_block(outer, field) for field in ("body", "orelse", "finalbody")):
            found = [statement_of(site, node, block) for node in _nodes(evaluation)]
            among = [each for each in block if any(each is other for other in found)]
            looped = isinstance(outer, _LOOPS) and any(_inside(site, node, outer) for node in trained)
            if among and (outer is own or looped or (isinstance(outer, ast.If) and _is_main(outer))):
                return [] if any(statement_of(site, node, among) is not None for node in trained) else among
    return []


def _nodes(evaluation: Evaluation) -> list[ast.AST]:
    own = function_round(evaluation.site)
    return [evaluation.site.node, *(e.site.node for e in evaluation.events if function_round(e.site) is own)]


def _block(outer: ast.AST, field: str) -> list[ast.stmt]:
    block = getattr(outer, field, None)
    return block if isinstance(block, list) and block and isinstance(block[0], ast.stmt) else []


def _is_main(test: ast.If) -> bool:
    return isinstance(test.test, ast.Compare) and ast.unparse(test.test.left) == "__name__"


def _inside(site: Site, node: ast.AST, outer: ast.AST) -> bool:
    return any(each is outer for each in ancestors(site, node))


def _siblings(site: Site, statement: ast.stmt) -> Sequence[ast.stmt]:
    return block_of(site, statement)


def _stands_in(site: Site, statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and statement.value is site.node


def _receiver(site: Site) -> str | None:
    function = site.node.func if isinstance(site.node, ast.Call) else None
    if isinstance(function, ast.Attribute) and _is_plain(function.value):
        return ast.unparse(function.value)
    return None


def _trained_after(program: Program, evaluation: Evaluation) -> Event | None:
    """The first training pass after the evaluation, unless the network is switched to train mode in between."""
    first = evaluation.events[0]
    related = program.models.related
    for event in program.passes.training:
        if event.index > first.index and related(subject(event), evaluation.model):
            between = [e for e in program.of_kind("mode") if first.index < e.index < event.index]
            switched = any(e.data["mode"] == "train" and related(e.subject, evaluation.model) for e in between)
            return None if switched else event
    return None


def _train_again(
    program: Program, site: Site, name: str | None, evaluated: Event, trained: Event
) -> tuple[str, list[Edit | None]]:
    """``name.train()`` at the start of the turn that ``evaluated`` and ``trained`` share, in the function that has it."""
    shared = [loop for (loop, _), (other, _) in zip(evaluated.loops, trained.loops, strict=False) if loop is other]
    loop = shared[-1].site if shared else None
    if loop is None or not isinstance(loop.node, _LOOPS):
        return "", [None]
    holder = function_round(loop)
    network = program.models.root(subject(trained))
    outer, _ = outside(trained, network)
    asked = network_at(outer, network)
    if name is not None and holder is function_round(site):
        at, start = loop, loop.node.body[0]
    elif asked is not None and holder is function_round(outer):
        name, at, start = asked, loop, loop.node.body[0]
    else:
        inner = function_round(outer)
        found = statement_of(outer, None, inner.body) if inner is not None else None
        if asked is None or found is None or not isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return "", [None]
        name, at, start = asked, outer, found
    if not _is_the_network(program, name, trained, at):
        return "", [None]
    if at is loop:
        siblings = block_of(loop, loop.node)
        where = next((n for n, each in enumerate(siblings) if each is loop.node), 0)
        above = siblings[where - 1] if where else None
        if isinstance(above, ast.Expr) and ast.unparse(above) == f"{name}.train()":
            return name, moved(loop, above, start)
    return name, [_unless_bound(at, start, name, before(at, start, f"{name}.train()"))]


def _is_the_network(program: Program, name: str, trained: Event, site: Site) -> bool:
    """Whether the network is that by this name: what is switched or asked under it is all one network."""
    model = program.models.root(subject(trained))
    for event in program.of_kind("mode"):
        same = function_round(event.site) is function_round(site) and _receiver(event.site) == name
        if same and event.subject is not None and not program.models.related(event.subject, model):
            return False
    return True


def _unless_bound(site: Site, start: ast.stmt, name: str, edit: Edit | None) -> Edit | None:
    """``edit``, unless the name is only bound at ``start`` or after it, in the function in which it stands."""
    own = function_round(site)
    root = name.partition(".")[0]
    if own is None:
        return None
    stores = [
        node
        for node in named_nodes(own, root)
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del))
    ]
    return edit if all(node.lineno < start.lineno for node in stores) else None
