"""What is done to tables on their way into a network."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest
from bpcheck.facts.tables import blurred, never_looked_at, trained_tables, unexpanded_dates, unfilled

from .program import Evaluate, Evaluated

READ = """
import datetime
import numpy as np
import pandas as pd
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, RobustScaler, StandardScaler
from somewhere import cleaned
table = pd.read_csv("table.csv")
other = pd.read_csv("other.csv")
"""
TRAIN = """
y = torch.tensor(table["y"].to_numpy())
x = torch.tensor(table.drop(columns="y").to_numpy())
model = nn.Linear(4, 1)
optimizer = optim.AdamW(model.parameters())
for epoch in range(9):
    optimizer.zero_grad()
    F.mse_loss(model(x[:800]), y[:800]).backward()
    optimizer.step()
with torch.no_grad():
    print(F.mse_loss(model(x[800:]), y[800:]))
"""


def program(evaluate: Evaluate, *lines: str, train: str = TRAIN) -> Evaluated:
    return evaluate(READ, *(dedent(line) + "\n" for line in lines), train)


def code(event: object) -> str:
    return ast.unparse(event.site.node)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("table = table.merge(other, how='left')", "table.merge(other, how='left')"),
        ("table = pd.merge(table, other, on='k', how='outer')", "pd.merge(table, other, on='k', how='outer')"),
        ("table = table.join(other.set_index('k'), on='k')", "table.join(other.set_index('k'), on='k')"),
        ("table['b'] = table['a'].shift(1)", "table['a'].shift(1)"),
        ("table['b'] = table.a.rolling(7).mean()", "table.a.rolling(7)"),
        ("table['a'] = pd.to_numeric(table['a'], errors='coerce')", "pd.to_numeric(table['a'], errors='coerce')"),
        ("table = table.replace('?', np.nan)", "table.replace('?', np.nan)"),
        ("table = pd.read_csv('table.csv', na_values='?')", "pd.read_csv('table.csv', na_values='?')"),
    ],
)
def test_what_leaves_gaps(evaluate: Evaluate, line: str, where: str) -> None:
    assert [code(found.gap) for found in unfilled(program(evaluate, line))] == [where]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "table = table.merge(other, on='k')",
        "table['b'] = table['a'].shift(1, fill_value=0)",
        "table['b'] = table['a'].rolling(7, min_periods=1).mean()",
        "table = table.reindex(np.random.permutation(table.index))",
        "table = table.sort_values('a').reset_index(drop=True)",
        "table.a = table.a.astype('float32')",
    ],
)
def test_only_the_file_could_have_gaps(evaluate: Evaluate, line: str) -> None:
    assert [found.gap for found in unfilled(program(evaluate, line))] == [None]


@pytest.mark.parametrize(
    "line",
    [
        "table = table.fillna(-1)",
        "table.fillna(-1, inplace=True)",
        "table.a = table.a.interpolate()",
        "table = table.dropna()",
        "assert not table.isna().any().any()",
        "print(table.info())",
        "table = table[table.a.notnull()]",
        "def clean(t):\n    t['a'] = t['a'].fillna(0)\n    return t\ntable = clean(table)",
        "for part in (table, other):\n    part['a'] = part['a'].ffill()",
        "print(np.isnan(table.values).sum())",
        "table = cleaned(table)",
        "table['a'] = SimpleImputer(strategy='constant').fit_transform(table[['a']])",
        "import matplotlib.pyplot as plt\nplt.plot(table)",
    ],
)
def test_gaps_that_somebody_has_thought_of(evaluate: Evaluate, line: str) -> None:
    assert unfilled(program(evaluate, "table = table.merge(other, how='left')", line)) == []


def test_a_table_that_is_handed_to_unseen_code(evaluate: Evaluate) -> None:
    assert unfilled(program(evaluate, "cleaned(table)")) == []


def test_rows_at_the_beginning_are_cut_off(evaluate: Evaluate) -> None:
    assert unfilled(program(evaluate, "table['b'] = table['a'].shift(3)\ntable = table[3:]")) == []


def test_names_of_files_are_no_numbers(evaluate: Evaluate) -> None:
    images = """
    import os
    from PIL import Image
    from torchvision.transforms.functional import to_tensor
    model = nn.Linear(4, 1)
    optimizer = optim.AdamW(model.parameters())
    for name, label in zip(table["file"].values, table["label"].values):
        x = to_tensor(Image.open(os.path.join("images", name)))
        optimizer.zero_grad()
        F.mse_loss(model(x), torch.tensor(label)).backward()
        optimizer.step()
    """
    assert trained_tables(program(evaluate, train=dedent(images))) == []


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("table['a'] = table['a'].fillna(0)", "0"),
        ("table['a'] = table['a'].fillna(table['a'][:800].mean())", "the mean"),
        ("m = table[:800].median()\ntable = table.fillna(m)", "the median"),
        ("table.a.fillna(value=0.0, inplace=True)", "0"),
        ("table = table.replace(np.nan, 0)", "0"),
        ("table[['a']] = SimpleImputer().fit_transform(table[['a']])", "the mean"),
        ("table[['a']] = make_pipeline(SimpleImputer(strategy='median'), StandardScaler()).fit_transform(table[['a']])",
         "the median"),
    ],
)  # fmt: skip
def test_gaps_filled_with_what_occurs_anyway(evaluate: Evaluate, line: str, value: str) -> None:
    assert [found.value for found in blurred(program(evaluate, line))] == [value]


@pytest.mark.parametrize(
    "line",
    [
        "table['a'] = table['a'].fillna(-999)",
        "table['a'] = table['a'].fillna('none')",
        "table['a'] = table['a'].ffill()",
        "table['b'] = table['a'].isna()\ntable['a'] = table['a'].fillna(0)",
        "for t in (table, other):\n    t['b'] = t['a'].isnull().astype(int)\ntable['a'] = table['a'].fillna(0)",
        "table = table.fillna(0)\ntable = pd.get_dummies(table, dummy_na=True)",
        "table[['a', 'b']] = SimpleImputer(add_indicator=True).fit_transform(table[['a']])",
        "table[['a']] = KNNImputer().fit_transform(table[['a']])",
        "table = table.merge(other, how='left').fillna(0)",
        "table['b'] = table['a'].shift(1).fillna(0)",
        "table['a'] = table['a'].fillna(0)\ntable = cleaned(table)",
    ],
)
def test_gaps_that_can_be_told(evaluate: Evaluate, line: str) -> None:
    assert blurred(program(evaluate, line)) == []


DATE = "table['day'] = pd.to_datetime(table['day'])"


@pytest.mark.parametrize(
    ("lines", "where"),
    [
        ([DATE, "table = table.drop(columns=['day'])"], "table.drop(columns=['day'])"),
        ([DATE, "table = table.drop('day', axis=1)"], "table.drop('day', axis=1)"),
        ([DATE, "table.drop(['day', 'z'], axis=1, inplace=True)"], "table.drop(['day', 'z'], axis=1, inplace=True)"),
        ([DATE, "table['day'] = table['day'].map(datetime.datetime.toordinal)"],
         "table['day'].map(datetime.datetime.toordinal)"),
        ([DATE, "table['day'] = table['day'].astype('int64')"], "table['day'].astype('int64')"),
        ([DATE, "table['day'] = LabelEncoder().fit_transform(table['day'])"],
         "LabelEncoder().fit_transform(table['day'])"),
        (["table = pd.read_csv('t.csv', parse_dates=['day'])", "table = table.drop(columns='day')"],
         "table.drop(columns='day')"),
    ],
)  # fmt: skip
def test_dates_that_are_lost(evaluate: Evaluate, lines: list[str], where: str) -> None:
    (found,) = unexpanded_dates(program(evaluate, *lines))
    assert (found.column, code(found.lost)) == ("day", where)


@pytest.mark.parametrize(
    "line",
    [
        "table['month'] = table['day'].dt.month",
        "table['month'] = table.day.dt.month",
        "table['month'] = table['day'].apply(lambda day: day.month)",
        "table['month'] = table['day'].apply(cleaned)",
        "table['month'] = table['day'].dt.strftime('%m')",
        "table = table.sort_values('day')",
        "table = table.set_index('day').reset_index()",
        "table = table[table['day'] < '2020-01-01']",
        "table['mean'] = table.groupby('day')['a'].transform('mean')",
        "table['before'] = table['a'].shift(1)",
        "table = cleaned(table)",
        "table['month'] = pd.DatetimeIndex(table['day']).month",
    ],
)
def test_dates_that_are_used(evaluate: Evaluate, line: str) -> None:
    assert unexpanded_dates(program(evaluate, DATE, line, "table = table.drop(columns=['day'])")) == []


def test_a_column_of_that_name_is_no_date(evaluate: Evaluate) -> None:
    assert unexpanded_dates(program(evaluate, "table = table.drop(columns=['day'])")) == []


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("table = table.dropna()", 1),
        ("table['a'] = StandardScaler().fit_transform(table[['a']])", 1),
        ("table.describe()", 0),
        ("print(table.head())", 0),
        ("table = table[table.y > 0]", 0),
        ("table['y'] = np.log1p(table['y'])", 0),
        ("table['a'] = table['a'].clip(upper=9)", 0),
        ("top = table['y'].quantile(0.99)\ntable = table[table['y'] < top]", 0),
        ("table[['a']] = RobustScaler().fit_transform(table[['a']])", 0),
        ("import seaborn as sns\nsns.histplot(table['y'])", 0),
        ("cleaned(table)", 0),
    ],
)
def test_values_that_are_looked_at(evaluate: Evaluate, line: str, count: int) -> None:
    assert len(never_looked_at(program(evaluate, line))) == count


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("F.mse_loss", "F.l1_loss"),
        ("F.mse_loss", "F.smooth_l1_loss"),
        ("model(x[:800])", "model(x[:800]).sigmoid()"),
        ('table["y"].to_numpy()', "table.to_numpy()[1:]"),
        ("F.mse_loss", "F.binary_cross_entropy_with_logits"),
    ],
)
def test_regressions_that_outliers_do_not_rule(evaluate: Evaluate, old: str, new: str) -> None:
    assert len(never_looked_at(program(evaluate))) == 1
    assert never_looked_at(program(evaluate, train=TRAIN.replace(old, new))) == []


def test_a_table_of_an_earlier_stage(evaluate: Evaluate) -> None:
    line = "table = pd.read_parquet('table.parquet')"
    assert unfilled(program(evaluate, line)) == []
    assert never_looked_at(program(evaluate, line)) == []
