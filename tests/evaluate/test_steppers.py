"""Who steps in the user's place: DeepSpeed's engine, apex, gradient scalers; and optimizers of other packages."""

from __future__ import annotations

import pytest
from bpcheck.registry import load_rules

from .program import Evaluate, Evaluated

RNN = """
    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.rnn, self.out = nn.Linear(28, 64), nn.LSTM(64, 128), nn.Linear(128, 12)
        def forward(self, words):
            return self.out(self.rnn(self.embed(words))[0])

    model = Tagger()
    train, held_out = DataLoader(datasets.MNIST('.')), DataLoader(datasets.MNIST('.', train=False))
"""
LOOP = """
    for epoch in range(10):
        for words, tags in train:
            {body}
    model.eval()
    with torch.no_grad():
        for words, tags in held_out:
            print(F.cross_entropy(model(words), tags))
"""
ENGINE = """
    import deepspeed
    engine, optimizer, _, _ = deepspeed.initialize(model=model, model_parameters=model.parameters(), config={config})
    for epoch in range(10):
        for words, tags in train:
            engine.train()
            loss = F.cross_entropy(engine(words), tags)
            engine.backward(loss)
            engine.step()
    engine.eval()
    with torch.no_grad():
        for words, tags in held_out:
            print(F.cross_entropy(engine(words), tags))
"""
DECAYING = "'scheduler': {'type': 'WarmupDecayLR', 'params': {'total_num_steps': 1000}}"
DEFAULTS = "{'optimizer': {'type': 'Adam', 'params': {'lr': 1e-3, 'weight_decay': 0.1}}, " + DECAYING + "}"


def engine(evaluate: Evaluate, config: str) -> Evaluated:
    return evaluate(RNN, ENGINE.replace("{config}", config))


def loop(evaluate: Evaluate, before: str, *body: str) -> Evaluated:
    return evaluate(RNN, before, LOOP.format(body="\n            ".join(body)))


@pytest.mark.parametrize(
    ("config", "codes"),
    [
        (DEFAULTS, set()),
        (DEFAULTS.replace(DECAYING, ""), {"BP204"}),
        (DEFAULTS.replace("{'opt", "{'gradient_clipping': 0.0, 'opt"), {"BP503"}),
        (DEFAULTS.replace("{'opt", "{'gradient_clipping': 0.5, 'opt"), set()),
        (DEFAULTS.replace("0.1}", "0.1, 'adam_w_mode': False}"), {"BP304"}),
        ("'ds.json'", set()),
        ("read_config()", set()),
    ],
    ids=["defaults", "no-schedule", "no-clipping", "clipping", "l2", "missing-file", "unknown"],
)  # fmt: skip
def test_the_configuration_of_an_engine_decides(evaluate: Evaluate, config: str, codes: set[str]) -> None:
    assert engine(evaluate, config).codes == codes


def test_an_engine_owns_the_step(evaluate: Evaluate) -> None:
    program = engine(evaluate, DEFAULTS)
    assert program.order("forward", "backward", "clip", "step", "zero-grad")[:5] == [
        "forward", "backward", "clip", "step", "zero-grad",
    ]  # fmt: skip
    assert set(program.subjects("forward")) == {"Tagger"}
    assert set(program.modes[:4]) == {"train"}
    assert set(program.modes[4:]) == {"eval"}


def test_an_engine_takes_the_optimizer_and_the_schedule_of_the_user(evaluate: Evaluate) -> None:
    made = "optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)\n    "
    text = ENGINE.replace("model_parameters=model.parameters(), config={config}", "optimizer=optimizer, config={}")
    assert evaluate(RNN, "    " + made, text).codes == {"BP204"}
    schedule = made + "schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=1000)\n"
    text = text.replace("config={}", "lr_scheduler=schedule, config={}")
    assert not evaluate(RNN, "    " + schedule, text).codes


APEX = """
    from apex import amp
    from apex.optimizers import {fused}
    optimizer = {fused}(model.parameters(), lr=1e-3, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 1000)
    model, optimizer = amp.initialize(model, optimizer, opt_level='O1')
"""
SCALED = (
    "loss = F.cross_entropy(model(words), tags)", "optimizer.zero_grad()", "with amp.scale_loss(loss, optimizer) as scaled:",
    "    scaled.backward()",
)  # fmt: skip
CLIPPED = "nn.utils.clip_grad_norm_(amp.master_params(optimizer), 1.0)"


