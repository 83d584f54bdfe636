"""Assignment to names, attributes, subscripts and patterns of them, and what it means where the target is a known
object."""

from __future__ import annotations

import ast

from bpcheck.evaluate import counts, examined, expressions, iterate, objects, operators, tables, training
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.scope import Frame
from bpcheck.evaluate.values import (
    POINTED,
    Class,
    Const,
    Grad,
    Map,
    Module,
    Obj,
    Params,
    Seq,
    Site,
    Tensor,
    Unknown,
    Value,
    choices,
    is_none,
    join,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def assign(ev: Evaluator, target: ast.expr, value: Value, frame: Frame) -> None:
    """``target = value``."""
    if isinstance(target, ast.Name):
        holder = _holder(target.id, frame)
        write = ev.store.bind if holder is frame.names else ev.store.set
        write(holder, target.id, value)
    elif isinstance(target, ast.Attribute):
        receiver = expressions.evaluate(ev, target.value, frame)
        set_attribute(ev, receiver, target.attr, value, frame.scope.site(target))
    elif isinstance(target, ast.Subscript):
        receiver = expressions.evaluate(ev, target.value, frame)
        key = expressions.evaluate(ev, target.slice, frame)
        set_item(ev, receiver, key, value, frame.scope.site(target))
        examined.by_class(ev, key, value, frame.scope.site(target))
        if isinstance(receiver, Tensor):
            _write_into(ev, target, key, value, frame)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(ev, target, value, frame)
    elif isinstance(target, ast.Starred):
        assign(ev, target.value, value, frame)


def _write_into(ev: Evaluator, target: ast.Subscript, key: Value, value: Value, frame: Frame) -> None:
    """``tensor[key] = value``: tensors have no identity here, so the variable that holds it gets the mixture."""
    whole: ast.expr = target
    keys: list[Value] = [key]
    while isinstance(whole, ast.Subscript):
        whole = whole.value
        if isinstance(whole, ast.Subscript) and not isinstance(whole.slice, ast.Slice):
            keys.append(expressions.evaluate(ev, whole.slice, frame))
    if not isinstance(whole, (ast.Name, ast.Attribute)):
        return
    old = expressions.evaluate(ev, whole, frame)
    written = operators.flow([value, *keys])
    if not isinstance(old, Tensor) or not (written.origins or written.passes):
        return
    kept = frozenset(o for o in old.origins if not o.synthetic)
    new = written.origins
    if tables.is_table(old):  # a column that comes from the table itself adds no other rows
        ev.emit("table-write", frame.scope.site(target), None, of=old, value=value, history=written.history)
        new = frozenset(o for o in new if not o.within(kept))
    points = isinstance(value, Const) and value.value == 1 and not kept and bool(new)
    assign(ev, whole, old.but(
        via=POINTED if points else old.via, origins=kept | new, passes=old.passes | written.passes, models=old.models | written.models,
        grad=True if written.grad is True else old.grad, history=tables.written(old, written.history),
    ), frame)  # fmt: skip


def _holder(name: str, frame: Frame) -> dict[str, Value]:
    if name in frame.globals:
        return frame.scope.names
    if name in frame.nonlocals and frame.outer is not None:
        return frame.outer.holder(name) or frame.names
    return frame.names


def _unpack(ev: Evaluator, target: ast.Tuple | ast.List, value: Value, frame: Frame) -> None:
    site = frame.scope.site(target)
    count = len(target.elts)
    starred = next((i for i, t in enumerate(target.elts) if isinstance(t, ast.Starred)), None)
    parts = iterate.unpacked(ev, value, count, starred, site)
    for inner, part in zip(target.elts, parts, strict=True):
        assign(ev, inner, part, frame)


def set_attribute(ev: Evaluator, receiver: Value, name: str, value: Value, site: Site) -> None:
    """``receiver.name = value``."""
    for each in choices(receiver):
        if isinstance(each, Obj):
            objects.set_attribute(ev, each, name, value, site)
        elif isinstance(each, Params) and name == "requires_grad":
            objects.set_requires_grad(ev, each, value, site)
        elif isinstance(each, Params) and name == "grad" and is_none(value):
            ev.emit("zero-grad", site, each)
        elif isinstance(each, Params) and name == "data":
            _write_parameter(ev, each, value, site)
        elif isinstance(each, Class):
            ev.store.set(each.names, name, value)
        elif isinstance(each, Module):
            ev.store.set(ev.loaded(each.scope).names, name, value)
        elif isinstance(each, Tensor) and name == "grad" and is_none(value):
            ev.emit("zero-grad", site, each)
        if _writes_gradient(each, name) and not is_none(value):
            ev.emit("grad-write", site, each.params if isinstance(each, Grad) else each)


def _writes_gradient(receiver: Value, name: str) -> bool:
    """Whether an assignment sets the gradient of a parameter, or of something that is not known."""
    if isinstance(receiver, Grad):
        return name == "data"
    known = isinstance(receiver, (Const, Seq, Map, Class, Module)) or (
        isinstance(receiver, Obj) and receiver.kind != "opaque"
    )
    return name in ("grad", "_grad") and not known


def _write_parameter(ev: Evaluator, params: Params, value: Value, site: Site) -> None:
    if operators.uses_gradient(value):
        ev.emit("step", site, params, manual=True)
    else:
        training.give_weights(ev, params)


def set_item(ev: Evaluator, receiver: Value, key: Value, value: Value, site: Site) -> None:
    """``receiver[key] = value``."""
    for each in choices(receiver):
        if isinstance(each, Map):
            if isinstance(key, Const) and _hashable(key.value):
                ev.store.set(each.data, key.value, value)
            else:
                ev.store.set(each.cell, "open", True)
                old = each.cell["elem"]
                ev.store.set(each.cell, "elem", value if old is None else join(old, value))
        elif isinstance(each, Seq):
            iterate.set_element(ev, each, key, value)
        elif isinstance(each, Params):
            training.give_weights(ev, each)
        elif isinstance(each, Obj):
            objects.set_item(ev, each, key, value, site)


def _hashable(key: Any) -> bool:
    try:
        hash(key)
    except TypeError:
        return False
    return True


def forget(ev: Evaluator, target: ast.Subscript, frame: Frame) -> None:
    """``del receiver[key]``."""
    receiver = expressions.evaluate(ev, target.value, frame)
    key = expressions.evaluate(ev, target.slice, frame)
    if isinstance(receiver, Map) and isinstance(key, Const) and _hashable(key.value):
        ev.store.remove(receiver.data, key.value)
    elif isinstance(receiver, Seq):
        ev.store.set(receiver.cell, "elem", receiver.elem)
        ev.store.set(receiver.cell, "items", None)


def augment(ev: Evaluator, node: ast.AugAssign, frame: Frame) -> None:
    """``target += value``: also where sums outlive an iteration, which is written down as ``accumulate``."""
    site = frame.scope.site(node)
    target = node.target
    old = expressions.evaluate(ev, target, frame)
    value = expressions.evaluate(ev, node.value, frame)
    for each in choices(old):
        if isinstance(each, Params) and isinstance(node.op, (ast.Sub, ast.Add)) and operators.uses_gradient(value):
            ev.emit("step", site, each, manual=True)
            return
    if isinstance(old, Seq) and isinstance(node.op, ast.Add) and old.kind == "list":
        iterate.extend(ev, old, value)
        return
    result = operators.binary(ev, node.op, old, value, site)
    if isinstance(result, Const) and any(not loop.unrolled for loop, _ in ev.loops):
        fallen = counts.scaled(ev, node.op, old, value)
        result = fallen or Unknown("a counter of a loop")  # two turns stand for any number of them
    if isinstance(node.op, ast.Add) and isinstance(target, (ast.Name, ast.Attribute, ast.Subscript)):
        accumulate(ev, site, value, old, target)
    assign(ev, target, result, frame)


def accumulate(ev: Evaluator, site: Site, value: Value, old: Value, target: ast.expr) -> None:
    """Write down that ``target`` grows by ``value``; ``carried`` are the forward passes that its old value depends
    on."""
    carried = operators.flow([old])
    ev.emit(
        "accumulate",
        site,
        None,
        value=value,
        name=ast.unparse(target),
        carried=carried.passes,
        carried_grad=carried.grad,
    )
