"""A date column expanded into its calendar parts.

A raw date is one growing number; a model that sees it cannot tell a Monday from a Sunday or the end of a quarter from
its middle, and in the future it meets only values that training never had. The parts repeat.

Source: fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 3 (``add_datepart``); course library 0.7,
``fastai/structured.py``, whose thirteen columns and names these are.

Common mistakes: a date as an ordinal or dropped (BP108), NaT turned into the smallest integer.

Practice: D7. Rules: BP108.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

PARTS = ("year", "month", "week", "day", "day_of_week", "day_of_year")
FLAGS = (
    "is_month_end", "is_month_start", "is_quarter_end", "is_quarter_start", "is_year_end", "is_year_start",
)  # fmt: skip


def add_datepart(table: pd.DataFrame, column: str, *, prefix: str | None = None, drop: bool = True) -> pd.DataFrame:
    """A new table in which ``column`` is replaced by its parts.

    Args:
        table: is not changed.
        column: a column of dates, or of text that pandas reads as dates. With a time zone, the local calendar counts.
        prefix: what the new names begin with; without one, the column's name without a final "date".
        drop: leave the column itself out.

    Returns:
        The table with ``Year``, ``Month``, ``Week`` (of the ISO calendar), ``Day``, ``Dayofweek`` (Monday is 0),
        ``Dayofyear``, six flags such as ``Is_month_end``, and ``Elapsed``, the seconds since 1970 in UTC. Of a missing
        date the numbers are NaN and the flags False.

    Raises:
        KeyError: there is no such column.
        ValueError: the column cannot be read as dates.
    """
    import pandas as pd

    if column not in table.columns:
        raise KeyError(f"column {column!r} is not among the columns {list(table.columns)}")
    dates = table[column]
    if not pd.api.types.is_datetime64_any_dtype(dates):
        try:
            dates = pd.to_datetime(dates)
        except (ValueError, TypeError) as error:
            raise ValueError(f"column {column!r} cannot be read as dates: {error}") from error
    start = prefix if prefix is not None else _without_date(column)
    made = {}
    for part in PARTS:
        values = dates.dt.isocalendar().week if part == "week" else getattr(dates.dt, part)
        made[start + part.replace("_", "").capitalize()] = (
            values.astype("float64") if dates.isna().any() else values.astype("int64")
        )
    for flag in FLAGS:
        made[start + flag.capitalize()] = getattr(dates.dt, flag).fillna(False).astype(bool)
    instants = dates.dt.tz_convert("UTC").dt.tz_localize(None) if dates.dt.tz is not None else dates
    made[start + "Elapsed"] = (instants - pd.Timestamp("1970-01-01")).dt.total_seconds()
    kept = table.drop(columns=column) if drop else table
    return kept.assign(**made)


def embedding_size(categories: int) -> int:
    """The course's width of an embedding: half of the number of categories, rounded up, at most 50.

    Raises:
        ValueError: there are fewer than two categories.
    """
    if categories < 2:
        raise ValueError(f"categories must be at least 2, not {categories}")
    return min(50, (categories + 1) // 2)


def _without_date(column: str) -> str:
    return column[:-4] if column.lower().endswith("date") else column
