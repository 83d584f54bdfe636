"""The loop against steps by hand; a resumed run against one that never stopped."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from bpcheck_reference.training.evaluate import accuracy, evaluate
from bpcheck_reference.training.train import Training
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

X = torch.randn(50, 4, generator=torch.Generator().manual_seed(1))
Y = (X.sum(1) > 0).long() + (X[:, 0] > 1).long()


def loader(batch: int = 10, shuffle: bool = True) -> DataLoader[tuple[torch.Tensor, ...]]:
    return DataLoader(TensorDataset(X, Y), batch_size=batch, shuffle=shuffle)


def training(device: torch.device | str = "cpu", **options: object) -> Training:
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3)).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)
    return Training(model, optimizer, F.cross_entropy, scheduler, **options)


def score(model: nn.Module) -> float:
    return evaluate(model, [(X, Y)], {"accuracy": accuracy})["accuracy"]


def test_steps_by_hand() -> None:
    """Zero, backward, clip, step, schedule, batch by batch."""
    run = training()
    run.model[2].p = 0.0
    twin = copy.deepcopy(run.model)
    run.fit(loader(shuffle=False), score, 2)
    optimizer = torch.optim.AdamW(twin.parameters(), lr=1e-2)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)
    for _ in range(2):
        for x, y in zip(X.split(10), Y.split(10), strict=True):
            optimizer.zero_grad()
            F.cross_entropy(twin(x), y).backward()
            nn.utils.clip_grad_norm_(twin.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
    for a, b in zip(run.model.parameters(), twin.parameters(), strict=True):
        assert torch.equal(a, b)


def test_accumulation_is_one_step_on_the_whole_batch() -> None:
    """Five batches of ten, accumulated by two: the last one is a step of its own and not halved."""
    runs = [training(accumulation=2), training()]
    for run in runs:
        run.model[2].p = 0.0
    runs[0].fit(loader(10, shuffle=False), score, 1)
    runs[1].fit(loader(20, shuffle=False), score, 1)
    for a, b in zip(runs[0].model.parameters(), runs[1].model.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=2e-6)


def test_a_resumed_run_is_the_same_bit_for_bit(tmp_path: Path) -> None:
    whole = training(accumulation=2)
    whole.fit(loader(), score, 6)
    first = training(accumulation=2)
    first.fit(loader(), score, 3, checkpoint=tmp_path / "last.pt")
    torch.manual_seed(999)  # another process has another random state
    second = training(accumulation=2)
    second.load(tmp_path / "last.pt")
    second.fit(loader(), score, 6)
    assert second.history == whole.history
    for a, b in zip(whole.model.parameters(), second.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_the_best_epoch_is_kept(tmp_path: Path) -> None:
    run = training(higher_is_better=True)
    metrics = iter([0.5, 0.9, 0.7])
    run.fit(loader(), lambda model: next(metrics), 3, checkpoint=tmp_path / "run" / "last.pt")
    best, last = training(), training()
    best.load(tmp_path / "run" / "best.pt")
    last.load(tmp_path / "run" / "last.pt")
    assert (best.epoch, best.best, last.epoch) == (2, 0.9, 3)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["best.pt", "last.pt"]


@pytest.mark.parametrize("dtype", [None, torch.bfloat16])
def test_it_learns(dtype: torch.dtype | None, device: torch.device) -> None:
    run = training(device, dtype=dtype)
    rows: list[dict[str, float]] = []
    run.fit(loader(), score, 30, report=rows.append)
    assert rows[-1]["metric"] > 0.8
    assert rows[-1]["loss"] < 0.6 * rows[0]["loss"]
    assert next(run.model.parameters()).dtype == torch.float32


def test_loss_scaling_with_float16(device: torch.device) -> None:
    if device.type == "cpu":
        pytest.skip("float16 autocast is for the GPU; there: `pytest -m gpu tests/reference_impl`")
    run = training(device, dtype=torch.float16)
    run.fit(loader(), score, 20)
    assert run.history[-1]["metric"] > 0.8


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path) -> None:
    run = training()
    run.fit(loader(), score, 1, checkpoint=tmp_path / "last.pt")
    run.loss = lambda outputs, targets: outputs.sum() * float("nan")
    with pytest.raises(FloatingPointError, match="the loss is nan in epoch 2, batch 1"):
        run.fit(loader(), score, 2, checkpoint=tmp_path / "last.pt")
    again = training()
    again.load(tmp_path / "last.pt")
    assert again.epoch == 1


def test_bad_arguments(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="accumulation must be at least 1, not 0"):
        training(accumulation=0)
    with pytest.raises(ValueError, match="max_norm must be positive or None, not 0"):
        training(max_norm=0)
    with pytest.raises(ValueError, match="dtype must be"):
        training(dtype=torch.float64)
    with pytest.raises(ValueError, match="at least one batch"):
        training().fit([], score, 1)
    with pytest.raises(FileNotFoundError):
        training().load(tmp_path / "nothing.pt")
