"""The Program: everything that is known of one script and the local modules that it uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from bpcheck.evaluate.values import Const, Obj, Site, Value
from bpcheck.findings import Place, TraceStep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.evaluate.evaluator import Evaluator
    from bpcheck.evaluate.events import Event
    from bpcheck.facts.cells import Cell
    from bpcheck.facts.data import Data
    from bpcheck.facts.layers import Layers
    from bpcheck.facts.models import Models
    from bpcheck.facts.optimizers import Optimizer
    from bpcheck.facts.passes import Passes
    from bpcheck.facts.schedules import Schedule
    from bpcheck.facts.task import Task
    from bpcheck.facts.text import TextModel


class Program:
    """One entry script with all that it reaches; or, with ``fragment``, a function or class that nothing calls, on
    its own.

    A fragment's callers are unknown, so nothing may be called absent in it.
    """

    def __init__(self, evaluator: Evaluator, events: list[Event], fragment: bool = False) -> None:
        self.evaluator = evaluator
        self.events = events
        self.fragment = fragment

    def of_kind(self, *kinds: str) -> list[Event]:
        """The events of these kinds, in program order."""
        return [event for kind in kinds for event in self._by_kind.get(kind, ())]

    @cached_property
    def _by_kind(self) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = {}
        for event in self.events:
            found.setdefault(event.kind, []).append(event)
        return found

    @cached_property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers that step, or are at least made."""
        from bpcheck.facts.optimizers import optimizers

        return optimizers(self)

    @cached_property
    def schedules(self) -> list[Schedule]:
        """The learning-rate schedulers."""
        from bpcheck.facts.schedules import schedules

        return schedules(self)

    @cached_property
    def passes(self) -> Passes:
        """The forward passes, and which of them train."""
        from bpcheck.facts.passes import Passes

        return Passes(self)

    @cached_property
    def models(self) -> Models:
        """The networks."""
        from bpcheck.facts.models import Models

        return Models(self)

    @cached_property
    def layers(self) -> list[Layers]:
        """The layers of the convolutional networks that are trained."""
        from bpcheck.facts.layers import trained_layers

        return trained_layers(self)

    @cached_property
    def data(self) -> Data:
        """Data sets, splits, transforms."""
        from bpcheck.facts.data import Data

        return Data(self)

    @cached_property
    def text_models(self) -> list[TextModel]:
        """The recurrent networks that are trained on text."""
        from bpcheck.facts.text import text_models

        return text_models(self)

    @cached_property
    def cells(self) -> list[Cell]:
        """The recurrent cells that are written by hand and trained."""
        from bpcheck.facts.cells import cells

        return cells(self)

    @cached_property
    def task(self) -> Task:
        """What is learned, with evidence."""
        from bpcheck.facts.task import Task

        return Task(self)

    @property
    def closed(self) -> bool:
        """Whether all code was seen, so that something can be called absent (objects may still have escaped).

        A test trains to see that training works: it lacks schedules and validation by intent.
        """
        if self.fragment or self.is_test:
            return False
        fatal = ("part of the file", "the program is larger", "a star import")
        return not any(why.startswith(fatal) for why, _ in self.evaluator.gaps)

    @cached_property
    def is_test(self) -> bool:
        """Whether the program is a test: called as pytest wants it, and asserting something."""
        entry = self.evaluator.entry
        if entry is None or not (entry.name.startswith("test_") or entry.stem.endswith("_test")):
            return False
        text = self.evaluator.project.source(entry).text
        return any(sign in text for sign in ("assert ", "assert_close(", "unittest", "pytest", "self.assert"))

    def escaped(self, obj: Obj) -> bool:
        """Whether ``obj`` was handed to code that bpcheck does not see."""
        return "escaped" in obj.state

    def skipped_arm(self, *words: str, beside: Iterable[Event] = ()) -> tuple[str, Site] | None:
        """An arm that the default configuration does not take, with its option: one in which or in whose option one of
        ``words`` stands, or that stands in a line with one of the events ``beside``."""
        lines = {self.site_key(event.site)[:2] for event in beside}
        for setting, site in self.evaluator.skipped:
            source = site.scope.source
            node = site.node
            first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", None) or getattr(node, "lineno", 1)
            text = "\n".join(source.lines[first - 1 : last])
            if any(word in text or word in setting for word in words) or self.site_key(site)[:2] in lines:
                return setting, site
        return None

    def switched_off(self, effect: str, *words: str, beside: Iterable[Event] = ()) -> tuple[TraceStep, ...]:
        """The proof that ``effect`` is there and does not happen: the arm that is left out (see ``skipped_arm``), and by what."""
        found = self.skipped_arm(*words, beside=beside)
        if found is None:
            return ()
        setting, site = found
        where = self.evaluator.setting_sites.get(setting)
        if where is None:
            return (step(site, f"this would {effect}, but {setting} is off by default"),)
        return step(where, f"`{setting}` is set here"), step(site, f"this would {effect}, but for `{setting}`")

    def chosen_by(self, event: Event | None) -> tuple[TraceStep, ...]:
        """The settings of a configuration by which the code of ``event`` was chosen."""
        names = dict.fromkeys(event.decided) if event is not None else {}
        return tuple([step(self.evaluator.setting_sites[name], f"`{name}` is set here") for name in names])

    def set_at(self, value: Value | None) -> tuple[TraceStep, ...]:
        """Where a configuration sets ``value``, if one does."""
        setting = value.setting if isinstance(value, Const) else None
        where = self.evaluator.setting_sites.get(setting) if setting is not None else None
        return (step(where, f"`{setting}` is set here"),) if where is not None else ()

    def site_key(self, site: Site) -> tuple[str, int, int]:
        """What tells sites apart: the same place reached twice is one."""
        node = site.node
        return site.scope.source.path, getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def words(value: Value) -> str:
    """The text in a value."""
    return str(value.value) if isinstance(value, Const) else "?"


def place(site: Site) -> Place:
    """Where a site stands in its file."""
    return site.scope.source.place(site.node)


def header(site: Site) -> Place:
    """Where a loop's first line stands, without its body."""
    import ast

    node = site.node
    if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
        last = node.iter if not isinstance(node, ast.While) else node.test
        return site.scope.source.place(
            (node.lineno, node.col_offset, last.end_lineno or node.lineno, last.end_col_offset or 0)
        )
    return place(site)


def step(site: Site, message: str) -> TraceStep:
    """One step of a proof."""
    return TraceStep(header(site), message)


def name_of(site: Site, fallback: str = "the model") -> str:
    """How the author calls the object of a method call at ``site`` (``model`` in ``model.eval()``)."""
    import ast

    node = site.node
    if isinstance(node, ast.Call):
        node = node.func
        if isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Attribute)):
            return ast.unparse(node.value)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
            return fallback
        if isinstance(node, (ast.Name, ast.Attribute)):
            return ast.unparse(node)
    return fallback


def unique(items: list[Event]) -> Iterator[Event]:
    """The events, each place once."""
    seen: set[tuple[int, int]] = set()
    for event in items:
        key = (id(event.site.scope), id(event.site.node))
        if key not in seen:
            seen.add(key)
            yield event
