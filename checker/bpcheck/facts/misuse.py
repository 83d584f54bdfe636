"""How schedulers are misused: never stepped, in the wrong order, in the wrong unit, without the metric."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.evaluate.events import Event
from bpcheck.evaluate.values import Const, Obj, Site
from bpcheck.facts.loops import count, setting_of, turns
from bpcheck.facts.optimizers import Optimizer, number
from bpcheck.facts.program import step
from bpcheck.findings import TraceStep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program
    from bpcheck.facts.schedules import Schedule


class Misuse:
    """One way in which a scheduler is misused."""

    __slots__ = ("message", "remedy", "site", "trace")

    def __init__(self, site: Site, message: str, trace: tuple[TraceStep, ...], remedy: str) -> None:
        self.site = site
        self.message = message
        self.trace = trace
        self.remedy = remedy


def misuses(program: Program, schedule: Schedule) -> Iterator[Misuse]:
    """What is wrong with the use of ``schedule``: at most one thing."""
    optimizer = next((o for o in program.optimizers if isinstance(o.obj, Obj) and schedule.drives(o.obj) is True), None)
    if optimizer is None or optimizer.escaped() or program.escaped(schedule.obj) or schedule.combined():
        return
    if "accelerated" in schedule.obj.attrs:
        return  # it steps as often as there are processes, each time it is called
    for check in (_never_stepped, _without_metric, _before_optimizer, _wrong_unit, _too_short):
        found = check(program, schedule, optimizer)
        if found is not None:
            yield found
            return


def _never_stepped(program: Program, schedule: Schedule, optimizer: Optimizer) -> Misuse | None:
    pair = turns(optimizer.steps)
    if schedule.steps or pair is None or not program.closed:
        return None
    if schedule.obj.cls is not None and any(
        optimizer.touches(e.subject) is not False for e in program.of_kind("lr-write")
    ):
        return None  # a scheduler of the project may have another method that does it
    if any(e.data.get("opaque") for e in program.of_kind("step")) or program.skipped_arm(".step("):
        return None
    return Misuse(
        schedule.made.site, f"{schedule.name} is created and never stepped, so the learning rate stays as it is",
        (step(schedule.made.site, "the schedule is created here"), step(pair[0].site, "only the optimizer steps")),
        "Call `scheduler.step()` after the optimizer's step, once per epoch or per batch as its arguments say.",
    )  # fmt: skip


def _without_metric(program: Program, schedule: Schedule, optimizer: Optimizer) -> Misuse | None:
    if schedule.name != "ReduceLROnPlateau":
        return None
    bare = next((e for e in schedule.steps if not e.data["args"]), None)
    if bare is None:
        return None
    return Misuse(
        bare.site,
        "ReduceLROnPlateau is stepped without the metric that it watches",
        (
            step(schedule.made.site, "it lowers the rate when a metric stops improving"),
            step(bare.site, "no metric is passed"),
        ),
        "Pass the validation metric: `scheduler.step(validation_loss)`.",
    )


def _before_optimizer(program: Program, schedule: Schedule, optimizer: Optimizer) -> Misuse | None:
    if not schedule.steps or not optimizer.steps or schedule.shape == "plateau" or schedule.obj.cls is not None:
        return None
    first, update = schedule.steps[0], optimizer.steps[0]
    if first.data["args"] or first.index > update.index or not first.loops or first.guards:
        return None
    loop, turn = first.loops[-1]
    if not any(other is loop and t == turn for other, t in update.loops):
        return None
    return Misuse(
        first.site, f"{schedule.name} steps before the optimizer does, so the first value of the schedule is skipped",
        (step(first.site, "the schedule moves on here"), step(update.site, "and only then the optimizer steps")),
        "Call `scheduler.step()` after `optimizer.step()`.",
    )  # fmt: skip


def _per_batch(schedule: Schedule, optimizer: Optimizer) -> bool | None:
    """Whether the schedule is stepped in the loop that updates the weights, inside an epoch loop."""
    if not schedule.steps or not optimizer.steps:
        return None
    at, loops = _loops(schedule.steps[0]), _loops(optimizer.steps[0])
    if schedule.steps[0].guards or len(loops) < 2:
        return None
    return True if at == loops else False if at == loops[:-1] else None


def _loops(event: Event) -> list[int]:
    return [id(loop) for loop, _ in event.loops if not loop.unrolled]


def _wrong_unit(program: Program, schedule: Schedule, optimizer: Optimizer) -> Misuse | None:
    per_batch = _per_batch(schedule, optimizer)
    if per_batch is None or not optimizer.loops():
        return None
    outer = optimizer.loops()[0].iterable
    turned, option = count(outer), setting_of(outer)
    where = (
        step(schedule.made.site, "the horizon is set here"),
        step(schedule.steps[0].site, "and the schedule is stepped here"),
    )
    if per_batch and schedule.shape == "cosine":
        horizon = schedule.obj.args.get("T_max")
        same_option = isinstance(horizon, Const) and horizon.setting is not None and horizon.setting == option
        if turned is not None and turned > 1 and number(horizon) == turned and (same_option or option is None):
            return Misuse(
                schedule.steps[0].site,
                f"T_max={turned} counts epochs, but the schedule is stepped in every batch",
                where,
                "Step it once per epoch, or set T_max to epochs * len(loader).",
            )
    if not per_batch and _counts_batches(schedule, turned):
        return Misuse(
            schedule.steps[0].site,
            f"{schedule.name} counts batches, but is stepped once per epoch: it hardly begins",
            where,
            "Step it after every `optimizer.step()`.",
        )
    return None


#: The arguments that say how long a schedule is.
_HORIZONS = ("steps_per_epoch", "total_steps", "T_max", "num_training_steps", "total_iters")


def _counts_batches(schedule: Schedule, epochs: int | None) -> bool:
    """Whether a schedule is as long as the data set has batches, or many times as long as the run has epochs."""
    given = [schedule.obj.args.get(name) for name in _HORIZONS]
    if any(isinstance(size, Obj) and size.kind == "size" for size in given):
        return True
    length = number(schedule.obj.args.get("total_steps"))
    if length is None:
        turns, each = number(schedule.obj.args.get("epochs")), number(schedule.obj.args.get("steps_per_epoch"))
        length = turns * each if turns is not None and each is not None else None
    return schedule.shape == "one-cycle" and length is not None and epochs is not None and length > 5 * epochs


def _too_short(program: Program, schedule: Schedule, optimizer: Optimizer) -> Misuse | None:
    if schedule.shape != "cosine" or _per_batch(schedule, optimizer) is not False or not optimizer.loops():
        return None
    turned, horizon = count(optimizer.loops()[0].iterable), number(schedule.obj.args.get("T_max"))
    if turned is None or horizon is None or horizon < 1 or turned < 1.5 * horizon:
        return None
    return Misuse(
        schedule.made.site,
        f"T_max={horizon:g} ends before the {turned} epochs do: the learning rate climbs back up",
        (
            step(schedule.made.site, "the cosine reaches its minimum after T_max steps"),
            step(schedule.steps[0].site, "but is stepped on"),
        ),
        "Set T_max to the number of epochs, or use CosineAnnealingWarmRestarts if restarts are meant.",
    )
