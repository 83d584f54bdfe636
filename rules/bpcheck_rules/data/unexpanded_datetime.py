"""A column of dates is dropped or becomes one plain number, and a network learns nothing of months and weekdays.

## What it does
Flags a column that the program itself treats as dates (`parse_dates`, `to_datetime`), and that is then dropped from the
table a network is trained on, or turned into a number that only grows: an ordinal, a time stamp, an integer, the code
of a category. It is silent as soon as any part of a date is taken (`.dt.month`, `strftime`, `add_datepart`), a function
is applied to the column, or the text of it is cut.

## Why is this bad?
Much of what people do repeats by week, month and year, and a network cannot find weekends in a number of seconds: it
would have to learn a function that jumps every seven days, and beyond the dates it was trained on it has seen none of
the values. With the date dropped, all that depends on the season is noise.

## Example
```python
import pandas as pd
import torch
from torch import nn

table = pd.read_csv("sales.csv", parse_dates=["day"]).dropna()
target = torch.tensor(table["sold"].to_numpy(), dtype=torch.float32)
features = torch.tensor(table.drop(columns=["sold", "day"]).to_numpy(), dtype=torch.float32)
train_x, valid_x, train_y, valid_y = features[:4000], features[4000:], target[:4000], target[4000:]
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
import pandas as pd
import torch
from torch import nn

table = pd.read_csv("sales.csv", parse_dates=["day"]).dropna()
table["month"] = table["day"].dt.month
table["weekday"] = table["day"].dt.dayofweek
target = torch.tensor(table["sold"].to_numpy(), dtype=torch.float32)
features = torch.tensor(table.drop(columns=["sold", "day"]).to_numpy(), dtype=torch.float32)
train_x, valid_x, train_y, valid_y = features[:4000], features[4000:], target[:4000], target[4000:]
model = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1))
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

Better still, feed month and weekday to an `nn.Embedding`, or as sine and cosine, so that December is next to January.

## When not to follow it
Recurrent networks that read the rows as a sequence, tables with lagged columns, and dates that order, group, index or
split the rows are not reported, nor is a column of which it is not known that it holds dates. A date that says nothing
about the target (when a row was entered, say) is rightly dropped:
`# bpcheck: ignore[BP108] the day of the export`.

## Fix safety
Unsafe: more columns mean another first layer. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, `lesson3-rossman`: `add_datepart` on every table with a date,
  "you can't capture any trend/cyclical behavior as a function of time" without it
- pandas documentation, `Series.dt`: https://pandas.pydata.org/docs/reference/api/pandas.Series.dt.html

## Evidence
Measured on generated daily sales, the last year held out: where sales have a weekly and a yearly rhythm, a network
with the parts of the date is several times nearer to the truth than one that sees only the days passed. Where there
is no rhythm the parts make it slightly worse, since it learns chance. Real tables, and a date dropped altogether,
were not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.tables import unexpanded_dates
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP108", severity=Severity.WARNING, practice=("D7",), fix=Safety.UNSAFE)
def unexpanded_datetime(program: Program) -> Iterator[Violation]:
    for date in unexpanded_dates(program):
        dropped = date.lost.data["how"] == "drop"
        yield Violation(
            place(date.lost.site),
            f"the date `{date.column}` is dropped, and the network learns nothing of it"
            if dropped
            else f"of the date `{date.column}` the network gets one number, without weekday, month or season",
            (
                step(date.known.site, f"`{date.column}` is known to be a date here"),
                step(date.lost.site, "it is dropped here" if dropped else "it becomes a plain number here"),
                step(date.table.trained.site, "the network is trained without any part of the date"),
            ),
            manual=f"Add year, month, day of week and the like of `{date.column}` as columns (`.dt.month`, `.dt.dayofweek` ...) first.",
        )
