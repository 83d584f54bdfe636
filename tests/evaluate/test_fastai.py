"""fastai: what its learners do unasked, in each of its two generations."""

from __future__ import annotations

import ast

import pytest
from bpcheck.evaluate.values import Obj, Symbol
from bpcheck.facts.optimizers import number

from .program import Evaluate, Evaluated, rates

NEW = """
from fastai.vision.all import *
path = untar_data(URLs.PETS)
dls = ImageDataLoaders.from_folder(path, valid_pct=0.2, item_tfms=Resize(224), batch_tfms=aug_transforms())
"""
OLD = """
from fastai.conv_learner import *
tfms = tfms_from_model(resnet34, 224, aug_tfms=transforms_side_on, max_zoom=1.1)
data = ImageClassifierData.from_paths('data/dogscats/', tfms=tfms)
"""
MADE = "learn = ConvLearner.pretrained(resnet34, data, precompute=True)"
TEXT = """
from fastai.nlp import *
from torchtext import data
field = data.Field(lower=True)
md = LanguageModelData.from_text_files('data/', field, train='trn/', validation='val/', test='val/')
learner = md.get_model(partial(optim.Adam, betas=(0.7, 0.99)), 200, 500, 3)
"""
CLASSIFIER = """
from fastai.nlp import *
from torchtext import data, datasets
parts = datasets.IMDB.splits(data.Field(), data.Field(sequential=False), 'data/')
learner = TextData.from_splits('data/', parts, 64).get_model(optim.SGD, 1500, 70, 200, 500, 3, 0.1)
learner.clip = 25.
learner.load_encoder('enc')
"""


def run(evaluate: Evaluate, before: str, *lines: str) -> Evaluated:
    return evaluate.files({"train.py": before + "\n".join(lines) + "\n"})


def decays(program: Evaluated) -> list[tuple[str, float | None]]:
    return [(o.name, number(o.groups[-1].weight_decay)) for o in program.optimizers]


# Both generations


@pytest.mark.parametrize(
    ("before", "lines"),
    [
        (NEW, "learn = vision_learner(dls, resnet34)\nlearn.fine_tune(3)"),
        (OLD, "learn = ConvLearner.pretrained(resnet34, data)\nlearn.fit(0.01, 3, cycle_len=1)"),
    ],
    ids=["2", "0.7"],
)
def test_what_a_learner_owns(evaluate: Evaluate, before: str, lines: str) -> None:
    program = run(evaluate, before, lines, "model = learn.model")
    assert {(e.data["mode"], e.grad) for e in program.passes.training} == {("train", "on")}
    assert {(e.data["mode"], e.grad) for e in program.passes.evaluation} == {("eval", "off")}
    assert program.module("model").state["mode"] == "eval"
    assert program.codes == set()
    assert {ast.unparse(e.site.node) for e in program.of_kind("step", "backward", "zero-grad", "scheduler-step")} == {
        lines.rpartition("\n")[2]
    }


@pytest.mark.parametrize(
    ("text", "generation"),
    [
        ("from fastai.vision.all import *\nmade = Learner", "fastai"),
        ("from fastai.basics import *\nfrom fastai.learner import Learner as made", "fastai"),
        ("from fastai.conv_learner import *\nmade = Learner", "fastai_0_7"),
        ("from fastai.learner import *\nfrom fastai.column_data import *\nmade = Learner", "fastai_0_7"),
        ("from fastai.text import *\nmade = Learner\nopened = TextDataLoaders, language_model_learner", "fastai"),
        ("from fastai.text import *\nmade = Learner\nopened = LanguageModelLoader, RNN_Learner", "fastai_0_7"),
        ("from fastai.learner import *\nmade = Learner", "fastai"),
    ],
)
def test_the_modules_and_names_that_a_program_uses_tell_the_generation(
    evaluate: Evaluate, text: str, generation: str
) -> None:
    made = run(evaluate, text).variable("made")
    assert getattr(made, "scope", None) is not None
    assert made.scope.name == generation  # type: ignore[union-attr]


