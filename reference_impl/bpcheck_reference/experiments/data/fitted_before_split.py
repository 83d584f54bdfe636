"""Something fitted on all rows before the split against the same fitted on the training rows alone.

Four things are fitted: means and deviations, ten principal components, the ten columns that go best with the label out
of 2,030 (the table's 30 and 2,000 of random numbers, as wide tables of measurements have), and the drawing of more
rows with repetition. What counts is the optimism of the score: accuracy on the held-out rows minus accuracy on rows that
nothing was fitted on. One run is the mean over several splits.

The tables are small on purpose, 60 training and 40 held-out rows, since leaks of statistics shrink as rows are added.
Unfair reading: that a leak without effect here is right; it has no effect because a mean of many rows tells next to
nothing of any one of them.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bpcheck_reference.data.standardize import Standardize
from bpcheck_reference.experiments.corpora.tables import Table, table
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run

TRAINING, HELD_OUT, COLUMNS, NOISE = 60, 40, 10, 2000


def accuracy_of_regression(train: Table, others: list[Table]) -> list[float]:
    """Logistic regression fitted to ``train``, and its accuracy on each of the others."""
    model = nn.Linear(train.features.shape[1], 1).to(train.features.device)
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=30)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(train.features).squeeze(1), train.targets.float())
        loss = loss + 0.01 * model.weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    with torch.no_grad():
        return [((model(t.features).squeeze(1) > 0) == (t.targets > 0)).float().mean().item() for t in others]


def best_columns(known: Table) -> Tensor:
    """The columns whose means differ most between the classes, in units of their deviation."""
    positive = known.targets > 0
    gap = known.features[positive].mean(0) - known.features[~positive].mean(0)
    return (gap.abs() / known.features.std(0).clamp_min(1e-6)).topk(COLUMNS).indices


def one_split(seed: int, run: Run) -> tuple[float, float]:
    """Accuracy on held-out and on further rows."""
    known, further = (part.to(run.device) for part in table("breast_cancer", seed, training=TRAINING + HELD_OUT))
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randperm(len(known), generator=generator)
    train_rows, held_out_rows = rows[:TRAINING], rows[TRAINING:]
    if run.condition == "drawing":
        if run.setting == "all rows":
            more = torch.randint(len(known), (2 * len(known),), generator=generator)
            cut = 2 * TRAINING
            train_rows, held_out_rows = more[:cut], more[cut:]
        else:
            train_rows = train_rows[torch.randint(TRAINING, (2 * TRAINING,), generator=generator)]
    if run.condition == "columns by label":
        known, further = (
            Table(
                torch.cat([part.features, torch.randn(len(part), NOISE, generator=generator).to(run.device)], 1),
                part.targets,
            )
            for part in (known, further)
        )
    seen = torch.arange(len(known)) if run.setting == "all rows" else train_rows
    scale = Standardize(known.features.shape[1]).to(run.device).fit(known.features[seen])
    known, further = (Table(scale(part.features), part.targets) for part in (known, further))
    if run.condition == "components":
        directions = torch.linalg.svd(known.features[seen], full_matrices=False).Vh[:COLUMNS].T
        known, further = (Table(part.features @ directions, part.targets) for part in (known, further))
    if run.condition == "columns by label":
        chosen = best_columns(Table(known.features[seen], known.targets[seen]))
        known, further = (Table(part.features[:, chosen], part.targets) for part in (known, further))
    train, held_out = (Table(known.features[part], known.targets[part]) for part in (train_rows, held_out_rows))
    on_held_out, on_further = accuracy_of_regression(train, [held_out, further])
    return on_held_out, on_further


def run(run: Run) -> dict[str, float]:
    splits = run.sized(tiny=4, small=40, full=200)
    scores = [one_split(1000 * run.seed + number, run) for number in range(splits)]
    on_held_out, on_further = (sum(score) / splits for score in zip(*scores, strict=True))
    return {
        "optimism": on_held_out - on_further,
        "accuracy on held-out rows": on_held_out,
        "accuracy on further rows": on_further,
    }


EXPERIMENT = Experiment(
    practice=("D2",),
    rules=("BP103",),
    question="How much too good is a score on held-out rows that had a part in what was fitted before the split?",
    subject="breast cancer table, 60 training rows",
    data="the breast cancer table: 60 training, 40 held-out and 469 further rows, 30 columns, and 2,000 random ones to choose from",
    metric="accuracy on held-out rows minus accuracy on further rows",
    higher_is_better=False,
    smallest=0.005,
    arms={"all rows": "all rows", "training rows": "training rows"},
    run=run,
    condition=Axis(
        "fitted:", ("mean and deviation", "components", "columns by label", "drawing"), at="mean and deviation"
    ),
)
