"""Networks with a recurrence that learn from text: language models, classifiers, taggers, translators; with evidence."""

from __future__ import annotations

from bpcheck.apis import lookup
from bpcheck.evaluate.modules import descendants
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import PENALIZED, POINTED, Const, Obj, Site, Value
from bpcheck.facts.dropout import has_dropout
from bpcheck.facts.loops import backwards_of
from bpcheck.facts.models import recurrent
from bpcheck.facts.optimizers import number
from bpcheck.facts.passes import inputs
from bpcheck.facts.recurrence import recurrent_part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.evaluate.events import Event
    from bpcheck.facts.optimizers import Optimizer
    from bpcheck.facts.program import Program


class TextModel:
    """What is trained on text by the same backward passes: one network, or several (an encoder and its decoder).

    ``cells`` are the recurrences; ``evidence`` is what proves that symbols go in, and its place.
    """

    __slots__ = ("backwards", "cells", "evidence", "losses", "optimizers", "passes", "program")

    def __init__(self, program: Program, optimizer: Optimizer, cell: Obj, evidence: tuple[str, Site]) -> None:
        self.program = program
        self.optimizers = [optimizer]
        self.cells = [cell]
        self.evidence = evidence
        self.backwards = {event.index for event in backwards_of(program, optimizer)}
        self.passes = passes_of(program, optimizer)
        self.losses = losses_of(program, self.passes)

    @property
    def networks(self) -> list[Obj]:
        """The networks whose parameters are trained."""
        return list(dict.fromkeys(module for optimizer in self.optimizers for module in optimizer.modules))

    @property
    def label(self) -> str:
        """The network that holds the recurrence, for messages."""
        return self.program.models.root(self.cells[0]).label

    def join(self, other: TextModel) -> None:
        """``other`` is trained along with this."""
        self.optimizers += other.optimizers
        self.cells += other.cells
        self.backwards |= other.backwards
        self.passes += [event for event in other.passes if event not in self.passes]
        self.losses += [event for event in other.losses if event not in self.losses]


def text_models(program: Program) -> list[TextModel]:
    """The recurrent networks that are trained on text, those with common backward passes together.

    What is made up in the program (five sentences in a list) is no text to learn from.
    """
    if program.task.reinforcement or program.task.adversarial:
        return []
    found: list[TextModel] = []
    for optimizer in program.optimizers:
        if not optimizer.steps:
            continue
        cell = next((part for module in optimizer.modules if (part := recurrent_part(program, module))), None)
        evidence = _evidence(program, optimizer) if cell is not None else None
        if cell is None or evidence is None:
            continue
        model = TextModel(program, optimizer, cell, evidence)
        if not _is_real(model) or any(e.data["loss"] in _NO_SYMBOLS for e in model.losses):
            continue
        whole = next((each for each in found if each.backwards & model.backwards), None)
        if whole is None:
            found.append(model)
        else:
            whole.join(model)
    return found


#: Losses of scores for all classes, of which one is right.
_OF_CLASSES = frozenset({"cross_entropy", "nll"})
#: Losses of measured quantities: what is predicted is no symbol, even where some input is (speech from text).
_NO_SYMBOLS = frozenset({"regression"})


def embedding_of(program: Program, module: Obj) -> Obj | None:
    """The first table of vectors in ``module`` that takes part in training."""
    ran = {id(event.subject) for event in program.passes.training}
    for inner in descendants(module):
        api = lookup(inner.name)
        if api is not None and api.facts.get("embedding") and (inner.state.get("used") or id(inner) in ran):
            return inner
    return None


def passes_of(program: Program, optimizer: Optimizer) -> list[Event]:
    """The forward passes that train something ``optimizer`` holds."""
    return [e for e in program.passes.training if isinstance(e.subject, Obj) and optimizer.trains(e.subject)]


def losses_of(program: Program, passes: list[Event]) -> list[Event]:
    """The losses of what ``passes`` give."""
    own = {event.index for event in passes}
    return [e for e in program.task.losses if any(p.index in own for p in flow([e.data["output"]]).passes)]


def _is_real(model: TextModel) -> bool:
    """Whether it surely learns from data that are not made up in the program."""
    return any(not origin.synthetic for event in model.passes for origin in inputs(event))