def test_a_copy_of_the_library_in_the_project_is_the_library(evaluate: Evaluate) -> None:
    program = evaluate.files(
        {
            "fastai/__init__.py": "",
            "fastai/conv_learner.py": "class ConvLearner:\n    pass\nclass Other:\n    pass\n",
            "train.py": "from fastai.conv_learner import *\na, b = ConvLearner, Other\n",
        }
    )
    assert getattr(program.variable("a"), "scope", None) is program.evaluator.frameworks["fastai_0_7"]
    assert isinstance(program.variable("b"), Symbol)


def test_a_script_of_the_name_of_a_library_is_no_library(evaluate: Evaluate) -> None:
    program = evaluate.files(
        {
            "fastai.py": "class Learner:\n    pass\n",
            "train.py": "from fastai import *\nmade = Learner()\n",
        }
    )
    made = program.variable("made")
    assert isinstance(made, Obj)
    assert made.cls is not None
    assert made.cls.scope.file.name == "fastai.py"
    assert not program.evaluator.frameworks


# fastai 1 and 2


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("fit_one_cycle(3, 1e-3)", [1e-3, 1e-3, 1e-3]),
        ("fit_one_cycle(3)", [1e-3, 1e-3, 1e-3]),
        ("fit_one_cycle(3, slice(1e-3))", [1e-4, 1e-4, 1e-3]),
        ("fit_one_cycle(3, lr_max=slice(1e-6, 1e-4))", [1e-6, None, 1e-4]),
        ("fit_one_cycle(3, slice(unknown_rate / 10, 1e-3))", [None, None, 1e-3]),
        ("fit(3, [1e-5, 1e-4, 1e-3])", [1e-5, 1e-4, 1e-3]),
        ("fit_flat_cos(3, 1e-3)", [1e-3, 1e-3, 1e-3]),
    ],
)
def test_the_rate_of_each_group_of_layers(evaluate: Evaluate, call: str, expected: list[float | None]) -> None:
    program = run(evaluate, NEW, "learn = vision_learner(dls, resnet34)", "learn.unfreeze()", f"learn.{call}")
    assert rates(program.the_optimizer) == expected
    assert ("BP202" in program.codes) is (len(set(expected)) == 1)


def test_a_rate_that_the_finder_suggests_is_one_for_all_layers(evaluate: Evaluate) -> None:
    program = run(
        evaluate, NEW, "learn = vision_learner(dls, resnet34)", "learn.unfreeze()",
        "found = learn.lr_find()", "learn.fit_one_cycle(3, found.valley)",
    )  # fmt: skip
    assert "BP202" in program.codes


def test_fine_tune_trains_the_head_and_then_all_layers_at_rates_that_rise(evaluate: Evaluate) -> None:
    program = run(evaluate, NEW, "learn = vision_learner(dls, 'convnext_tiny')", "learn.fine_tune(3, 2e-3)")
    head, whole = program.optimizers
    assert rates(head) == [2e-4, 2e-4, 2e-3]
    assert rates(whole) == [1e-5, None, 1e-3]
    assert [e.data["value"] for e in program.of_kind("freeze")][-1] is True


@pytest.mark.parametrize(
    ("before", "freezing", "codes"),
    [
        ("", "", set()),
        ("learn.unfreeze()", "", {"BP202"}),
        ("learn.unfreeze()\nlearn.freeze()", "", set()),
        ("learn.freeze_to(-2)", "", set()),
        ("learn.unfreeze()", ", pretrained=False", set()),
    ],
)
def test_a_pretrained_body_is_frozen_until_it_is_unfrozen(
    evaluate: Evaluate, before: str, freezing: str, codes: set[str]
) -> None:
    made = f"learn = vision_learner(dls, resnet34{freezing})"
    assert run(evaluate, NEW, made, before, "learn.fit_one_cycle(3, 1e-3)").codes == codes


