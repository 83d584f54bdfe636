"""Calls of library names: a table entry says what is meant, a handler here does it."""

from __future__ import annotations

import ast
from collections.abc import Callable

from bpcheck.apis import PYTHON, REPORTING, lookup
from bpcheck.apis.spec import Api
from bpcheck.evaluate import (
    axes,
    builtin,
    calls,
    chance,
    configs,
    examined,
    frameworks,
    grad,
    iterate,
    library_data,
    memo,
    opaque,
    operators,
    pretrained,
    tables,
    training,
)
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.values import (
    NEVER,
    NONE,
    TRAINING_FLAG,
    BoundMethod,
    Choice,
    Const,
    Function,
    Map,
    Obj,
    Partial,
    Seq,
    Site,
    Symbol,
    Tensor,
    Unknown,
    Value,
    choices,
    constant,
    is_none,
    is_optional,
    join_all,
    settled,
    truth,
)

Kwargs = dict[str, Value]


#: The class that ``collections.namedtuple`` makes.
RECORD = "<record>"


def bind(api: Api, args: list[Value], kwargs: Kwargs) -> dict[str, Value]:
    """Arguments by parameter name; defaults are filled in (not where ``*args`` or ``**kwargs`` may hold the argument)."""
    bound: dict[str, Value] = {}
    positional = list(args)
    given = dict(kwargs)
    spread = given.pop("*", None)
    for name, default in api.parameters():
        if name.startswith("*"):
            bound[name[1:]] = (
                Seq("tuple", positional) if spread is None else Seq("tuple", None, join_all([*positional, spread]))
            )
            positional = []
        elif positional:
            bound[name] = settled(positional.pop(0))
        elif name in given:
            bound[name] = given[name]
            if is_optional(bound[name]):
                bound[name] = settled(bound[name], Unknown("no argument") if default is ... else Const(default))
        elif default is ...:
            if spread is not None:
                bound[name] = spread
        else:
            bound[name] = (
                Const(default) if spread is None and "**" not in given else Unknown("may be in *args or **kwargs")
            )
    for name, value in given.items():
        if name not in bound:
            bound[name] = settled(value, Unknown("no argument")) if is_optional(value) else value
    if positional:
        bound["*"] = Seq("tuple", positional)
    return bound


