"""Expressions: from a syntax node to an abstract value."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial

from bpcheck.evaluate import calls, configs, examined, iterate, memo, objects, operators, paths
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.events import Loop
from bpcheck.evaluate.scope import Frame
from bpcheck.evaluate.values import (
    NONE,
    SLICE,
    TRAINING_FLAG,
    Cell,
    Choice,
    Const,
    Imported,
    Map,
    Method,
    Module,
    Obj,
    Params,
    Seq,
    Symbol,
    Tensor,
    Unknown,
    Value,
    choices,
    is_optional,
    join,
    join_all,
    optional,
    settled,
    truth,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_EVALUATE = ("builtins.eval", "ast.literal_eval")
BUILTIN_NAMES = frozenset(dir(__import__("builtins")))


def evaluate(ev: Evaluator, node: ast.expr, frame: Frame) -> Value:
    """The value of an expression; what happens on the way is written down."""
    handler = EXPRESSIONS.get(type(node))
    return Unknown(type(node).__name__) if handler is None else handler(ev, node, frame)


def _constant(ev: Evaluator, node: ast.Constant, frame: Frame) -> Value:
    return Const(node.value)


def _name(ev: Evaluator, node: ast.Name, frame: Frame) -> Value:
    name = node.id
    holder = frame.holder(name)
    if holder is not None:
        value = holder[name]
        if isinstance(value, Imported):
            value = ev.settled(holder, name)
        if ev.trail is not None and holder is frame.scope.names:
            memo.note_read(ev, holder, name)
        return value
    for star in reversed(frame.scope.stars):
        if isinstance(star, Module):
            value = ev.member(star, name, frame.scope.site(node))
            if not isinstance(value, Unknown):
                return value
    if name in BUILTIN_NAMES:
        return Symbol(f"builtins.{name}")
    if name.startswith("__"):
        return Unknown(name)
    symbols = [star for star in frame.scope.stars if isinstance(star, Symbol)]
    if len(symbols) == 1:
        return ev.library(f"{symbols[0].name}.{name}")
    if symbols:
        from bpcheck.apis import lookup
        from bpcheck.evaluate import frameworks

        for star in reversed(symbols):
            if lookup(f"{star.name}.{name}") is not None or frameworks.describes(f"{star.name}.{name}"):
                return ev.library(f"{star.name}.{name}")
    return Unknown(f"{name} is not defined here")


def _attribute(ev: Evaluator, node: ast.Attribute, frame: Frame) -> Value:
    found = _member(ev, node, frame)
    if isinstance(found, Method) and isinstance(found.receiver, Tensor) and _is_record(found.receiver):
        return iterate.part(ev, found.receiver, node.attr, frame.scope.site(node))
    return found


def _member(ev: Evaluator, node: ast.Attribute, frame: Frame) -> Value:
    return objects.attribute(ev, evaluate(ev, node.value, frame), node.attr, frame.scope.site(node))


def _is_record(data: Tensor) -> bool:
    """Whether what is asked of it and not called may be a field (``batch.text``)."""
    return data.kind == "data" and bool(data.origins) and not data.models


def _call(ev: Evaluator, node: ast.Call, frame: Frame) -> Value:
    if isinstance(node.func, ast.Name) and node.func.id == "super" and frame.owner is not None:
        from bpcheck.evaluate.values import Super

        return Super(frame.owner, frame.receiver or Unknown("self"))
    if isinstance(node.func, ast.Name) and node.func.id in ("locals", "vars", "globals") and not node.args:
        if node.func.id == "globals" or frame.names is frame.scope.names:
            return objects.namespace(frame.scope)
        return Map(dict(frame.names))
    function = _member(ev, node.func, frame) if isinstance(node.func, ast.Attribute) else evaluate(ev, node.func, frame)
    args, kwargs = _arguments(ev, node, frame)
    if isinstance(function, Unknown) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        objects.call_unwritten(ev, evaluate(ev, node.func.value, frame), frame.scope.site(node))
    if isinstance(function, Symbol) and function.name == "builtins.exec":
        configs.execute_settings(ev, args[0] if args else NONE, frame)
        return NONE
    if isinstance(function, Symbol) and function.name == "builtins.vars" and len(args) == 1:
        return objects.attribute(ev, args[0], "__dict__", frame.scope.site(node))
    if isinstance(function, Symbol) and function.name in _EVALUATE and args and isinstance(args[0], Const):
        return _of_text(ev, node, str(args[0].value), frame)
    if isinstance(function, Symbol) and function.name in ("builtins.isinstance", "builtins.hasattr") and len(args) == 2:
        return objects.inspect(ev, function.name, args[0], args[1])
    return calls.call(ev, function, args, kwargs, frame.scope.site(node))


def _of_text(ev: Evaluator, node: ast.Call, text: str, frame: Frame) -> Value:
    """``eval`` of a text that is known: an expression that stands where it is evaluated."""
    expression = ev.texts.get((node, text))
    if expression is None:
        try:
            expression = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return Unknown("eval")
        for part in ast.walk(expression):
            ast.copy_location(part, node)
        ev.texts[node, text] = expression
    return evaluate(ev, expression, frame)


def _arguments(ev: Evaluator, node: ast.Call, frame: Frame) -> tuple[list[Value], dict[str, Value]]:
    args: list[Value] = []
    kwargs: dict[str, Value] = {}
    for arg in node.args:
        value = evaluate(ev, arg.value if isinstance(arg, ast.Starred) else arg, frame)
        items = iterate.entries(value) if isinstance(arg, ast.Starred) else (value,)
        if items is not None and "*" not in kwargs:
            args.extend(items)
            continue
        # Of unknown number: from here on, no argument's position is known.
        rest = items if items is not None else (iterate.element(ev, value, frame.scope.site(arg)),)
        kwargs["*"] = join_all([*([kwargs["*"]] if "*" in kwargs else []), *rest])
    for keyword in node.keywords:
        value = evaluate(ev, keyword.value, frame)
        if keyword.arg is not None:
            kwargs[keyword.arg] = value
            continue
        for each in map(operators.mapping_of, choices(value)):
            if isinstance(each, Map):
                for key, inner in each.data.items():
                    if isinstance(key, str):
                        kwargs[key] = join(kwargs[key], inner) if key in kwargs and isinstance(value, Choice) else inner
                if each.cell["open"]:
                    kwargs["**"] = each.elem
            elif isinstance(each, Obj) and each.kind == "settings":
                kwargs.update(each.attrs)
            else:
                kwargs["**"] = each
    return args, kwargs


def _binary(ev: Evaluator, node: ast.BinOp, frame: Frame) -> Value:
    left, right = evaluate(ev, node.left, frame), evaluate(ev, node.right, frame)
    return operators.binary(ev, node.op, left, right, frame.scope.site(node))


def _unary(ev: Evaluator, node: ast.UnaryOp, frame: Frame) -> Value:
    return operators.unary(ev, node.op, evaluate(ev, node.operand, frame))


def _compare(ev: Evaluator, node: ast.Compare, frame: Frame) -> Value:
    left = evaluate(ev, node.left, frame)
    results: list[Value] = []
    for op, right_node in zip(node.ops, node.comparators, strict=True):
        right = evaluate(ev, right_node, frame)
        results.append(operators.compare(ev, op, left, right, frame.scope.site(node)))
        left = right
    return results[0] if len(results) == 1 else operators.conjunction(results)


def _bool(ev: Evaluator, node: ast.BoolOp, frame: Frame) -> Value:
    stop = isinstance(node.op, ast.Or)
    possible: list[Value] = []
    setting: str | None = None
    for part in node.values:
        value = evaluate(ev, part, frame)
        known = truth(value)
        if isinstance(value, Const) and value.setting:
            setting = value.setting
        if known is stop:
            if not possible:
                return value if not isinstance(value, Const) or value.setting else Const(value.value, setting)
            possible.append(value)
            break
        if known is None or part is node.values[-1]:
            possible.append(value)
    if len(possible) == 1:
        only = possible[0]
        return Const(only.value, only.setting or setting) if isinstance(only, Const) else only
    flows = [v for v in possible if isinstance(v, Tensor)]
    if flows and all(isinstance(v, (Tensor, Const, Unknown)) for v in possible):
        return operators.mixed(flows, "number")
    if not stop and any(isinstance(v, Const) and not v.value for v in possible):
        return Const(False)
    return join_all(possible)


def _ternary(ev: Evaluator, node: ast.IfExp, frame: Frame) -> Value:
    test = evaluate(ev, node.test, frame)
    known = truth(test)
    if known is not None:
        value = evaluate(ev, node.body if known else node.orelse, frame)
        setting = test.setting if isinstance(test, Const) else None
        if setting is not None and setting != TRAINING_FLAG:
            ev.skipped.append((setting, frame.scope.site(node.orelse if known else node.body)))
        if isinstance(test, Const) and test.setting and isinstance(value, Const) and value.setting is None:
            return Const(value.value, test.setting)
        return value
    found: list[Value] = []

    def arm(part: ast.expr, wanted: bool) -> Callable[[], None]:
        def run() -> None:
            from bpcheck.evaluate.statements import narrow

            narrow(ev, node.test, wanted, frame)
            found.append(evaluate(ev, part, frame))

        return run

    ev.fork(frame.scope.site(node), test, [arm(node.body, True), arm(node.orelse, False)])
    return join_all(found)


def _tuple(ev: Evaluator, node: ast.Tuple | ast.List | ast.Set, frame: Frame) -> Value:
    kind = {ast.Tuple: "tuple", ast.List: "list", ast.Set: "set"}[type(node)]
    items: list[Value] = []
    loose: list[Value] = []
    for part in node.elts:
        if isinstance(part, ast.Starred):
            spread = evaluate(ev, part.value, frame)
            inner = iterate.entries(spread)
            if inner is None:
                loose.append(iterate.element(ev, spread, frame.scope.site(part)))
            else:
                items.extend(inner)
        else:
            items.append(evaluate(ev, part, frame))
    return Seq(kind, None, join_all([*items, *loose])) if loose else Seq(kind, items)


def _dict(ev: Evaluator, node: ast.Dict, frame: Frame) -> Value:
    result = Map()
    result.site = frame.scope.site(node)
    if ev.loading:
        result.cell["shared"] = True
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = evaluate(ev, value_node, frame)
        if key_node is None:
            value = operators.mapping_of(value)
            if isinstance(value, Map):
                for name, inner in value.data.items():
                    old = result.data.get(name)
                    result.data[name] = inner if old is None or not is_optional(inner) else settled(inner, old)
                result.cell["open"] = result.cell["open"] or value.cell["open"]
            else:
                result.cell["open"] = True
            continue
        key = evaluate(ev, key_node, frame)
        if isinstance(key, Const) and isinstance(key.value, (str, int, float, bool, tuple, type(None))):
            result.data[key.value] = value
        else:
            result.cell["open"] = True
            result.cell["elem"] = value if result.cell["elem"] is None else join(result.cell["elem"], value)
    return result


def _subscript(ev: Evaluator, node: ast.Subscript, frame: Frame) -> Value:
    receiver = evaluate(ev, node.value, frame)
    if isinstance(node.slice, ast.Slice):
        bounds = [
            evaluate(ev, b, frame) if b is not None else None
            for b in (node.slice.lower, node.slice.upper, node.slice.step)
        ]
        found = objects.sliced(ev, receiver, bounds, node.slice, frame.scope.site(node))
    else:
        key = evaluate(ev, node.slice, frame)
        if key.__class__ is Tensor:
            examined.selected(ev, key, frame.scope.site(node))
        found = join_all([objects.item(ev, each, key, frame.scope.site(node)) for each in choices(receiver)])
    return found if ev.tracer is None else ev.tracer.taken(found, frame.scope.site(node))


def _slice(ev: Evaluator, node: ast.Slice, frame: Frame) -> Value:
    for bound in (node.lower, node.upper, node.step):
        if bound is not None:
            evaluate(ev, bound, frame)
    return SLICE


def _lambda(ev: Evaluator, node: ast.Lambda, frame: Frame) -> Value:
    return calls.make_function(ev, node, frame)


def _joined(ev: Evaluator, node: ast.JoinedStr, frame: Frame) -> Value:
    pieces: list[str] = []
    setting: str | None = None
    loose: list[Value] = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            pieces.append(str(part.value))
            continue
        value = evaluate(ev, part.value, frame) if isinstance(part, ast.FormattedValue) else Unknown("template")
        known = str(value.value) if isinstance(value, Const) else paths.piece(ev, value)
        setting = setting or (value.setting if isinstance(value, Const) else None)
        if known is None:
            loose.append(value)
        else:
            pieces.append(known)
    if loose:
        examined.shown(ev, loose, frame.scope.site(node))
        return operators.text(loose) if operators.flow(loose).origins else Unknown("a formatted string")
    text = "".join(pieces)
    return Const(text, setting) if text.replace(paths.MARK, "").strip() else Unknown("a formatted string")


def _comprehension(ev: Evaluator, node: Any, frame: Frame) -> Value:
    inner = Frame(frame.scope, Cell(), frame)
    inner.function, inner.receiver, inner.owner = frame.function, frame.receiver, frame.owner
    results: list[Value] = []
    exact = _generate(ev, node, 0, inner, results)
    if isinstance(node, ast.DictComp):
        return _dict_of(results, exact)
    kind = {ast.ListComp: "list", ast.SetComp: "set"}.get(type(node), "generator")
    if exact:
        return Seq(kind, results)
    return Seq(kind, None, join_all(results) if results else None)


def _dict_of(results: list[Value], exact: bool) -> Map:
    made = Map({}, not exact)
    for pair in results:
        certain = settled(pair)
        assert isinstance(certain, Seq)
        assert certain.items is not None
        key, value = certain.items
        if isinstance(key, Const):
            made.data[key.value] = optional(value) if is_optional(pair) else value
        else:
            made.cell["open"] = True
            made.cell["elem"] = value if made.cell["elem"] is None else join(made.cell["elem"], value)
    return made


def _generate(ev: Evaluator, node: Any, depth: int, frame: Frame, results: list[Value]) -> bool:
    """Run the ``for`` clauses from ``depth`` on; says whether the results are exactly the elements."""
    from bpcheck.evaluate import assign

    if depth == len(node.generators):
        if isinstance(node, ast.DictComp):
            results.append(Seq("tuple", [evaluate(ev, node.key, frame), evaluate(ev, node.value, frame)]))
        else:
            results.append(evaluate(ev, node.elt, frame))
        return True
    clause = node.generators[depth]
    iterable = evaluate(ev, clause.iter, frame)
    items = iterate.entries(iterable)
    exact = items is not None
    turns = items if items is not None else (iterate.element(ev, iterable, frame.scope.site(clause.iter)),)
    outer = ev.loops
    loop = Loop(frame.scope.site(node), iterable, outer[-1][0] if outer else None)
    loop.unrolled = exact

    def run(item: Value) -> None:
        nonlocal exact
        assign.assign(ev, clause.target, item, frame)
        answers = [evaluate(ev, test, frame) for test in clause.ifs]
        tests = [truth(answer) for answer in answers]
        if False not in tests:
            made = len(results)
            exact = _generate(ev, node, depth + 1, frame, results) and exact and None not in tests
            for answer in answers:
                results[made:] = [
                    operators.trainable(v, answer) if isinstance(v, Params) else v for v in results[made:]
                ]

    for number, item in enumerate(turns):
        ev.loops = (*outer, (loop, number))
        if is_optional(item):
            made, certain = len(results), settled(item)
            ev.fork(frame.scope.site(node), None, [partial(run, certain), lambda: None])
            results[made:] = map(optional, results[made:])
        else:
            run(item)
    ev.loops = outer
    return exact


def _starred(ev: Evaluator, node: ast.Starred, frame: Frame) -> Value:
    return evaluate(ev, node.value, frame)


def _walrus(ev: Evaluator, node: ast.NamedExpr, frame: Frame) -> Value:
    from bpcheck.evaluate import assign

    value = evaluate(ev, node.value, frame)
    assign.assign(ev, node.target, value, frame)
    return value


def _await(ev: Evaluator, node: ast.Await, frame: Frame) -> Value:
    return evaluate(ev, node.value, frame)


def _yield(ev: Evaluator, node: ast.Yield, frame: Frame) -> Value:
    value = evaluate(ev, node.value, frame) if node.value is not None else NONE
    calls.yielded(ev, frame, value)
    return Unknown("sent value")


def _yield_from(ev: Evaluator, node: ast.YieldFrom, frame: Frame) -> Value:
    value = evaluate(ev, node.value, frame)
    calls.yielded(ev, frame, iterate.element(ev, value, frame.scope.site(node)))
    return Unknown("result of a generator")


EXPRESSIONS: dict[type, Callable[..., Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _bool,
    ast.IfExp: _ternary,
    ast.Tuple: _tuple,
    ast.List: _tuple,
    ast.Set: _tuple,
    ast.Dict: _dict,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Lambda: _lambda,
    ast.JoinedStr: _joined,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.Starred: _starred,
    ast.NamedExpr: _walrus,
    ast.Await: _await,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
}
