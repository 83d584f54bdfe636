"""Softmax and its relatives: over which axis they normalise."""

from __future__ import annotations

from bpcheck.evaluate import axes
from bpcheck.evaluate.values import Site, choices

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.evaluate.events import Event
    from bpcheck.facts.program import Program


class ImplicitAxis:
    """A normalisation that was not told its axis, at the place that would have to tell it.

    ``count`` is how many axes its input has (0: not known); ``over_batch`` that it normalises over the batch.
    """

    __slots__ = ("count", "name", "over_batch", "site", "used")

    def __init__(self, name: str, site: Site, used: Site, count: int, over_batch: bool) -> None:
        self.name = name
        self.site = site
        self.used = used
        self.count = count
        self.over_batch = over_batch

    @property
    def chosen(self) -> int:
        """The axis that is taken: the first of one or three, otherwise the second."""
        return 0 if self.count in (1, 3) else 1


def implicit_axes(program: Program) -> list[ImplicitAxis]:
    """The normalisations without an axis, each place once. Where it is fed by several, one over the batch comes first."""
    found: dict[tuple[str, int, int], list[ImplicitAxis]] = {}
    for event in program.of_kind("implicit-axis"):
        found.setdefault(program.site_key(event.site), []).append(_of_event(event))
    return [next((each for each in group if each.over_batch), _agreed(group)) for group in found.values()]


def _agreed(group: list[ImplicitAxis]) -> ImplicitAxis:
    first = group[0]
    alike = all(each.count == first.count for each in group)
    return first if alike else ImplicitAxis(first.name, first.site, first.used, 0, False)


def _of_event(event: Event) -> ImplicitAxis:
    kinds = {axes.of(each) for each in choices(event.data["value"])}
    known = kinds.pop() if len(kinds) == 1 else ""
    made = ImplicitAxis(event.data["name"], event.site, event.data["used"], len(known), False)
    made.over_batch = known[made.chosen : made.chosen + 1] == "b"
    return made
