"""Classifiers of texts, and whether anything in them was learned from other texts before."""

from __future__ import annotations

from bpcheck.apis import lookup
from bpcheck.apis.labelled_texts import is_labelled_text
from bpcheck.evaluate.modules import descendants
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Obj, Origin, Site, is_none
from bpcheck.facts.passes import inputs
from bpcheck.facts.text import embedding_of, losses_of, passes_of, same_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.evaluate.events import Event
    from bpcheck.facts.optimizers import Optimizer
    from bpcheck.facts.program import Program

_OF_CLASSES = frozenset({"cross_entropy", "nll", "bce", "bce_logits", "multilabel_soft_margin"})


class FromScratch:
    """A classifier of texts in which all weights are new: its table of vectors, what it learns from, and with which
    loss."""

    __slots__ = ("data", "loss", "network", "table")

    def __init__(self, network: Obj, table: Obj, data: Site | None, loss: Event) -> None:
        self.network = network
        self.table = table
        self.data = data
        self.loss = loss


def from_scratch(program: Program) -> list[FromScratch]:
    """The classifiers of labelled texts that surely know nothing of the language when their training begins.

    A program in which something pretrained reads texts compares, or knows about it.
    """
    if _knows_better(program):
        return []
    found: dict[Obj, FromScratch] = {}
    for optimizer in program.optimizers:
        if not optimizer.steps or optimizer.escaped():
            continue
        for module in optimizer.modules:
            network = program.models.root(module)
            table = embedding_of(program, module)
            if table is None or table.site is None or network in found:
                continue
            first = min((event.index for event in passes_of(program, optimizer)), default=0)
            if _is_loaded(program, network, first) or not _is_new(network):
                continue
            loss = _loss_of_labels(program, optimizer)
            if loss is not None and not _predicts_symbols(network, table):
                data = next(o for e in passes_of(program, optimizer) for o in inputs(e) if is_labelled_text(o.key))
                found[network] = FromScratch(network, table, data.root().site, loss)
    return list(found.values())


def _knows_better(program: Program) -> bool:
    """Whether something pretrained reads texts, or vectors of words are given to a table of another network."""
    reading = [e.subject for e in program.of_kind("pretrained") if isinstance(e.subject, Obj)]
    if any(network.state.get("text") is not False for network in reading):
        return True
    parts = [inner for inner in program.models.everything if "given-weights" in inner.state]
    return any((api := lookup(inner.name)) is not None and api.facts.get("embedding") for inner in parts)


def _is_loaded(program: Program, network: Obj, start: int) -> bool:
    """Whether weights are loaded before the training starts."""
    loads = [e for e in program.of_kind("load-weights") if e.index < start]
    return any(isinstance(e.subject, Obj) and program.models.related(e.subject, network) for e in loads)


def _is_new(network: Obj) -> bool:
    """Whether all parts are known, and none of their weights come from elsewhere."""
    for inner in descendants(network):
        if (
            inner.kind == "opaque"
            or "given-weights" in inner.state
            or inner.state.get("pretrained", False) is not False
        ):
            return False
        if lookup(inner.name) is None and inner.cls is None:
            return False
        given = inner.args.get("_weight")
        if given is not None and not is_none(given):
            return False
    return True


def _loss_of_labels(program: Program, optimizer: Optimizer) -> Event | None:
    """The loss that compares scores with the labels of the texts; ``None`` where others are in play or it is not sure."""
    passes = passes_of(program, optimizer)
    losses = losses_of(program, passes)
    if not losses or any(event.data["loss"] not in _OF_CLASSES for event in losses):
        return None
    read = {_data_set(o) for event in passes for o in inputs(event) if is_labelled_text(o.key)}
    asked = {_data_set(o) for o in flow([losses[0].data["target"]]).origins}
    return losses[0] if read & asked else None


def _data_set(origin: Origin) -> str:
    """The data set that samples come from (its texts and labels may come as arrays of their own)."""
    return origin.root().key.partition(" ")[0]


def _predicts_symbols(network: Obj, table: Obj) -> bool:
    size = table.args.get("num_embeddings")
    return any(same_size(inner.args.get("out_features"), size) for inner in descendants(network))
