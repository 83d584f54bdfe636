"""What the network is trained on depends on the samples that it is evaluated on.

## What it does
Flags a statistic that training uses and that held-out samples had a part in: a scaler, an imputer, PCA or a feature
selection that is fitted before the split, a mean, deviation or maximum of all rows that scales them, and rows that are
drawn again (`sample(replace=True)`, SMOTE) before the table is split. It also flags a split of which only the held-out
part is used, while training sees the whole. The rows are followed from where they are read to the forward passes, so it
does not matter in which function or class the split is. Where training rows and held-out rows of different files are
joined first and scaled together, this is a warning.

## Why is this bad?
The evaluation then judges samples of which training knew something, so it promises more than new data will keep. How much
more depends on the statistic: little for the mean of many rows, everything for copies of the samples or for features
that were chosen by their labels. Nothing in the run shows it, since training and validation agree all too well.

## Example
```python
import torch
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

features, target = load_diabetes(return_X_y=True)
features = StandardScaler().fit_transform(features)
train_x, valid_x, train_y, valid_y = map(torch.tensor, train_test_split(features, target, random_state=0))
model = nn.Linear(10, 1).double()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100)

for epoch in range(100):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(train_x).squeeze(1), train_y).backward()
    optimizer.step()
    scheduler.step()
model.eval()
with torch.no_grad():
    print(nn.functional.mse_loss(model(valid_x).squeeze(1), valid_y))
```

## Use instead
```python
import torch
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

features, target = load_diabetes(return_X_y=True)
train_x, valid_x, train_y, valid_y = train_test_split(features, target, random_state=0)
scaler = StandardScaler().fit(train_x)
train_x, valid_x = torch.tensor(scaler.transform(train_x)), torch.tensor(scaler.transform(valid_x))
train_y, valid_y = torch.tensor(train_y), torch.tensor(valid_y)
model = nn.Linear(10, 1).double()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100)

for epoch in range(100):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(train_x).squeeze(1), train_y).backward()
    optimizer.step()
    scheduler.step()
model.eval()
with torch.no_grad():
    print(nn.functional.mse_loss(model(valid_x).squeeze(1), valid_y))
```

With several folds, fit within each fold; a scikit-learn `Pipeline` that is fitted on the training rows does all of it.

## When not to follow it
Numbers that do not depend on other rows are not reported: row by row normalisation, fixed constants, the names of
classes or words. Neither are two samplers or index lists that share one data set, the accuracy on training samples
beside a real validation, or a last training on everything after the evaluation. A statistic that is known when
predictions are made (the range of a sensor, say) is better written as a constant; or say so where it is computed:
`# bpcheck: ignore[BP103] transductive: the test inputs are given with the task`.

## Fix safety
Unsafe: other statistics give other inputs, so weights and scores change. No automatic fix is offered yet; the finding
shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1: the Rossmann lesson keeps what was fitted on the training
  table (`mapper`, `na_dict`) for the test table, and yet fits it before the validation rows are taken out
- scikit-learn user guide, "Common pitfalls and recommended practices", section on data leakage:
  https://scikit-learn.org/stable/common_pitfalls.html
- Kapoor and Narayanan (2023), "Leakage and the reproducibility crisis in machine-learning-based science", Patterns 4(9):
  https://doi.org/10.1016/j.patter.2023.100804

## Evidence
Rows that are drawn again before the split make the score too good. Means, deviations and principal components of a
hundred rows did not, and neither did columns chosen by the label where the table has columns that truly matter: these
leaks are wrong in principle and cost nothing there. Where the true columns are weak it is otherwise: the scikit-learn
guide shows a classifier on random labels that reaches an accuracy of 0.76 when features are selected before the split,
and 0.5 when they are selected after it (its claim).
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.leakage import leaks
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP103", severity=Severity.ERROR, practice=("D2",), fix=Safety.UNSAFE)
def data_leakage(program: Program) -> Iterator[Violation]:
    for leak in leaks(program):
        event = leak.event
        if event is None:
            yield Violation(
                place(leak.site),
                "the samples that the network is evaluated on are among those that it is trained on",
                (
                    step(leak.site, "the held-out samples are taken out of the data here"),
                    step(leak.trained, "but training sees all of the data"),
                    step(leak.held, "and the evaluation judges samples that were learned"),
                ),
                manual="Train on the part that remains after the split, not on the whole.",
            )
            continue
        copies = event.kind == "resample"
        what = "rows are drawn more than once" if copies else f"`{event.data['how']}` is computed"
        yield Violation(
            place(leak.site),
            f"{what} on data that includes the samples held out for evaluation",
            (
                *(
                    [step(leak.together, "rows that train and rows that are held out are joined here")]
                    if leak.together
                    else []
                ),
                step(leak.site, "all rows take part in this"),
                step(leak.trained, "the network is trained on the result"),
                step(leak.held, "and evaluated on rows that took part"),
            ),
            severity=Severity.WARNING if leak.together else None,
            manual="Split first, then draw copies of training rows only."
            if copies
            else "Split first, fit on the training rows, and apply what was fitted to the held-out rows.",
        )
