"""Preprocessing that saw the held-out rows against the same fitted on the training rows alone.

Three kinds of it: standardisation, the choice of the columns most correlated with the target, and doubling rows at
random before the split. What is measured is how far the estimate on the held-out rows is above the accuracy on all other rows,
which no step saw. Columns of noise stand beside the real ones, as in wide tables.
"""

from __future__ import annotations

import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from bpcheck_reference.data.standardize import Standardize
from bpcheck_reference.experiments.corpora.tables import table
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run

ROWS, HELD_OUT, NOISE, KEPT = 120, 40, 400, 20


def run(run: Run) -> dict[str, float]:
    generator = torch.Generator().manual_seed(run.seed)
    known, future = table("diabetes", run.seed, training=ROWS)
    middle = known.targets.median()
    x, y = _with_noise(known.features, generator), (known.targets > middle).long()
    truth_x, truth_y = _with_noise(future.features, generator), (future.targets > middle).long()
    leaks = run.setting == "leak"
    if run.condition == "rows doubled before the split" and leaks:
        again = torch.randint(ROWS, (ROWS,), generator=generator)
        x, y = torch.cat([x, x[again]]), torch.cat([y, y[again]])
        order = torch.randperm(len(y), generator=generator)
        x, y = x[order], y[order]
    train, held_out = slice(HELD_OUT, None), slice(HELD_OUT)
    seen = slice(None) if leaks else train
    if run.condition == "columns chosen":
        centred = x[seen] - x[seen].mean(0)
        correlation = (centred * (y[seen, None] - y[seen].float().mean())).mean(0) / centred.std(0)
        columns = correlation.abs().topk(KEPT).indices
        x, truth_x = x[:, columns], truth_x[:, columns]
    scale = Standardize(x.shape[1]).fit(x[seen])
    x, truth_x = scale(x), scale(truth_x)
    model = LogisticRegression(max_iter=1000, C=0.1).fit(x[train], y[train])
    estimate, truth = (float(model.score(*rows)) for rows in ((x[held_out], y[held_out]), (truth_x, truth_y)))
    return {"optimism": estimate - truth, "estimate": estimate, "accuracy on future rows": truth}


def _with_noise(features: Tensor, generator: torch.Generator) -> Tensor:
    return torch.cat([features, torch.randn(len(features), NOISE, generator=generator) * features.std()], 1)


EXPERIMENT = Experiment(
    practice=("D2",),
    rules=("BP103",),
    question="How much too good is an estimate when preprocessing saw the held-out rows?",
    subject="diabetes with columns of noise",
    data="scikit-learn's diabetes table, target above its median or not, with 400 columns of noise; 120 known rows, 40 of them held out",
    metric="estimated accuracy minus accuracy on future rows",
    higher_is_better=False,
    smallest=0.01,
    arms={"fitted on all rows": "leak", "fitted on training rows": "clean"},
    run=run,
    condition=Axis("step", ("standardisation", "columns chosen", "rows doubled before the split"), at="columns chosen"),
)
