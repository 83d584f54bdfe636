"""The defaults that the descriptions of frameworks give are those of the installed libraries."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from bpcheck.evaluate.frameworks import FOLDER

#: File of ``bpcheck/frameworks``, what it describes there, and where the library has it.
DESCRIBED = [
    ("fastai", "Learner.__init__", "fastai.learner.Learner.__init__"),
    ("fastai", "Learner.fit", "fastai.learner.Learner.fit"),
    ("fastai", "Learner.fit_one_cycle", "fastai.callback.schedule.Learner.fit_one_cycle"),
    ("fastai", "Learner.fit_flat_cos", "fastai.callback.schedule.Learner.fit_flat_cos"),
    ("fastai", "Learner.fit_sgdr", "fastai.callback.schedule.Learner.fit_sgdr"),
    ("fastai", "Learner.fine_tune", "fastai.callback.schedule.Learner.fine_tune"),
    ("fastai_learners", "vision_learner", "fastai.vision.learner.vision_learner"),
    ("fastai_learners", "unet_learner", "fastai.vision.learner.unet_learner"),
    ("fastai_learners", "language_model_learner", "fastai.text.learner.language_model_learner"),
    ("fastai_learners", "text_classifier_learner", "fastai.text.learner.text_classifier_learner"),
    ("fastai_learners", "tabular_learner", "fastai.tabular.learner.tabular_learner"),
    ("fastai_learners", "collab_learner", "fastai.collab.collab_learner"),
    ("fastai", "Adam", "fastai.optimizer.Adam"),
    ("fastai", "RAdam", "fastai.optimizer.RAdam"),
    ("fastai", "SGD", "fastai.optimizer.SGD"),
    ("fastai", "RMSProp", "fastai.optimizer.RMSProp"),
    ("fastai", "Larc", "fastai.optimizer.Larc"),
    ("fastai", "Lamb", "fastai.optimizer.Lamb"),
    ("fastai", "ranger", "fastai.optimizer.ranger"),
    ("fastai", "GradientClip.__init__", "fastai.callback.training.GradientClip.__init__"),
    ("fastai_data", "RandomSplitter.__init__", "fastai.data.transforms.RandomSplitter"),
    ("fastai_data", "GrandparentSplitter.__init__", "fastai.data.transforms.GrandparentSplitter"),
    ("fastai_data", "ImageDataLoaders.from_folder", "fastai.vision.data.ImageDataLoaders.from_folder"),
    ("fastai_data", "ImageDataLoaders.from_path_func", "fastai.vision.data.ImageDataLoaders.from_path_func"),
    ("fastai_data", "ImageDataLoaders.from_df", "fastai.vision.data.ImageDataLoaders.from_df"),
    ("fastai_data", "TextDataLoaders.from_df", "fastai.text.data.TextDataLoaders.from_df"),
    ("transformers", "TrainingArguments", "transformers.TrainingArguments"),
    ("transformers", "Seq2SeqTrainingArguments", "transformers.Seq2SeqTrainingArguments"),
    ("transformers", "Trainer.__init__", "transformers.Trainer.__init__"),
    ("transformers", "Trainer.train", "transformers.Trainer.train"),
    ("transformers", "Trainer.evaluate", "transformers.Trainer.evaluate"),
    ("transformers", "Trainer.predict", "transformers.Trainer.predict"),
    ("transformers", "Trainer.compute_loss", "transformers.Trainer.compute_loss"),
    ("transformers", "Trainer.training_step", "transformers.Trainer.training_step"),
    ("transformers", "Trainer.prediction_step", "transformers.Trainer.prediction_step"),
    ("transformers", "EarlyStoppingCallback.__init__", "transformers.EarlyStoppingCallback.__init__"),
    (
        "transformers",
        "HfArgumentParser.parse_args_into_dataclasses",
        "transformers.HfArgumentParser.parse_args_into_dataclasses",
    ),
    ("trl", "SFTConfig", "trl.SFTConfig"),
    ("trl", "DPOConfig", "trl.DPOConfig"),
    ("trl", "RewardConfig", "trl.RewardConfig"),
    ("trl", "KTOConfig", "trl.KTOConfig"),
    ("trl", "ModelConfig", "trl.ModelConfig"),
    ("trl", "ScriptArguments", "trl.ScriptArguments"),
    ("trl", "SFTTrainer.__init__", "trl.SFTTrainer.__init__"),
    ("trl", "DPOTrainer.__init__", "trl.DPOTrainer.__init__"),
    ("trl", "RewardTrainer.__init__", "trl.RewardTrainer.__init__"),
    ("peft", "get_peft_model", "peft.get_peft_model"),
    ("peft", "prepare_model_for_kbit_training", "peft.prepare_model_for_kbit_training"),
    ("peft", "PeftModel.from_pretrained", "peft.PeftModel.from_pretrained"),
    ("peft", "inject_adapter_in_model", "peft.inject_adapter_in_model"),
    ("accelerate", "Accelerator.__init__", "accelerate.Accelerator.__init__"),
    ("accelerate", "Accelerator.clip_grad_norm_", "accelerate.Accelerator.clip_grad_norm_"),
    ("accelerate", "Accelerator.prepare", "accelerate.Accelerator.prepare"),
    ("accelerate", "Accelerator.skip_first_batches", "accelerate.Accelerator.skip_first_batches"),
]
#: Parameters that only earlier versions of the library have.
EARLIER = {
    "transformers.TrainingArguments": {"adafactor", "evaluation_strategy", "warmup_ratio"},
    "transformers.Trainer.__init__": {"tokenizer"},
    "trl.SFTTrainer.__init__": {"model_init", "tokenizer"},
    "trl.DPOTrainer.__init__": {"tokenizer"},
    "trl.RewardTrainer.__init__": {"tokenizer"},
}
#: Files in which every parameter has to be one of the library's.
COMPLETE = frozenset({"accelerate", "peft", "transformers", "trl"})


@pytest.mark.parametrize(("file", "ours", "theirs"), DESCRIBED, ids=[theirs for _, _, theirs in DESCRIBED])
def test_defaults(file: str, ours: str, theirs: str, torchvision: Callable[[], None]) -> None:
    if importlib.util.find_spec("torchvision") is not None:  # most of these import it themselves
        torchvision()
    real = inspect.signature(_installed(theirs)).parameters
    described = _described(file, ours)
    optional = {name: plain for name, parameter in real.items() if (plain := _plain(parameter.default)) is not ...}
    shared = {name: value for name, value in described.items() if name in optional}
    assert shared, "no such optional parameter"
    assert shared == {name: optional[name] for name in shared}
    if file in COMPLETE:
        assert described.keys() - real.keys() <= EARLIER.get(theirs, set())


def _plain(default: Any) -> Any:
    """The value of an enumeration's member; ``...`` where there is no default, or one that says no more."""
    unsaid = default is inspect.Parameter.empty or type(default) is object
    made_anew = type(default).__name__ == "_HAS_DEFAULT_FACTORY_CLASS"
    return ... if unsaid or made_anew else getattr(default, "value", default)


