"""A table with gaps reaches a network, and nothing asks whether values are missing.

## What it does
Flags a table that is read from a file and becomes the input of a network in training, though the program nowhere fills
gaps (`fillna`, an imputer, `nan_to_num`), drops their rows, or asks for them (`isna`, `info`, `describe`). Where
something on the way is known to leave gaps, such as a left join, `shift`, `rolling`, `to_numeric(errors="coerce")` or
`na_values`, that line is reported as a warning. Where the file alone could have them, this is advice at the line that
reads it.

## Why is this bad?
An empty cell becomes NaN, `torch.tensor` takes it without a word, and one NaN among the inputs makes the loss NaN and
with it the weights. As the code of a category it becomes a number like -9223372036854775808 or an index out of range.
Without a check this shows late or, where only the validation rows have gaps, in the metric alone.

## Example
```python
import pandas as pd
import torch
from torch import nn

sales = pd.read_csv("sales.csv")
weather = pd.read_csv("weather.csv")
table = sales.merge(weather, on=["state", "day"], how="left")
columns = ["price", "promotion", "temperature", "rain"]
features = torch.tensor(table[columns].to_numpy(), dtype=torch.float32)
target = torch.tensor(table["sold"].to_numpy(), dtype=torch.float32)
train_x, valid_x, train_y, valid_y = features[:4000], features[4000:], target[:4000], target[4000:]
model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1))
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

sales = pd.read_csv("sales.csv")
weather = pd.read_csv("weather.csv")
table = sales.merge(weather, on=["state", "day"], how="left")
columns = ["price", "promotion", "temperature", "rain"]
unknown = table[["temperature", "rain"]].isna().to_numpy()
values = table[columns].fillna(table[columns][:4000].median()).to_numpy()
features = torch.cat([torch.tensor(values, dtype=torch.float32), torch.tensor(unknown, dtype=torch.float32)], dim=1)
target = torch.tensor(table["sold"].to_numpy(), dtype=torch.float32)
train_x, valid_x, train_y, valid_y = features[:4000], features[4000:], target[:4000], target[4000:]
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

## When not to follow it
Where it is certain that nothing is missing; a line that asserts it (`assert not table.isna().any().any()`) says so to
the reader as well, and ends the finding. Text columns that are cast with `str`, tables that pandas itself has written
(Parquet, Feather, pickle), rows that are cut off where a series begins, and tables that are handed to code which is not
seen are not reported. Otherwise: `# bpcheck: ignore[BP109] the export has no empty cells`.

## Fix safety
Unsafe: filled values and indicator columns are other inputs. No automatic fix is offered yet; the finding shows what to
write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, `lesson3-rossman`: gaps are filled with a signal value, and
  `proc_df` fills the rest with medians of the training table and marks them in a column of their own
- pandas user guide, "Working with missing data": https://pandas.pydata.org/docs/user_guide/missing_data.html

## Evidence
A plain bug where there are gaps: one NaN ends the training, which is arithmetic. No measurement of its own; ways of filling
are compared at BP110, missing-without-indicator.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.tables import unfilled
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule

#: What may leave values missing, as a sentence begins with it.
_LEFT_BY = {
    "na_values": "the reader",
    "replace": "the replacement",
    "to_numeric": "the conversion",
    "a join that keeps rows without a partner": "the join",
    **{
        name: f"`{name}`"
        for name in ("shift", "diff", "pct_change", "rolling", "pivot", "pivot_table", "unstack", "reindex", "asfreq")
    },
}


@rule(code="BP109", severity=Severity.WARNING, practice=("D8",), fix=Safety.UNSAFE)
def unhandled_missing_values(program: Program) -> Iterator[Violation]:
    for found in unfilled(program):
        table, gap = found.table, found.gap
        if gap is None:
            yield Violation(
                place(table.read.site),
                "the table goes into a network as it was read, and nothing asks whether values are missing",
                (
                    step(table.read.site, "an empty cell becomes NaN here"),
                    step(table.trained.site, "the network is trained on the columns as they are"),
                ),
                severity=Severity.INFO,
                manual="Look at `isna().sum()`: fill and mark what is missing, or assert that nothing is.",
            )
            continue
        yield Violation(
            place(gap.site),
            f"{_LEFT_BY.get(gap.data['how'], 'this')} may leave values missing, and nothing fills them before they train the network",
            (
                step(table.read.site, "the table is read here"),
                step(gap.site, "missing values become NaN here"),
                step(table.trained.site, "one NaN among the inputs makes the loss and all weights NaN"),
            ),
            manual="Fill the gaps with medians of the training rows and mark what was missing (`isna()`), or drop the rows (`dropna()`).",
        )