def _evidence(program: Program, optimizer: Optimizer) -> tuple[str, Site] | None:
    """What shows that the network reads symbols: it looks them up in a table of vectors, or they are one-hot."""
    for module in optimizer.modules:
        table = embedding_of(program, module)
        if table is not None and table.site is not None and _may_feed(optimizer, table):
            return f"{table.label} turns symbols into vectors", table.site
    for event in passes_of(program, optimizer):
        whole = event.subject
        if isinstance(whole, Obj) and "one-hot" in whole.state:
            return "symbols become one-hot vectors in it", event.site
        if any(tensor.via in ("one-hot", POINTED) for tensor in flow(event.data["args"]).tensors):
            return "reads symbols as one-hot vectors", event.site
    return None


def surely_undropped(model: TextModel) -> bool:
    """Whether nothing that takes part in its training drops anything: no layer, function or mask written by hand."""
    program = model.program
    if program.of_kind("functional-dropout") or any(optimizer.escaped() for optimizer in model.optimizers):
        return False
    feeding = {
        passed.subject
        for backward in program.passes.backwards
        if backward.index in model.backwards
        for passed in flow([backward.subject]).passes
        if isinstance(passed.subject, Obj)
    }
    for network in {program.models.root(each) for each in (*feeding, *model.networks)}:
        answer = has_dropout(network)
        if answer or (answer is None and (recurrent(network) or embedding_of(program, network))):
            return False
    return True


def surely_unregularised(model: TextModel) -> bool:
    """Whether nothing but the loss itself holds its weights and activations down: neither a weight decay nor a penalty
    that is added to the loss."""
    for optimizer in model.optimizers:
        if not optimizer.known or optimizer.escaped() or optimizer.api is None:
            return False
        if not optimizer.groups or any(number(group.weight_decay) != 0 for group in optimizer.groups):
            return False
    fed = [e.subject for e in model.program.passes.backwards if e.index in model.backwards]
    tensors = flow(fed).tensors
    return bool(tensors) and all(tensor.kind == "loss" and tensor.via != PENALIZED for tensor in tensors)


def _may_feed(optimizer: Optimizer, table: Obj) -> bool:
    """Whether what the recurrence reads may be the vectors of ``table``. It may not where sizes are known and differ, as where
    an embedding stands beside measured quantities; scores for all symbols prove it nevertheless."""
    parts = [inner for module in optimizer.modules for inner in descendants(module)]
    sizes = [inner.args["input_size"] for inner in parts if "input_size" in inner.args]
    widths = [inner.args["embedding_dim"] for inner in parts if "embedding_dim" in inner.args]
    if not sizes or not all(isinstance(value, Const) and isinstance(value.value, int) for value in (*sizes, *widths)):
        return True
    projected = [inner.args["in_features"] for inner in parts if "in_features" in inner.args]
    read, given = {_whole(value) for value in (*sizes, *projected)}, [_whole(value) for value in widths]
    if not read.isdisjoint((*given, sum(given))):
        return True
    return any(same_size(inner.args.get("out_features"), table.args.get("num_embeddings")) for inner in parts)


def _whole(value: Value) -> int:
    return value.value if isinstance(value, Const) and isinstance(value.value, int) else 0


def predicts_next(model: TextModel) -> bool:
    """Whether it is a language model: it reads symbols of one alphabet, scores all of that alphabet, and the right
    answers come from the very text that it reads (and from nothing else, as a caption's image)."""
    tables = [
        inner
        for network in model.networks
        for inner in descendants(network)
        if (api := lookup(inner.name)) is not None and api.facts.get("embedding")
    ]
    if len(set(tables)) != 1 or not model.losses or any(e.data["loss"] not in _OF_CLASSES for e in model.losses):
        return False
    size = tables[0].args.get("num_embeddings")
    parts = [inner for network in model.networks for inner in descendants(network)]
    if not any(same_size(inner.args.get("out_features"), size) for inner in parts):
        return False
    if not all(_reads_symbols(event) for event in model.passes):
        return False
    read = {o.root() for e in model.passes for o in inputs(e) if not o.synthetic}
    asked = {o.root() for e in model.losses for o in flow([e.data["target"]]).origins if not o.synthetic}
    own = {event.index for event in model.passes}
    fed = {p.index for e in model.passes for p in flow(e.data["args"]).passes}
    return bool(asked) and asked <= read and fed <= own


def _reads_symbols(event: Event) -> bool:
    """Whether a network that runs has a recurrence, or is a single layer of what is put together in a script (and no
    encoder of images)."""
    assert isinstance(event.subject, Obj)
    return event.subject.cls is None or recurrent(event.subject) is not None


def same_size(one: Value | None, other: Value | None) -> bool:
    """Whether two sizes, known or not, are surely the same and more than one."""
    if isinstance(one, Const) and isinstance(other, Const):
        return isinstance(one.value, int) and one.value > 1 and bool(one.value == other.value)
    return one is not None and one is other
