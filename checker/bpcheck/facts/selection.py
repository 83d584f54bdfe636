"""Decisions taken by a metric: which checkpoint is kept, when training stops, when the learning rate falls."""

from __future__ import annotations

from bpcheck.evaluate.events import Branch, Event
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Origin, Site, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program


class Selection:
    """A decision, and the test data that it depends on."""

    __slots__ = ("data_site", "site", "what")

    def __init__(self, site: Site, what: str, data_site: Site) -> None:
        self.site = site
        self.what = what
        self.data_site = data_site


def selections(program: Program) -> list[Selection]:
    """Decisions that depend on samples of a test set and on no others: the first of a program, since they have one remedy."""
    found: dict[str, Selection] = {}
    deciding: dict[Branch, Origin | None] = {}
    for event in program.of_kind("save", "state-dict", "keep", "stop"):
        what = "when training stops" if event.kind == "stop" else "which checkpoint is kept"
        if what in found or not event.loops or (event.kind == "stop" and not _ends_training(program, event)):
            continue
        for guard in reversed(event.guards):
            if guard not in deciding:
                deciding[guard] = _test_only(guard.test)
            origin = deciding[guard]
            if origin is not None and origin.site is not None:
                found.setdefault(what, Selection(guard.site, what, origin.site))
    for schedule in program.schedules:
        if schedule.shape == "plateau":
            for event in schedule.steps:
                origin = _metric_origin(event)
                if origin is not None and origin.site is not None:
                    found.setdefault("lr", Selection(event.site, "when the learning rate falls", origin.site))
    kept = ("which checkpoint is kept", "when training stops", "lr")
    return [found[kind] for kind in kept if kind in found][:1]


def _ends_training(program: Program, event: Event) -> bool:
    """Whether the loop that is left is one in which weights are updated, and not a search through predictions."""
    walked = [loop for loop, _ in event.loops if not loop.unrolled]
    return bool(walked) and any(loop is walked[-1] for step in program.of_kind("step") for loop, _ in step.loops)


def position(origin: Origin) -> tuple[str, int, str]:
    """Where data comes from, to choose the same of several each time."""
    site = origin.site
    return (
        (site.scope.source.path, getattr(site.node, "lineno", 0), origin.key)
        if site is not None
        else ("", 0, origin.key)
    )


def _metric_origin(event: Event) -> Origin | None:
    args = event.data["args"]
    return _test_only(args[0]) if args else None


def _test_only(value: Value | None) -> Origin | None:
    """An origin of ``value``, if all its data is test data."""
    origins = [o for o in flow([value]).origins if not o.synthetic]
    if origins and all(o.split == "test" for o in origins):
        return min((o.root() for o in origins), key=position)
    return None
