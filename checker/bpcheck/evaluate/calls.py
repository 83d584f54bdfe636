"""Calls: of project functions with their actual arguments, of objects, of whatever else can be called."""

from __future__ import annotations

import ast
from collections.abc import Callable

from bpcheck.evaluate import (
    classes,
    configs,
    grad,
    library,
    memo,
    methods,
    modules,
    objects,
    opaque,
    training,
    vocabulary,
)
from bpcheck.evaluate.evaluator import DEAD, MAX_DEPTH, MAX_RECURSION, NORMAL, RETURN, Evaluator, Exit, Signal
from bpcheck.evaluate.events import Branch
from bpcheck.evaluate.scope import Frame
from bpcheck.evaluate.values import (
    FALSE,
    NEVER,
    NONE,
    BoundMethod,
    Cell,
    Choice,
    Class,
    Const,
    Function,
    Map,
    Method,
    Obj,
    Partial,
    Seq,
    Site,
    Symbol,
    Unknown,
    Value,
    is_optional,
    join,
    join_all,
    settled,
    truth,
)

Kwargs = dict[str, Value]

#: Before the signal of a path that leaves the block that a generator is entered for, and so the generator's frame.
OUTSIDE = "outside "


def call(ev: Evaluator, function: Value, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """The value of calling ``function``."""
    if ev.tracer is not None:
        traced = ev.tracer.call(function, args, kwargs, site)
        if traced is not None:
            return traced
    if ev.words:
        word, receiver = vocabulary.of_value(ev, function)
        if word is not None:
            return vocabulary.call(ev, word, args, kwargs, site, receiver)
    if isinstance(function, Function):
        return call_function(ev, function, args, kwargs, site)
    if isinstance(function, BoundMethod):
        receiver = function.receiver
        if (
            function.function.name == "forward"
            and isinstance(receiver, Obj)
            and receiver.kind == "module"
            and not ev.forwards
        ):
            return modules.forward(ev, receiver, args, kwargs, site)
        if (
            isinstance(receiver, Obj)
            and receiver.kind in ("optimizer", "scheduler")
            and function.function.name == "step"
        ):
            return training.own_step(ev, receiver, function.function, args, kwargs, site)
        return call_function(ev, function.function, [function.receiver, *args], kwargs, site)
    if isinstance(function, Symbol):
        return library.call(ev, function.name, args, kwargs, function.chosen or site)
    if isinstance(function, Method):
        return methods.call(ev, function.receiver, function.name, args, kwargs, site)
    if isinstance(function, Class):
        return classes.instantiate(ev, function, args, kwargs, site)
    if isinstance(function, Partial):
        return call(ev, function.function, [*function.args, *args], {**function.kwargs, **kwargs}, site)
    if isinstance(function, Obj):
        return modules.call_object(ev, function, args, kwargs, site)
    if isinstance(function, Choice):
        return _call_each(ev, function, args, kwargs, site)
    return opaque.call(ev, None, args, kwargs, site)


def _call_each(ev: Evaluator, function: Choice, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """Call each alternative. What a method does to its own object is certain wherever that object is the one in
    question;
    what one of several functions does is not."""
    results: list[Value] = []
    if all(isinstance(each, (Method, BoundMethod, Obj)) for each in function.values):
        guards = ev.guards
        for number, each in enumerate(function.values):
            ev.guards = (*guards, Branch(site, None, number))
            results.append(call(ev, each, args, kwargs, site))
        ev.guards = guards
        return join_all(results)

    def arm(each: Value) -> Callable[[], Signal]:
        def run() -> Signal:
            results.append(call(ev, each, args, kwargs, site))
            return NORMAL

        return run

    ev.fork(site, None, [arm(each) for each in function.values])
    return join_all(results)


def make_function(ev: Evaluator, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, frame: Frame) -> Value:
    """The value of a ``def`` or ``lambda``, with its decorators applied."""
    from bpcheck.evaluate.expressions import evaluate

    closure = frame if frame.names is not frame.scope.names else None
    function = Function(node, frame.scope, closure)
    function.owner = frame.owner if isinstance(node, ast.Lambda) else None
    function.word = vocabulary.of_function(ev, node, frame) if ev.words else None
    function.defaults = [evaluate(ev, d, frame) for d in node.args.defaults]
    for arg, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if default is not None:
            function.kw_defaults[arg.arg] = evaluate(ev, default, frame)
    value: Value = function
    for decorator in reversed(getattr(node, "decorator_list", [])):
        wrapper = evaluate(ev, decorator, frame)
        if function.word is None and (of_project(wrapper) or (isinstance(wrapper, Class) and frame.owner is None)):
            wrapped = call(ev, wrapper, [value], {}, frame.scope.site(decorator))
            if isinstance(wrapped, (Function, Partial, BoundMethod, Obj)):
                value = wrapped
        else:
            function.decorators.append(wrapper)
    return value


def of_project(callee: Value) -> bool:
    """Whether calling it runs a function of the project."""
    if isinstance(callee, Partial):
        return of_project(callee.function)
    return isinstance(callee, (Function, BoundMethod)) or (isinstance(callee, Obj) and callee.cls is not None)


def decorated_by(function: Function, *names: str) -> bool:
    """Whether one of the library decorators ``names`` stands on the function."""
    return any(isinstance(d, Symbol) and d.name in names for d in function.decorators)


def call_function(ev: Evaluator, function: Function, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """Evaluate the body with these arguments, or do what the user says that it does."""
    if function.word is not None:
        return vocabulary.call_function(ev, function, function.word, args, kwargs, site)
    ev.called.add(id(function.node))
    active = sum(1 for f in ev.functions if f.node is function.node)
    if ev.depth >= MAX_DEPTH or active >= MAX_RECURSION or ev.steps > ev.limit:
        if active < MAX_RECURSION:  # what calls itself has been seen
            ev.gap("the program is larger than what is evaluated", site)
            ev.emit("unseen-call", site, None, values=[*args, *kwargs.values()])
        return opaque.call(ev, None, args, kwargs, site)
    if decorated_by(function, "contextlib.contextmanager"):
        context = Obj("context", "contextlib.contextmanager", None, site)
        context.state["call"] = (function, tuple(args), tuple(kwargs.items()))
        return context
    comparable = ev.tracer is None and function.closure is None and not function.scope.framework
    if comparable and memo.are_closed(args, "opaque") and memo.are_closed(kwargs.values(), "opaque"):
        known = memo.Call(None, site, args, kwargs)
        key = (function, memo.context(ev), known.signature(ev))
        return memo.remembered(ev, key, known, lambda: run_function(ev, function, args, kwargs, site))
    return run_function(ev, function, args, kwargs, site)


def run_function(
    ev: Evaluator, function: Function, args: list[Value], kwargs: Kwargs, site: Site,
    on_yield: Callable[[Value], None] | None = None,
) -> Value:  # fmt: skip
    """Bind the arguments, run the body, join what is returned."""
    from bpcheck.evaluate.expressions import evaluate
    from bpcheck.evaluate.statements import run_block

    frame = Frame(function.scope, Cell(), function.closure)
    frame.function = function
    frame.owner = function.owner or (function.closure.owner if function.closure is not None else None)
    bind(ev, function, args, kwargs, frame)
    frame.receiver = args[0] if args and function.owner is not None else None
    if frame.receiver is None and function.closure is not None:
        frame.receiver = function.closure.receiver
    node = function.node
    frame.yields = [] if is_generator(function) else None
    frame.on_yield = on_yield
    frame.loop_depth = len(ev.loops)
    kept = ev.stack, ev.flow["grad"], function.scope.outside, ev.generating
    function.scope.outside = site
    ev.stack = (*ev.stack, site)
    ev.functions.append(function)
    ev.depth += 1
    if frame.yields is not None and any(isinstance(value, Const) for value in (*args, *kwargs.values())):
        ev.generating = site  # what it is told may decide what it chooses
    switched = grad.enter_decorators(ev, function.decorators)
    pending, barrier = len(ev.exits), ev.store.barrier
    try:
        if isinstance(node, ast.Lambda):
            return evaluate(ev, node.body, frame)
        signal = run_block(ev, node.body, frame)
        ev.join_exits(ev.take_exits(pending, (RETURN,)), signal in (NORMAL, RETURN))
        ev.exits[pending:] = [left for left in ev.exits[pending:] if left.signal.startswith(OUTSIDE)]
        if len(ev.exits) == pending:
            ev.store.barrier = barrier
    finally:
        ev.depth -= 1
        ev.functions.pop()
        ev.stack, function.scope.outside, ev.generating = kept[0], kept[2], kept[3]
        if switched:
            ev.store.bind(ev.flow, "grad", kept[1])
    if frame.yields is not None:
        return _generated(frame)
    if signal is NORMAL:
        frame.returns.append(NONE)
    return join_all(frame.returns) if frame.returns else NEVER


def _generated(frame: Frame) -> Value:
    assert frame.yields is not None
    if frame.yields_exact:
        return Seq("generator", frame.yields)
    return Seq("generator", None, join_all(frame.yields) if frame.yields else None)


def yielded(ev: Evaluator, frame: Frame, value: Value) -> None:
    """A generator's body reaches a ``yield``."""
    if frame.yields is None:
        return
    frame.yields.append(value)
    if any(not loop.unrolled for loop, _ in ev.loops[frame.loop_depth :]):
        frame.yields_exact = False
    if frame.on_yield is not None:
        frame.on_yield(value)


def is_generator(function: Function) -> bool:
    """Whether the body of the function yields."""
    known = function.scope.generators
    node = function.node
    if node not in known:
        can = "yield" in function.scope.source.parsed and not isinstance(node, ast.Lambda)
        known[node] = can and _yields(node)
    return known[node]


def _yields(node: ast.AST) -> bool:
    queue: list[ast.AST] = list(getattr(node, "body", []))
    while queue:
        part = queue.pop()
        if isinstance(part, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            queue.extend(ast.iter_child_nodes(part))
    return False


def bind(ev: Evaluator, function: Function, args: list[Value], kwargs: Kwargs, frame: Frame) -> None:
    """Bind arguments to parameters, defaults filled in; what is missing is unknown."""
    spec = function.node.args
    names = [a.arg for a in (*spec.posonlyargs, *spec.args)]
    given = dict(kwargs)
    loose = given.pop("**", None)
    spread = given.pop("*", None)
    values = frame.names
    for name, value in zip(names, args, strict=False):
        values[name] = settled(value)
    if spec.vararg is not None:
        rest = args[len(names) :]
        values[spec.vararg.arg] = (
            Seq("tuple", None, join_all([*rest, spread])) if spread is not None else Seq("tuple", rest)
        )
    first_default = len(names) - len(function.defaults)
    for index, name in enumerate(names):
        if name in values:
            continue
        if name in given:
            values[name] = given.pop(name)
            if is_optional(values[name]):
                default = function.defaults[index - first_default] if index >= first_default else None
                values[name] = settled(values[name], default)
        elif spread is not None:
            values[name] = join(spread, function.defaults[index - first_default]) if index >= first_default else spread
        elif index >= first_default and loose is None:
            values[name] = function.defaults[index - first_default]
        else:
            values[name] = _option_default(ev, function, name) or Unknown(f"argument {name}")
    for arg in spec.kwonlyargs:
        name = arg.arg
        if name in given:
            values[name] = settled(given.pop(name), function.kw_defaults.get(name))
        elif loose is None and name in function.kw_defaults:
            values[name] = function.kw_defaults[name]
        else:
            values[name] = _option_default(ev, function, name) or Unknown(f"argument {name}")
    if spec.kwarg is not None:
        values[spec.kwarg.arg] = Map(dict(given), loose is not None, loose)


def _option_default(ev: Evaluator, function: Function, name: str) -> Value | None:
    """The default that a ``click.option`` decorator gives a parameter, or the configuration that ``hydra.main`` does."""
    for decorator in function.decorators:
        if isinstance(decorator, Obj) and decorator.kind == "config-main":
            return configs.composed(ev, decorator, function.scope.site(function.node))
        if isinstance(decorator, Symbol) and configs.passes_config(decorator.name):
            return configs.given(ev)
        if isinstance(decorator, Obj) and decorator.name == "click.option":
            flags = [v.value for v in decorator.state.get("positional", ()) if isinstance(v, Const)]
            if any(str(flag).lstrip("-").replace("-", "_") == name for flag in flags):
                default = decorator.args.get("default")
                if isinstance(default, Const):
                    return Const(default.value, str(flags[0]))
                if default is None and truth(decorator.args.get("is_flag", FALSE)):
                    return Const(False, str(flags[0]))
    return None


def enter(ev: Evaluator, manager: Value, site: Site, body: Callable[[Value], Signal]) -> Signal:
    """``with manager as x: body``."""
    if isinstance(manager, Obj) and manager.kind == "context":
        return _enter_generator(ev, manager, site, body)
    pending = len(ev.exits)
    if isinstance(manager, Obj) and manager.cls is not None:
        begin = objects.attribute(ev, manager, "__enter__", site)
        entered = call(ev, begin, [], {}, site) if isinstance(begin, BoundMethod) else manager
        outcome = body(entered)
        end = objects.attribute(ev, manager, "__exit__", site)
        if isinstance(end, BoundMethod):
            none: list[Value] = [NONE, NONE, NONE]
            ev.leave_through(pending, site, lambda: call(ev, end, none, {}, site))
            if outcome != DEAD or len(ev.exits) == pending:
                call(ev, end, none, {}, site)
        return outcome
    kept = manager.state.get("before", ev.flow["grad"]) if isinstance(manager, Obj) else ev.flow["grad"]
    if grad.enter_context(ev, manager):
        outcome = body(NONE)
        grad.leave_context(ev, kept, pending)
        return outcome
    return body(methods.entered(ev, manager, site))


def _enter_generator(ev: Evaluator, manager: Obj, site: Site, body: Callable[[Value], Signal]) -> Signal:
    """``with`` a function under ``contextmanager``: the body runs where it yields."""
    function, args, kwargs = manager.state["call"]
    outcomes: list[Signal] = []
    pending = len(ev.exits)
    gone: list[str] = []

    def on_yield(value: Value) -> None:
        if outcomes:
            return
        outcomes.append(body(value))
        leaving = ev.exits[pending:]
        if leaving and _goes_on(function.node.body):  # one state for all paths that go through what comes after
            gone.extend(dict.fromkeys(left.signal for left in leaving))
            ev.join_exits(ev.take_exits(pending, tuple(gone)), outcomes[0] != DEAD)
        for left in ev.exits[pending:]:
            left.signal = OUTSIDE + left.signal

    run_function(ev, function, list(args), dict(kwargs), site, on_yield)
    for left in ev.exits[pending:]:
        left.signal = left.signal.removeprefix(OUTSIDE)
    ev.exits += [Exit(signal, ev.store.mark(), {}) for signal in gone]
    return outcomes[0] if outcomes else body(Unknown("context"))


def _goes_on(body: list[ast.stmt]) -> bool:
    """Whether something comes after the ``yield`` in these statements, other than what ``finally`` does."""
    for index, statement in enumerate(body):
        if any(isinstance(part, ast.Yield) for part in ast.walk(statement)):
            return index + 1 < len(body) or any(_goes_on(getattr(statement, name, [])) for name in ("body", "orelse"))
    return False
