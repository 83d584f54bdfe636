"""Statements: assignment, branches, loops, definitions. A loop that trains is walked twice, since order round it
matters."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from bpcheck.evaluate import assign, calls, classes, counts, expressions, iterate, objects
from bpcheck.evaluate.evaluator import BREAK, CONTINUE, DEAD, NORMAL, RETURN, Evaluator, Signal
from bpcheck.evaluate.events import Loop
from bpcheck.evaluate.scope import Frame
from bpcheck.evaluate.values import (
    NEVER,
    NONE,
    TRAINING_FLAG,
    Const,
    Imported,
    Obj,
    Seq,
    Site,
    Symbol,
    Unknown,
    Value,
    choices,
    is_none,
    is_optional,
    join,
    settled,
    truth,
)

evaluate = expressions.evaluate


#: Expressions within one another that are followed; Python's own stack is the limit.
MOST_NESTED = 1_000
_SIMPLE = frozenset({ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return})


def run_block(ev: Evaluator, body: Iterable[ast.stmt], frame: Frame) -> Signal:
    """Run statements until one leaves the block."""
    for statement in body:
        ev.steps += 1
        if _is_long(statement) and _depth(statement) > MOST_NESTED:
            ev.gap("the program is larger than what is evaluated", frame.scope.site(statement))
            continue
        handler = STATEMENTS.get(type(statement))
        if handler is None:
            continue
        signal = handler(ev, statement, frame)
        if signal is not NORMAL:
            return signal
    return NORMAL


def _is_long(statement: ast.stmt) -> bool:
    """Whether a simple statement has room for very many nested expressions."""
    if statement.__class__ not in _SIMPLE:
        return False
    lines = (statement.end_lineno or 0) - statement.lineno
    return lines > MOST_NESTED or (not lines and (statement.end_col_offset or 0) > 2 * MOST_NESTED)


def _depth(statement: ast.stmt) -> int:
    """How deep expressions are nested."""
    depth, level = 0, [ast.iter_child_nodes(statement)]
    while level:
        inner = [node for nodes in level for node in nodes]
        level = [ast.iter_child_nodes(node) for node in inner]
        depth += bool(inner)
    return depth


def _expression(ev: Evaluator, node: ast.Expr, frame: Frame) -> Signal:
    if isinstance(node.value, ast.Constant):
        return NORMAL
    return DEAD if evaluate(ev, node.value, frame) is NEVER else NORMAL


def _assign(ev: Evaluator, node: ast.Assign, frame: Frame) -> Signal:
    first = node.targets[0]
    sums = (
        isinstance(node.value, ast.BinOp)
        and isinstance(node.value.op, ast.Add)
        and _same_target(node.value.left, first)
    )
    old = evaluate(ev, first, frame) if sums else NONE
    value = evaluate(ev, node.value, frame)
    if value is NEVER:
        return DEAD
    if (
        isinstance(value, Const)
        and isinstance(node.value, ast.BinOp)
        and any(not loop.unrolled for loop, _ in ev.loops)
    ) and _same_target(node.value.left, first):
        fallen = None
        if isinstance(node.value.right, (ast.Constant, ast.Name, ast.Attribute)):
            factor = evaluate(ev, node.value.right, frame)
            fallen = counts.scaled(ev, node.value.op, evaluate(ev, first, frame), factor)
        value = fallen or Unknown("a counter of a loop")
    if sums:
        assign.accumulate(ev, frame.scope.site(node), value, old, first)
    if ev.guards and ev.loops and _keeps_network(value):
        ev.emit("keep", frame.scope.site(node), None)
    for target in node.targets:
        assign.assign(ev, target, value, frame)
    return NORMAL


def _same_target(left: ast.expr, target: ast.expr) -> bool:
    if isinstance(left, ast.Name):
        return isinstance(target, ast.Name) and left.id == target.id
    if isinstance(left, ast.Attribute) and isinstance(left.value, ast.Name):
        return isinstance(target, ast.Attribute) and left.attr == target.attr and _same_target(left.value, target.value)
    return (
        isinstance(left, ast.Subscript)
        and isinstance(target, ast.Subscript)
        and ast.unparse(left) == ast.unparse(target)
    )


def _keeps_network(value: Value) -> bool:
    """Whether a network (alone or in a tuple) is what is assigned: under a condition, that is a choice."""
    parts = value.items if isinstance(value, Seq) and value.items is not None else (value,)
    return any(isinstance(part, Obj) and part.kind == "module" for part in parts)


def _annotated(ev: Evaluator, node: ast.AnnAssign, frame: Frame) -> Signal:
    if node.value is not None:
        assign.assign(ev, node.target, evaluate(ev, node.value, frame), frame)
    return NORMAL


def _augmented(ev: Evaluator, node: ast.AugAssign, frame: Frame) -> Signal:
    assign.augment(ev, node, frame)
    return NORMAL


def _return(ev: Evaluator, node: ast.Return, frame: Frame) -> Signal:
    value = evaluate(ev, node.value, frame) if node.value is not None else NONE
    if value is NEVER:
        return DEAD
    frame.returns.append(value)
    return RETURN


def _if(ev: Evaluator, node: ast.If, frame: Frame) -> Signal:
    test = evaluate(ev, node.test, frame)
    known = truth(test)
    if known is not None:
        taken, skipped = (node.body, node.orelse) if known else (node.orelse, node.body)
        setting = test.setting if isinstance(test, Const) else None
        if setting is None or setting == TRAINING_FLAG:
            return run_block(ev, taken, frame)
        if skipped:
            ev.skipped.append((setting, frame.scope.site(skipped[0])))
        if setting not in ev.setting_sites:
            return _by_default(ev, node, taken, frame)
        kept = ev.decided
        ev.decided = (*kept, str(setting))
        signal = run_block(ev, taken, frame)
        ev.decided = kept
        return signal
    return _undecided(ev, node, test, frame)


def _undecided(ev: Evaluator, node: ast.If, test: Value, frame: Frame) -> Signal:
    arms: list[Callable[[], Signal]] = []
    for body, wanted in ((node.body, True), (node.orelse, False)):

        def arm(body: list[ast.stmt] = body, wanted: bool = wanted) -> Signal:
            narrow(ev, node.test, wanted, frame)
            return run_block(ev, body, frame)

        arms.append(arm)
    return ev.fork(frame.scope.site(node), test, arms)


def _by_default(ev: Evaluator, node: ast.If, taken: list[ast.stmt], frame: Frame) -> Signal:
    """The arm that an option's default takes. Where it only ends the program, the option has to be given, and nothing
    is decided: neither here nor in the tests round this one that led here."""
    outside, mark, refusals = ev.store.barrier, ev.store.mark(), ev.refusals
    events, exits, gaps = len(ev.events), len(ev.exits), len(ev.gaps)
    noted = len(ev.skipped) - (taken is not node.body or bool(node.orelse))
    signal = run_block(ev, taken, frame)
    if len(ev.exits) > exits:
        return signal
    refused = signal == DEAD and len(ev.events) == events
    if ev.refusals > refusals and not any(isinstance(part, ast.Call) for part in ast.walk(node.test)):
        refused = truth(evaluate(ev, node.test, frame)) is None
    if refused:
        ev.store.take_back(mark)
        del ev.events[events:], ev.gaps[gaps:], ev.skipped[noted:]
    ev.store.barrier = outside
    if refused:
        ev.refusals += 1
        _forget_defaults(ev, node.test, frame)
        return _undecided(ev, node, Unknown("an option that has to be given"), frame)
    return signal


def _forget_defaults(ev: Evaluator, test: ast.expr, frame: Frame) -> None:
    """The options in a test are given by the user, nobody knows how."""
    for part in ast.walk(test):
        if isinstance(part, (ast.Name, ast.Attribute)):
            value = evaluate(ev, part, frame)
            if isinstance(value, Const) and value.setting is not None:
                assign.assign(ev, part, Unknown(f"option {value.setting} has to be given"), frame)


def narrow(ev: Evaluator, test: ast.expr, wanted: bool, frame: Frame) -> None:
    """Inside an arm, keep of an undecided variable only the alternatives that lead there."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        narrow(ev, test.operand, not wanted, frame)
        return
    if isinstance(test, ast.BoolOp):
        if isinstance(test.op, ast.And) == wanted:
            for part in test.values:
                narrow(ev, part, wanted, frame)
        return
    decide: Callable[[Value], bool | None] = truth
    subject = test
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == "isinstance":
        if len(test.args) != 2:
            return
        subject, classes = test.args[0], evaluate(ev, test.args[1], frame)

        def decide(value: Value) -> bool | None:
            return truth(objects.inspect(ev, "builtins.isinstance", value, classes))

    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Is, ast.IsNot)):
        if not (isinstance(test.comparators[0], ast.Constant) and test.comparators[0].value is None):
            return
        subject = test.left
        positive = isinstance(test.ops[0], ast.Is)

        def decide(value: Value) -> bool | None:
            return None if isinstance(value, Unknown) else is_none(value) == positive

    if isinstance(subject, (ast.Name, ast.Attribute)):
        value = evaluate(ev, subject, frame)
        kept = [v for v in choices(value) if decide(v) in (wanted, None)]
        if kept and len(kept) < len(choices(value)):
            narrowed = kept[0]
            for v in kept[1:]:
                narrowed = join(narrowed, v)
            assign.assign(ev, subject, narrowed, frame)


