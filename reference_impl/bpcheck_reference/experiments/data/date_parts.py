"""A date as one number, the days that have passed, against a date in its parts, in a regression of daily sales.

Four years are generated with a weekly rhythm, ends of months, a season and a trend; the last year is for the test. Without a
rhythm in the data, the parts cannot help: that is the other condition. Both arms see the days that have passed, so that
neither lacks the trend.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from bpcheck_reference.data.datepart import add_datepart
from bpcheck_reference.data.standardize import Standardize
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import fit, mlp, predictions

DAYS, TEST = 4 * 365, 365


def sales(rhythm: bool, seed: int) -> tuple[pd.DataFrame, Tensor]:
    random = np.random.default_rng(seed)
    dates = pd.Series(pd.date_range("2019-01-01", periods=DAYS))
    elapsed = np.arange(DAYS) / DAYS
    values = 0.5 * elapsed + random.normal(0, 0.2, DAYS)
    if rhythm:
        by_weekday = random.normal(0, 1, 7)
        values = values + by_weekday[dates.dt.day_of_week] + dates.dt.is_month_end.to_numpy() * 1.5
        values = values + 0.5 * np.sin(2 * np.pi * dates.dt.day_of_year.to_numpy() / 365)
    return pd.DataFrame({"date": dates, "days passed": elapsed}), torch.tensor(values, dtype=torch.float32)


def run(run: Run) -> float:
    table, y = sales(run.condition == "weekly and yearly", run.seed)
    if run.setting:
        table = add_datepart(table, "date")
        elapsed = [name for name in table if name.endswith("Elapsed")]
        weekday = next(name for name in table if name.lower().endswith("dayofweek"))
        table = pd.get_dummies(table.drop(columns=elapsed), columns=[weekday])
    else:
        table = table.drop(columns="date")
    x = torch.tensor(table.to_numpy(dtype=np.float32))
    train, test = slice(DAYS - TEST), slice(DAYS - TEST, None)
    x = Standardize(x.shape[1]).fit(x[train])(x).to(run.device)
    mean, sd = y[train].mean(), y[train].std()
    y = ((y - mean) / sd).to(run.device)
    model = mlp(x.shape[1], 64, 1).to(run.device)
    epochs = run.sized(tiny=15, small=40)
    fit(
        model, x[train], y[train, None], loss=nn.functional.mse_loss,
        optimizer=torch.optim.AdamW(model.parameters(), lr=run.choice), epochs=epochs,
    )  # fmt: skip
    return (predictions(model, x[test])[:, 0] - y[test]).square().mean().sqrt().item()


EXPERIMENT = Experiment(
    practice=("D7",),
    rules=("BP108",),
    question="Does a model of daily figures need a date in its parts?",
    subject="generated daily sales",
    data="Generated: four years of daily sales with a trend, and weekly, monthly and yearly rhythms or none; the last year is the test",
    metric="test root mean square error in standard deviations",
    higher_is_better=False,
    smallest=0.02,
    arms={"days passed": False, "parts of the date": True},
    run=run,
    condition=Axis("rhythm", ("none", "weekly and yearly"), at="weekly and yearly"),
    choice=Axis("learning rate", (0.001, 0.003, 0.01), at=0.003, log=True),
    clear=0.2,
)