@pytest.mark.parametrize(
    ("learner", "fit", "expected"),
    [
        ("", "fit_one_cycle(3)", ("AdamW", 0.01)),
        (", wd=0.1", "fit_one_cycle(3)", ("AdamW", 0.1)),
        ("", "fit_one_cycle(3, wd=0.2)", ("AdamW", 0.2)),
        (", opt_func=partial(Adam, decouple_wd=False)", "fit_one_cycle(3)", ("Adam", 0.01)),
        (", opt_func=SGD, wd=0.1", "fit_one_cycle(3)", ("SGD", 0.0)),
        (", opt_func=partial(OptimWrapper, opt=torch.optim.Adam), wd=0.1", "fit_one_cycle(3)", ("Adam", 0.1)),
    ],
)
def test_weight_decay_is_decoupled_unless_asked_otherwise(
    evaluate: Evaluate, learner: str, fit: str, expected: tuple[str, float]
) -> None:
    program = run(evaluate, NEW, f"learn = vision_learner(dls, resnet34{learner})", f"learn.{fit}")
    assert decays(program) == [expected]
    assert ("BP304" in program.codes) is (expected[0] == "Adam")


@pytest.mark.parametrize(
    ("made", "clips"),
    [
        ("learn = language_model_learner(dls, AWD_LSTM)", False),
        ("learn = language_model_learner(dls, AWD_LSTM, cbs=GradientClip(0.1))", True),
        ("learn = language_model_learner(dls, AWD_LSTM, cbs=[MixUp, GradientClip])", True),
        ("learn = language_model_learner(dls, AWD_LSTM, cbs=[ShowGraphCallback()])", False),
        ("learn = language_model_learner(dls, AWD_LSTM)\nlearn.add_cb(GradientClip())", True),
    ],
)
def test_only_a_callback_clips(evaluate: Evaluate, made: str, clips: bool) -> None:
    before = "from fastai.text.all import *\ndls = TextDataLoaders.from_df(pd.read_csv('texts.csv'), is_lm=True)\n"
    program = run(evaluate, before, made, "learn.fit_one_cycle(3, 1e-2)")
    assert bool(program.of_kind("clip")) is clips
    assert ("BP503" in program.codes) is not clips


def test_a_callback_of_ones_own_is_called(evaluate: Evaluate) -> None:
    program = run(
        evaluate, NEW,
        "class Clip(Callback):",
        "    def before_step(self):",
        "        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)",
        "vision_learner(dls, resnet34, cbs=Clip()).fit_one_cycle(3)",
    )  # fmt: skip
    assert program.code("clip")[0] == "nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)"


def test_a_callback_that_is_not_seen_may_do_anything(evaluate: Evaluate) -> None:
    before = "from elsewhere import Watch\n" + NEW
    program = run(evaluate, before, "vision_learner(dls, resnet34, cbs=Watch()).fit(9)")
    assert program.the_optimizer.escaped()
    assert "BP204" not in program.codes
    assert "BP204" in run(evaluate, NEW, "vision_learner(dls, resnet34).fit(9)").codes


@pytest.mark.parametrize(
    ("valid", "callback", "codes"),
    [
        ("testing", "SaveModelCallback()", {"BP102"}),
        ("testing", "SaveModelCallback(monitor='accuracy')", {"BP102"}),
        ("testing", "EarlyStoppingCallback(patience=2)", {"BP102"}),
        ("testing", "SaveModelCallback(every_epoch=True)", set()),
        ("testing", "CSVLogger()", set()),
        ("valid", "SaveModelCallback()", set()),
    ],
)
def test_what_a_callback_selects_on(evaluate: Evaluate, valid: str, callback: str, codes: set[str]) -> None:
    program = run(
        evaluate, NEW,
        f"block = DataBlock((ImageBlock, CategoryBlock), splitter=GrandparentSplitter('training', '{valid}'))",
        "learn = vision_learner(block.dataloaders(path), resnet18, metrics=accuracy)",
        f"learn.fit_one_cycle(3, cbs={callback})",
    )  # fmt: skip
    assert program.codes == codes