def _while(ev: Evaluator, node: ast.While, frame: Frame) -> Signal:
    loop = Loop(frame.scope.site(node), None, ev.loops[-1][0] if ev.loops else None, node.test)
    test = evaluate(ev, node.test, frame)
    if truth(test) is False:
        setting = test.setting if isinstance(test, Const) else None
        if setting is not None:
            ev.skipped.append((setting, frame.scope.site(node)))
        return run_block(ev, node.orelse, frame)
    return _turns(ev, node.body, node.orelse, frame, loop, lambda turn: _reevaluate(ev, node.test, frame, turn))


def _reevaluate(ev: Evaluator, test: ast.expr, frame: Frame, turn: int) -> None:
    if turn:
        evaluate(ev, test, frame)


def _for(ev: Evaluator, node: ast.For | ast.AsyncFor, frame: Frame) -> Signal:
    iterable = evaluate(ev, node.iter, frame)
    items = iterate.entries(iterable)
    parent = ev.loops[-1][0] if ev.loops else None
    site = frame.scope.site(node)
    loop = Loop(site, iterable, parent)
    loop.guard_depth = len(ev.guards)
    if items is not None and not items:
        return run_block(ev, node.orelse, frame)
    if items is not None and not iterate.is_count(iterable):
        return _unroll(ev, node, frame, loop, items)
    if items is not None:
        outside = ev.store.barrier
        mark, events, pending, gaps = ev.store.mark(), len(ev.events), len(ev.exits), len(ev.gaps)
        returns, skipped = len(frame.returns), len(ev.skipped)
        assign.assign(ev, node.target, iterate.element(ev, iterable, site), frame)
        outer = ev.loops
        ev.loops = (*outer, (loop, 0))
        run_block(ev, node.body, frame)
        ev.loops = outer
        trains = any(e.kind in TRAINING_EVENTS for e in ev.events[events:])
        del ev.events[events:], ev.exits[pending:], ev.gaps[gaps:], frame.returns[returns:], ev.skipped[skipped:]
        ev.store.take_back(mark)
        ev.store.barrier = outside
        if not trains:
            return _unroll(ev, node, frame, loop, items)

    def bind(turn: int) -> None:
        assign.assign(ev, node.target, _taken(ev, iterate.element(ev, iterable, site), site), frame)

    return _turns(ev, node.body, node.orelse, frame, loop, bind)


