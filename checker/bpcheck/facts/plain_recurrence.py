"""Plain recurrent cells, without gates, that are trained on data which the program did not make up."""

from __future__ import annotations

import ast

from bpcheck.apis import lookup
from bpcheck.evaluate.modules import descendants
from bpcheck.evaluate.values import Const, Obj, Site, Tensor, Unknown
from bpcheck.facts.passes import inputs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.evaluate.events import Event
    from bpcheck.facts.program import Program

#: What the cells with gates are called in code.
_GATED = ("lstm", "gru")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Plain:
    """A recurrence without gates: a library's layer, or a cell that is written by hand.

    ``site`` is the construction of the layer, or the place where the cell's weights are applied to its state; ``activation``
    what the state goes through, ``run`` the training pass, and ``read`` where the data comes from.
    """

    __slots__ = ("activation", "layer", "name", "read", "run", "site")

    def __init__(self, site: Site, name: str, activation: str, layer: Obj | None, run: Site, read: Site | None) -> None:
        self.site = site
        self.name = name
        self.activation = activation
        self.layer = layer
        self.run = run
        self.read = read


def plain_layers(program: Program) -> list[Plain]:
    """The library's plain recurrent layers that are trained, each place once."""
    found: dict[tuple[str, int, int], Plain] = {}
    ran = {id(event.subject) for event in program.passes.training}
    for event in program.passes.training:
        if not isinstance(event.subject, Obj):
            continue
        for layer in program.models.inside(event.subject):
            api = lookup(layer.name)
            if (
                api is None
                or api.facts.get("recurrent") != "RNN"
                or layer.site is None
                or not _is_trained(program, layer)
            ):
                continue
            if layer.name.endswith("RNNBase") or not (layer.state.get("used") or id(layer) in ran):
                continue
            activation = layer.args.get("nonlinearity")
            if isinstance(activation, Const):
                key = program.site_key(layer.site)
                found.setdefault(
                    key, Plain(layer.site, layer.label, str(activation.value), layer, event.site, real(event))
                )
    return list(found.values())


def hand_written(program: Program) -> list[Plain]:
    """The plain cells that are written by hand."""
    found: list[Plain] = []
    for cell in program.cells:
        events = [event for event in program.passes.training if event.subject is cell.network]
        read = next((site for event in events if (site := real(event)) is not None), None)
        found.append(Plain(cell.site, cell.network.label, cell.activation, None, cell.run, read))
    return found


def real(event: Event) -> Site | None:
    """Where the data that a network gets comes from, if not all of it is made up in the program: a file or data set, or
    a loop over batches of which nothing else is known."""
    origins = inputs(event)
    if origins:
        return next((origin.site for origin in origins if not origin.synthetic and origin.site is not None), None)
    loops = [loop for loop, _ in event.loops if isinstance(loop.iterable, (Obj, Unknown, Tensor)) and loop.test is None]
    return loops[-1].site if loops else None


def compares_cells(program: Program, plain: Plain) -> bool:
    """Whether the program also has a cell with gates that may take this one's place: one that is trained as well, or one
    that a choice at the place where this one (or a network that holds it) is made may give."""
    for event in program.passes.training:
        for layer in program.models.inside(event.subject) if isinstance(event.subject, Obj) else ():
            api = lookup(layer.name)
            if api is not None and api.facts.get("recurrent") in ("LSTM", "GRU"):
                return True
    if plain.layer is None:
        return False
    holders = [event.subject for event in program.passes.training if isinstance(event.subject, Obj)]
    wholes = [inner for holder in holders for inner in descendants(program.models.root(holder))]
    made = [inner for inner in wholes if plain.layer in set(descendants(inner))]
    return any(_is_chosen(inner) for inner in made)


def _is_trained(program: Program, layer: Obj) -> bool:
    if layer.state.get("frozen") == "all":
        return False
    return not program.optimizers or any(not o.known or o.trains(layer) for o in program.optimizers)


def _is_chosen(made: Obj) -> bool:
    """Whether what is called where an object is made is not named there, or a cell with gates is named beside it."""
    site = made.site
    if site is None:
        return False
    node = site.node
    if not isinstance(node, ast.Call):
        return True
    called = (
        node.func.attr
        if isinstance(node.func, ast.Attribute)
        else node.func.id
        if isinstance(node.func, ast.Name)
        else ""
    )
    return called != made.label or any(_names_gates(part) for part in ast.walk(_round(site)))


def _round(site: Site) -> ast.AST:
    """The function that a place stands in, or the statement, at the top of a module."""
    tree = site.scope.source.tree
    line = getattr(site.node, "lineno", 0)
    around: ast.AST = site.node
    for part in ast.walk(tree) if tree is not None else ():
        if isinstance(part, _FUNCTIONS) and part.lineno <= line <= (part.end_lineno or 0):
            around = part  # walked from the outside in
    if around is site.node and tree is not None:
        around = next((s for s in tree.body if s.lineno <= line <= (s.end_lineno or 0)), around)
    return around


def _names_gates(part: ast.AST) -> bool:
    name = ""
    if isinstance(part, ast.Attribute):
        name = part.attr
    elif isinstance(part, ast.Name):
        name = part.id
    elif isinstance(part, ast.Constant) and isinstance(part.value, str) and len(part.value) < 20:
        name = part.value
    return any(gated in name.lower() for gated in _GATED)
