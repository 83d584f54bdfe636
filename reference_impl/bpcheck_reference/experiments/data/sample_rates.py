"""A learning rate found on all data, with few attempts, against one found on a quarter of them, with four times as many.

Both arms spend the same number of sample passes. Each tries rates drawn at random from 1e-4 to 1, takes the one with
the best accuracy on the same validation images, and is then judged by a network trained on all data with that rate. A
run on the sample has as many epochs as one on all data, and so a quarter of the steps. The mean over many draws of the
rates is the figure of one seed, so that luck in the draws hardly counts.

The third arm tries as many rates as the sample does, but on all data, at four times the price: what an unlimited budget
would give. Unfair reading: where a run on all data takes seconds, nobody needs the sample.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor, nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run, Size
from bpcheck_reference.experiments.fitting import accuracy, train_classifier

VALIDATION, PART, DRAWS = 297, 4, 400


@cache
def table(seed: int, size: Size, device: str) -> tuple[Tensor, Tensor, Tensor]:
    """For each rate, the validation accuracy on a part, that on all data, and the test accuracy on all data."""
    torch.manual_seed(seed)
    train, test = digits(seed, device)
    validation, train = train[:VALIDATION], train[VALIDATION:]
    rates, epochs = {"tiny": (6, 2), "small": (17, 12), "full": (33, 40)}[size]
    rows = []
    for rate in torch.logspace(-4, 0, rates).tolist():
        scores = []
        for part in (train[: len(train) // PART], train):
            model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).to(device)
            train_classifier(model, part.rows, part.labels, lr=rate, epochs=epochs)
            scores.append(accuracy(model, validation.rows, validation.labels))
        rows.append([*scores, accuracy(model, test.rows, test.labels)])
    first, second, third = torch.tensor(rows).T
    return first, second, third


def run(run: Run) -> dict[str, float]:
    on_part, on_all, test = table(run.seed, run.size, run.device)
    seen, attempts = {
        "all data": (on_all, run.condition),
        "a quarter": (on_part, PART * run.condition),
        "all data, as often": (on_all, PART * run.condition),
    }[run.arm]
    draws = torch.randint(len(test), (DRAWS, attempts), generator=torch.Generator().manual_seed(run.seed))
    chosen = draws.gather(1, seen[draws].argmax(1, keepdim=True)).flatten()
    ranks = torch.stack([on_part, on_all]).argsort(1).argsort(1).float()
    return {
        "test accuracy": test[chosen].mean().item(),
        "rank correlation of the rates": torch.corrcoef(ranks)[0, 1].item(),
        "test accuracy of the best rate": test.max().item(),
    }


EXPERIMENT = Experiment(
    practice=("D1",),
    rules=("BP113",),
    question="With the same computation, is a learning rate better sought on a quarter of the data than on all of them?",
    subject="handwritten digits",
    data="1,000 training images of handwritten digits or 250 of them, 297 to validate and 500 to test",
    metric="test accuracy with the rate that was found",
    higher_is_better=True,
    smallest=0.01,
    arms={"all data": None, "a quarter": None, "all data, as often": None},
    run=run,
    condition=Axis("runs on all data that could be paid for", (1, 2, 4, 8), at=2),
)