#: A counted loop in which one of these happens is walked as a loop (twice), any other is unrolled.
TRAINING_EVENTS = frozenset({"forward", "backward", "step", "zero-grad", "mode", "loss", "scheduler-step", "fit"})


def _unroll(ev: Evaluator, node: ast.For | ast.AsyncFor, frame: Frame, loop: Loop, items: tuple[Value, ...]) -> Signal:
    loop.unrolled = True
    outer = ev.loops
    pending, barrier = len(ev.exits), ev.store.barrier
    signal: Signal = NORMAL
    for number, item in enumerate(items):
        ev.loops = (*outer, (loop, number))
        before = len(ev.exits)
        signal = _turn(ev, node, frame, item)
        ev.join_exits(ev.take_exits(before, (CONTINUE,)), signal in (NORMAL, CONTINUE))
        if signal in (BREAK, RETURN, DEAD):
            break
        if ev.steps > ev.limit:
            break
    ev.loops = outer
    broken = ev.take_exits(pending, (BREAK,))
    ev.join_exits(broken, signal not in (RETURN, DEAD))
    if len(ev.exits) == pending:
        ev.store.barrier = barrier
    if signal in (RETURN, DEAD) and not broken:
        return signal
    return run_block(ev, node.orelse, frame) if node.orelse and signal is not BREAK else NORMAL


