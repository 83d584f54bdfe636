"""The defaults written down for the Hugging Face libraries are theirs, wherever these are installed."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from bpcheck.evaluate.frameworks import FOLDER

#: File of ``bpcheck/frameworks``, what it defines, where the library has that, and the names that only earlier versions have.
CASES: list[tuple[str, str, str, set[str]]] = [
    ("transformers", "TrainingArguments", "transformers.TrainingArguments", {"evaluation_strategy", "adafactor", "warmup_ratio"}),
    ("transformers", "Seq2SeqTrainingArguments", "transformers.Seq2SeqTrainingArguments", set()),
    ("transformers", "Trainer.__init__", "transformers.Trainer.__init__", {"tokenizer"}),
    ("transformers", "Trainer.train", "transformers.Trainer.train", set()),
    ("transformers", "Trainer.evaluate", "transformers.Trainer.evaluate", set()),
    ("transformers", "Trainer.predict", "transformers.Trainer.predict", set()),
    ("transformers", "Trainer.compute_loss", "transformers.Trainer.compute_loss", set()),
    ("transformers", "Trainer.training_step", "transformers.Trainer.training_step", set()),
    ("transformers", "Trainer.prediction_step", "transformers.Trainer.prediction_step", set()),
    ("transformers", "EarlyStoppingCallback.__init__", "transformers.EarlyStoppingCallback.__init__", set()),
    ("transformers", "HfArgumentParser.parse_args_into_dataclasses", "transformers.HfArgumentParser.parse_args_into_dataclasses", set()),
    ("trl", "SFTConfig", "trl.SFTConfig", set()),
    ("trl", "DPOConfig", "trl.DPOConfig", set()),
    ("trl", "RewardConfig", "trl.RewardConfig", set()),
    ("trl", "KTOConfig", "trl.KTOConfig", set()),
    ("trl", "ModelConfig", "trl.ModelConfig", set()),
    ("trl", "ScriptArguments", "trl.ScriptArguments", set()),
    ("trl", "SFTTrainer.__init__", "trl.SFTTrainer.__init__", {"tokenizer", "model_init"}),
    ("trl", "DPOTrainer.__init__", "trl.DPOTrainer.__init__", {"tokenizer"}),
    ("trl", "RewardTrainer.__init__", "trl.RewardTrainer.__init__", {"tokenizer"}),
    ("peft", "get_peft_model", "peft.get_peft_model", set()),
    ("peft", "prepare_model_for_kbit_training", "peft.prepare_model_for_kbit_training", set()),
    ("peft", "PeftModel.from_pretrained", "peft.PeftModel.from_pretrained", set()),
    ("peft", "inject_adapter_in_model", "peft.inject_adapter_in_model", set()),
    ("accelerate", "Accelerator.__init__", "accelerate.Accelerator.__init__", set()),
    ("accelerate", "Accelerator.clip_grad_norm_", "accelerate.Accelerator.clip_grad_norm_", set()),
    ("accelerate", "Accelerator.prepare", "accelerate.Accelerator.prepare", set()),
    ("accelerate", "Accelerator.skip_first_batches", "accelerate.Accelerator.skip_first_batches", set()),
]  # fmt: skip


@pytest.mark.parametrize(("file", "name", "library", "earlier"), CASES, ids=[case[2] for case in CASES])
def test_defaults_are_those_of_the_library(
    file: str, name: str, library: str, earlier: set[str], torchvision: Callable[[], None]
) -> None:
    if importlib.util.find_spec("torchvision") is not None:  # these import it themselves
        torchvision()
    theirs = _of_library(library)
    ours = _of_file(file, name)
    assert ours, "nothing to compare"
    assert {parameter for parameter in ours if parameter not in theirs} <= earlier
    for parameter, default in ours.items():
        if parameter in theirs and default is not ...:
            assert (parameter, _plain(theirs[parameter])) in [(parameter, default), (parameter, ...)]


@pytest.mark.parametrize("file", sorted({case[0] for case in CASES}))
def test_what_is_compared_is_there(file: str) -> None:
    assert all(_of_file(file, case[1]) for case in CASES if case[0] == file)


def _of_library(path: str) -> dict[str, Any]:
    """The defaults by parameter; ``...`` where there is none."""
    root, *parts = path.split(".")
    pytest.importorskip(root, reason=f"{root} is not installed")
    value: Any = importlib.import_module(root)
    for part in parts:
        value = getattr(value, part)
    parameters = inspect.signature(value).parameters.values()
    return {p.name: ... if p.default is inspect.Parameter.empty else p.default for p in parameters}


def _plain(value: Any) -> Any:
    """The value of an enumeration's member; ``...`` for what is made anew each time and for what only says "not given"."""
    unsaid = type(value) is object or type(value).__name__ == "_HAS_DEFAULT_FACTORY_CLASS"
    return ... if unsaid else getattr(value, "value", value)


def _of_file(file: str, path: str) -> dict[str, Any]:
    """The constant defaults of a function's parameters or a dataclass's fields; ``...`` stands for all others."""
    found: Any = ast.parse((FOLDER / f"{file}.py").read_text(encoding="utf-8"))
    for part in path.split("."):
        found = next(node for node in found.body if getattr(node, "name", "") == part)
    if isinstance(found, ast.ClassDef):
        fields = [node for node in found.body if isinstance(node, ast.AnnAssign)]
        return {node.target.id: _constant(node.value) for node in fields if isinstance(node.target, ast.Name)}
    spec = found.args
    names = [arg.arg for arg in (*spec.posonlyargs, *spec.args)]
    defaults = [None] * (len(names) - len(spec.defaults)) + spec.defaults
    pairs = [*zip(names, defaults, strict=True), *zip([a.arg for a in spec.kwonlyargs], spec.kw_defaults, strict=True)]
    return {name: _constant(default) for name, default in pairs if name not in ("self", "cls")}


def _constant(node: ast.expr | None) -> Any:
    try:
        return ... if node is None else ast.literal_eval(node)
    except ValueError:
        return ...
