"""What a proof that spans several cells of a notebook owes to their order: cells are judged from top to bottom, and may
last have been run otherwise."""

from __future__ import annotations

from bpcheck.findings import Finding, Place, TraceStep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def with_cell_order(finding: Finding, runs: Mapping[int, int]) -> Finding:
    """``finding`` with one more step if its proof follows cells of its file that were last run in another order.

    ``runs`` says as which each cell was run when the notebook was saved (see ``Source``).
    """
    found = _departure(_cells(finding), runs)
    if found is None:
        return finding
    place, message = found
    return Finding(
        finding.code, finding.name, finding.severity, finding.practice, finding.message, finding.place,
        (*finding.trace, TraceStep(place, message)), finding.fix, finding.manual,
    )  # fmt: skip


def _cells(finding: Finding) -> dict[int, Place]:
    """The cells of the finding's notebook that its proof goes through, each with a place in it, top to bottom."""
    places = [finding.place, *(step.place for step in finding.trace)]
    cells: dict[int, Place] = {}
    for place in places:
        if place.cell is not None and place.path == finding.place.path:
            cells.setdefault(place.cell, place)
    return dict(sorted(cells.items()))


def _departure(cells: Mapping[int, Place], runs: Mapping[int, int]) -> tuple[Place, str] | None:
    if len(cells) < 2 or not runs:  # of a notebook that was saved without outputs nothing is known
        return None
    latest: int | None = None
    for cell, place in cells.items():
        if cell not in runs:
            return place, f"cell {cell} had not been run when the notebook was saved"
        if latest is not None and runs[cell] < runs[latest]:
            return place, f"cell {cell} was last run before cell {latest} when the notebook was saved"
        latest = cell
    return None
