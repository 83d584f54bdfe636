"""Gaps in a table are filled with a mean, a median or zero, and nothing says which values were missing.

## What it does
Flags the line that fills the gaps of a table with a number that measured values may be as well: `fillna` with a mean, a
median or 0, `SimpleImputer` with those strategies. It is silent if what the network gets carries a mark of any kind: a
column made with `isna`, `add_indicator=True`, `MissingIndicator`, `get_dummies(dummy_na=True)`.

## Why is this bad?
That a value is missing often says something itself: a sensor that fails in the heat, a question that is left out, a
competitor that does not exist. Filled with a usual number, the row looks like any other, and the network can learn
neither what the gap means nor to trust the number less.

## Example
```python
import pandas as pd
import torch
from torch import nn

train, valid = pd.read_csv("train.csv"), pd.read_csv("valid.csv")
columns = ["age", "pressure", "weight"]
medians = train[columns].median()
train_x = torch.tensor(train[columns].fillna(medians).to_numpy(), dtype=torch.float32)
valid_x = torch.tensor(valid[columns].fillna(medians).to_numpy(), dtype=torch.float32)
train_y, valid_y = torch.tensor(train["days"].to_numpy()).float(), torch.tensor(valid["days"].to_numpy()).float()
model = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50)
for epoch in range(50):
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
import numpy as np
import pandas as pd
import torch
from torch import nn

train, valid = pd.read_csv("train.csv"), pd.read_csv("valid.csv")
columns = ["age", "pressure", "weight"]
medians = train[columns].median()


def inputs(table):
    filled, missing = table[columns].fillna(medians), table[columns].isna()
    return torch.tensor(np.concatenate([filled, missing], axis=1), dtype=torch.float32)


train_x, valid_x = inputs(train), inputs(valid)
train_y, valid_y = torch.tensor(train["days"].to_numpy()).float(), torch.tensor(valid["days"].to_numpy()).float()
model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50)
for epoch in range(50):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(train_x).squeeze(1), train_y).backward()
    optimizer.step()
    scheduler.step()
model.eval()
with torch.no_grad():
    print(nn.functional.mse_loss(model(valid_x).squeeze(1), valid_y))
```

A category needs no second column: a category of its own ("unknown") is the mark. For trees and embeddings a value
outside the range does the same; as the input of a linear layer it would be a very large number.

## When not to follow it
Where a gap means the number that it is filled with (no sales were recorded since nothing was sold), where values are
missing by pure chance or hardly ever, and for `ffill` or interpolation in a series. Zeros where a join found no partner
or before a series begins are not reported. Otherwise: `# bpcheck: ignore[BP110] an empty cell means none`.

## Fix safety
Unsafe: more columns mean another first layer. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1: `proc_df` adds a column `..._na` for each column of numbers
  that it fills with its median
- scikit-learn user guide, "Imputation of missing values", with a section on marking them:
  https://scikit-learn.org/stable/modules/impute.html
- Van Ness et al. (2023), "The missing indicator method: from low to high dimensions", KDD:
  https://arxiv.org/abs/2211.09259

## Evidence
Measured on a real table with values taken out: where gaps are more frequent in one class, a column that says where
they were clearly helps a network; where they come by chance it does not help, and by a little it may hurt. A fill far
outside the range is worse than the median then. Van Ness et al. report that indicators improve predictions where the
pattern of missing values says something, and that they do not hurt linear models asymptotically where it does not
(their claim).
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.tables import blurred
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP110", severity=Severity.INFO, practice=("D8",), fix=Safety.UNSAFE)
def missing_without_indicator(program: Program) -> Iterator[Violation]:
    for found in blurred(program):
        yield Violation(
            place(found.fill.site),
            f"gaps are filled with {found.value}, and nothing tells the network which values were missing",
            (
                step(found.table.read.site, "the table is read here"),
                step(found.fill.site, f"a missing value becomes {found.value}, which measured values may be, too"),
                step(found.table.trained.site, "the network is trained on both alike"),
            ),
            manual="Add a column with `isna()` of the filled one before it is filled (`SimpleImputer(add_indicator=True)` does).",
        )