def _turn(ev: Evaluator, node: ast.For | ast.AsyncFor, frame: Frame, item: Value) -> Signal:
    """The body for one element; whether it runs for an optional one is not known."""

    def run() -> Signal:
        assign.assign(ev, node.target, _taken(ev, settled(item), frame.scope.site(node)), frame)
        return run_block(ev, node.body, frame)

    return ev.fork(frame.scope.site(node), None, [run, lambda: NORMAL]) if is_optional(item) else run()


def _stepwise(ev: Evaluator) -> bool:
    """Whether somebody watches what happens turn by turn."""
    return ev.tracer is not None and ev.tracer.stepwise


def _taken(ev: Evaluator, element: Value, site: Site) -> Value:
    return element if ev.tracer is None else ev.tracer.taken(element, site)


def _turns(
    ev: Evaluator, body: list[ast.stmt], orelse: list[ast.stmt], frame: Frame, loop: Loop, bind: Callable[[int], None]
) -> Signal:
    """Two turns of a loop (one, if nothing happens in it)."""
    outer = ev.loops
    pending, barrier = len(ev.exits), ev.store.barrier
    events, gaps, inner = len(ev.events), len(ev.gaps), ev.inner_calls
    signal: Signal = NORMAL
    for turn in (0, 1, 2) if _stepwise(ev) else (0, 1):
        ev.loops = (*outer, (loop, turn))
        bind(turn)
        before = len(ev.exits)
        signal = run_block(ev, body, frame)
        continued = ev.take_exits(before, (CONTINUE,))
        ev.join_exits(continued, signal in (NORMAL, CONTINUE))
        if signal == DEAD and continued:
            signal = NORMAL
        if signal in (BREAK, RETURN, DEAD) or ev.steps > ev.limit:
            break
        if len(ev.events) == events and len(ev.gaps) == gaps and ev.inner_calls == inner and not _stepwise(ev):
            break
    ev.loops = outer
    broken = ev.take_exits(pending, (BREAK,))
    ev.join_exits(broken, signal not in (RETURN, DEAD))
    if len(ev.exits) == pending:
        ev.store.barrier = barrier
    if signal == RETURN and not broken:
        return RETURN
    if signal == DEAD and not broken:
        return DEAD
    return run_block(ev, orelse, frame) if orelse else NORMAL


def _break(ev: Evaluator, node: ast.Break, frame: Frame) -> Signal:
    if ev.guards and ev.events:
        ev.emit("stop", frame.scope.site(node))
    return BREAK


def _continue(ev: Evaluator, node: ast.Continue, frame: Frame) -> Signal:
    return CONTINUE