@pytest.mark.parametrize(
    ("fused", "after", "codes"),
    [
        ("FusedAdam", (CLIPPED, "optimizer.step()", "schedule.step()"), set()),
        ("FusedAdam", ("optimizer.step()", "schedule.step()"), {"BP503"}),
        ("FusedLAMB", ("optimizer.step()", "schedule.step()"), set()),
    ],
    ids=["clipped", "not-clipped", "lamb-clips"],
)
def test_apex_scales_the_loss_of_the_users_own_loop(
    evaluate: Evaluate, fused: str, after: tuple[str, ...], codes: set[str]
) -> None:
    program = loop(evaluate, APEX.format(fused=fused), *SCALED, *after)
    assert program.codes == codes
    assert program.order("backward", "step")[:2] == ["backward", "step"]


SCALER = """
    optimizers = [torch.optim.AdamW(model.embed.parameters(), lr=1e-3), torch.optim.AdamW(model.rnn.parameters(), lr=1e-3)]
    schedules = [torch.optim.lr_scheduler.CosineAnnealingLR(each, 1000) for each in optimizers]
    scaler = {scaler}
"""


@pytest.mark.parametrize(
    "scaler",
    [
        "torch.amp.GradScaler('cuda')",
        "torch.cuda.amp.GradScaler(enabled=torch.cuda.is_available())",
        "torch.cuda.amp.grad_scaler.GradScaler()",
        "torch.distributed.fsdp.sharded_grad_scaler.ShardedGradScaler()",
    ],
)
def test_one_scaler_steps_several_optimizers(evaluate: Evaluate, scaler: str) -> None:
    program = loop(
        evaluate, SCALER.format(scaler=scaler), "with torch.autocast('cuda'):",
        "    loss = F.cross_entropy(model(words), tags)", "for each in optimizers: each.zero_grad()",
        "scaler.scale(loss).backward()", "for each in optimizers: scaler.unscale_(each)",
        "nn.utils.clip_grad_norm_(model.parameters(), 1.0)", "for each in optimizers: scaler.step(each)", "scaler.update()",
        "for each in schedules: each.step()",
    )  # fmt: skip
    assert not program.codes
    assert not program.gaps
    assert {id(event.subject) for event in program.of_kind("step")} == {id(each.obj) for each in program.optimizers}
    assert len(program.optimizers) == 2


def test_a_scaler_that_clears_nothing_leaves_that_to_the_loop(evaluate: Evaluate) -> None:
    program = loop(
        evaluate, SCALER.format(scaler="torch.amp.GradScaler('cuda')"), "loss = F.cross_entropy(model(words), tags)",
        "scaler.scale(loss).backward()", "scaler.step(optimizers[1])", "scaler.update()", "schedules[1].step()",
    )  # fmt: skip
    assert program.codes == {"BP305", "BP503"}


@pytest.mark.parametrize(
    ("made", "codes"),
    [
        ("schedulefree.AdamWScheduleFree(model.parameters(), lr=2.5e-3, weight_decay=0.1)", set()),
        ("schedulefree.ScheduleFreeWrapper(torch.optim.SGD(model.parameters(), lr=0.1))", set()),
        ("prodigyopt.Prodigy(model.parameters())", set()),
        ("bitsandbytes.optim.Adam8bit(model.parameters(), weight_decay=0.1)", {"BP204"}),
        ("bitsandbytes.optim.PagedAdamW32bit(model.parameters())", {"BP204"}),
        ("lion_pytorch.Lion(model.parameters(), weight_decay=0.1)", {"BP204"}),
        ("deepspeed.ops.adam.DeepSpeedCPUAdam(model.parameters(), weight_decay=0.1)", {"BP204"}),
    ],
    ids=str,
)
def test_optimizers_of_other_packages(evaluate: Evaluate, made: str, codes: set[str]) -> None:
    before = f"    import {made.partition('.')[0]}\n    optimizer = {made}\n"
    program = loop(
        evaluate, before, "optimizer.zero_grad()", "F.cross_entropy(model(words), tags).backward()",
        "nn.utils.clip_grad_norm_(model.parameters(), 1.0)", "optimizer.step()",
    )  # fmt: skip
    assert program.codes == codes


def test_the_edit_clears_the_optimizer_that_the_scaler_is_told_to_step(evaluate: Evaluate) -> None:
    program = loop(
        evaluate, "    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n    scaler = torch.amp.GradScaler('cuda')\n",
        "loss = F.cross_entropy(model(words), tags)", "scaler.scale(loss).backward()", "scaler.step(optimizer)",
    )  # fmt: skip
    (found,) = [f for rule in load_rules() for f in rule.findings(program) if f.code == "BP305"]
    assert "`optimizer`" in found.message
    assert found.fix is not None
    assert [edit.content.strip() for edit in found.fix.edits] == ["optimizer.zero_grad()"]
