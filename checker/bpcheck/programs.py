"""The programs of a project: an entry script with all it reaches, and functions that nothing calls, each on its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from bpcheck.apis import TABLES
from bpcheck.apis.frameworks import FRAMEWORKS
from bpcheck.evaluate import calls, classes, configs, frameworks
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.scope import ModuleScope
from bpcheck.evaluate.values import Class, Function, Map, Obj, Value
from bpcheck.facts.program import Program
from bpcheck.importers import imported_modules
from bpcheck.project import Project

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.apis.vocabulary import Word

#: A function that nothing calls is looked at only if there is something to find in it: a training step or an evaluation,
_TRAINING = ("backward(", ".step(", ".eval()", "zero_grad", "optim.", "Adam(")
#: or a loss, with one of these near it (in the function or its class) that a loss may be fed with.
_LOSSES = ("_loss(", "Loss(", "criterion", "cross_entropy", "loss_fn")
_ACTIVATIONS = ("softmax", "sigmoid", "Softmax", "Sigmoid", "BCELoss", "binary_cross_entropy(")
#: Or a softmax that may not be told its axis, or one of which the logarithm may be taken.
_AXIS_UNTOLD = (
    r"(?<![.\w])(?:F\.|functional\.|nn\.)*(?:(?:log_?)?soft(?:max|min)|(?:Log)?Soft(?:max|min))"
    r"\((?!\s*-?\d)(?:[^,()=]|\([^()]*\))*\)"
)
_LOGARITHM = r"\blog(?:2|10)?_?\("
#: A script is evaluated only if it, or a local module that it imports, has one of these.
_SIGNS = (
    *_TRAINING,
    *_LOSSES,
    ".compile(",
    ".fit(",
    "no_grad",
    "inference_mode",
    "from_pretrained",
    "load_state_dict",
    "torch.load",
)
#: Statements that are evaluated for one function on its own.
MOST_STEPS_ALONE = 2_000
#: Local modules that are looked through for a sign of training.
MOST_MODULES = 40


def may_train(project: Project, path: Path) -> bool:
    """Whether there is a sign of training or evaluation in a script or in the local modules that it imports."""
    seen: set[Path] = set()
    waiting = [path]
    signs = (*_SIGNS, *(name.rpartition(".")[2] for name in project.vocabulary(path)))
    while waiting and len(seen) < MOST_MODULES:
        file = waiting.pop(0)
        if file in seen or file.is_dir():
            continue
        seen.add(file)
        try:
            # The entry is parsed already; a notebook's bytes would be mostly what its cells have printed.
            text = project.source(file).text if file == path else project.content(file).decode("latin-1")
        except OSError:
            continue
        if any(word in text for word in signs):
            return True
        tree = project.source(file).tree
        for module, level in imported_modules(tree) if tree is not None else ():
            root = module.partition(".")[0]
            if level == 0 and root in FRAMEWORKS:
                return True  # whose own loop may run, under whatever name
            if level == 0 and root in TABLES:
                continue
            found = project.resolve(module, file, level, path)
            if found is not None:
                waiting.append(found)
    return bool(waiting)


def entry_program(project: Project, path: Path, config: Path | None = None) -> Program:
    """The program that runs when ``path`` is executed, told on its command line to use ``config``."""
    evaluator = Evaluator(project)
    evaluator.entry = path
    evaluator.given = config
    evaluator.words = dict(project.vocabulary(path))
    evaluator.run_module(evaluator.module_at(path, "__main__"), main=True)
    return Program(evaluator, evaluator.events)


def config_program(project: Project, path: Path) -> Program | None:
    """The program that a configuration is by itself. Of one whose dialect is not known, what it describes: a fragment."""
    from bpcheck.apis.dialects import DIALECTS

    evaluator = Evaluator(project)
    evaluator.given = path
    evaluator.words = dict(project.vocabulary(path))
    config = configs.python_config(evaluator, path) if path.suffix == ".py" else configs.config_at(evaluator, path)
    if not isinstance(config, Map):
        return None
    dialect = next((each for each in DIALECTS if each.describes(lambda path: configs.has(config, path))), None)
    if dialect is None:
        configs.make_optimizers(evaluator, config)
        return Program(evaluator, evaluator.events, fragment=True) if evaluator.events else None
    function = frameworks.loaded(evaluator, dialect.file).names[dialect.function]
    calls.call(evaluator, function, [config], {}, configs.place(evaluator, config, dialect.place))
    return Program(evaluator, evaluator.events, fragment=dialect.partial or bool(config.cell["open"]))


def lone_evaluator(project: Project, vocabulary: Mapping[str, Word] | None = None) -> Evaluator:
    """An evaluator for functions that nothing calls: what one of them loads is there for the next."""
    evaluator = Evaluator(project)
    evaluator.words = dict(vocabulary or {})
    evaluator.limit = MOST_STEPS_ALONE
    return evaluator


def fragments(evaluator: Evaluator, path: Path, called: set[int]) -> Iterator[Program]:
    """Functions and methods of ``path`` that no program calls, evaluated with unknown arguments."""
    source = evaluator.project.source(path)
    if source.tree is None:
        return
    wanted = {id(node) for node in _worth_a_look(source.tree, source.lines)} - called
    if not wanted:
        return
    evaluator.steps = 0
    evaluator.memo.clear()
    scope = evaluator.loaded(evaluator.module_at(path))
    for name, value in list(scope.names.items()):
        if isinstance(value, (Function, Class)) and value.scope is scope and value.name == name:
            if isinstance(value, Class):
                yield from _methods(evaluator, scope, value, wanted)
            elif id(value.node) in wanted - evaluator.called:
                yield from _alone(evaluator, scope, value, [])


def _worth_a_look(tree: ast.Module, lines: list[str]) -> Iterator[ast.AST]:
    """The functions and methods in which there may be something to find."""
    for node in tree.body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        whole = _text(node, lines) if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) else ""
        activations = any(word in whole for word in _ACTIVATIONS)
        axis_untold = "oftm" in whole and re.search(_AXIS_UNTOLD, whole) is not None
        for function in inner:
            if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            text = _text(function, lines)
            if (
                any(word in text for word in _TRAINING)
                or (activations and any(word in text for word in _LOSSES))
                or (axis_untold and ("oftm" in text or function.name == "forward"))
                or ("oftmax" in text and re.search(_LOGARITHM, text) is not None)
            ):
                yield function


def _text(node: ast.stmt, lines: list[str]) -> str:
    return "\n".join(lines[node.lineno - 1 : node.end_lineno])


def _methods(evaluator: Evaluator, scope: ModuleScope, cls: Class, wanted: set[int]) -> Iterator[Program]:
    methods = [
        value
        for value in cls.names.values()
        if isinstance(value, Function) and value.owner is cls and value.name != "__init__" and id(value.node) in wanted
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
    evaluator.memo.clear()


def _alone(evaluator: Evaluator, scope: ModuleScope, function: Function, first: list[Value]) -> Iterator[Program]:
    mark, start = evaluator.store.mark(), len(evaluator.events)
    evaluator.steps = 0
    if calls.decorated_by(function, "builtins.staticmethod", "builtins.classmethod"):
        first = []
    args = [*first, *_unknown_arguments(evaluator, scope, function, len(first))]
    first_line, last_line = function.node.lineno, function.node.end_lineno or function.node.lineno
    trains = any("backward(" in line for line in scope.source.lines[first_line - 1 : last_line])
    # Whoever calls it may have switched gradients off, unless it trains itself.
    evaluator.store.set(evaluator.flow, "grad", "on" if trains else "unknown")
    calls.call_function(evaluator, function, args, {}, scope.site(function.node))
    events = evaluator.events[start:]
    if events:
        yield Program(evaluator, events, fragment=True)
    del evaluator.events[start:]
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
