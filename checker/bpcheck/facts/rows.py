"""Rows of data: which samples an origin holds, told from which columns or elements of them."""

from __future__ import annotations

import ast

from bpcheck.evaluate.values import Origin, Site

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.evaluate.events import Event, Loop

#: How the parts are called that are chosen to be told apart: splits, folds, samplers, slices, samples of a table.
_SPLITS = ("split", "subset", "sampler", "train part", "held-out part", "train fold", "held-out fold")
_CHOICES = (*_SPLITS, "sample ", "rows without", "in ", "@", "~", "some at")


def rows(origin: Origin) -> tuple[Origin, ...]:
    """The choices of rows that lead from the whole to ``origin``, the first choice first."""
    found: list[Origin] = []
    current: Origin | None = origin
    while current is not None and current.base is not None:
        if _chooses_rows(current):
            found.append(current)
        current = current.base
    return tuple(found[::-1])


def _chooses_rows(origin: Origin) -> bool:
    part = origin.part
    if part.startswith(_CHOICES):
        return not (part.startswith("some at") and _all_rows(origin.site))
    if ":" in part and not part.startswith(("'", '"', "[", "(")):
        return not part.startswith(":,") and part != ":"
    return False


def _all_rows(site: Site | None) -> bool:
    """Whether a subscript keeps all rows and chooses among the columns (``x[:, 1:]``)."""
    node = site.node if site is not None else None
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Tuple) or not node.slice.elts:
        return False
    first = node.slice.elts[0]
    return isinstance(first, ast.Slice) and first.lower is first.upper is first.step is None


def columns(origin: Origin) -> tuple[str, ...]:
    """How data are chosen among the columns of a table, the first choice first; empty where they are all of them."""
    chain = [origin]
    while chain[-1].base is not None:
        chain.append(chain[-1].base)
    found: list[str] = []
    for each in reversed(chain):
        if each.part.isdigit() or each.part == "each":
            break  # within a sample or a batch there are other axes
        if each.part.startswith(("'", '"', "[")) or (each.part.startswith("some at") and _all_rows(each.site)):
            found.append(each.part)
    return tuple(found)


def is_split(origin: Origin) -> bool:
    """Whether these samples were taken out of a whole by what is made to split data."""
    return origin.part.startswith(_SPLITS)


def covers(whole: Origin, part: Origin) -> bool:
    """Whether all samples of ``part`` are among those of ``whole``."""
    return whole.root() is part.root() and _starts(rows(whole), rows(part))


#: A forward pass with an input, or a loss with a target.
Use = tuple["Event", Origin]


def within_sample(origin: Origin) -> bool:
    """Whether it is one sample at a time that is meant."""
    return origin.part == "each" or (origin.base is not None and within_sample(origin.base))


def separated(whole: Origin, trained: Use, held: Use) -> bool:
    """Whether training and an evaluation use samples of ``whole`` that were told apart after it.

    What a loop chooses turn by turn is not told apart, unless its turns are folds: whole trainings.
    """
    one, other = trained[1], held[1]
    if trained[0].kind != held[0].kind:
        return False  # inputs and targets may be different columns of the same rows
    if not (covers(whole, one) and covers(whole, other)):
        return False
    start = len(rows(whole))
    ours, theirs = rows(one)[start:], rows(other)[start:]
    for a, b in zip(ours, theirs, strict=False):
        if a is not b and a.part != b.part:
            return _lasting(a, b, trained[0], held[0])
    rest = ours[len(theirs) :]
    return bool(rest) and _lasting(rest[0], rest[0], trained[0], held[0])


def _lasting(one: Origin, other: Origin, trained: Event, held: Event) -> bool:
    """Whether the choices of both are made once, or once a fold."""
    if all(any(word in each.part for word in _SPLITS) for each in (one, other)):
        return True  # by indices that were split, wherever they are used
    loops = [_turn(one, trained), _turn(other, held)]
    if loops == [None, None]:
        return True
    return loops[0] is loops[1] and trained.loops[-1][0] is not loops[0]


def _turn(origin: Origin, event: Event) -> Loop | None:
    """The innermost loop round a forward pass in whose turns the choice is made."""
    for loop, _ in reversed(event.loops):
        if not loop.unrolled and any(_inside(site, loop.site) for site in (origin.site, *origin.calls)):
            return loop
    return None


def _inside(site: Site | None, loop: Site) -> bool:
    if site is None or site.scope is not loop.scope:
        return False
    first, last = getattr(loop.node, "lineno", 0), getattr(loop.node, "end_lineno", None) or 0
    return first <= getattr(site.node, "lineno", 0) <= last


def _starts(shorter: tuple[Origin, ...], longer: tuple[Origin, ...]) -> bool:
    return len(shorter) <= len(longer) and all(
        a is b or (a.part == b.part and not a.part.startswith("in ")) for a, b in zip(shorter, longer, strict=False)
    )
