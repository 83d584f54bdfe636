"""What an experiment is: arms that differ in one thing, a question, and a function that trains one arm once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal, TypeVar

Size = Literal["tiny", "small", "full"]
Setting = float | int | str
T = TypeVar("T")

SEEDS: Mapping[Size, int] = {"tiny": 2, "small": 5, "full": 10}
"""How often each arm is trained."""


@dataclass(frozen=True)
class Axis:
    """Something besides the arms that is varied.

    Args:
        name: what it is, as the axis of a plot is labelled, with its unit.
        values: from low to high; numbers, or words.
        at: the value of the headline, one of ``values``.
        log: whether a plot spaces the numbers by their logarithm.
    """

    name: str
    values: tuple[Setting, ...]
    at: Setting
    log: bool = False

    def __post_init__(self) -> None:
        if self.at not in self.values:
            raise ValueError(f"{self.name}: {self.at!r} is none of {self.values}")


@dataclass(frozen=True)
class Run:
    """One training: an arm under a condition with a choice of settings, and a seed.

    Attributes:
        arm: name of the arm.
        setting: what the experiment's ``arms`` hold under that name.
        condition: value on the condition axis; ``None`` where there is no such axis.
        choice: value on the choice axis, likewise.
        seed: of data, weights and order. Arms with the same seed get the same data: differences are taken in pairs.
        size: how large the run may be.
        device: where to train, as PyTorch spells it.
    """

    arm: str
    setting: Any
    condition: Any
    choice: Any
    seed: int
    size: Size
    device: str

    def sized(self, *, tiny: T, small: T, full: T | None = None) -> T:
        """The argument for the size of this run; ``full`` is ``small`` unless it is given."""
        if self.size == "tiny":
            return tiny
        return full if self.size == "full" and full is not None else small


@dataclass(frozen=True)
class Cell:
    """The name of a :class:`Run` within its experiment."""

    arm: str
    condition: Setting | None
    choice: Setting | None
    seed: int


@dataclass(frozen=True)
class Experiment:
    """Arms to compare.

    Args:
        practice: of the thirty-three, such as ``("L2",)``.
        rules: codes of the rules whose advice is measured here.
        question: one sentence, ending in a question mark.
        subject: the data in two or three words, for the line of evidence.
        data: the data in one sentence: what, how many, where from, and whether generated.
        metric: its name and unit.
        higher_is_better: of the metric.
        smallest: difference of means below which nobody would change a program; smaller ones count as no effect.
        arms: the departure, then the practice, then any others for comparison; what they map to is for ``run`` to use.
        run: trains one arm once and returns the metric, or a mapping with the metric first and further figures after
            it. Always finite: a run that diverged returns what guessing would score.
        condition: what the effect may depend on; it is swept, and the answer is a curve.
        choice: a setting that each arm chooses for itself, as a rule the learning rate. Every value is run; an arm's own
            best one is chosen, for each seed, by the mean over the other seeds.
        clear: in how small a run the effect is already seen: the difference, in the better direction, that a tiny run
            exceeds. ``None`` where the effect is too small for that.
    """

    practice: tuple[str, ...]
    rules: tuple[str, ...]
    question: str
    subject: str
    data: str
    metric: str
    higher_is_better: bool
    smallest: float
    arms: Mapping[str, Any]
    run: Callable[[Run], float | Mapping[str, float]] = field(repr=False)
    condition: Axis | None = None
    choice: Axis | None = None
    clear: float | None = None

    def cells(self, size: Size, seeds: int) -> Iterator[Cell]:
        """All runs of a size; a tiny one keeps to the headline's values."""
        yield from (
            Cell(arm, condition, choice, seed)
            for condition, choice, seed, arm in product(
                values_at(self.condition, size), values_at(self.choice, size), range(seeds), self.arms
            )
        )


def values_at(axis: Axis | None, size: Size) -> tuple[Setting | None, ...]:
    """What is run of an axis: all of it, its headline in a tiny size, and ``None`` once where there is no axis."""
    if axis is None:
        return (None,)
    return (axis.at,) if size == "tiny" else axis.values
