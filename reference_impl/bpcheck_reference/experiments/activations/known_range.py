"""A linear output against a scaled sigmoid, where the range of the target is known: ratings from half a star to five.

Matrix factorisation with biases, few epochs. The honest competitor is a linear output whose bias begins at the mean: much of what
the range gives is that the first predictions lie in it. A sigmoid over exactly the range cannot reach its ends, so one
that is a little wider stands beside it. Each arm has its own best learning rate, and the number of epochs is swept.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bpcheck_reference.activations.sigmoid_range import SigmoidRange
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import fit, predictions

USERS, ITEMS, RANK = 200, 150, 4


class Factors(nn.Module):
    """A rating is the product of two vectors and two biases."""

    def __init__(self, output: nn.Module, start: float) -> None:
        super().__init__()
        self.users, self.items = nn.Embedding(USERS, 17), nn.Embedding(ITEMS, 17)
        self.start = nn.Parameter(torch.tensor(start))
        self.output = output
        for table in (self.users, self.items):
            nn.init.normal_(table.weight, std=0.05)

    def forward(self, pairs: Tensor) -> Tensor:
        user, item = self.users(pairs[:, 0]), self.items(pairs[:, 1])
        score = (user[:, 1:] * item[:, 1:]).sum(1) + user[:, 0] + item[:, 0] + self.start
        return self.output(score)


def ratings(seed: int, count: int) -> tuple[Tensor, Tensor]:
    """Pairs of user and item, and stars in steps of one half."""
    generator = torch.Generator().manual_seed(seed)
    user, item = (torch.randn(n, RANK + 1, generator=generator) for n in (USERS, ITEMS))
    chosen = torch.randperm(USERS * ITEMS, generator=generator)[:count]
    pairs = torch.stack([chosen // ITEMS, chosen % ITEMS], 1)
    u, i = user[pairs[:, 0]], item[pairs[:, 1]]
    stars = 3.2 + 0.5 * (u[:, 0] + i[:, 0]) + 0.4 * (u[:, 1:] * i[:, 1:]).sum(1)
    return pairs, (stars * 2).round().div(2).clamp(0.5, 5.0)


def run(run: Run) -> float:
    training = run.sized(tiny=5_000, small=10_000)
    pairs, stars = (part.to(run.device) for part in ratings(run.seed, training + 2_000))
    mean = stars[:training].mean().item()
    output, start = {
        "linear": (nn.Identity(), 0.0),
        "scaled sigmoid, wider": (SigmoidRange(0.0, 5.5), 0.0),
        "scaled sigmoid, exact": (SigmoidRange(0.5, 5.0), 0.0),
        "linear from the mean": (nn.Identity(), mean),
    }[run.arm]
    model = Factors(output, start).to(run.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=run.choice)
    epochs = run.sized(tiny=2, small=run.condition)
    fit(
        model,
        pairs[:training],
        stars[:training],
        loss=nn.functional.mse_loss,
        optimizer=optimizer,
        epochs=epochs,
        batch=128,
    )
    said = predictions(model, pairs[training:]).clamp(0.5, 5.0)
    return (said - stars[training:]).square().mean().item()


EXPERIMENT = Experiment(
    practice=("A3",),
    rules=("BP409",),
    question="Does a scaled sigmoid help where the range of the target is known?",
    subject="generated ratings",
    data="Generated: ratings from 0.5 to 5 of 150 items by 200 users, 10,000 to train on and 2,000 to test on; predictions clipped",
    metric="test mean squared error",
    higher_is_better=False,
    smallest=0.005,
    arms=dict.fromkeys(("linear", "scaled sigmoid, wider", "scaled sigmoid, exact", "linear from the mean")),
    run=run,
    condition=Axis("epochs", (2, 5), at=5),
    choice=Axis("learning rate", (0.003, 0.01, 0.03, 0.1), at=0.01, log=True),
)
