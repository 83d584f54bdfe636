"""A regression with squared errors is fitted to a table whose values nobody has looked at.

## What it does
Gives advice where a table from a file, inputs and target, trains a network with the mean squared error, and nothing in
the program looks at its values: no `describe`, histogram, plot, quantile or count, no rows chosen by a comparison, no
clipping, logarithm or `RobustScaler`.

## Why is this bad?
The squared error gives a target that is off by ten times as much a hundred times the weight. A few entries with a wrong
unit, a missing comma or a placeholder such as 9999 then decide where the network goes, and a mean or a standard
deviation that is computed with them squeezes all other values together.

## Example
```python
import pandas as pd
import torch
from torch import nn

train, valid = pd.read_csv("train.csv").dropna(), pd.read_csv("valid.csv").dropna()
train_x = torch.tensor(train.drop(columns="price").to_numpy(), dtype=torch.float32)
valid_x = torch.tensor(valid.drop(columns="price").to_numpy(), dtype=torch.float32)
train_y = torch.tensor(train["price"].to_numpy(), dtype=torch.float32)
valid_y = torch.tensor(valid["price"].to_numpy(), dtype=torch.float32)
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
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
import pandas as pd
import torch
from torch import nn

train, valid = pd.read_csv("train.csv").dropna(), pd.read_csv("valid.csv").dropna()
print(train.describe(percentiles=[0.01, 0.5, 0.99]))
train = train[train["price"] > 0]  # a price of 0 is a contract without one
train_x = torch.tensor(train.drop(columns="price").to_numpy(), dtype=torch.float32)
valid_x = torch.tensor(valid.drop(columns="price").to_numpy(), dtype=torch.float32)
train_y = torch.tensor(train["price"].to_numpy(), dtype=torch.float32)
valid_y = torch.tensor(valid["price"].to_numpy(), dtype=torch.float32)
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
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

Drop what is wrong, and only from the training rows unless the reason is known when predictions are made; keep what is
merely extreme, and use `nn.HuberLoss` or the logarithm of the target.

## When not to follow it
Where the table was looked at elsewhere, in a notebook that is not part of the program. Classification, bounded outputs,
robust losses (`L1Loss`, `HuberLoss`), tables that pandas itself has written and tables that are handed to code which is
not seen are not reported. Otherwise: `# bpcheck: ignore[BP111] see eda.ipynb`.

## Fix safety
Manual: what is an error and what is merely rare only somebody who knows the data can tell.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, `lesson3-rossman`: days with closed stores are dropped, and
  the months that a competitor has been open are cut off at 24
- PyTorch documentation, `HuberLoss`: https://docs.pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html

## Evidence
With a few targets that are wrong by many deviations, a network with squared errors gets better when they are dropped,
the more so the more of them there are. `nn.HuberLoss` on all rows came close, without a look at the table. Where there
are no such targets, neither gained nor lost anything. Small errors, and errors in the inputs, were not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.tables import never_looked_at
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP111", severity=Severity.INFO, practice=("D3",), fix=Safety.MANUAL)
def unchecked_outliers(program: Program) -> Iterator[Violation]:
    for found in never_looked_at(program):
        yield Violation(
            place(found.table.read.site),
            "a regression with squared errors is fitted to this table, and nothing in the program looks at its values",
            (
                step(found.table.read.site, "the table is read here"),
                step(found.table.trained.site, "the network is trained on it"),
                step(found.loss.site, "an error ten times as large counts a hundred times here"),
            ),
            manual="Look at `describe()` and a histogram of the target; drop what is wrong, clip what is extreme, or use `HuberLoss`.",
        )
