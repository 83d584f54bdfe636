"""Tables and arrays: what is done to their rows and columns before they become tensors, written down for who asks.

A table is data like any other (a ``Tensor``); what was done to it on the way is in its ``history``. The kinds of events here:
``table-read``, ``-fill``, ``-ask``, ``-drop``, ``-gaps``, ``-look``, ``-date``, ``-calendar``, ``-column``, ``-concat``, ``-array``
and ``-unseen``; and, for arrays of all kinds, ``fit-statistics`` and ``resample``. Each has the value in question as ``of``.
"""

from __future__ import annotations

import ast

from bpcheck.apis import lookup
from bpcheck.apis import pandas as names
from bpcheck.apis.spec import Api
from bpcheck.evaluate import iterate, operators
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.events import Event
from bpcheck.evaluate.values import (
    FALSE,
    NONE,
    SLICE,
    TRUE,
    Const,
    Map,
    Obj,
    Origin,
    Seq,
    Site,
    Symbol,
    Tensor,
    Unknown,
    Value,
    choices,
    constant,
    truth,
)

Kwargs = dict[str, Value]

#: How a value is called that only says which rows of a table are meant, or that is a column of dates.
ROWS, DATES = "rows", "dates"
#: Methods that may make one number of a column.
REDUCING = frozenset(name for name, what in names.METHODS.items() if what == "statistic") | {"amax", "amin"}


def concerns(name: str) -> bool:
    """Whether the library name may say something of tables."""
    return name.startswith("pandas.") or name in names.FUNCTIONS


def is_table(value: Value | None) -> bool:
    """Whether a value comes from a table that was read from a file."""
    return isinstance(value, Tensor) and any(event.kind == "table-read" for event in value.history)


def has_columns(value: Tensor) -> bool:
    """Whether it is a table still, with columns that have names, and no array."""
    return not any(event.kind == "table-array" for event in value.history)


def as_array(ev: Evaluator, value: Value, site: Site) -> Value:
    """A table becomes an array: numbers without names."""
    if isinstance(value, Tensor) and is_table(value) and has_columns(value):
        return noted(ev, "table-array", site, value, value)
    return value


def noted(ev: Evaluator, what: str, site: Site, of: Value, result: Value, **data: object) -> Value:
    """Write down that ``what`` happens to ``of``; ``result`` then has it in its history."""
    event = ev.emit(what, site, None, of=of, **data)
    return result.but(history=result.history | {event}) if isinstance(result, Tensor) else result


def read(ev: Evaluator, api: Api, table: Tensor, bound: Kwargs, site: Site) -> Value:
    """A table is read from a file; a ``raw`` one is as somebody delivered it, and not of an earlier stage."""
    made = noted(ev, "table-read", site, table, table, raw=bool(api.facts.get("raw")))
    if truth(bound.get("keep_default_na", TRUE)) is False:
        ev.emit("table-ask", site, None, of=made, how="keep_default_na")
    gaps = bound.get("na_values")
    if gaps is not None and not (isinstance(gaps, Const) and gaps.value is None):
        made = noted(ev, "table-gaps", site, made, made, how="na_values")
    dates = bound.get("parse_dates")
    for column in _texts(dates) if dates is not None else ():
        ev.emit("table-date", site, None, of=made, column=column)
    index = bound.get("index_col")
    for column in _texts(index) if index is not None else ():
        ev.emit("table-column", site, None, of=made, column=column, how="index")
    return made


def attribute(ev: Evaluator, table: Tensor, name: str, site: Site) -> Value | None:
    """``table.name`` where it is no method: a view, a part of a date, or a column."""
    if name in names.VIEWS:
        if name in ("cat", "str"):
            how = "ordinal" if name == "cat" else "text"
            ev.emit("table-column", site, None, of=table, column=column_of(table), how=how)
        return table.but(via="")
    if name == "dt":
        return table.but(via=DATES)
    if name == "index":
        return table.but(kind="index", via=ROWS)
    if name == "columns":
        return None
    if name in names.CALENDAR and (table.via in (DATES, ROWS) or column_of(table) not in ("*", "?")):
        made = iterate.part(ev, table.but(via="", kind="data"), f"'{name} of a date'", site)
        return noted(ev, "table-calendar", site, table, made)
    if name in names.CALENDAR:
        ev.emit("table-calendar", site, None, of=table)
    if name in names.NAMES or name.startswith(("_", "to_")) or not has_columns(table):
        return as_array(ev, table, site) if name == "values" and has_columns(table) else None
    return iterate.part(ev, table, repr(name), site)


