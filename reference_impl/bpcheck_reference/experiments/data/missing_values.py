"""Missing values filled with the median, with and without a column that says where they were.

Values of four columns are taken out of a real table, either by chance alone or more often for one class: then the gap
itself tells something, which the median hides. A fill of zero and one far outside the range stand beside them.
"""

from __future__ import annotations

import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from bpcheck_reference.data.missing import FillMissing
from bpcheck_reference.data.standardize import Standardize
from bpcheck_reference.experiments.corpora.tables import Table, table
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import fit, mlp, predictions

COLUMNS = 4


def with_gaps(rows: Table, depends: bool, generator: torch.Generator) -> Tensor:
    """Four noisy columns of the table, with values taken out."""
    noise = torch.randn(len(rows), COLUMNS, generator=generator)
    x = rows.features[:, :COLUMNS].clone()
    x += 1.5 * x.std(0) * noise
    chance = torch.where(rows.targets == 1, 0.15, 0.55) if depends else torch.full((len(rows),), 0.35)
    x[torch.rand(x.shape, generator=generator) < chance[:, None]] = torch.nan
    return x


def run(run: Run) -> float:
    train, test = table("breast_cancer", run.seed, training=380)
    generator = torch.Generator().manual_seed(run.seed)
    x, held_out = (with_gaps(part, run.condition == "on the class", generator) for part in (train, test))
    if run.setting in ("median", "indicator"):
        fill = FillMissing(COLUMNS).fit(x)
        x, held_out = fill(x), fill(held_out)
        if run.setting == "median":
            x, held_out = x[:, :COLUMNS], held_out[:, :COLUMNS]
    else:
        x, held_out = (part.nan_to_num(run.setting) for part in (x, held_out))
    scale = Standardize(x.shape[1]).fit(x)
    x, held_out = scale(x).to(run.device), scale(held_out).to(run.device)
    model = mlp(x.shape[1], 32, 1).to(run.device)
    y = train.targets.float()[:, None].to(run.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    epochs = run.sized(tiny=20, small=40)
    fit(model, x, y, loss=nn.functional.binary_cross_entropy_with_logits, optimizer=optimizer, epochs=epochs, batch=32)
    return float(roc_auc_score(test.targets, predictions(model, held_out)[:, 0].cpu()))


EXPERIMENT = Experiment(
    practice=("D8",),
    rules=("BP110",),
    question="Is it worth a column to say where values were missing?",
    subject="breast cancer table with gaps",
    data="scikit-learn's breast cancer table, four columns with added noise and values taken out, 380 training and 189 test rows",
    metric="area under the ROC curve",
    higher_is_better=True,
    smallest=0.01,
    arms={"median": "median", "median and indicator": "indicator", "zero": 0.0, "-999, then scaled": -999.0},
    run=run,
    condition=Axis("gaps depend", ("on nothing", "on the class"), at="on the class"),
)
