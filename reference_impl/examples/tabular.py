"""A table with dates, gaps and wrong entries: how full is a car park?

Data: generated here, by ``daily_table``, since no table with dates comes with Python, PyTorch or scikit-learn. Six car
parks over three years, with a week, a year and the turn of the month in them, a thermometer that fails in the cold, and
counters that get stuck. The last fifth of the time is the validation part. Result: mean absolute error there in percent
of the places, next to that of each car park's mean for the day of the week.

    python reference_impl/examples/tabular.py
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from bpcheck_reference.activations.sigmoid_range import SigmoidRange
from bpcheck_reference.data.datepart import add_datepart, embedding_size
from bpcheck_reference.data.missing import FillMissing
from bpcheck_reference.data.outliers import find_outliers
from bpcheck_reference.data.splits import time_split
from bpcheck_reference.data.standardize import Standardize
from bpcheck_reference.learning_rate.cosine import cosine_with_warmup
from bpcheck_reference.training.decay_groups import adamw
from bpcheck_reference.training.evaluate import evaluate
from bpcheck_reference.training.train import Training
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

CATEGORIES = {"park": 6, "Dayofweek": 7, "Month": 13}
"""Columns that get an embedding, and one more than their largest value."""

NUMBERS = ("temperature", "rival_km", "event", "Day", "Dayofyear", "Week", "Is_month_start", "Is_month_end")
# Year and Elapsed are left out: a network knows nothing about years later than those of training.


def daily_table(seed: int) -> pd.DataFrame:
    """One row for each park and day of 2021 to 2023: date, park, weather, distance of the next rival, share in use."""
    random = np.random.default_rng(seed)
    days = pd.date_range("2021-01-01", "2023-12-31")
    tables = []
    for park in range(CATEGORIES["park"]):
        season = np.cos(2 * np.pi * (days.dayofyear.to_numpy() - 15) / 365.25)
        temperature = 10 - 12 * season + random.normal(0, 4, len(days))
        event = random.random(len(days)) < 0.04
        office = park % 2 == 0  # office parks are full on working days, the others at the weekend
        weekend = days.dayofweek.to_numpy() >= 5
        logit = random.normal(0, 0.3) + np.where(weekend == office, -0.7, 0.5)
        logit = logit + 0.4 * season * (-1 if office else 1) + 1.2 * event - 0.4 * days.is_month_start
        logit = logit + 0.03 * np.abs(temperature - 18) + random.normal(0, 0.15, len(days))
        used = 1 / (1 + np.exp(-logit))
        stuck = random.random(len(days)) < 0.01
        used = np.where(stuck, 0.0, used)
        failed = random.random(len(days)) < np.where(temperature < 0, 0.5, 0.05)
        tables.append(
            pd.DataFrame(
                {
                    "date": days,
                    "park": park,
                    "temperature": np.where(failed, np.nan, temperature),
                    "rival_km": np.nan if park == 3 else random.uniform(0.2, 3),  # park 3 has none
                    "event": event.astype(float),
                    "used": used,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


class TableNet(nn.Module):
    """Embeddings of categories and prepared numbers, two hidden layers, an output within its range.

    Args:
        numbers: training rows of the numbers, with gaps: what fills them and what scales them comes from these rows.
        categories: one more than the largest value of each category.
    """

    def __init__(self, numbers: Tensor, categories: Sequence[int]) -> None:
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(count, embedding_size(count)) for count in categories)
        self.fill = FillMissing(numbers.shape[1]).fit(numbers)
        filled = self.fill(numbers)
        self.scale = Standardize(filled.shape[1]).fit(filled)
        width = filled.shape[1] + sum(embedding_size(count) for count in categories)
        self.layers = nn.Sequential(
            nn.Linear(width, 64), nn.ReLU(), nn.BatchNorm1d(64), nn.Dropout(0.1),
            nn.Linear(64, 32), nn.ReLU(), nn.BatchNorm1d(32), nn.Dropout(0.1),
            nn.Linear(32, 1), SigmoidRange(-0.05, 1.05),
        )  # fmt: skip

    def forward(self, rows: Tensor) -> Tensor:
        """The share of the places in use, shape ``(batch,)``, from rows with the categories first."""
        count = len(self.embeddings)
        codes = rows[:, :count].long()
        vectors = [embed(codes[:, k]) for k, embed in enumerate(self.embeddings)]
        prepared = self.scale(self.fill(rows[:, count:]))
        used: Tensor = self.layers(torch.cat([*vectors, prepared], dim=1)).squeeze(1)
        return used


def absolute_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Of each row, in percent of the places."""
    return 100 * (outputs - targets).abs()


def show(epochs: int, row: dict[str, float]) -> None:
    """A progress bar on stderr."""
    done = int(row["epoch"])
    bar = "#" * (20 * done // epochs)
    text = f"\rtraining [{bar:20}] {done}/{epochs}  loss {row['loss']:.4f}  error {row['metric']:.2f}%"
    print(text, end="\n" if done == epochs else "", file=sys.stderr, flush=True)


def main() -> None:
    """Expand dates, split by time, look for outliers, train."""
    parser = argparse.ArgumentParser(description="Predict how full car parks are from a generated table.")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--limit", type=int, default=0, help="most training rows, the latest ones; 0: all")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)

    table = add_datepart(daily_table(options.seed), "date", prefix="")
    targets = torch.tensor(table["used"].to_numpy(np.float32))
    rows = torch.tensor(table[[*CATEGORIES, *NUMBERS]].to_numpy(np.float32))
    train, valid = time_split(torch.tensor(table["Elapsed"].to_numpy()))
    train = train[-options.limit :]

    report = find_outliers(targets[train])
    print(f"training: {report}, which are stuck counters: left out there, and nowhere else")
    train = train[report.keep(targets[train])]

    train_batches = DataLoader(TensorDataset(rows[train], targets[train]), batch_size=64, shuffle=True)
    valid_batches = DataLoader(TensorDataset(rows[valid], targets[valid]), batch_size=512)
    network = TableNet(rows[train][:, len(CATEGORIES) :], list(CATEGORIES.values()))
    optimizer = adamw(network, 5e-3)
    steps = options.epochs * len(train_batches)
    history = Training(network, optimizer, F.mse_loss, cosine_with_warmup(optimizer, steps, warmup=steps // 10)).fit(
        train_batches,
        lambda model: evaluate(model, valid_batches, {"error": absolute_error})["error"],
        options.epochs,
        report=lambda row: show(options.epochs, row),
    )

    middle = targets[train].mean()
    known = table.iloc[train.numpy()].groupby(["park", "Dayofweek"])["used"].mean()
    keys = pd.MultiIndex.from_frame(table.iloc[valid.numpy()][["park", "Dayofweek"]])
    weekly = torch.tensor(known.reindex(keys).fillna(float(middle)).to_numpy(np.float32))
    print(f"with the mean of training: error {absolute_error(middle, targets[valid]).mean():.2f}%")
    print(
        f"baseline: error {absolute_error(weekly, targets[valid]).mean():.2f}% (mean of the park and day of the week)"
    )
    print(f"result: error {history[-1]['metric']:.2f}% (the last {len(valid)} rows, stuck counters among them)")


if __name__ == "__main__":
    main()
