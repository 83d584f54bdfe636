"""timm: what its factories decide by their arguments, and what a loop written with its tools does."""

from __future__ import annotations

import pytest

from .program import Evaluate, Evaluated

TRAINING = """
import timm
import torch
from timm.data import Mixup, create_dataset, create_loader
from timm.loss import LabelSmoothingCrossEntropy
from timm.optim import create_optimizer_v2
from timm.scheduler import CosineLRScheduler, StepLRScheduler, create_scheduler_v2
from timm.utils import AverageMeter, CheckpointSaver, ModelEmaV2, NativeScaler, accuracy, dispatch_clip_grad

model = timm.create_model("resnet18", pretrained=True, num_classes=10)
train = create_loader(create_dataset("", root="data", split="train"), (3, 64, 64), 64, is_training=True)
held_out = create_loader(create_dataset("", root="data", split="{split}"), (3, 64, 64), 64, is_training={augmented})
optimizer = {optimizer}
schedule, epochs = create_scheduler_v2(optimizer, sched="{sched}", num_epochs=20, warmup_epochs={warmup})
criterion = LabelSmoothingCrossEntropy()
mixup = Mixup()
averaged = ModelEmaV2(model)
scaler = NativeScaler()
saver = CheckpointSaver(model, optimizer)
for epoch in range(epochs):
    losses = AverageMeter()
    model.train()
    for images, labels in train:
        images, labels = mixup(images, labels)
        loss = criterion(model(images), labels)
        optimizer.zero_grad()
        scaler(loss, optimizer, clip_grad={clip}, parameters=model.parameters())
        losses.update({kept})
        averaged.update(model)
    model.eval()
    top = AverageMeter()
    with torch.no_grad():
        for images, labels in held_out:
            top.update(accuracy(averaged.module(images), labels)[0].item(), images.size(0))
    if schedule is not None:
        schedule.step(epoch + 1)
    saver.save_checkpoint(epoch, {metric})
"""
RIGHT = {
    "split": "validation", "augmented": "False", "sched": "cosine", "warmup": "0", "clip": "1.0", "kept": "loss.item()",
    "optimizer": "create_optimizer_v2(model, 'adamw', 1e-3, weight_decay=0.05, layer_decay=0.7)", "metric": "top.avg",
}  # fmt: skip


def run(evaluate: Evaluate, **changes: str) -> Evaluated:
    return evaluate.files({"train.py": TRAINING.format(**{**RIGHT, **changes})})


def test_a_loop_with_all_its_tools_is_right(evaluate: Evaluate) -> None:
    program = run(evaluate)
    assert not program.codes
    assert not program.evaluator.gaps
    assert program.order("zero-grad", "backward", "unscale", "clip", "step")[:5] == [
        "zero-grad", "backward", "unscale", "clip", "step",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"split": "test"}, "BP102"),
        ({"augmented": "True"}, "BP104"),
        ({"optimizer": "create_optimizer_v2(model, 'adamw', 1e-3)"}, "BP202"),
        ({"optimizer": "create_optimizer_v2(model, 'adamw', 1e-3, weight_decay=0.05)"}, "BP202"),
        ({"optimizer": "create_optimizer_v2(model, 'adam', 1e-3, weight_decay=0.05, layer_decay=0.7)"}, "BP304"),
        ({"sched": "none"}, "BP204"),
        ({"sched": "constant"}, "BP204"),
        ({"kept": "loss"}, "BP309"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_one_argument_decides(evaluate: Evaluate, changes: dict[str, str], code: str) -> None:
    assert run(evaluate, **changes).codes == {code}


@pytest.mark.parametrize(
    "changes",
    [
        {"split": "test", "metric": "None"},
        {"sched": "constant", "warmup": "5"},
        {"sched": "plateau"},
        {"optimizer": "create_optimizer_v2(model, 'adam', 1e-3, layer_decay=0.7)"},
        {"optimizer": "create_optimizer_v2(model, opt_name(), 1e-3, weight_decay=0.05, layer_decay=0.7)"},
        {"optimizer": "create_optimizer_v2(model, 'sgd', param_group_fn=by_depth)"},
        {"clip": "None"},
    ],
    ids=str,
)
def test_what_is_right_or_not_known(evaluate: Evaluate, changes: dict[str, str]) -> None:
    assert not run(evaluate, **changes).codes


def test_a_step_schedule_without_a_rate_of_decay_decays_nothing(evaluate: Evaluate) -> None:
    program = run(
        evaluate, optimizer="torch.optim.SGD([dict(params=model.parameters(), lr=0.1, lr_scale=0.5)], lr=0.1)"
    )
    assert not program.codes
    text = TRAINING.format(**RIGHT).replace(
        "schedule, epochs = ", "schedule, epochs = StepLRScheduler(optimizer, 30), 90 #"
    )
    assert evaluate.files({"train.py": text}).codes == {"BP204"}


def test_the_moving_average_is_the_trained_network_in_eval_mode(evaluate: Evaluate) -> None:
    program = run(evaluate)
    (last,) = {event.data["mode"] for event in program.passes.evaluation}
    assert last == "eval"
    assert [event.data["mode"] for event in program.passes.training] == ["train"] * len(program.passes.training)


def test_a_registered_network_is_the_projects_own(evaluate: Evaluate) -> None:
    program = evaluate.files({
        "nets.py": (
            "from timm.models import register_model\nfrom torch import nn\n"
            "@register_model\ndef tiny(pretrained=False, width=8, **kwargs):\n    return nn.Linear(4, width)\n"
        ),
        "train.py": "import nets\nfrom timm import create_model\nnets.nn\nmodel = create_model('tiny', width=16)\n",
    })  # fmt: skip
    assert program.module("model").name == "torch.nn.Linear"


def test_a_network_that_extends_one_of_its_own_is_seen_whole(evaluate: Evaluate) -> None:
    program = evaluate.files({
        "train.py": (
            "import timm.models.vision_transformer\nimport torch\n"
            "class Net(timm.models.vision_transformer.VisionTransformer):\n"
            "    def forward_features(self, x):\n"
            "        x = self.pos_drop(self.patch_embed(x))\n"
            "        for block in self.blocks:\n            x = block(x)\n"
            "        return self.norm(x)\n"
            "net = Net(drop_rate=0.1)\nout = net(torch.rand(1, 3, 224, 224))\n"
        ),
    })  # fmt: skip
    assert program.tensor("out").kind == "raw"
    assert not program.evaluator.gaps