def _raise(ev: Evaluator, node: ast.Raise, frame: Frame) -> Signal:
    return DEAD


def _assert(ev: Evaluator, node: ast.Assert, frame: Frame) -> Signal:
    evaluate(ev, node.test, frame)
    return NORMAL


def _delete(ev: Evaluator, node: ast.Delete, frame: Frame) -> Signal:
    for target in node.targets:
        if isinstance(target, ast.Name) and target.id in frame.names:
            ev.store.remove(frame.names, target.id)
        elif isinstance(target, ast.Subscript):
            assign.forget(ev, target, frame)
    return NORMAL


def _try(ev: Evaluator, node: ast.Try, frame: Frame) -> Signal:
    """The body is the path that counts; what the handlers bind matters only where the body binds nothing."""
    waiting, barrier = len(ev.exits), ev.store.barrier
    mark = ev.store.mark()
    signal = run_block(ev, node.body, frame)
    for handler in node.handlers:

        def arm(handler: ast.ExceptHandler = handler) -> Signal:
            if handler.name:
                ev.store.bind(frame.names, handler.name, Unknown("exception"))
            return run_block(ev, handler.body, frame)

        if signal == DEAD:
            ev.store.take_back(mark)
            signal = arm()
            continue
        before, pending, returns = ev.store.mark(), len(ev.exits), len(frame.returns)
        ev.fork(frame.scope.site(handler), None, [lambda: NORMAL, arm])
        writes = ev.store.take_back(before)
        del ev.exits[pending:], frame.returns[returns:]
        ev.store.apply({place: entry for place, entry in writes.items() if place[1] not in entry[0]})
    if len(ev.exits) == waiting:
        ev.store.barrier = barrier
    if signal is NORMAL and node.orelse:
        signal = run_block(ev, node.orelse, frame)
    if node.finalbody:
        ev.leave_through(waiting, frame.scope.site(node), lambda: run_block(ev, node.finalbody, frame))
        if signal != DEAD or len(ev.exits) == waiting:
            last = run_block(ev, node.finalbody, frame)
            signal = last if last is not NORMAL else signal
    return signal


def _with(ev: Evaluator, node: ast.With | ast.AsyncWith, frame: Frame) -> Signal:
    return _with_items(ev, list(node.items), node.body, frame)


def _with_items(ev: Evaluator, items: list[ast.withitem], body: list[ast.stmt], frame: Frame) -> Signal:
    if not items:
        return run_block(ev, body, frame)
    item, *rest = items
    manager = evaluate(ev, item.context_expr, frame)
    site = frame.scope.site(item.context_expr)

    def inner(entered: Value) -> Signal:
        if item.optional_vars is not None:
            assign.assign(ev, item.optional_vars, entered, frame)
        return _with_items(ev, rest, body, frame)

    return calls.enter(ev, manager, site, inner)


def _import(ev: Evaluator, node: ast.Import, frame: Frame) -> Signal:
    for alias in node.names:
        module = ev.imported(alias.name if alias.asname else alias.name.partition(".")[0], frame.scope)
        if not alias.asname and "." in alias.name:
            ev.imported(alias.name, frame.scope)
        name = alias.asname or alias.name.partition(".")[0]
        ev.store.bind(_variables(frame, name), name, module)
    return NORMAL


def _import_from(ev: Evaluator, node: ast.ImportFrom, frame: Frame) -> Signal:
    from bpcheck.evaluate.values import Module

    if node.module == "__future__":
        return NORMAL
    module = ev.imported(node.module or "", frame.scope, node.level)
    for alias in node.names:
        if alias.name == "*":
            _star(ev, module, frame)
            continue
        name = alias.asname or alias.name
        value: Value
        if isinstance(module, Symbol):
            value = ev.library(f"{module.name}.{alias.name}")
        elif isinstance(module, Module):
            later = Imported(module, node.module or "", alias.name, node.level, frame.scope)
            if frame.names is frame.scope.names:
                frame.names[name] = later  # type: ignore[assignment]
                continue
            value = ev.looked_up(later)
        else:
            value = module
        ev.store.bind(_variables(frame, name), name, value)
    return NORMAL


