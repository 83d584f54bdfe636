"""Calendar parts of known dates, and of ten thousand random ones against pandas."""

from __future__ import annotations

import numpy as np
import pytest
from bpcheck_reference.data.datepart import add_datepart, embedding_size

pd = pytest.importorskip("pandas")


@pytest.mark.parametrize(
    ("date", "parts"),
    [
        (
            "2000-03-11",
            {"Year": 2000, "Month": 3, "Week": 10, "Day": 11, "Dayofweek": 5, "Dayofyear": 71, "Elapsed": 952732800},
        ),
        (
            "2020-12-31",
            {"Week": 53, "Dayofyear": 366, "Is_month_end": True, "Is_quarter_end": True, "Is_year_end": True},
        ),
        ("2021-01-01", {"Year": 2021, "Week": 53, "Is_year_start": True, "Is_month_start": True, "Dayofweek": 4}),
        ("2024-02-29", {"Dayofyear": 60, "Is_month_end": True, "Is_year_end": False}),
    ],
)
def test_known_dates(date: str, parts: dict[str, object]) -> None:
    row = add_datepart(pd.DataFrame({"saledate": [date]}), "saledate").iloc[0]
    assert {name: row["sale" + name] for name in parts} == parts


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_random_dates_in_every_unit(unit: str) -> None:
    seconds = np.random.default_rng(0).integers(0, 2_000_000_000, 10_000)
    dates = pd.Series(pd.to_datetime(seconds, unit="s")).astype(f"datetime64[{unit}]")
    made = add_datepart(pd.DataFrame({"d": dates}), "d", drop=False)
    for name in ("year", "month", "day", "is_quarter_start", "is_year_end"):
        assert (made["d" + name.capitalize()] == getattr(dates.dt, name)).all()
    assert (made["dDayofweek"] == dates.dt.day_of_week).all()
    assert (made["dDayofyear"] == dates.dt.day_of_year).all()
    assert (made["dElapsed"] == seconds).all()
    assert "d" in made


def test_a_time_zone_keeps_its_calendar_and_its_instant() -> None:
    dates = pd.Series(pd.to_datetime(["2024-01-01 00:30"])).dt.tz_localize("Europe/Berlin")
    row = add_datepart(pd.DataFrame({"at": dates}), "at").iloc[0]
    assert (row["atYear"], row["atDayofyear"]) == (2024, 1)
    assert row["atElapsed"] == pd.Timestamp("2023-12-31 23:30").timestamp()


def test_a_missing_date() -> None:
    made = add_datepart(pd.DataFrame({"date": ["2024-05-01", None]}), "date")
    assert made.loc[1, ["Year", "Month", "Week", "Day", "Dayofweek", "Dayofyear", "Elapsed"]].isna().all()
    assert not made.loc[1, "Is_month_start"]
    assert (made.loc[0, "Year"], made.loc[0, "Is_month_start"]) == (2024, True)


def test_the_table_is_left_alone() -> None:
    table = pd.DataFrame({"date": ["2024-05-01"], "x": [1]})
    made = add_datepart(table, "date", prefix="d_")
    assert list(table.columns) == ["date", "x"]
    assert len(made.columns) == 14
    assert all(name.startswith("d_") for name in made.columns if name != "x")


def test_embedding_sizes() -> None:
    assert [embedding_size(n) for n in (1116, 8, 3, 2)] == [50, 4, 2, 1]


def test_bad_arguments() -> None:
    with pytest.raises(KeyError, match="'when' is not among the columns"):
        add_datepart(pd.DataFrame({"date": []}), "when")
    with pytest.raises(ValueError, match="column 'x' cannot be read as dates"):
        add_datepart(pd.DataFrame({"x": ["soon"]}), "x")
    with pytest.raises(ValueError, match="categories must be at least 2, not 1"):
        embedding_size(1)