def test_a_program_of_fastai_1(evaluate: Evaluate) -> None:
    before = """
from fastai.vision import *
data = ImageDataBunch.from_folder('images', valid_pct=0.2, ds_tfms=get_transforms(), size=224).normalize(imagenet_stats)
"""
    program = run(
        evaluate, before, "learn = cnn_learner(data, models.resnet34, metrics=error_rate)",
        "learn.fit_one_cycle(4)", "learn.unfreeze()", "learn.fit_one_cycle(4)", "learn.fit_one_cycle(2, max_lr=1e-3)",
    )  # fmt: skip
    assert [rates(o) for o in program.optimizers] == [
        [pytest.approx(3e-4), pytest.approx(3e-4), 3e-3],
        [pytest.approx(3e-4), pytest.approx(3e-4), 3e-3],
        [1e-3, 1e-3, 1e-3],
    ]
    assert program.codes == {"BP202"}


def test_callbacks_of_fastai_1_are_appended_to_a_list(evaluate: Evaluate) -> None:
    before = "from fastai.vision import *\ndata = ImageDataBunch.from_folder('images')\n"
    made = "learn = Learner(data, nn.Sequential(nn.Flatten(), nn.Linear(9, 2)))"
    assert run(evaluate, before, made, "learn.fit(9)").codes == {"BP204"}
    added = "learn.callbacks.append(GeneralScheduler(learn, phases))"
    assert run(evaluate, before, "phases = []", made, added, "learn.fit(9)").codes == set()


# fastai 0.7


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        (["learn.fit(0.01, 3, cycle_len=1)"], set()),
        (["learn.precompute = False", "learn.fit(0.01, 3, cycle_len=1)"], set()),
        (["learn.unfreeze()", "learn.fit(0.01, 3, cycle_len=1)"], set()),  # of what is precomputed only the head
        (["learn.precompute = False", "learn.unfreeze()", "learn.fit(0.01, 3, cycle_len=1)"], {"BP202"}),
        (["learn.precompute = False", "learn.unfreeze()", "learn.fit([1e-4, 1e-3, 1e-2], 3, cycle_len=1)"], set()),
        (
            ["learn.precompute = False", "learn.unfreeze()", "learn.fit(np.array([1e-4, 1e-3, 1e-2]), 3, cycle_len=1)"],
            set(),
        ),
        (["learn.precompute = False", "learn.freeze_to(1)", "learn.fit(0.01, 3, cycle_len=1)"], set()),
        (["learn.fit(0.01, 3)"], {"BP204"}),
        (["learn.fit(0.01, 3)", "learn.fit(0.001, 3)"], set()),
        (["learn.fit(0.01, 3)", "learn.fit(0.01, 3, cycle_len=2)"], set()),
        (["learn.fit(0.01, 3)", MADE, "learn.fit(0.01, 3, cycle_len=2)"], set()),  # the first was a trial
        (["learn.fit(0.01, 3)", MADE, "learn.fit(0.01, 3)"], {"BP204"}),
        (["learn.fit(0.01, 1, cycle_len=3, use_clr=(20, 8))"], set()),
        (["learn.lr_find()"], set()),
    ],
)
def test_rates_and_frozen_layers_of_a_convnet(evaluate: Evaluate, lines: list[str], codes: set[str]) -> None:
    assert run(evaluate, OLD, MADE, *lines).codes == codes


@pytest.mark.parametrize(
    ("fit", "expected"),
    [
        ("learner.fit(3e-3, 4, wds=1e-6, cycle_len=1, cycle_mult=2)", 1e-6),
        ("learner.fit(3e-3, 4, cycle_len=1)", 0.0),
        ("learner.fit(3e-3, 4, wds=1e-6, cycle_len=1, use_wd_sched=True)", 0.0),
    ],
)
def test_wds_go_to_the_optimizer_unless_they_are_scheduled(evaluate: Evaluate, fit: str, expected: float) -> None:
    program = run(evaluate, TEXT, fit)
    assert decays(program) == [("Adam", expected)]
    assert ("BP304" in program.codes) is (expected > 0)


