"""Wrong training targets kept against the same rows dropped by limits that the training targets give themselves.

A share of the targets is off by fifteen deviations, as a wrong unit or a lost comma makes them. The table itself has
none, so that the first point of the curve shows what the limits cost where there is nothing to find. The third arm keeps
all rows and has a loss that is linear in large errors. The test targets are as the table has them.

Errors this gross are easy to find; smaller ones are harder to find and do less harm. Dropping is right here because the
targets are known to be wrong: an extreme value that will occur again is no error.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from bpcheck_reference.data.outliers import find_outliers
from bpcheck_reference.data.standardize import Standardize
from bpcheck_reference.experiments.corpora.tables import table
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import fit, predictions

ROWS, OFF = 300, 15.0


def run(run: Run) -> dict[str, float]:
    drop, loss = run.setting
    train, test = (part.to(run.device) for part in table("diabetes", run.seed, training=ROWS))
    mean, deviation = train.targets.mean(), train.targets.std()
    x, y = train.features, (train.targets - mean) / deviation
    generator = torch.Generator().manual_seed(run.seed)
    wrong = torch.randperm(ROWS, generator=generator)[: round(run.condition * ROWS)]
    y[wrong] += OFF * (2 * torch.randint(2, (len(wrong),), generator=generator).to(run.device) - 1)
    kept = find_outliers(y).keep(y) if drop else torch.ones_like(y, dtype=torch.bool)
    scale = Standardize(x.shape[1]).to(run.device).fit(x)
    model = nn.Sequential(nn.Linear(x.shape[1], 32), nn.ReLU(), nn.Linear(32, 1), nn.Flatten(0)).to(run.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=run.choice)
    epochs = run.sized(tiny=20, small=40, full=100)
    fit(model, scale(x[kept]), y[kept], loss=loss, optimizer=optimizer, epochs=epochs)
    truth = (test.targets - mean) / deviation
    error = (predictions(model, scale(test.features)) - truth).square().mean().sqrt().item()
    return {"test RMSE": error if math.isfinite(error) else truth.std().item(), "rows dropped": float((~kept).sum())}


EXPERIMENT = Experiment(
    practice=("D3",),
    rules=("BP111",),
    question="Does a regression on a table with wrong targets get better if they are found and dropped?",
    subject="diabetes table",
    data="the diabetes table, 300 training, 142 test rows, some training targets moved by 15 deviations; diverged runs score as the mean",
    metric="test RMSE in deviations of the target",
    higher_is_better=False,
    smallest=0.01,
    arms={
        "all rows": (False, nn.functional.mse_loss),
        "outliers dropped": (True, nn.functional.mse_loss),
        "all rows, Huber loss": (False, nn.functional.huber_loss),
    },
    run=run,
    condition=Axis("share of wrong targets", (0.0, 0.01, 0.02, 0.05), at=0.02),
    choice=Axis("learning rate", (0.000125, 0.0005, 0.002, 0.008), at=0.002, log=True),
)