def _star(ev: Evaluator, module: Value, frame: Frame) -> None:
    from bpcheck.evaluate import frameworks
    from bpcheck.evaluate.values import Module

    if isinstance(module, Module) and frameworks.is_library(module.scope, frame.scope):
        frame.scope.stars.append(Symbol(module.scope.qualified))
    elif isinstance(module, Module) and not module.scope.file.is_dir():
        scope = ev.loaded(module.scope)
        for name, value in list(scope.names.items()):
            if not name.startswith("_"):
                frame.names[name] = value
        frame.scope.stars.extend(scope.stars)
    elif not isinstance(module, Unknown):
        frame.scope.stars.append(module)
    else:
        ev.gap("a star import could not be followed", None)


def _variables(frame: Frame, name: str) -> dict[str, Value]:
    return frame.scope.names if name in frame.globals else frame.names


def _define(ev: Evaluator, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Signal:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter"):
            if decorator.attr == "setter":  # the getter, which defines the property, stays what the name means
                frame.names[objects.SETTER + node.name] = calls.make_function(ev, node, frame)
                ev.setters.add(node.name)
            return NORMAL
    if node.name == "__setattr__" and frame.owner is not None:
        ev.setters.add("__setattr__")
    ev.store.bind(_variables(frame, node.name), node.name, calls.make_function(ev, node, frame))
    return NORMAL


def _class(ev: Evaluator, node: ast.ClassDef, frame: Frame) -> Signal:
    ev.store.bind(_variables(frame, node.name), node.name, classes.make_class(ev, node, frame))
    return NORMAL


def _global(ev: Evaluator, node: ast.Global, frame: Frame) -> Signal:
    frame.globals.update(node.names)
    return NORMAL


def _nonlocal(ev: Evaluator, node: ast.Nonlocal, frame: Frame) -> Signal:
    frame.nonlocals.update(node.names)
    return NORMAL


def _match(ev: Evaluator, node: ast.Match, frame: Frame) -> Signal:
    subject = evaluate(ev, node.subject, frame)
    arms: list[Callable[[], Signal]] = []
    for case in node.cases:
        matched = _matches(ev, case.pattern, subject, frame)
        if matched is False:
            continue

        def arm(case: ast.match_case = case) -> Signal:
            for inner in ast.walk(case.pattern):
                name = getattr(inner, "name", None) or getattr(inner, "rest", None)
                if name:
                    ev.store.bind(frame.names, name, subject if inner is case.pattern else Unknown("matched part"))
            return run_block(ev, case.body, frame)

        arms.append(arm)
        if matched and case.guard is None:
            break
    else:
        arms.append(lambda: NORMAL)
    if len(arms) == 1:
        return arms[0]()
    return ev.fork(frame.scope.site(node), subject, arms)


def _matches(ev: Evaluator, pattern: ast.pattern, subject: Value, frame: Frame) -> bool | None:
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
        return True
    if isinstance(pattern, ast.MatchValue) and isinstance(subject, Const):
        wanted = evaluate(ev, pattern.value, frame)
        return bool(wanted.value == subject.value) if isinstance(wanted, Const) else None
    if isinstance(pattern, ast.MatchOr):
        answers = [_matches(ev, p, subject, frame) for p in pattern.patterns]
        return True if True in answers else None if None in answers else False
    return None


STATEMENTS: dict[type, Callable[..., Signal]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.If: _if,
    ast.While: _while,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Raise: _raise,
    ast.Assert: _assert,
    ast.Delete: _delete,
    ast.Try: _try,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define,
    ast.ClassDef: _class,
    ast.Global: _global,
    ast.Nonlocal: _nonlocal,
    ast.Match: _match,
}
if hasattr(ast, "TryStar"):
    STATEMENTS[ast.TryStar] = _try
