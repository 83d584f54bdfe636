"""Intervals, verdicts and own best choices against values worked out by hand."""

from __future__ import annotations

import pytest
from bpcheck_reference.experiments.statistics import interval, own_best, spread, verdict


def test_interval_is_student_s() -> None:
    # t(0.975, 4) is 2.776445; the sample deviation of 1 to 5 is sqrt(2.5).
    low, high = interval([1, 2, 3, 4, 5])
    half = 2.776445 * (2.5 / 5) ** 0.5
    assert (low, high) == pytest.approx((3 - half, 3 + half), abs=1e-5)
    assert interval([2.0, 2.0]) == (2.0, 2.0)
    with pytest.raises(ValueError, match="two values"):
        interval([1.0])


def test_spread_of_one_value_is_nothing() -> None:
    assert spread([3.0]) == 0
    assert spread([1.0, 3.0]) == pytest.approx(2**0.5)


@pytest.mark.parametrize(
    ("differences", "higher", "smallest", "said"),
    [
        ([0.1, 0.12, 0.11], True, 0.01, "helps"),
        ([0.1, 0.12, 0.11], False, 0.01, "hurts"),
        ([-0.1, -0.12, -0.11], True, 0.01, "hurts"),
        ([-0.1, -0.12, -0.11], False, 0.01, "helps"),
        ([0.1, 0.12, 0.11], True, 0.2, "no effect"),  # certain, but too small to matter
        ([0.5, -0.3, 0.2], True, 0.01, "no effect"),  # large, but not certain
        ([0.0, 0.0, 0.0], True, 0.0, "no effect"),
    ],
)
def test_verdict(differences: list[float], higher: bool, smallest: float, said: str) -> None:
    assert verdict(differences, higher_is_better=higher, smallest=smallest) == said


def test_own_best_never_chooses_by_the_seed_that_it_counts() -> None:
    # 0.1 wins on seed 0 alone, by luck: the other seeds prefer 0.2, and so seed 0 gets 0.2 as well.
    by_rate = {0.1: [0.8, 0.2, 0.2], 0.2: [0.5, 0.6, 0.6]}
    assert own_best(by_rate, higher_is_better=True) == ([0.2, 0.2, 0.2], [0.5, 0.6, 0.6])
    assert own_best(by_rate, higher_is_better=False) == ([0.1, 0.1, 0.1], [0.8, 0.2, 0.2])
    # Seed 1 alone makes 0.3 look good; it is not counted on itself.
    by_rate = {0.2: [0.5, 0.5, 0.5], 0.3: [0.4, 1.0, 0.4]}
    assert own_best(by_rate, higher_is_better=True) == ([0.3, 0.2, 0.3], [0.4, 0.5, 0.4])


def test_without_a_choice_the_values_stay() -> None:
    assert own_best({None: [1.0, 2.0]}, higher_is_better=True) == ([None, None], [1.0, 2.0])
