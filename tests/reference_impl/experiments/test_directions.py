"""Every experiment runs in a tiny size, and the large effects show their direction even there."""

from __future__ import annotations

import math

import pytest
from bpcheck_reference.experiments.catalogue import experiment, files
from bpcheck_reference.experiments.experiment import SEEDS, Cell
from bpcheck_reference.experiments.runner import run_once


@pytest.fixture(autouse=True)
def one_thread() -> object:
    """As in a measurement: results and wall time must not depend on the machine's cores."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", files())
def test_a_tiny_run_is_finite_and_has_the_direction(name: str) -> None:
    this = experiment(name)
    runs = {cell: run_once(name, cell, "tiny", "cpu")["value"] for cell in this.cells("tiny", SEEDS["tiny"])}
    assert all(math.isfinite(value) for value in runs.values())
    if this.clear is None:
        return
    departure, practice = list(this.arms)[:2]
    assert this.clear > 0
    for cell, value in runs.items():
        if cell.arm == practice:
            other = runs[Cell(departure, cell.condition, cell.choice, cell.seed)]
            better = value - other if this.higher_is_better else other - value
            assert better >= this.clear, f"seed {cell.seed}: {departure} {other:.4g}, {practice} {value:.4g}"
