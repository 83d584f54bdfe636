"""What is looked at of a network's output: right or wrong in all, single predictions, or figures for each class.

``matched`` says that predictions are compared with targets; ``examined`` that predictions themselves, or those of single
classes, go where somebody may look at them. Neither is written down inside a network.
"""

from __future__ import annotations

from collections.abc import Iterable

from bpcheck.evaluate import operators
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.events import Event
from bpcheck.evaluate.values import Const, Counted, Method, Obj, Site, Tensor, Unknown, Value, choices, constant

#: How a sum over comparisons of predictions with targets came about: it tells nothing of any one of them.
MATCH, TOTAL = "comparison", "total"
#: Kinds of values that are predictions, one for each sample.
_PREDICTIONS = frozenset({"raw", "softmax", "log_softmax", "sigmoid", "index"})
#: Functions of libraries that compare predictions with targets, by the last word of their names, ...
_SCORES = frozenset({"accuracy_score", "accuracy", "zero_one_loss", "multiclass_accuracy", "binary_accuracy"})
#: ... and those that give figures for each class, or show samples.
_REPORTS = frozenset({
    "confusion_matrix", "classification_report", "multilabel_confusion_matrix", "from_predictions", "precision_recall_fscore_support",
    "multiclass_confusion_matrix", "binary_confusion_matrix", "plot_confusion_matrix", "Table", "class_likelihood_ratios",
})  # fmt: skip
_AVERAGED = frozenset({"f1_score", "precision_score", "recall_score", "fbeta_score", "jaccard_score", "roc_auc_score"})

#: What ``called`` may have to say something of.
WORDS = _SCORES | _REPORTS | _AVERAGED


def predictions(values: Iterable[Value | None]) -> frozenset[Event]:
    """The passes of which ``values`` hold the predictions, sample by sample."""
    found: frozenset[Event] = frozenset()
    for tensor in operators.flow(values).tensors:
        if tensor.passes and tensor.kind in _PREDICTIONS and tensor.via != TOTAL:
            found |= tensor.passes
    return found


def shown(ev: Evaluator, values: Iterable[Value | None], site: Site) -> None:
    """``values`` go where somebody may look at them."""
    if not ev.forwards:
        passes = predictions(values)
        if passes:
            ev.emit("examined", site, None, passes=passes)


def called(ev: Evaluator, name: str, args: list[Value], kwargs: dict[str, Value], site: Site) -> None:
    """A function of a library is called that may be about predictions."""
    if ev.forwards:
        return
    last = name.rpartition(".")[2]
    values = [*args, *kwargs.values()]
    if last in _SCORES:
        _note(ev, "matched", values, site)
    elif last in _REPORTS or (last in _AVERAGED and "average" in kwargs and constant(kwargs["average"]) is None):
        _note(ev, "examined", values, site)


def compared(ev: Evaluator, left: Value, right: Value, site: Site) -> None:
    """``left == right``: of predictions with targets, or of either with one class."""
    if ev.forwards:
        return
    sides = [each for value in (left, right) for each in choices(value)]
    tensors = [each for each in sides if isinstance(each, Tensor)]
    if any(each.passes and each.kind == "index" and each.via != TOTAL for each in tensors) and any(
        _is_target(each) for each in sides
    ):
        _note(ev, "matched", tensors, site)
    elif len(tensors) < len(sides):
        single = all(_one_class(each) for each in sides if not isinstance(each, Tensor))
        if single and any(each.kind in ("index", "data") and each.via != TOTAL for each in tensors):
            ev.emit("examined", site, None, passes=None)


def selected(ev: Evaluator, mask: Tensor, site: Site) -> None:
    """``values[mask]``: those samples are taken that a comparison of predictions with targets singles out."""
    if mask.via == MATCH and mask.passes and not ev.forwards:
        ev.emit("examined", site, None, passes=mask.passes)


def by_class(ev: Evaluator, keys: Value, value: Value, site: Site) -> None:
    """Something is counted under a key: for each class where a prediction is the key, or what is counted."""
    if ev.forwards or isinstance(keys, (Const, Counted)):
        return
    passes = predictions([keys]) or predictions([value])
    if passes:
        ev.emit("examined", site, None, passes=passes)


def _note(ev: Evaluator, kind: str, values: Iterable[Value | None], site: Site) -> None:
    passes = operators.flow(values).passes
    if passes:
        ev.emit(kind, site, None, passes=passes)


def _is_target(value: Value) -> bool:
    """Whether it may be what the predictions are compared with: data that went through no network."""
    if isinstance(value, Method):  # what it is taken for where an attribute of a batch is not known
        value = value.receiver
    return (
        not value.passes if isinstance(value, Tensor) else isinstance(value, Obj) and value.kind in ("opaque", "record")
    )


def _one_class(value: Value) -> bool:
    return isinstance(value, (Counted, Unknown)) or (isinstance(value, Const) and type(value.value) in (int, str))
