"""``pandas``: what the names say about a table, in neutral terms.

What a method or function does is one of: ``fill`` (gaps are filled), ``ask`` (where are gaps?), ``drop`` (rows with gaps go),
``gaps`` (may leave gaps where there were none), ``look`` (values are looked at or bounded), ``statistic`` (a number for a whole column).
"""

from __future__ import annotations

#: Methods of tables and columns.
METHODS: dict[str, str] = {
    **dict.fromkeys(("fillna", "ffill", "bfill", "pad", "backfill", "interpolate", "combine_first"), "fill"),
    **dict.fromkeys(("isna", "isnull", "notna", "notnull", "hasnans"), "ask"),
    "dropna": "drop",
    **dict.fromkeys(
        ("shift", "diff", "pct_change", "rolling", "reindex", "reindex_like", "pivot", "pivot_table", "unstack", "asfreq"),
        "gaps",
    ),
    **dict.fromkeys(
        ("info", "describe", "hist", "boxplot", "plot", "value_counts", "corr", "nlargest", "nsmallest", "clip", "unique", "between", "rank", "skew", "kurt", "head", "tail", "query", "cut", "qcut"),
        "look",
    ),
    **dict.fromkeys(("mean", "median", "std", "var", "min", "max", "quantile", "mode", "sem"), "statistic"),
}  # fmt: skip
#: Of those that look, those that count what is there, too.
COUNTING = frozenset({"info", "describe", "value_counts", "unique"})
#: Attributes of a table that stand for the table itself, in another way to choose from it or to work on it.
VIEWS = frozenset({"loc", "iloc", "at", "iat", "ix", "str", "cat", "array"})
#: What a column of dates is taken apart into.
CALENDAR = frozenset({
    "year", "month", "day", "hour", "minute", "second", "week", "weekofyear", "weekday", "dayofweek", "day_of_week", "dayofyear",
    "day_of_year", "quarter", "isocalendar", "is_month_end", "is_month_start", "is_quarter_end", "is_quarter_start", "is_year_end",
    "is_year_start", "is_leap_year", "days_in_month", "day_name", "month_name", "strftime", "date", "time", "days", "total_seconds",
    "seconds", "components",
})  # fmt: skip
#: What turns a date into a number that only grows.
ORDINAL = frozenset({"toordinal", "timestamp", "view", "factorize", "codes"})
#: All other names that a table or column has: anything else after the dot is a column.
_NAMES = (
    "T abs add add_prefix add_suffix agg aggregate align all any append apply applymap argmax argmin argsort array asfreq asof assign astype at "
    "at_time attrs autocorr axes between between_time bfill boxplot case_when cat clip columns combine combine_first compare convert_dtypes "
    "copy corr corrwith count cov cummax cummin cumprod cumsum data describe diff div divide divmod dot drop drop_duplicates droplevel dropna dt "
    "dtype dtypes duplicated empty eq equals eval ewm expanding explode factorize ffill fillna filter first first_valid_index flags floordiv ge "
    "get get_group groupby grad gt hasnans head hist iat idxmax idxmin iloc index infer_objects info insert interpolate item items iterrows "
    "itertuples is_monotonic_decreasing is_monotonic_increasing is_unique isin isna isnull ix join keys kurt kurtosis last last_valid_index le "
    "list loc lt map mask max mean median melt memory_usage merge min mod mode mul multiply name nbytes ndim ne nlargest notna notnull "
    "nsmallest nunique pad pct_change pipe pivot pivot_table plot pop pow prod product quantile query radd rank ravel rdiv reindex reindex_like "
    "rename rename_axis reorder_levels repeat replace resample reset_index rfloordiv rmod rmul rolling round rpow rsub rtruediv sample "
    "searchsorted select select_dtypes sem set_axis set_index shape shift size skew sort_index sort_values sparse squeeze stack std str struct "
    "style sub subtract sum swapaxes swaplevel tail take toarray transform transpose truediv truncate tshift tz_convert tz_localize unique "
    "unstack update value_counts values var view where xs real numpy device requires_grad is_cuda nnz mT H x_t detach cpu cuda to float long int "
    "double half bool backward size dim numel view unsqueeze permute clone contiguous type tolist nonzero flatten reshape split chunk"
)  # fmt: skip
NAMES = frozenset(_NAMES.split())
#: Functions of pandas, numpy and scipy that do to their argument what a method of that name would.
FUNCTIONS: dict[str, str] = {
    **dict.fromkeys(("pandas.isna", "pandas.isnull", "pandas.notna", "pandas.notnull", "numpy.isnan", "numpy.isfinite", "torch.isnan",
                     "torch.isfinite"), "ask"),
    **dict.fromkeys(("numpy.nan_to_num", "torch.nan_to_num"), "fill"),
    **dict.fromkeys(("numpy.clip", "torch.clamp", "numpy.percentile", "numpy.nanpercentile", "numpy.log", "numpy.log1p", "numpy.log2",
                     "numpy.log10", "numpy.sqrt", "numpy.histogram", "numpy.corrcoef", "pandas.cut", "pandas.qcut", "pandas.crosstab",
                     "scipy.stats.zscore", "scipy.stats.mstats.winsorize", "scipy.stats.boxcox", "scipy.stats.iqr",
                     "torch.log", "torch.log1p"), "look"),
    **{f"{root}.{name}": "statistic"
       for root in ("numpy", "torch") for name in ("mean", "std", "var", "median", "max", "min", "amax", "amin", "quantile",
                                                    "percentile", "nanmean", "nanstd", "nanmedian", "nanmin", "nanmax")},
}  # fmt: skip
FUNCTIONS.update(dict.fromkeys(("numpy.percentile", "numpy.quantile"), "statistic"))
