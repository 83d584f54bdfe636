"""Fine-tuning: pretrained networks and the learning rates of their layers."""

from __future__ import annotations

from bpcheck.evaluate.modules import children, descendants
from bpcheck.evaluate.values import Const, Map, Obj, Params, Seq, Site, same
from bpcheck.facts.loops import turns
from bpcheck.findings import TraceStep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.optimizers import Optimizer
    from bpcheck.facts.program import Program


class UniformRate:
    """A pretrained network all of whose layers get one learning rate."""

    __slots__ = ("chosen_by", "language_model", "model", "optimizer_site", "pretrained_site")

    def __init__(
        self,
        model: Obj,
        pretrained_site: Site,
        optimizer_site: Site,
        language_model: bool,
        chosen_by: tuple[TraceStep, ...],
    ) -> None:
        self.model = model
        self.pretrained_site = pretrained_site
        self.optimizer_site = optimizer_site
        self.language_model = language_model
        self.chosen_by = chosen_by


def uniform_rates(program: Program) -> list[UniformRate]:
    """Pretrained networks that are trained whole, with one rate."""
    found: list[UniformRate] = []
    for optimizer in program.optimizers:
        if (
            optimizer.made is None
            or optimizer.obj.__class__ is not Obj
            or turns(optimizer.steps) is None
            or not optimizer.known
            or not _one_rate(optimizer)
        ):
            continue
        for module in optimizer.modules:
            for inner in descendants(module):
                if not inner.state.get("pretrained") or inner.state.get("part-of") is not None or inner.site is None:
                    continue
                if not trained_whole(program, inner, optimizer) or program.escaped(inner):
                    continue
                if _shared_out(program, inner, optimizer):
                    continue
                language = bool(inner.state.get("text"))
                loaded = next((e for e in program.of_kind("pretrained") if e.subject is inner), None)
                chosen = program.chosen_by(loaded)
                found.append(UniformRate(inner, inner.site, optimizer.made.site, language, chosen))
    return found[:1]


def _shared_out(program: Program, model: Obj, optimizer: Optimizer) -> bool:
    """Whether another optimizer trains other parts of the network, the head for example, at a rate of its own."""
    parts = program.models.parts(program.models.root(model))
    own = frozenset().union(*map(program.models.parts, optimizer.modules))
    others = [other for other in program.optimizers if other is not optimizer and other.steps]
    return any(id(module) in parts - own for other in others for module in other.modules)


def trained_whole(program: Program, model: Obj, optimizer: Optimizer) -> bool:
    """Whether no weight of ``model`` is frozen, or may be, when ``optimizer`` first steps."""
    first = optimizer.steps[0]
    trainable: dict[int, bool] = {}
    for event in program.of_kind("freeze"):
        if event.index < first.index and isinstance(event.subject, Params):
            sure = event.guards == first.guards[: len(event.guards)] and not event.data["guarded"]
            for module, whole in event.subject.parts:
                free = event.data["value"] is True and whole and sure
                trainable.update(dict.fromkeys(map(id, descendants(module)), free))
    return all(
        trainable.get(id(inner), True) for inner in descendants(model) if not children(inner) or inner.cls is None
    )


def _one_rate(optimizer: Optimizer) -> bool:
    """Whether all groups surely have the same rate."""
    rates = [group.lr for group in optimizer.groups]
    if not rates or any(rate is None for rate in rates):
        return False
    first = rates[0]
    alike = all(
        rate is first or (isinstance(rate, Const) and first is not None and same(rate, first)) for rate in rates
    )
    return alike and not _scaled(optimizer)


def _scaled(optimizer: Optimizer) -> bool:
    """Whether groups carry keys of their own (``lr_scale``), which somebody else multiplies in."""
    assert isinstance(optimizer.obj, Obj)
    params = optimizer.obj.args.get("params")
    items = params.items if isinstance(params, Seq) else None
    known = {"params", "lr", "weight_decay", "betas", "eps", "momentum", "name", "initial_lr"}
    return any(isinstance(item, Map) and set(item.data) - known for item in items or ()) or isinstance(params, Const)