def method(ev: Evaluator, table: Tensor, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value | None:
    """``table.name(...)``; ``None`` where nothing special is known of it."""
    if name in names.CALENDAR:
        return attribute(ev, table, name, site)
    handler = _METHODS.get(name)
    if handler is not None:
        return handler(ev, table, name, args, kwargs, site)
    what = names.METHODS.get(name)
    if name == "to_numpy":
        return as_array(ev, table.but(grad=False), site)
    if what is None or what == "statistic":
        if name in names.ORDINAL:
            ev.emit("table-column", site, None, of=table, column=column_of(table), how="ordinal")
        return None
    told = operators.flow([*args, *kwargs.values()]).history
    made: Value = operators.mixed([table], "data").but(grad=False, history=table.history | told)
    if what == "gaps" and _leaves_none(name, args, kwargs):
        return made
    made = _done(ev, what, name, table, made, [*args, *kwargs.values()], site)
    return NONE if truth(kwargs.get("inplace", FALSE)) else made


def _leaves_none(name: str, args: list[Value], kwargs: Kwargs) -> bool:
    """Whether what usually leaves gaps is told how to fill them, or only changes the order of the rows."""
    if not kwargs.keys().isdisjoint(("fill_value", "min_periods", "**")):
        return True
    given = [*args[:1], *(kwargs[key] for key in ("index", "labels") if key in kwargs)]
    return name.startswith("reindex") and any(map(is_table, operators.flow(given).tensors))


def _done(ev: Evaluator, what: str, name: str, of: Value, made: Value, given: list[Value], site: Site) -> Value:
    if what == "look" and name in names.COUNTING:
        ev.emit("table-ask", site, None, of=of, how=name)
    return noted(ev, f"table-{what}", site, of, made, how=name, given=given)


def function(ev: Evaluator, name: str, args: list[Value], kwargs: Kwargs, made: Value, site: Site) -> Value:
    """``name(table, ...)`` of a library, of which ``made`` comes."""
    values = [*args, *kwargs.values()]
    what = names.FUNCTIONS.get(name)
    if what == "statistic":
        return statistic(ev, name.rpartition(".")[2], args[0] if args else NONE, made, args[1:], kwargs, site)
    tables = [value for value in values if any(map(is_table, operators.flow([value]).tensors))]
    if not tables:
        return made
    short = name.rpartition(".")[2]
    if what is not None:
        return _done(ev, what, short, tables[0], made, values[1:], site)
    if name == "pandas.to_datetime":
        ev.emit("table-date", site, None, of=tables[0], column=column_of(tables[0]))
        return made.but(via=DATES, kind="data") if isinstance(made, Tensor) else made
    if name == "pandas.factorize":
        ev.emit("table-column", site, None, of=tables[0], column=column_of(tables[0]), how="ordinal")
    if name == "pandas.get_dummies" and truth(kwargs.get("dummy_na", FALSE)):
        return noted(ev, "table-ask", site, tables[0], made, how=short)
    if name == "pandas.to_numeric" and constant(kwargs.get("errors")) == "coerce":
        return noted(ev, "table-gaps", site, tables[0], made, how=short)
    if name in ("pandas.merge", "pandas.merge_asof") and constant(kwargs.get("how")) in ("left", "right", "outer"):
        return noted(ev, "table-gaps", site, tables[0], made, how="a join that keeps rows without a partner")
    return made


def concatenated(ev: Evaluator, values: Value, made: Value, site: Site) -> Value:
    """Rows of several arrays become those of one."""
    if isinstance(made, Tensor) and len(made.origins) > 1 and not made.models and not ev.forwards:
        return noted(ev, "table-concat", site, values, made)
    return made


#: Packages that draw or print what they are given.
_SHOWING = ("matplotlib", "seaborn", "plotly", "IPython", "visdom", "tabulate", "prettytable")
#: Packages that read files of the names that they are given.
_READING = ("PIL", "cv2", "skimage", "imageio", "torchvision", "torchaudio")


def undescribed(ev: Evaluator, name: str, args: list[Value], kwargs: Kwargs, made: Tensor, site: Site) -> Value:
    """What comes of a function of which only the package is known."""
    root = name.partition(".")[0]
    if root in _SHOWING:
        _seen([*args, *kwargs.values()], ev, site)
    return made.but(history=frozenset()) if root in _READING else function(ev, name, args, kwargs, made, site)


def _seen(values: list[Value], ev: Evaluator, site: Site) -> None:
    """A plot or a report shows the values."""
    for value in operators.flow(values).tensors:
        if is_table(value):
            ev.emit("table-look", site, None, of=value, how="report", given=[])
            ev.emit("table-ask", site, None, of=value, how="report")


def escaped(ev: Evaluator, value: Tensor, site: Site) -> None:
    """The table is handed to code that is not seen."""
    if is_table(value):
        ev.emit("table-unseen", site, None, of=value)


def statistic(ev: Evaluator, name: str, of: Value, made: Value, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """A number for a whole column, such as its mean; one for each row is none."""
    f = operators.flow([of])
    if f.models or not f.origins or ev.forwards or isinstance(of, Seq):
        return made  # of a list, it may be a sample that is put together
    axis = kwargs.get("axis", kwargs.get("dim", args[0] if args else Const(None)))
    if name in ("quantile", "percentile"):
        axis = kwargs.get("axis", kwargs.get("dim", Const(None)))
    over = [axis] if isinstance(axis, Const) else list(axis.items or ()) if isinstance(axis, Seq) else []
    if not any(isinstance(each, Const) and each.value in (0, None, "index") for each in over):
        return made
    if name in ("max", "min") and any(isinstance(arg, Tensor) for arg in args):
        return made  # the larger of two, element by element
    event = ev.emit("fit-statistics", site, None, of=of, how=name)
    made = _remembering(made, frozenset({event}))
    return made.but(via=operators.STATISTIC) if isinstance(made, Tensor) else made


def _remembering(value: Value, events: frozenset[Event]) -> Value:
    """``value``, whose tensors have ``events`` in their history."""
    if isinstance(value, Tensor):
        return value.but(history=value.history | events)
    if isinstance(value, Seq) and value.items is not None and len(value.items) < 8:
        return Seq(value.kind, [_remembering(item, events) for item in value.items])
    return value


# Estimators


def fitted(ev: Evaluator, estimator: Obj, args: list[Value], how: str, site: Site) -> None:
    """An estimator takes statistics of the data that it is fitted on, or makes more samples of them."""
    said = _facts(estimator)
    of = args[0] if args else NONE
    happened: list[Event] = []
    if how == "fit_resample" and said.get("resamples"):
        happened.append(ev.emit("resample", site, None, of=of, how=estimator.label))
    if said.get("statistics"):
        happened.append(ev.emit("fit-statistics", site, estimator, of=of, how=estimator.label))
    if said.get("codes"):
        ev.emit("table-column", site, None, of=of, column=column_of(of), how="ordinal")
    if said.get("fills"):
        happened.append(ev.emit("table-fill", site, estimator, of=of, how=said["fills"], given=[]))
    if said.get("asks"):
        happened.append(ev.emit("table-ask", site, estimator, of=of, how=estimator.label))
    if said.get("robust"):
        happened.append(ev.emit("table-look", site, estimator, of=of, how=estimator.label, given=[]))
    ev.store.set(estimator.state, "fits", frozenset(happened))


def transformed(ev: Evaluator, estimator: Obj, made: Value, site: Site) -> Value:
    """What an estimator makes of data has its statistics in it."""
    fits = estimator.state.get("fits")
    made = as_array(ev, made, site)
    return _remembering(made, fits) if isinstance(fits, frozenset) else made


def resampled(ev: Evaluator, of: Value, made: Value, site: Site) -> Value:
    """Some samples are there several times."""
    return noted(ev, "resample", site, of, made, how="resample")


def _facts(estimator: Obj, depth: int = 0) -> dict[str, object]:
    """What the table says of an estimator, and of the steps of a pipeline."""
    api = lookup(estimator.name)
    found = dict(api.facts) if api is not None else {}
    if found.get("fills"):
        found["fills"] = constant(estimator.args.get("strategy")) or found["fills"]
    if truth(estimator.args.get("add_indicator", FALSE)):
        found["asks"] = True
    for step in _steps_in([*estimator.args.values()]) if depth < 3 else ():
        found.update({key: value for key, value in _facts(step, depth + 1).items() if value})
    return found


def _steps_in(values: list[Value], depth: int = 0) -> list[Obj]:
    found: list[Obj] = []
    for value in values:
        if isinstance(value, Obj) and value.kind == "estimator":
            found.append(value)
        elif isinstance(value, Seq) and value.items is not None and depth < 4:
            found += _steps_in(list(value.items), depth + 1)
    return found


# Columns


def column_of(value: Value) -> str:
    """The name of the column that a value is, as far as it is known; ``*`` for a whole table."""
    found = {_column(origin) for each in operators.flow([value]).tensors for origin in each.origins}
    return found.pop() if len(found) == 1 else "?"


def _column(origin: Origin | None) -> str:
    while origin is not None:
        part = origin.part
        if part.startswith(("'", '"')) and not part.endswith(" of a date'"):
            try:
                return str(ast.literal_eval(part))
            except (SyntaxError, ValueError):
                return "?"
        if part.startswith("["):
            return "?"
        origin = origin.base
    return "*"


def _texts(value: Value) -> list[str]:
    """The constant texts in a value: names of columns."""
    items = iterate.unrolled(value)
    found = items if items is not None and not isinstance(value, Const) else choices(value)
    return [each.value for each in found if isinstance(each, Const) and isinstance(each.value, str)]


def _drop(ev: Evaluator, table: Tensor, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    given = [*args[:1], *(kwargs[key] for key in ("columns", "labels", "index") if key in kwargs)]
    made: Value = operators.mixed([table], "data").but(grad=False)
    for each in given:
        if any(t.via == ROWS for t in operators.flow([each]).tensors):
            made = iterate.part(ev, table, f"rows without {site.node.lineno}", site)  # type: ignore[attr-defined]
        for column in _texts(each):
            ev.emit("table-column", site, None, of=table, column=column, how="drop")
    return NONE if truth(kwargs.get("inplace", FALSE)) else made


def _pop(ev: Evaluator, table: Tensor, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value | None:
    if args and isinstance(args[0], Const) and isinstance(args[0].value, str):
        return iterate.part(ev, table, repr(args[0].value), site)
    return None


def _set_index(ev: Evaluator, table: Tensor, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    for column in _texts(args[0] if args else kwargs.get("keys", NONE)) or ["?"]:
        ev.emit("table-column", site, None, of=table, column=column, how="index")
    return NONE if truth(kwargs.get("inplace", FALSE)) else operators.mixed([table], "data").but(grad=False)


def _group(ev: Evaluator, table: Tensor, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value | None:
    given = [*args[:1], *(kwargs[key] for key in ("by", "on") if key in kwargs)]
    columns = [column for each in given for column in _texts(each)] or ["?"]
    for column in columns:
        ev.emit("table-column", site, None, of=table, column=column, how="order")
    return NONE if truth(kwargs.get("inplace", FALSE)) else None


def _sample(ev: Evaluator, table: Tensor, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if truth(kwargs.get("replace", FALSE)):
        return noted(ev, "resample", site, table, table.but())
    fraction = kwargs.get("frac")
    if isinstance(fraction, Const) and fraction.value == 1:
        return table.but()
    return iterate.part(ev, table, f"sample {site.node.lineno}", site)  # type: ignore[attr-defined]


def _merge(ev: Evaluator, table: Tensor, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    made: Value = operators.mixed([table, *args, *kwargs.values()], "data").but(grad=False)
    position = args[1] if name == "merge" and len(args) > 1 else args[2] if name == "join" and len(args) > 2 else None
    how = constant(kwargs.get("how", position)) or ("left" if name == "join" else "inner")
    if how in ("left", "right", "outer"):
        made = noted(ev, "table-gaps", site, table, made, how="a join that keeps rows without a partner")
    return made


def _replace(ev: Evaluator, table: Tensor, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    made: Value = operators.mixed([table], "data").but(grad=False)
    old, new = [*args, *kwargs.values(), NONE, NONE][:2]
    if _is_gap(new) or (isinstance(old, Map) and any(map(_is_gap, old.data.values()))):
        made = noted(ev, "table-gaps", site, table, made, how="replace")
    elif _is_gap(old):
        made = noted(ev, "table-fill", site, table, made, how="replace", given=[new])
    return NONE if truth(kwargs.get("inplace", FALSE)) else made


def _is_gap(value: Value) -> bool:
    return isinstance(value, Symbol) and value.name.rpartition(".")[2].lower() in ("nan", "na", "nat")


def _astype(ev: Evaluator, table: Tensor, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value | None:
    wanted = args[0] if args else kwargs.get("dtype", NONE)
    text = wanted.name if isinstance(wanted, Symbol) else str(constant(wanted))
    if "datetime" in text:
        ev.emit("table-date", site, None, of=table, column=column_of(table))
        return table.but(via=DATES)
    if text == "category" or "int" in text or "float" in text:
        ev.emit("table-column", site, None, of=table, column=column_of(table), how="ordinal")
    if text.endswith("str"):
        return noted(ev, "table-fill", site, table, table.but(), how="str", given=[])
    return None


def _apply(ev: Evaluator, table: Tensor, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value | None:
    """A function is applied to each value: of a column of dates, it may do anything to them."""
    function = args[0] if args else NONE
    ordinal = isinstance(function, Symbol) and function.name.endswith(".toordinal")
    ev.emit("table-column", site, None, of=table, column=column_of(table), how="ordinal" if ordinal else "applied")
    return None


_METHODS = {
    "drop": _drop,
    "pop": _pop,
    "set_index": _set_index,
    "groupby": _group,
    "sort_values": _group,
    "resample": _group,
    "sample": _sample,
    "merge": _merge,
    "join": _merge,
    "replace": _replace,
    "astype": _astype,
    "apply": _apply,
    "map": _apply,
    "transform": _apply,
}


def chosen(ev: Evaluator, table: Tensor, key: Value, place: str, site: Site) -> Value:
    """``table[key]``: columns by their names, or rows by whatever decides."""
    rows, columns = key, key
    if isinstance(key, Seq) and key.kind == "tuple" and key.items is not None and len(key.items) == 2:
        rows, columns = key.items
    named = _texts(columns)
    if named and (rows is columns or (isinstance(rows, Unknown) and rows is SLICE)):
        return iterate.part(ev, table, repr(named[0] if isinstance(columns, Const) else named), site)
    f = operators.flow([rows])
    if f.tensors and f.tensors[0].kind != "index" and f.origins and not f.origins <= table.origins:
        place = "@" + "|".join(sorted(f"{origin.key}{origin.part}{id(origin)}" for origin in f.origins))
    return iterate.part(ev, table, place, site)


def written(table: Tensor, history: frozenset[Event]) -> frozenset[Event]:
    """The history of a table of which a column is written: it has columns still, wherever the new one comes from."""
    if has_columns(table):
        history = frozenset(event for event in history if event.kind != "table-array")
    return table.history | history


def compared(ev: Evaluator, left: Value, right: Value, site: Site) -> None:
    """A column is compared with something: rows are told apart by it."""
    for value in (left, right):
        if isinstance(value, Tensor) and is_table(value):
            ev.emit("table-column", site, None, of=value, column=column_of(value), how="order")
            ev.emit("table-look", site, None, of=value, how="comparison", given=[])


def method_of_data(
    ev: Evaluator, tensor: Tensor, name: str, args: list[Value], kwargs: Kwargs, made: Value, site: Site
) -> Value:
    """What a method of an array has made, with the statistic that it is."""
    if tensor.models or tensor.kind not in ("data", "unknown", "number", "index") or not tensor.origins:
        return made
    return statistic(ev, name, tensor, made, args, kwargs, site)
