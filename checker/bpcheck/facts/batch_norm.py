"""Batch normalisation in pretrained networks: whether its statistics go on following the batches of the fine-tuning."""

from __future__ import annotations

from bpcheck.apis.backbones import HEADS, has_deep_batch_norm
from bpcheck.evaluate.modules import descendants
from bpcheck.evaluate.values import Obj, Params, Site
from bpcheck.facts.domain import like_pretraining, samples
from bpcheck.facts.finetuning import trained_whole
from bpcheck.facts.loops import turns
from bpcheck.facts.passes import subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bpcheck.evaluate.events import Event
    from bpcheck.facts.program import Program


class Following:
    """A pretrained network whose batch statistics follow the new batches. ``site`` is where train mode is switched on;
    ``frozen`` says that none of its weights is trained."""

    __slots__ = ("frozen", "frozen_site", "model", "pass_site", "pretrained_site", "site")

    def __init__(
        self, model: Obj, site: Site, pretrained_site: Site, pass_site: Site, frozen_site: Site | None, frozen: bool
    ) -> None:
        self.model = model
        self.site = site
        self.pretrained_site = pretrained_site
        self.pass_site = pass_site
        self.frozen_site = frozen_site
        self.frozen = frozen


def following(program: Program) -> list[Following]:
    """Deep pretrained networks in train mode that are frozen, or trained whole on data like those of the pretraining."""
    if not program.closed or not program.of_kind("pretrained") or program.task.adversarial:
        return []
    found: dict[int, Following] = {}
    for network, passes in _trained(program):
        modes = [_mode(program, network, event) for event in passes]
        if any(mode != "train" for mode, _ in modes) or network.site is None:
            continue
        frozen = [_frozen(program, network, event) for event in passes]
        site = modes[0][1] or passes[0].site
        if all(answer is not None for answer in frozen):
            found[id(network)] = Following(network, site, network.site, passes[0].site, frozen[0], True)
        elif _on_similar_data(program, network, passes):
            found[id(network)] = Following(network, site, network.site, passes[0].site, None, False)
    return list(found.values())[:1]


def _trained(program: Program) -> Iterator[tuple[Obj, list[Event]]]:
    """Deep pretrained networks with the training passes that go through them."""
    passes = program.passes.training
    held: dict[Obj, list[Event]] = {}
    for event in passes:
        whole = program.models.root(subject(event))
        for inner in descendants(subject(event)):
            if not inner.state.get("pretrained") or "part-of" in inner.state or not has_deep_batch_norm(inner.name):
                continue
            if not inner.state.get("keeps-statistics") and not program.escaped(inner) and not program.escaped(whole):
                held.setdefault(inner, []).append(event)
    yield from held.items()


def _mode(program: Program, network: Obj, event: Event) -> tuple[str, Site | None]:
    """The mode of the network itself (not of what it is a part of) when the pass runs, and where it was set."""
    mode, site = "train", None
    inside = {id(part) for part in descendants(network)}
    for change in program.of_kind("mode"):
        if change.index > event.index or not isinstance(change.subject, Obj):
            continue
        if change.subject is network or id(network) in program.models.parts(change.subject):
            mode, site = str(change.data["mode"]), change.site
        elif id(change.subject) in inside and change.data["mode"] != "train":
            mode = "mixed"
    return ("mixed", site) if event.subject is network and event.data["own_mode"] != "train" else (mode, site)


def _frozen(program: Program, network: Obj, event: Event) -> Site | None:
    """Where the network was frozen as a whole, if that holds (but for its head) when the pass runs; or what trains without it."""
    site: Site | None = None
    inside = {id(part) for part in descendants(network)}
    touched = False
    for change in program.of_kind("freeze"):
        if change.index > event.index or not isinstance(change.subject, Params):
            continue
        for module, whole in change.subject.parts:
            covers = id(network) in program.models.parts(module)
            if covers:
                touched = True
                sure = whole and not change.data["guarded"] and not change.guards
                site = change.site if change.data["value"] is False and sure else None
            elif (
                id(module) in inside
                and change.data["value"] is not False
                and module.name.rpartition(".")[2] not in HEADS
                and "part-of" in module.state
            ):
                touched, site = True, None
    return site if touched else _left_out(program, network)


def _left_out(program: Program, network: Obj) -> Site | None:
    """The optimizer that trains something else of the whole, where none holds the network's own weights."""
    for optimizer in program.optimizers:
        if not optimizer.known or id(network) in optimizer.holds:
            return None
    made = [o.made for o in program.optimizers if o.made is not None and o.steps]
    parts = {
        id(part)
        for part in descendants(network)
        if "part-of" in part.state and part.name.rpartition(".")[2] not in HEADS
    }
    if any(not parts.isdisjoint(o.holds) for o in program.optimizers):
        return None
    return made[0].site if made else None


def _on_similar_data(program: Program, network: Obj, passes: list[Event]) -> bool:
    """Whether the whole network is trained on photos like those that it was pretrained on."""
    seen = samples(passes)
    if not seen or not all(like_pretraining(program, origin) for origin in seen):
        return False
    return any(
        turns(optimizer.steps) is not None
        and optimizer.known
        and id(network) in optimizer.holds
        and trained_whole(program, network, optimizer)
        for optimizer in program.optimizers
    )
