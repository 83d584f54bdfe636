"""Means, spreads, and intervals of paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Literal

from bpcheck_reference.experiments.experiment import Setting

Verdict = Literal["helps", "no effect", "hurts"]


def spread(values: Sequence[float]) -> float:
    """The standard deviation of a sample; 0 for a single value."""
    return stdev(values) if len(values) > 1 else 0.0


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of the mean, by Student's t; raises ``ValueError`` for fewer than two values."""
    from scipy.stats import t

    if len(values) < 2:
        raise ValueError("an interval needs two values or more")
    half = float(t.ppf(0.975, len(values) - 1)) * spread(values) / len(values) ** 0.5
    return fmean(values) - half, fmean(values) + half


def verdict(differences: Sequence[float], *, higher_is_better: bool, smallest: float) -> Verdict:
    """What paired differences, practice minus departure, amount to.

    An effect is one whose 95 % interval leaves out zero and whose mean is at least ``smallest``.
    """
    better = [value if higher_is_better else -value for value in differences]
    low, high = interval(better)
    if low > 0 and fmean(better) >= smallest:
        return "helps"
    if high < 0 and fmean(better) <= -smallest:
        return "hurts"
    return "no effect"


def own_best(
    values: Mapping[Setting | None, Sequence[float]], *, higher_is_better: bool
) -> tuple[list[Setting | None], list[float]]:
    """For each seed, the choice that was best on the *other* seeds, and the value that it has on this one.

    So no seed both chooses and is counted. Equal means: the earlier choice. ``values``: one value per seed, by choice.
    """
    seeds = len(next(iter(values.values())))
    if len(values) == 1 or seeds == 1:
        chosen = [next(iter(values))] * seeds
    else:
        chosen = [
            max(values, key=lambda choice: _without(values[choice], seed, higher_is_better)) for seed in range(seeds)
        ]
    return chosen, [values[choice][seed] for seed, choice in enumerate(chosen)]


def _without(values: Sequence[float], seed: int, higher_is_better: bool) -> float:
    mean = fmean([value for number, value in enumerate(values) if number != seed])
    return mean if higher_is_better else -mean