def _installed(name: str) -> Any:
    pytest.importorskip(name.partition(".")[0], reason="the library is not installed")
    parts = name.split(".")
    start = next(n for n in range(len(parts), 0, -1) if _is_module(".".join(parts[:n])))
    found: Any = importlib.import_module(".".join(parts[:start]))
    for part in parts[start:]:
        found = getattr(found, part)
    return found


def _is_module(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def _described(file: str, name: str) -> dict[str, Any]:
    """The constant defaults in the signature of a function or method of a framework file, or of a dataclass's fields."""
    nodes: list[ast.stmt] = ast.parse((FOLDER / f"{file}.py").read_text(encoding="utf-8")).body
    node: Any = None
    for part in name.split("."):
        node = next(n for n in nodes if isinstance(n, (ast.ClassDef, ast.FunctionDef)) and n.name == part)
        nodes = node.body
    if isinstance(node, ast.ClassDef):
        fields = [each for each in nodes if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)]
        return {ast.unparse(f.target): ast.literal_eval(f.value) for f in fields if f.value and _is_constant(f.value)}
    spec: ast.arguments = node.args
    given = dict(zip(reversed([*spec.posonlyargs, *spec.args]), reversed(spec.defaults), strict=False))
    given |= {arg: value for arg, value in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if value is not None}
    return {arg.arg: ast.literal_eval(value) for arg, value in given.items() if _is_constant(value)}


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, (ast.Constant, ast.Tuple, ast.UnaryOp))
