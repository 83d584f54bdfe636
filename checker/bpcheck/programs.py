"""The programs of a project: an entry script with all it reaches, and functions that nothing calls, each on its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from bpcheck.apis import TABLES
from bpcheck.evaluate import calls, classes
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.scope import ModuleScope
from bpcheck.evaluate.values import Class, Function, Obj, Value
from bpcheck.facts.program import Program
from bpcheck.importers import imported_modules
from bpcheck.project import Project

#: A function that nothing calls is looked at only if one of these words stands in it.
WORDS = (
    "backward(",
    ".step(",
    "_loss(",
    "Loss(",
    "criterion",
    "cross_entropy",
    ".eval()",
    "zero_grad",
    "optim.",
    "loss_fn",
)

_SIGNS = tuple(
    word.encode() for word in (*WORDS, "no_grad", "inference_mode", "from_pretrained", "load_state_dict", "torch.load")
)
#: Statements that are evaluated for one function on its own.
MOST_STEPS_ALONE = 2_000
#: Local modules that are looked through for a sign of training.
MOST_MODULES = 40


def may_train(project: Project, path: Path) -> bool:
    """Whether there is a sign of training or evaluation in a script or in the local modules that it imports."""
    seen: set[Path] = set()
    waiting = [path]
    while waiting and len(seen) < MOST_MODULES:
        file = waiting.pop(0)
        if file in seen or file.is_dir():
            continue
        seen.add(file)
        try:
            data = project.content(file)
        except OSError:
            continue
        if any(word in data for word in _SIGNS):
            return True
        tree = project.source(file).tree
        for module, level in imported_modules(tree) if tree is not None else ():
            if level == 0 and module.partition(".")[0] in TABLES:
                continue
            found = project.resolve(module, file, level, path)
            if found is not None:
                waiting.append(found)
    return bool(waiting)


def entry_program(project: Project, path: Path) -> Program:
    """The program that runs when ``path`` is executed."""
    evaluator = Evaluator(project)
    evaluator.entry = path
    evaluator.run_module(evaluator.module_at(path, "__main__"), main=True)
    return Program(evaluator, evaluator.events)


def fragments(project: Project, path: Path, called: set[int]) -> Iterator[Program]:
    """Functions and methods of ``path`` that no program calls, evaluated with unknown arguments."""
    source = project.source(path)
    if source.tree is None or not any(_uncalled(node, source.lines, called) for node in _functions(source.tree)):
        return
    evaluator = Evaluator(project)
    evaluator.entry = path
    evaluator.limit = MOST_STEPS_ALONE
    scope = evaluator.loaded(evaluator.module_at(path))
    for name, value in list(scope.names.items()):
        if isinstance(value, Function) and value.scope is scope and value.name == name:
            if _uncalled(value.node, source.lines, called | evaluator.called):
                yield from _alone(evaluator, scope, value, [])
        elif isinstance(value, Class) and value.scope is scope and value.name == name:
            yield from _methods(evaluator, scope, value, source.lines, called)


def _functions(tree: ast.Module) -> Iterator[ast.AST]:
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from (inner for inner in node.body if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)))


def _uncalled(node: ast.AST, lines: list[str], called: set[int]) -> bool:
    if id(node) in called:
        return False
    first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", None) or 1
    return any(word in line for line in lines[first - 1 : last] for word in WORDS)


def _methods(
    evaluator: Evaluator, scope: ModuleScope, cls: Class, lines: list[str], called: set[int]
) -> Iterator[Program]:
    methods = [
        value
        for value in cls.names.values()
        if isinstance(value, Function)
        and value.owner is cls
        and value.name != "__init__"
        and _uncalled(value.node, lines, called)
    ]
    if not methods:
        return
    mark = evaluator.store.mark()
    evaluator.steps = 0
    site = scope.site(cls.node)
    init = cls.find("__init__")
    args = _unknown_arguments(evaluator, scope, init, 1) if isinstance(init, Function) else []
    made = classes.instantiate(evaluator, cls, args, {}, site)
    for method in methods:
        if id(method.node) not in evaluator.called:
            yield from _alone(evaluator, scope, method, [made])
    evaluator.store.take_back(mark)


def _alone(evaluator: Evaluator, scope: ModuleScope, function: Function, first: list[Value]) -> Iterator[Program]:
    mark, start = evaluator.store.mark(), len(evaluator.events)
    evaluator.steps = 0
    if calls.decorated_by(function, "builtins.staticmethod", "builtins.classmethod"):
        first = []
    args = [*first, *_unknown_arguments(evaluator, scope, function, len(first))]
    first_line, last_line = function.node.lineno, function.node.end_lineno or function.node.lineno
    trains = any("backward(" in line for line in scope.source.lines[first_line - 1 : last_line])
    evaluator.store.set(
        evaluator.flow, "grad", "on" if trains else "unknown"
    )  # whoever calls it may have switched them off
    calls.call_function(evaluator, function, args, {}, scope.site(function.node))
    events = evaluator.events[start:]
    if events:
        yield Program(evaluator, events, fragment=True)
    evaluator.store.take_back(mark)
    evaluator.exits.clear()


def _unknown_arguments(evaluator: Evaluator, scope: ModuleScope, function: Function, skip: int) -> list[Value]:
    made: list[Value] = []
    spec = function.node.args
    for arg in (*spec.posonlyargs, *spec.args)[skip:]:
        unknown = Obj("opaque", arg.arg, None, scope.site(arg))
        unknown.state["argument"] = True
        unknown.state["origin"] = evaluator.origin(f"argument {arg.arg}", scope.site(arg))
        made.append(unknown)
    return made