@pytest.mark.parametrize("clip", [None, 0.3])
def test_the_attribute_clip_clips(evaluate: Evaluate, clip: float | None) -> None:
    program = run(evaluate, TEXT, f"learner.clip = {clip}", "learner.fit(3e-3, 4, cycle_len=1)")
    assert bool(program.of_kind("clip")) is (clip is not None)
    assert ("BP503" in program.codes) is (clip is None)


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        (["learner.fit(0.1, 7, cycle_len=2, cycle_save_name='it')", "learner.load_cycle('it', 4)"], {"BP102"}),
        (["learner.fit(0.1, 7, cycle_len=2, cycle_save_name='it')", "learner.load_cycle('it', 6)"], set()),
        (["learner.load_cycle('it', 4)"], set()),
        (["learner.fit(0.1, 7, cycle_len=2, best_save_name='it')"], {"BP102"}),
        (["learner.fit(0.1, 7, cycle_len=2)", "learner.save('it')"], set()),
    ],
)
def test_a_cycle_that_is_picked_is_selected(evaluate: Evaluate, lines: list[str], codes: set[str]) -> None:
    assert run(evaluate, CLASSIFIER, *lines).codes == codes


def test_a_network_that_reads_text_records_nothing_in_eval_mode(evaluate: Evaluate) -> None:
    program = run(
        evaluate, TEXT, "learner.clip = 0.3", "learner.reg_fn = partial(seq2seq_reg, alpha=2, beta=1)",
        "learner.fit(3e-3, 4, cycle_len=1)", "m = learner.model", "m.eval()", "m.reset()",
        "res, *_ = m(field.numericalize(['some words']))",
    )  # fmt: skip
    assert program.codes == set()


STEPPED = """
from fastai.column_data import *
data = ColumnarModelData.from_data_frame('.', get_cv_idxs(9), pd.read_csv('t.csv'), pd.read_csv('y.csv'), ['a'])
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 1))
    def forward(self, cats, conts):
        return self.layer(torch.cat([cats, conts], 1))
m = Net()
"""


def test_the_function_fit(evaluate: Evaluate) -> None:
    program = run(
        evaluate, STEPPED, "opt = optim.SGD(m.parameters(), 0.1)", "fit(m, data, 5, opt, F.mse_loss)", "set_lrs(opt, 0.01)",
        "fit(m, data, 5, opt, F.mse_loss)", "x = VV(next(iter(data.val_dl)))", "y = to_np(m(x[0], x[1]))",
    )  # fmt: skip
    assert program.codes == set()
    assert set(program.code("lr-write")) == {"set_lrs(opt, 0.01)"}


@pytest.mark.parametrize("callbacks", ["", ", callbacks=[CosAnneal(lo, len(data.trn_dl))]"])
def test_the_function_fit_with_a_layer_optimizer(evaluate: Evaluate, callbacks: str) -> None:
    program = run(
        evaluate,
        STEPPED,
        "lo = LayerOptimizer(optim.Adam, m, 1e-2, 1e-5)",
        f"fit(m, data, 9, lo.opt, F.mse_loss{callbacks})",
    )
    assert program.codes == ({"BP304"} if callbacks else {"BP304", "BP204"})


def test_a_stepper_of_ones_own_runs(evaluate: Evaluate) -> None:
    program = run(
        evaluate, STEPPED,
        "class Mine(Stepper):",
        "    def step(self, xs, y, epoch):",
        "        loss = self.crit(self.m(*xs), y)",
        "        loss.backward()",
        "        self.opt.step()",
        "        return loss.data[0]",
        "fit(m, data, 9, optim.SGD(m.parameters(), 0.1), F.mse_loss, stepper=Mine)",
    )  # fmt: skip
    assert program.code("step")[0] == "self.opt.step()"
    assert "BP305" in program.codes
