"""Command-line options: their defaults are what the program is checked with, and the user may override them."""

from __future__ import annotations

from bpcheck.apis.spec import Api
from bpcheck.evaluate import classes, configs
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.values import NEVER, NONE, Class, Const, Map, Obj, Seq, Site, Unknown, Value, is_none, join

Kwargs = dict[str, Value]


def parser_method(ev: Evaluator, parser: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """A method of an ``argparse`` parser."""
    root = parser.state.get("root", parser)
    if name == "add_argument":
        _add(ev, parser, args, kwargs)
        return Obj("option", "argparse.Action", None, site)
    if name in ("add_argument_group", "add_mutually_exclusive_group", "add_subparsers", "add_parser"):
        group = Obj("parser", parser.name, None, site)
        group.state["root"] = root
        group.state["command"] = name == "add_parser" or bool(parser.state.get("command"))
        return group
    if name == "set_defaults":
        for key, value in kwargs.items():
            known = Const(value.value, value.setting or key) if isinstance(value, Const) else value
            _set(ev, parser, key, known)
        return NONE
    if name in ("parse_args", "parse_known_args"):
        parsed = Obj("settings", "argparse.Namespace", None, site)
        parsed.attrs.update(root.attrs)
        return Seq("tuple", [parsed, Seq("list", None, Unknown("argument"))]) if name == "parse_known_args" else parsed
    if name == "error":
        return NEVER
    return Unknown(name)


def _add(ev: Evaluator, parser: Obj, args: list[Value], kwargs: Kwargs) -> None:
    flags = [str(a.value) for a in args if isinstance(a, Const)]
    if not flags:
        return
    long = next((f for f in flags if f.startswith("--")), flags[0])
    given = kwargs.get("dest")
    name = str(given.value) if isinstance(given, Const) else long.lstrip("-").replace("-", "_")
    _set(ev, parser, name, _default(ev, long, kwargs))


def _set(ev: Evaluator, parser: Obj, name: str, value: Value) -> None:
    """Give an option its default; of several commands, any may be the one that is run."""
    options = parser.state.get("root", parser).attrs
    if parser.state.get("command") and name in options:
        value = join(options[name], value)
    ev.store.set(options, name, value)


def _default(ev: Evaluator, flag: str, kwargs: Kwargs) -> Value:
    default = kwargs.get("default")
    if isinstance(default, Const) and default.value is not None:
        return Const(default.value, flag)
    if configs.is_config_option(flag) and (default is None or is_none(default)) and "action" not in kwargs:
        ev.asks_config = True
        if ev.given is not None:
            return Const(str(ev.given), flag)
    if isinstance(default, Const):
        return Const(default.value, flag)
    if default is not None and not is_none(default):
        return default
    action = kwargs.get("action")
    if isinstance(action, Const) and action.value in ("store_true", "store_false", "count"):
        return Const({"store_true": False, "store_false": True, "count": None}[str(action.value)], flag)
    required = kwargs.get("required")
    if not flag.startswith("-") or (isinstance(required, Const) and required.value):
        return Unknown(f"option {flag} is required")
    return Const(None, flag)


def settings_method(ev: Evaluator, settings: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """A method of a settings object (``vars(args)``-like access)."""
    if name == "get" and args and isinstance(args[0], Const):
        found = settings.attrs.get(str(args[0].value))
        return found if found is not None else args[1] if len(args) > 1 else NONE
    return Unknown(name)


def options(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    """Dataclasses that are filled from the command line, or with what a configuration says: their defaults are settings."""
    wanted, given = bound.get("cls"), bound.get("given")
    if not isinstance(wanted, Seq) or wanted.items is None:
        return Unknown(name)
    said = given if isinstance(given, Map) else Map()
    known = {field for cls in wanted.items if isinstance(cls, Class) for field in classes.fields(cls)}
    if said.places and known.isdisjoint(said.data):
        ev.missing_keys += 1  # it is none of theirs
    return Seq("tuple", [_filled(ev, cls, said, site) for cls in wanted.items])


def _filled(ev: Evaluator, cls: Value, said: Map, site: Site) -> Value:
    if not isinstance(cls, Class):
        return Unknown("options")
    values: Kwargs = {}
    for field in classes.fields(cls):
        default = classes.field_default(ev, cls.find(field), site)
        if field in said.data:
            values[field] = said.data[field]
        elif said.cell["open"]:
            values[field] = Unknown(f"may be in the configuration: {field}")
        elif default is None:
            values[field] = Unknown(f"option --{field} is required")
        else:
            values[field] = Const(default.value, f"--{field}") if isinstance(default, Const) else default
    return classes.instantiate(ev, cls, [], values, site)
