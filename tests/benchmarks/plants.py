"""Faults that can be planted in a correct training program, one function for each: what to write instead, and where.

A plant is chosen by how the code reads (names as they are imported, statements of one block), never by what bpcheck makes of
it: what it does not understand must count as missed. Each function is given a file and yields the plants that it
sees room for. Edits keep the number of lines where they can.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

Edit = tuple[int, int, str]
"""Start and end in the text, and what to write there."""

FUNCTIONAL = "torch.nn.functional"
RECURRENT = (
    "torch.nn.RNN",
    "torch.nn.LSTM",
    "torch.nn.GRU",
    "torch.nn.RNNCell",
    "torch.nn.LSTMCell",
    "torch.nn.GRUCell",
)
CROSS_ENTROPY = ("torch.nn.CrossEntropyLoss", f"{FUNCTIONAL}.cross_entropy")
LOGIT_BCE = ("torch.nn.BCEWithLogitsLoss", f"{FUNCTIONAL}.binary_cross_entropy_with_logits")
_MODES = re.compile(
    r"[Dd]ropout|BatchNorm|InstanceNorm|torchvision\.models|\bmodels\.|timm\.create_model|from_pretrained"
)
"""Signs of a network that works differently in train and in eval mode."""
_HELD_OUT = re.compile(r"test|val|dev", re.IGNORECASE)
CLIPS = tuple(f"torch.nn.utils.{name}" for name in ("clip_grad_norm_", "clip_grad_value_"))


@dataclass(frozen=True)
class Plant:
    """One fault: the line where it is planted and the edits that plant it."""

    line: int
    edits: tuple[Edit, ...]

    def into(self, text: str) -> str:
        for start, end, new in sorted(self.edits, reverse=True):
            text = text[:start] + new + text[end:]
        return text


class File:
    """The text of a Python file with its tree, and what the plants ask of it. ``program`` is the text of all its files."""

    def __init__(self, text: str, program: str = "", named: frozenset[str] | None = None) -> None:
        self.text = text
        self.has_modes = bool(_MODES.search(program or text))
        self.named = named
        self.tree = ast.parse(text)
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.nodes = list(ast.walk(self.tree))
        self.parents = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}
        self.imported = self._imports()

    def is_named(self, line: int) -> bool:
        """Whether the function or class at the top level that holds a line is named anywhere in what runs."""
        for node in self.tree.body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.lineno <= line <= (node.end_lineno or 0):
                return self.named is None or node.name in self.named
        return True

    def _imports(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for name in node.names:
                    root = name.name.partition(".")[0]
                    found[name.asname or root] = name.name if name.asname else root
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for name in node.names:
                    found[name.asname or name.name] = f"{node.module}.{name.name}"
        return found

    def position(self, line: int, column: int) -> int:
        """The index in the text of a line and a column of the tree, which counts bytes of UTF-8."""
        start = self.starts[line - 1]
        row = self.text[start : self.starts[line]]
        return start + len(row.encode()[:column].decode())

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.position(node.lineno, node.col_offset), self.position(node.end_lineno, node.end_col_offset)

    def source(self, node: ast.expr | ast.stmt) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def replaced(self, node: ast.expr | ast.stmt, new: str) -> Edit:
        return (*self.span(node), new)

    def dropped(self, statement: ast.stmt) -> Edit:
        return self.replaced(statement, "pass" + "\n" * self.source(statement).count("\n"))

    def dotted(self, node: ast.AST) -> str:
        """The imported name that an expression spells (``F.relu`` is ``torch.nn.functional.relu``), or nothing."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.imported:
            return ""
        return ".".join([self.imported[node.id], *reversed(parts)])

    def calls(self, *names: str) -> Iterator[ast.Call]:
        """The calls of imported things with these dotted names."""
        for node in self.nodes:
            if isinstance(node, ast.Call) and self.dotted(node.func) in names:
                yield node

    def made(self, *names: str) -> frozenset[str]:
        """The variables and attributes that only calls of these names are ever assigned to."""
        values: dict[str, set[bool]] = {}
        for node in self.nodes:
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                target, value = node.targets[0], node.value
                known = isinstance(value, ast.Call) and self.dotted(value.func) in names
                if isinstance(target, (ast.Name, ast.Attribute)):
                    values.setdefault(ast.unparse(target), set()).add(known)
            elif isinstance(node, ast.arg):
                values.setdefault(node.arg, set()).add(False)
        return frozenset(name for name, kinds in values.items() if kinds == {True})

    def statements(self, method: str) -> Iterator[tuple[ast.Expr, ast.Call]]:
        """The statements that are a call of a method of this name."""
        for node in self.nodes:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                call = node.value
                if isinstance(call.func, ast.Attribute) and call.func.attr == method:
                    yield node, call

    def above(self, node: ast.AST, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        """What a node stands in, from the inside out."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, kinds):
                yield node

    def function(self, node: ast.AST) -> ast.AST:
        return next(self.above(node, ast.FunctionDef), self.tree)

    def trains(self, node: ast.AST) -> bool:
        """Whether the function that a node stands in goes backwards, too."""
        return node in self._training

    @cached_property
    def _training(self) -> set[ast.AST]:
        homes = {self.function(call) for _, call in self.statements("backward")}
        return {node for node in self.nodes if self.function(node) in homes}

    def reached(self, node: ast.AST) -> set[ast.AST]:
        """The nodes in a node and in the functions of this file that are called there, by name or as methods."""
        functions: dict[str, list[ast.FunctionDef]] = {}
        for other in self.nodes:
            if isinstance(other, ast.FunctionDef):
                functions.setdefault(other.name, []).append(other)
        found: set[ast.AST] = set()
        waiting = [node]
        while waiting:
            for inner in ast.walk(waiting.pop()):
                if inner in found:
                    continue
                found.add(inner)
                if isinstance(inner, ast.Call):
                    name = inner.func.attr if isinstance(inner.func, ast.Attribute) else getattr(inner.func, "id", "")
                    waiting += [] if name == "__init__" else functions.get(name, [])
        return found

    @cached_property
    def repeated(self) -> set[ast.AST]:
        """What runs in a loop of this file, or in a function that is called in one."""
        loops = [node for node in self.nodes if isinstance(node, (ast.For, ast.While))]
        return set().union(*map(self.reached, loops))

    @cached_property
    def contest(self) -> bool:
        """Whether several optimizers work here, as in a GAN: what is a mistake elsewhere may be meant there."""
        made = {
            ast.unparse(node.targets[0])
            for node in self.nodes
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
            if self.dotted(node.value.func).startswith("torch.optim.")
            and "lr_scheduler" not in ast.unparse(node.value.func)
        }
        return len(made) > 1

    def loss_calls(self, names: tuple[str, ...]) -> Iterator[ast.Call]:
        """The calls that compute one of these losses where training goes backwards; the first argument is the output."""
        function = tuple(name for name in names if name.startswith(FUNCTIONAL))
        objects = self.made(*(name for name in names if name not in function))
        for node in self.nodes:
            if isinstance(node, ast.Call) and node.args and not isinstance(node.args[0], ast.Starred):
                known = self.dotted(node.func) in function or ast.unparse(node.func) in objects
                if known and self.trains(node):
                    yield node

    def block(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements among which a statement stands."""
        parent = self.parents[statement]
        for field in ("body", "orelse", "finalbody"):
            rows = getattr(parent, field, None)
            if isinstance(rows, list) and statement in rows:
                return rows
        return [statement]

    def indented(self, statement: ast.stmt) -> str:
        return " " * statement.col_offset


def _of_one_block(file: File, *wanted: Callable[[ast.stmt], bool]) -> Iterator[list[ast.stmt]]:
    """Statements of one block that answer to ``wanted`` in this order."""
    for node in file.nodes:
        for field in ("body", "orelse"):
            rows = getattr(node, field, None)
            if not isinstance(rows, list):
                continue
            found: list[ast.stmt] = []
            for row in rows:
                if len(found) < len(wanted) and isinstance(row, ast.stmt) and wanted[len(found)](row):
                    found.append(row)
            if len(found) == len(wanted):
                yield found


def _method(statement: ast.stmt, name: str) -> str:
    """What the method is called on, where a statement calls a method of this name."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == name:
        return ast.unparse(call.func.value)
    return ""


def _moved(file: File, statement: ast.stmt, *, before: ast.stmt | None = None, after: ast.stmt | None = None) -> Plant:
    text = file.source(statement)
    if before is not None:
        where = file.span(before)[0]
        return Plant(before.lineno, (file.dropped(statement), (where, where, f"{text}\n{file.indented(before)}")))
    assert after is not None
    where = file.span(after)[1]
    return Plant(after.lineno, (file.dropped(statement), (where, where, f"\n{file.indented(after)}{text}")))


def no_zero_grad(file: File) -> Iterator[Plant]:
    """Gradients pile up: no `zero_grad()` is left."""
    found = [statement for statement, _ in file.statements("zero_grad")]
    if any(s in file.repeated for s in found) and any(s in file.repeated for s, _ in file.statements("step")):
        yield Plant(found[0].lineno, tuple(file.dropped(statement) for statement in found))


def zero_grad_after_backward(file: File) -> Iterator[Plant]:
    """`zero_grad()` between `backward()` and `step()`."""
    pattern = (lambda s: _method(s, "zero_grad"), lambda s: _method(s, "backward"), lambda s: _method(s, "step"))
    for clear, _, step in _of_one_block(file, *[lambda s, p=p: bool(p(s)) for p in pattern]):
        if _method(clear, "zero_grad") == _method(step, "step"):
            yield _moved(file, clear, before=step)


def no_train_mode(file: File) -> Iterator[Plant]:
    """No way back from `eval()`: no `train()` is left in the epoch cycle."""
    for loop in file.nodes if file.has_modes and not file.contest else ():
        if not isinstance(loop, (ast.For, ast.While)) or any(file.above(loop, ast.For, ast.While)):
            continue
        reached = file.reached(loop)
        back = [s for s, call in file.statements("train") if s in reached and not call.args]
        out = [s for s, _ in file.statements("eval") if s in reached]
        if back and out and any(s in reached for s, _ in file.statements("backward")):
            yield Plant(back[0].lineno, tuple(file.dropped(s) for s in back))


def no_eval_mode(file: File) -> Iterator[Plant]:
    """Evaluation in train mode: no `eval()` is left, in a file that trains."""
    found = [statement for statement, call in file.statements("eval") if not call.args]
    if found and file.has_modes and not file.contest and any(file.statements("backward")):
        yield Plant(found[0].lineno, tuple(file.dropped(statement) for statement in found))


def no_no_grad(file: File) -> Iterator[Plant]:
    """An evaluation over batches that builds graphs: `no_grad()` is gone."""
    names = ("torch.no_grad", "torch.inference_mode")
    for node in file.nodes if not file.contest else ():
        loops = any(isinstance(inner, ast.For) and _hands_on(inner) for inner in ast.walk(node))
        if isinstance(node, ast.With) and len(node.items) == 1 and loops:
            call = node.items[0].context_expr
            if isinstance(call, ast.Call) and file.dotted(call.func) in names:
                outer = [*file.above(node, ast.FunctionDef, ast.With)]
                if not any(_forbids_gradients(file, other, names) for other in outer):
                    yield Plant(node.lineno, ((file.span(node)[0], file.span(call)[1], "if True"),))
        elif isinstance(node, ast.FunctionDef) and loops and len(node.decorator_list) == 1:
            mark = node.decorator_list[0]
            if _forbids_gradients(file, node, names):
                start, end = file.span(mark)
                yield Plant(node.lineno, ((start - 1, end, "# undecorated"),))


def _hands_on(loop: ast.For) -> bool:
    """Whether something is called with what a loop goes through, as a network is with batches."""
    batch = {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
    given = [arg for node in ast.walk(loop) if isinstance(node, ast.Call) for arg in node.args]
    return any(isinstance(arg, ast.Name) and arg.id in batch for arg in given)


def _forbids_gradients(file: File, node: ast.AST, names: tuple[str, ...]) -> bool:
    marks = [item.context_expr for item in node.items] if isinstance(node, ast.With) else []
    marks += node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return any(file.dotted(mark.func if isinstance(mark, ast.Call) else mark) in names for mark in marks)


def loss_kept_with_graph(file: File) -> Iterator[Plant]:
    """`total += loss` for `total += loss.item()`, in the loop that goes backwards."""
    lossy = {_method(statement, "backward") for statement, _ in file.statements("backward")}
    for node in file.nodes:
        if isinstance(node, ast.AugAssign) and file.trains(node) and any(file.above(node, ast.For)):
            for call in ast.walk(node.value):
                called = call.func if isinstance(call, ast.Call) else None
                if (
                    isinstance(call, ast.Call)
                    and isinstance(called, ast.Attribute)
                    and called.attr == "item"
                    and (ast.unparse(called.value) in lossy)
                ):
                    yield Plant(node.lineno, (file.replaced(call, file.source(called.value)),))


def _fed_through(file: File, losses: tuple[str, ...], method: str) -> Iterator[Plant]:
    for call in file.loss_calls(losses):
        output = call.args[0]
        yield Plant(call.lineno, (file.replaced(output, f"({file.source(output)}).{method}"),))


def softmax_before_cross_entropy(file: File) -> Iterator[Plant]:
    """Softmax before the loss that applies it."""
    return _fed_through(file, CROSS_ENTROPY, "softmax(dim=1)")


def log_softmax_before_cross_entropy(file: File) -> Iterator[Plant]:
    """Log-softmax before the loss that applies it."""
    return _fed_through(file, CROSS_ENTROPY, "log_softmax(dim=1)")


def relu_on_logits(file: File) -> Iterator[Plant]:
    """ReLU on the logits."""
    return _fed_through(file, CROSS_ENTROPY, "relu()")


def sigmoid_before_logit_bce(file: File) -> Iterator[Plant]:
    """Sigmoid before the loss that applies it."""
    return _fed_through(file, LOGIT_BCE, "sigmoid()")


def softmax_for_labels(file: File) -> Iterator[Plant]:
    """Softmax where each label is a question of its own."""
    for call in file.loss_calls(LOGIT_BCE):
        plain = file.dotted(call.func) == LOGIT_BCE[1]
        if plain and not any(keyword.arg == "pos_weight" for keyword in call.keywords):
            output, name = call.args[0], call.func
            edits = (
                file.replaced(output, f"({file.source(output)}).softmax(dim=1)"),
                file.replaced(name, file.source(name).replace("_with_logits", "")),
            )
            yield Plant(call.lineno, edits)


def _renamed(file: File, old: str, new: str, *, without: tuple[str, ...] = ()) -> Iterator[Plant]:
    """``old`` gives way to ``new`` of the same module, wherever it is called with no keyword of ``without``."""
    for call in file.calls(old):
        if isinstance(call.func, ast.Attribute) and not any(keyword.arg in without for keyword in call.keywords):
            _, end = file.span(call.func)
            last = old.rpartition(".")[2]
            yield Plant(call.lineno, ((end - len(last), end, new),))


def nll_of_logits(file: File) -> Iterator[Plant]:
    """Cross-entropy gives way to the loss that wants log-probabilities."""
    calls = set(file.loss_calls(CROSS_ENTROPY))
    plain = {ast.unparse(call.func) for call in calls}
    for plant in _renamed(file, CROSS_ENTROPY[0], "NLLLoss", without=("label_smoothing",)):
        if any(ast.unparse(t) in plain for t in _targets(file, CROSS_ENTROPY[0], plant.line)):
            yield plant
    for plant in _renamed(file, CROSS_ENTROPY[1], "nll_loss", without=("label_smoothing",)):
        if any(call.lineno == plant.line for call in calls):
            yield plant


def bce_of_logits(file: File) -> Iterator[Plant]:
    """The loss on logits gives way to the one that wants probabilities."""
    calls = set(file.loss_calls(LOGIT_BCE))
    plain = {ast.unparse(call.func) for call in calls}
    for plant in _renamed(file, LOGIT_BCE[0], "BCELoss", without=("pos_weight",)):
        if any(ast.unparse(t) in plain for t in _targets(file, LOGIT_BCE[0], plant.line)):
            yield plant
    for plant in _renamed(file, LOGIT_BCE[1], "binary_cross_entropy", without=("pos_weight",)):
        if any(call.lineno == plant.line for call in calls):
            yield plant


def _targets(file: File, name: str, line: int) -> Iterator[ast.expr]:
    for node in file.nodes:
        value = node.value if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.Assign) and isinstance(value, ast.Call) and file.dotted(value.func) == name:
            yield from node.targets if value.lineno == line else ()


def log_of_softmax(file: File) -> Iterator[Plant]:
    """The logarithm and the softmax apart."""
    for call in file.calls(f"{FUNCTIONAL}.log_softmax"):
        if isinstance(call.func, ast.Attribute):
            name = file.source(call.func).replace("log_softmax", "softmax")
            _, end = file.span(call)
            yield Plant(call.lineno, (file.replaced(call.func, name), (end, end, ".log()")))


def softmax_without_dim(file: File) -> Iterator[Plant]:
    """Softmax that has to guess its dimension."""
    for name in ("softmax", "log_softmax"):
        for call in file.calls(f"{FUNCTIONAL}.{name}"):
            if len(call.args) == 1 and [keyword.arg for keyword in call.keywords] == ["dim"]:
                start, end = file.span(call.args[0])[1], file.span(call)[1] - 1
                yield Plant(call.lineno, ((start, end, ""),))
            elif len(call.args) == 2 and not call.keywords:
                yield Plant(call.lineno, ((file.span(call.args[0])[1], file.span(call.args[1])[1], ""),))


def adam_with_decay(file: File) -> Iterator[Plant]:
    """AdamW gives way to Adam, whose weight decay is another."""
    for plant, call in zip(
        _renamed(file, "torch.optim.AdamW", "Adam"),
        [call for call in file.calls("torch.optim.AdamW") if isinstance(call.func, ast.Attribute)],
        strict=True,
    ):
        decay = [keyword.value for keyword in call.keywords if keyword.arg == "weight_decay"]
        if not decay and not any(keyword.arg is None for keyword in call.keywords) and len(call.args) < 3:
            end = file.span((call.args + [keyword.value for keyword in call.keywords])[-1])[1]
            yield Plant(call.lineno, (*plant.edits, (end, end, ", weight_decay=0.01")))
        elif decay and isinstance(decay[0], ast.Constant) and decay[0].value:
            yield plant


def _schedulers(file: File) -> Iterator[tuple[ast.Assign, list[ast.stmt]]]:
    """The statements that make a scheduler, with those that step it; only where nothing else is done with it."""
    for node in file.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and len(node.targets) == 1:
            if not file.dotted(node.value.func).startswith("torch.optim.lr_scheduler."):
                continue
            name = ast.unparse(node.targets[0])
            steps: list[ast.stmt] = [s for s, _ in file.statements("step") if _method(s, "step") == name]
            used = [
                other
                for other in file.nodes
                if isinstance(other, (ast.Name, ast.Attribute)) and ast.unparse(other) == name
            ]
            if steps and len(used) == len(steps) + 1:
                yield node, steps


def scheduler_not_stepped(file: File) -> Iterator[Plant]:
    """A scheduler that is made and never stepped."""
    for _, steps in _schedulers(file):
        yield Plant(steps[0].lineno, tuple(file.dropped(step) for step in steps))


def no_schedule(file: File) -> Iterator[Plant]:
    """The scheduler is gone: the rate stays as it is."""
    for made, steps in _schedulers(file) if not file.contest else ():
        yield Plant(made.lineno, tuple(file.dropped(statement) for statement in (made, *steps)))


def _clips(file: File) -> list[ast.stmt]:
    found = [call for call in file.calls(*CLIPS) if isinstance(file.parents[call], ast.Expr)]
    return [parent for call in found if isinstance(parent := file.parents[call], ast.Expr)]


def no_clipping(file: File) -> Iterator[Plant]:
    """A recurrent network without clipping."""
    found = _clips(file)
    if found and any(file.calls(*RECURRENT)):
        yield Plant(found[0].lineno, tuple(file.dropped(statement) for statement in found))


def _clipped_steps(file: File) -> Iterator[list[ast.stmt]]:
    clips = set(_clips(file))
    return _of_one_block(
        file, lambda s: bool(_method(s, "backward")), lambda s: s in clips, lambda s: bool(_method(s, "step"))
    )


def clipping_after_step(file: File) -> Iterator[Plant]:
    """Gradients are clipped once they have been used."""
    for _, clip, step in _clipped_steps(file):
        yield _moved(file, clip, after=step)


def clipping_before_backward(file: File) -> Iterator[Plant]:
    """Gradients are clipped before they are there."""
    for backward, clip, _ in _clipped_steps(file):
        yield _moved(file, clip, before=backward)


def unshuffled(file: File) -> Iterator[Plant]:
    """Training data in a fixed order. Loaders that are called for testing keep theirs."""
    for call in file.calls("torch.utils.data.DataLoader"):
        parent = file.parents[call]
        name = ast.unparse(parent.targets[0]) if isinstance(parent, ast.Assign) else ""
        for keyword in call.keywords if not _HELD_OUT.search(name) and not file.contest else ():
            if keyword.arg == "shuffle" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True:
                yield Plant(call.lineno, (file.replaced(keyword.value, "False"),))


def dropout_always(file: File) -> Iterator[Plant]:
    """Functional dropout that evaluation does not switch off."""
    for call in file.calls(f"{FUNCTIONAL}.dropout"):
        for keyword in call.keywords:
            if keyword.arg == "training" and call.keywords[-1] is keyword and len(call.keywords) + len(call.args) > 1:
                before = (call.args + [other.value for other in call.keywords[:-1]])[-1]
                yield Plant(call.lineno, ((file.span(before)[1], file.span(keyword.value)[1], ""),))


def plain_cell(file: File) -> Iterator[Plant]:
    """GRU gives way to the plain recurrent layer, which is called alike."""
    return _renamed(file, "torch.nn.GRU", "RNN")


def momentum_as_eps(file: File) -> Iterator[Plant]:
    """A momentum where BatchNorm takes its eps."""
    for kind in ("BatchNorm1d", "BatchNorm2d"):
        for call in file.calls(f"torch.nn.{kind}"):
            if len(call.args) == 1 and not call.keywords:
                end = file.span(call.args[0])[1]
                yield Plant(call.lineno, ((end, end, ", 0.8"),))


PLANTS: tuple[tuple[str, Callable[[File], Iterator[Plant]]], ...] = (
    ("BP114", unshuffled),
    ("BP204", no_schedule),
    ("BP207", scheduler_not_stepped),
    ("BP304", adam_with_decay),
    ("BP305", no_zero_grad),
    ("BP306", no_train_mode),
    ("BP307", no_eval_mode),
    ("BP308", no_no_grad),
    ("BP309", loss_kept_with_graph),
    ("BP310", zero_grad_after_backward),
    ("BP401", log_of_softmax),
    ("BP402", softmax_for_labels),
    ("BP403", softmax_before_cross_entropy),
    ("BP404", log_softmax_before_cross_entropy),
    ("BP405", nll_of_logits),
    ("BP406", bce_of_logits),
    ("BP407", sigmoid_before_logit_bce),
    ("BP410", softmax_without_dim),
    ("BP412", relu_on_logits),
    ("BP503", no_clipping),
    ("BP504", clipping_after_step),
    ("BP504", clipping_before_backward),
    ("BP506", plain_cell),
    ("BP515", dropout_always),
    ("BP516", momentum_as_eps),
)
"""The rule that must find a plant, and what plants it."""
