"""Adam's decay rates of the moments of the gradient (its betas)."""

from __future__ import annotations

from bpcheck.evaluate.iterate import unrolled
from bpcheck.evaluate.values import Map, Obj, Seq, Value, is_none
from bpcheck.facts.optimizers import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.optimizers import Optimizer
    from bpcheck.facts.program import Program

#: What torch.optim.Adam and its kin take where nothing is said.
DEFAULT = (0.9, 0.999)


def default_betas(program: Program, optimizer: Optimizer) -> bool:
    """Whether it is an Adam that surely runs with the betas which it has by default."""
    if optimizer.api is None or not optimizer.api.facts.get("adam") or not isinstance(optimizer.obj, Obj):
        return False
    given = optimizer.obj.args.get("betas")
    if given is not None and not is_none(given):
        items = unrolled(given)
        if items is None or tuple(number(item) for item in items) != DEFAULT:
            return False
    groups = optimizer.obj.args.get("params")
    return not (_sets_betas(groups) or _cycled(program, optimizer.obj))


def _sets_betas(groups: Value | None) -> bool:
    """Whether some parameter group has betas of its own (or may have)."""
    if isinstance(groups, Map):
        return bool(groups.cell["open"]) or "betas" in groups.data
    return isinstance(groups, Seq) and any(map(_sets_betas, unrolled(groups) or (groups.elem,)))


def _cycled(program: Program, optimizer: Obj) -> bool:
    """Whether a schedule (or what may be one) moves the first of them along with the learning rate."""
    return any(
        schedule.shape in ("one-cycle", "cyclic")
        and schedule.drives(optimizer) is not False
        and schedule.argument("cycle_momentum") is not False
        for schedule in program.schedules
    )
