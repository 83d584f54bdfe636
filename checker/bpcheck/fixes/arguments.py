"""Passing an argument where a library's object is made."""

from __future__ import annotations

import ast

from bpcheck.apis import lookup
from bpcheck.evaluate.values import Const, Obj, Site
from bpcheck.facts.layers import made_at
from bpcheck.findings import Edit, Fix, Safety
from bpcheck.fixes.calls import argument, renamed
from bpcheck.fixes.imports import name_for, swapped_import
from bpcheck.fixes.spans import ancestors, offer, text_of
from bpcheck.fixes.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpcheck.evaluate.tracing import Node
    from bpcheck.facts.layers import Layers
    from bpcheck.facts.optimizers import Optimizer
    from bpcheck.facts.program import Program


def passed(made: Obj, site: Site, name: str, text: str) -> Edit | None:
    """Pass ``name=text`` to a library's own class, which is called at ``site``."""
    api = lookup(made.name)
    node = site.node
    if api is None or made.cls is not None or not isinstance(node, ast.Call) or not _calls(node, made.name):
        return None
    return argument(site, [parameter for parameter, _ in api.parameters()], name, text)


def _calls(node: ast.Call, qualified: str) -> bool:
    """Whether a call names the class itself, so that its arguments are those of the class."""
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return bool(name) and name == qualified.rpartition(".")[2]


def shuffled(loader: Obj, site: Site) -> Fix | None:
    """Let a loader shuffle, where nothing but its own call says that it does not."""
    now = loader.args.get("shuffle")
    if isinstance(now, Const) and now.setting is not None:
        return None  # the user has an option for it
    return offer(Safety.UNSAFE, "Pass `shuffle=True`", passed(loader, site, "shuffle", "True"))


def without_bias(program: Program, layers: Layers, pairs: Sequence[Node]) -> Fix | None:
    """``bias=False`` for all of these convolutions. Where the program looks at biases it may miss one of them."""
    if any(".bias" in scope.source.text or "'bias'" in scope.source.text or '"bias"' in scope.source.text
           for scope in program.evaluator.modules.values()):  # fmt: skip
        return None
    sites = {program.site_key(made_at(node)): node for node in pairs}
    paired = {id(node.layer) for node in pairs}
    others = [each for each in program.models.everything if each.site is not None and id(each) not in paired]
    if any(each.site is not None and program.site_key(each.site) in sites for each in others):
        return None  # made by the same call, and followed by something else
    edits = [passed(node.layer, made_at(node), "bias", "False") for node in sites.values() if node.layer is not None]
    return offer(Safety.SAFE, "Pass `bias=False`", *edits)


def decoupled(optimizers: Sequence[Optimizer]) -> Fix | None:
    """The class whose weight decay is decoupled, in the place of one that adds it to the gradient."""
    edits: list[Edit | None] = []
    new = ""
    for optimizer in optimizers:
        api, made = optimizer.api, optimizer.made
        target = str(api.facts.get("decoupled") or "") if api is not None else ""
        if (
            not target
            or made is None
            or optimizer.given("decoupled_weight_decay")
            or not isinstance(optimizer.obj, Obj)
        ):
            return None
        if optimizer.obj.cls is not None:
            return None
        new = target.rpartition(".")[2]
        edits += _other_class(made.site, optimizer.obj.name, target)
    return offer(Safety.UNSAFE, f"Use `{new}`, whose weight decay is decoupled from the gradient", *edits)


def _other_class(site: Site, old: str, new: str) -> list[Edit | None]:
    if site.scope.source.config is not None:
        now = (text_of(site) or "").strip("\"'")
        return [value(site, new) if now == old else None]
    call, old_name, new_name = site.node, old.rpartition(".")[2], new.rpartition(".")[2]
    if not isinstance(call, ast.Call) or _is_asked_for(site, old_name):
        return [None]
    if isinstance(call.func, ast.Attribute):
        return [renamed(site, old_name, new_name)]
    swapped = swapped_import(site, old_name, old.rpartition(".")[0], old_name, new_name)
    if swapped is not None:
        return [swapped, renamed(site, old_name, new_name)]
    named = name_for(site, new)
    return [*named[1], renamed(site, old_name, named[0])] if named is not None else [None]


def _is_asked_for(site: Site, name: str) -> bool:
    """Whether the call stands where a test, or a key, has the name of the class: then an option would mean another one."""
    for each in ancestors(site):
        asked: list[ast.AST] = (
            [each.test] if isinstance(each, ast.If) else [each.pattern] if isinstance(each, ast.match_case) else []
        )
        asked += [key for key in each.keys if key is not None] if isinstance(each, ast.Dict) else []
        constants = [node.value for one in asked for node in ast.walk(one) if isinstance(node, ast.Constant)]
        if any(isinstance(word, str) and word.lower() == name.lower() for word in constants):
            return True
    return False
