"""Training rows that nobody looks at against a look at those with the largest losses, whose labels are put right.

As many rows are looked at as there are wrong labels. Their losses come from networks that were not trained on them,
four in turn, each on three quarters of the rows. Whoever looks sees whether a label is wrong and corrects it, and the
network is trained again on all rows. The third arm looks at as many rows drawn at random.

A look at real errors also finds what cannot be put right by a label: blurred images, classes that overlap. And whoever
looks knows digits when they see them; where even experts disagree, less is gained.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from bpcheck_reference.data.top_losses import top_losses
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, train_classifier

FOLDS = 4


def trained(x: Tensor, y: Tensor, epochs: int) -> nn.Module:
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).to(x.device)
    train_classifier(model, x, y, lr=0.1, epochs=epochs)
    return model


def losses_of_others(x: Tensor, y: Tensor, epochs: int) -> Tensor:
    """The loss on each row of the network that was trained on the folds without it."""
    fold = torch.arange(len(y), device=x.device) % FOLDS
    losses = torch.zeros(len(y), device=x.device)
    for number in range(FOLDS):
        own = (fold == number).nonzero().flatten()
        model = trained(x[fold != number], y[fold != number], epochs)
        worst = top_losses(model, DataLoader(TensorDataset(x[own], y[own]), batch_size=256), k=len(own))
        losses[own[worst.index.to(x.device)]] = worst.loss.to(x.device)
    return losses


def run(run: Run) -> dict[str, float]:
    train, test = digits(run.seed, run.device, training=600)
    epochs = run.sized(tiny=8, small=20, full=60)
    generator = torch.Generator().manual_seed(run.seed)
    count = round(run.condition * len(train))
    wrong = torch.randperm(len(train), generator=generator)[:count].to(run.device)
    y = train.labels.clone()
    y[wrong] = (y[wrong] + torch.randint(1, 10, (count,), generator=generator).to(run.device)) % 10
    looked_at = {
        "nobody looks": lambda: wrong[:0],
        "largest losses": lambda: losses_of_others(train.rows, y, epochs).topk(count).indices,
        "random rows": lambda: torch.randperm(len(y), generator=generator)[:count].to(run.device),
    }[run.arm]()
    y[looked_at] = train.labels[looked_at]
    torch.manual_seed(run.seed)
    model = trained(train.rows, y, epochs)
    return {
        "test accuracy": accuracy(model, test.rows, test.labels),
        "share of wrong labels found": torch.isin(wrong, looked_at).float().mean().item(),
    }


EXPERIMENT = Experiment(
    practice=("D4",),
    rules=("BP112",),
    question="Does a network get better if somebody looks at the rows with the largest losses and corrects wrong labels?",
    subject="handwritten digits",
    data="600 training images of handwritten digits, a share of their labels made wrong, and 500 test images",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"nobody looks": None, "largest losses": None, "random rows": None},
    run=run,
    condition=Axis("share of wrong labels", (0.02, 0.05, 0.1, 0.2), at=0.05),
)