def call(ev: Evaluator, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """Call the library function or class ``name``."""
    if name.startswith("builtins."):
        handler = builtin.BUILTINS.get(name[9:])
        if handler is not None:
            return handler(ev, args, kwargs, site)
        if args and name.count(".") == 2:  # `dict.__getitem__(given, key)`
            from bpcheck.evaluate import methods

            return methods.call(ev, args[0], name.rpartition(".")[2], args[1:], kwargs, site)
    if name == RECORD:
        return _record(args, kwargs, site)
    sign = chance.SIGNS.get(name)
    if sign is not None:
        chance.note(ev, sign, site, subject=None, args=args)
    if name.rpartition(".")[2] in examined.WORDS:
        examined.called(ev, name, args, kwargs, site)
    api = lookup(name)
    if api is None:
        return _undescribed(ev, name, args, kwargs, site)
    described = HANDLERS.get(api.what) or training.HANDLERS[api.what]
    made = described(ev, api, name, bind(api, args, kwargs), site)
    return tables.function(ev, name, args, kwargs, made, site) if tables.concerns(name) else made


def _undescribed(ev: Evaluator, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """A name that no table describes: the package says how careful to be."""
    root = name.partition(".")[0]
    values = [*args, *kwargs.values()]
    if root == "torch":
        made = training.undescribed(ev, name, args, kwargs, site)
        return tables.function(ev, name, args, kwargs, made, site) if tables.concerns(name) else made
    if root == "transformers":
        return pretrained.call(ev, name, args, kwargs, site)
    if root in PYTHON or root == "builtins":
        return builtin.standard(ev, name, args, kwargs, site)
    if root in ("numpy", "pandas", "scipy", "sklearn", "torchvision", "torchtext", "torchaudio") or root in REPORTING:
        if name.endswith(".get_params"):  # of a random transform
            chance.note(ev, "draw", site)
        f = operators.flow(values)
        if f.origins or f.models:
            if root in REPORTING:
                examined.shown(ev, values, site)
            return tables.undescribed(ev, name, args, kwargs, operators.mixed(values).but(grad=False), site)
        made = Obj("opaque" if root != "torchvision" or "transforms" not in name else "transform", name, None, site)
        if root in REPORTING:
            made.kind = "reporter"
        return made
    return third_party(ev, name, values, site)


def third_party(ev: Evaluator, name: str, values: list[Value], site: Site) -> Value:
    """A call of something of which nothing is known: its arguments escape."""
    if ev.sampling:
        ev.emit("unseen-call", site, None, values=values)
    opaque.escape_all(ev, values, site)
    opaque.note_handed(ev, operators.flow(values), site)
    made = opaque.result(ev, name, values, site)
    if isinstance(made, Obj):
        ev.gap(f"{name} is not known", site)
    return made


def initialise(ev: Evaluator, obj: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> None:
    """The library constructor of a base class of ``obj``, called by ``super().__init__`` or for want of an own one."""
    if "mapping" in obj.state:
        from bpcheck.evaluate import methods

        methods.call(ev, obj.state["mapping"], "update", args, kwargs, site)
        return
    api = lookup(name)
    if api is None:
        if name not in ev.words:
            opaque.escape_all(ev, [*args, *kwargs.values()], site)
        return
    bound = bind(api, args, kwargs)
    for key, value in bound.items():
        obj.args.setdefault(key, value)
        if api.what == "loader" or obj.kind in ("optimizer", "scheduler", "loader", "dataset"):
            obj.args[key] = value
    if api.what == "container":
        training.fill_container(ev, obj, bound)


def _layer(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    obj = Obj("module", name, None, site)
    obj.args = bound
    if ev.forwards and api.facts.get("weights"):
        inside = ev.stack[ev.forward_calls + 1 :]  # the calls that the network's own code makes
        ev.emit("layer-in-forward", site, obj, network=ev.forwards[-1], at=inside[0] if inside else site)
    return obj


def _container(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    obj = Obj("module", name, None, site)
    training.fill_container(ev, obj, bound)
    return obj


def _network(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    obj = Obj("module", name, None, site)
    obj.args = bound
    pretrained = _pretrained(bound)
    obj.state.update(
        {
            "pretrained": pretrained,
            "batchnorm": api.facts.get("batchnorm"),
            "dropout": api.facts.get("dropout"),
            "vision": True,
        }
    )
    if pretrained:
        ev.emit("pretrained", site, obj)
    ev.emit("make", site, obj)
    return obj


def _network_by_name(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    word = constant(bound.get("name"))
    known = f"{name.rpartition('.')[0]}.{word}"
    if isinstance(word, str) and lookup(known) is not None:
        return call(ev, known, [], {key: value for key, value in bound.items() if key != "name"}, site)
    return _network(ev, api, name, bound, site)


def _pretrained(bound: Kwargs) -> bool | None:
    """Whether the arguments ask for pretrained weights (``None``: not known)."""
    answers: list[bool | None] = []
    for name in ("pretrained", "weights", "weights_backbone"):
        value = bound.get(name)
        if value is None:
            continue
        if isinstance(value, (Symbol, Obj)):
            answers.append(True)
        elif isinstance(value, Const):
            answers.append(bool(value.value))
        else:
            answers.append(truth(value) if isinstance(value, Choice) else None)
    if True in answers:
        return True
    return None if None in answers else False


def _loss(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    obj = Obj("loss", name, None, site)
    obj.args = bound
    return obj


def _loss_call(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    parameters = [p for p, _ in api.parameters()]
    values = [bound.get(parameters[0], Unknown()), bound.get(parameters[1], Unknown())] if len(parameters) > 1 else []
    return loss(ev, api.facts["loss"], None, values, {}, site, bound, api)


def loss(
    ev: Evaluator,
    kind: str,
    criterion: Obj | None,
    args: list[Value],
    kwargs: Kwargs,
    site: Site,
    bound: Kwargs | None = None,
    api: Api | None = None,
) -> Value:
    """A loss is computed: an event with what goes in."""
    output = args[0] if args else kwargs.get("input", Unknown("output"))
    target = args[1] if len(args) > 1 else kwargs.get("target", kwargs.get("labels", Unknown("target")))
    ev.emit(
        "loss",
        site,
        criterion,
        loss=kind,
        output=output,
        target=target,
        args=criterion.args if criterion else bound or {},
        squared=api is not None and bool(api.facts.get("squared")),
    )
    f = operators.flow([output, target])
    grad = f.grad if ev.flow["grad"] != "off" else False
    if any(isinstance(v, (Unknown, Obj)) for v in choices(output)) and grad is False and ev.flow["grad"] != "off":
        grad = None
    return Tensor("loss", grad, f.models, f.origins, (("loss", site),), passes=f.passes)


def call_instance(ev: Evaluator, obj: Obj, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """Calling an object that a library class made."""
    api = lookup(obj.name)
    if obj.kind == "loss":
        sort = api.facts.get("loss", "unknown") if api is not None else "unknown"
        return loss(ev, sort, obj, args, kwargs, site, None, api)
    if args and isinstance(args[0], Function) and grad.effect(obj) is not None:
        return args[0].decorated(obj)
    if obj.kind == "transform":
        chance.transform(ev, obj, args, site)
    if obj.kind in ("transform", "reporter", "tokenizer", "estimator", "instance", "record"):
        return operators.mixed([*args, *kwargs.values()]).but(grad=False)
    if obj.kind == "option":
        return args[0] if args else NONE
    if obj.kind == "pool":
        return builtin.list_(ev, args, {}, site)
    return opaque.call(ev, None, args, kwargs, site)


def _operation(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    output = "keep" if api.facts.get("invertible") else api.facts["output"]
    first = bound.get("input") or next((v for k, v in bound.items() if k != "dim"), Unknown("input"))
    if api.facts.get("functional_dropout"):
        note_dropout(ev, bound, site)
    if api.facts.get("implicit_axis") and is_none(bound.get("dim")):
        ev.emit("implicit-axis", site, None, value=first, used=site, name=name.rpartition(".")[2])
    made = training.operate(ev, output, first, list(bound.values()), api, site, name)
    return axes.on(made, axes.after_function(name, first, bound))


def note_dropout(ev: Evaluator, bound: Kwargs, site: Site) -> None:
    """A functional dropout counts as a layer of the network whose forward runs it.

    Without ``training=`` it drops in every mode; that it does so in eval mode is an event.
    """
    p = constant(bound.get("p"))
    if p == 0:
        return
    if not ev.forwards:
        ev.emit("functional-dropout", site)
        return
    flag = bound.get("training")
    unset = is_none(flag)
    always = unset or (isinstance(flag, Const) and flag.value is True and flag.setting != TRAINING_FLAG)
    memo.mark_running(ev, "functional-dropout", "always" if always else "mode")
    from bpcheck.evaluate import modules

    network = ev.forwards[-1]
    if unset and p is not None and modules.mode_of(network) == "eval":
        ev.emit("dropout-in-eval", site, network, since=network.state.get("mode-site"))


def _wrapper(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    first = next(iter(bound.values()), Unknown("wrapped"))
    if isinstance(first, Seq) and not first.items and name.endswith(("compile", "script")):
        return Symbol(name)
    if api.facts.get("exports"):
        ev.emit("export", site, first)
    if api.facts.get("normalizes_weights") and isinstance(first, Obj):
        ev.store.set(first.state, "normalizes-weights", True)
    return first


def _launch(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    if not api.facts.get("deferred"):
        return launch(ev, api, bound, site)
    worker = Obj("launch", name, None, site)
    worker.args = bound
    return worker


def launch(ev: Evaluator, api: Api, bound: Kwargs, site: Site) -> Value:
    """Call the function that a launcher was given."""
    target = bound.get("target")
    if target is None and api.facts.get("options"):
        target = join_all(_commands(site))
    if isinstance(target, Map):
        target = join_all([value for value in target.data.values() if isinstance(value, Function)])
    if isinstance(target, Choice) and api.facts.get("options"):
        ways = [Partial(each, [], each.options()) for each in target.values if isinstance(each, Function)]
        return calls.call(ev, join_all(ways), [], {}, site)
    if not isinstance(target, (Function, BoundMethod, Partial)):
        return NONE
    given = bound.get("args", Seq("tuple", ()))
    items = iterate.unrolled(given)
    args: list[Value] = [Unknown("the number of the process")] if api.facts.get("rank") else []
    kwargs: Kwargs = {} if items is not None else {"*": iterate.element(ev, given, site)}
    named = bound.get("kwargs")
    if isinstance(named, Map):
        kwargs.update({key: value for key, value in named.data.items() if isinstance(key, str)})
    if api.facts.get("options") and isinstance(target, Function):
        kwargs.update(target.options())
    return calls.call(ev, target, [*args, *(items or ())], kwargs, site)


def _commands(site: Site) -> list[Value]:
    """The functions of a module that the user may run by their names: those that no other function of it calls."""
    functions = [v for v in site.scope.names.values() if isinstance(v, Function) and v.scope is site.scope]
    used = {
        part.id for function in functions for part in ast.walk(function.node)
        if isinstance(part, ast.Name) and part.id != function.name
    }  # fmt: skip
    return [function for function in functions if function.name not in used and not function.name.startswith("_")]


def _progress(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    """A progress bar: what it runs over, or (where it is moved by hand) only a report."""
    first = next(iter(bound.values()))
    if api.facts.get("counts"):
        return builtin.range_(ev, list(iterate.unrolled(first) or ()), {}, site)
    return Obj("reporter", name, None, site) if is_none(first) else first


def _copy(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    value = next(iter(bound.values()), Unknown("copied"))
    if name == "copy.copy":
        return join_all([_shallow(each, site) for each in choices(value)])
    return join_all([_copied(each, memo.copied(each), site) for each in choices(value)])


def _shallow(value: Value, site: Site) -> Value:
    if isinstance(value, Obj) and value.kind == "module":
        twin = Obj(value.kind, value.name, value.cls, site)
        twin.args = dict(value.args)
        twin.attrs.update(value.attrs)
        twin.state.update(value.state)
        return _copied(value, twin, site)
    if isinstance(value, Seq):
        return Seq(value.kind, value.items, value.cell["elem"])
    if isinstance(value, Map):
        return Map(dict(value.data), value.cell["open"], value.cell["elem"])
    return value


def _copied(value: Value, twin: Value, site: Site) -> Value:
    """The copy of a network knows what it is a copy of."""
    if isinstance(twin, Obj) and twin.kind == "module" and twin is not value:
        twin.site = site
        twin.state["copy-of"] = value
    return twin


def _transform(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    obj = Obj("transform", name, None, site)
    obj.args = bound
    return obj


def _object(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    obj = Obj(api.role or "object", name, None, site)
    obj.args = bound
    extra = bound.get("*")
    if isinstance(extra, Seq):
        obj.state["positional"] = extra.items or ()
    return obj


def _pure(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    f = operators.flow(bound.values())
    return operators.mixed(bound.values()) if f.tensors else Unknown(name)


def _save(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    ev.emit("save", site, None, what=next(iter(bound.values()), Unknown()))
    examined.shown(ev, bound.values(), site)
    return NONE


def _hub(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    model = Obj("module", f"torch.hub.{constant(bound.get('model')) or 'model'}", None, site)
    model.args = bound
    model.state.update({"pretrained": _pretrained(bound), "batchnorm": None, "dropout": None, "vision": True})
    if model.state["pretrained"]:
        ev.emit("pretrained", site, model)
    return model


def _parser(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    made = Obj("parser", name, None, site)
    for parent in iterate.unrolled(bound.get("parents", NONE)) or ():
        if isinstance(parent, Obj):
            made.attrs.update(parent.attrs)
    return made


def _settings(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    obj = Obj("settings", name, None, site)
    obj.attrs.update({k: v for k, v in bound.items() if k != "**"})
    return obj


def _record_class(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    fields = bound.get("fields")
    names: list[str] = []
    if isinstance(fields, Const) and isinstance(fields.value, str):
        names = fields.value.replace(",", " ").split()
    elif isinstance(fields, Seq) and fields.items is not None:
        names = [str(constant(f)) for f in fields.items]
    return Partial(Symbol(RECORD), [Const(tuple(names))], {})


def _record(args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """An instance of a named tuple."""
    names = [str(name) for name in constant(args[0]) or ()]
    record = Obj("instance", RECORD, None, site)
    record.attrs.update({**dict(zip(names, args[1:], strict=False)), **kwargs})
    return record


def _partial(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    positional = bound.pop("*", None)
    values = list(positional.items or ()) if isinstance(positional, Seq) else []
    return Partial(values[0], values[1:], bound) if values else Unknown("partial")


def _never(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    return NEVER


def _reported(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    return NONE


HANDLERS: dict[str, Callable[[Evaluator, Api, str, Kwargs, Site], Value]] = {
    **library_data.HANDLERS,
    **frameworks.HANDLERS,
    **configs.HANDLERS,
    "layer": _layer,
    "base-module": _layer,
    "container": _container,
    "network": _network,
    "network-by-name": _network_by_name,
    "loss": _loss,
    "loss-call": _loss_call,
    "operation": _operation,
    "wrapper": _wrapper,
    "launch": _launch,
    "progress": _progress,
    "copy-of": _copy,
    "transform": _transform,
    "transform-list": _transform,
    "transform-function": _transform,
    "object": _object,
    "sampler": _object,
    "estimator": _object,
    "pure": _pure,
    "save": _save,
    "hub": _hub,
    "parser": _parser,
    "settings": _settings,
    "record-class": _record_class,
    "partial": _partial,
    "never": _never,
    "reported": _reported,
    "scaler": _object,
}
