"""What transformers, TRL, PEFT, Accelerate and datasets do by themselves, and what the user may change of it."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from bpcheck.programs import entry_program
from bpcheck.project import Project

from .program import IMPORTS, Evaluate, Evaluated, rates

HEAD = """
    import evaluate
    import numpy as np
    from datasets import load_dataset
    from transformers import (
        AutoModelForSequenceClassification, EarlyStoppingCallback, HfArgumentParser, Trainer, TrainerCallback, TrainingArguments,
    )

    data = load_dataset("imdb")
    net = AutoModelForSequenceClassification.from_pretrained("bert-base-cased")
"""
RUN = "    Trainer(net, args, train_dataset=data['train'], eval_dataset=data['validation']).train()\n"
MARGIN = "    margin = 0\n"


def arguments(options: str = "", trainer: str = "") -> str:
    return f"""
    args = TrainingArguments("out", {options})
    trainer = Trainer(net, args, train_dataset=data["train"], eval_dataset=data["validation"], {trainer})
    trainer.train()
"""


def test_the_trainer_switches_modes_and_gradients_clears_clips_and_steps(evaluate: Evaluate) -> None:
    program = evaluate(HEAD, arguments("eval_strategy='epoch'"))
    assert program.modes[:2] == ["train", "train"]
    assert "eval" in program.modes
    assert {e.grad for e in program.of_kind("forward") if e.data["mode"] == "eval"} == {"off"}
    assert program.splits(program.passes.training) == {"train"}
    assert program.splits(program.passes.evaluation) == {"validation"}
    order = program.order("backward", "clip", "step", "scheduler-step", "zero-grad")
    assert order[:6] == ["zero-grad", "backward", "clip", "step", "scheduler-step", "zero-grad"]
    assert program.task.supervised
    assert program.codes == {"BP202"}


def test_everything_is_said_to_happen_at_the_arguments_or_at_train(evaluate: Evaluate) -> None:
    program = evaluate(HEAD, arguments())
    assert program.code("make-optimizer") == ["TrainingArguments('out')"]
    assert set(program.code("step", "backward")) == {"trainer.train()"}


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ("eval_strategy='epoch'", set()),
        ("evaluation_strategy='epoch'", set()),
        ("eval_strategy='no'", {"BP101"}),
        ("", {"BP101"}),
        ("eval_strategy=asked()", set()),
        ("**asked()", set()),
        ("eval_strategy='steps', lr_scheduler_type='constant'", {"BP204"}),
        ("eval_strategy='steps', lr_scheduler_type=SchedulerType.CONSTANT", {"BP204"}),
        ("eval_strategy='steps', lr_scheduler_type=asked()", set()),
        ("eval_strategy='steps', lr_scheduler_type='constant', optim='adafactor'", set()),
        ("eval_strategy='steps', lr_scheduler_type='constant', optim='schedule_free_adamw'", set()),
        ("eval_strategy='steps', lr_scheduler_type='constant', optim=asked()", set()),
        ("eval_strategy='steps', lr_scheduler_type='reduce_lr_on_plateau', optim='sgd'", set()),
        ("eval_strategy=IntervalStrategy.EPOCH, load_best_model_at_end=True", set()),
    ],
)
def test_what_the_arguments_decide(evaluate: Evaluate, options: str, codes: set[str]) -> None:
    names = (
        "    from somewhere import asked\n    from transformers.trainer_utils import IntervalStrategy, SchedulerType\n"
    )
    assert evaluate(HEAD, names, arguments(options)).codes - {"BP202"} == codes


def test_arguments_that_come_from_the_command_line_are_at_their_defaults(evaluate: Evaluate) -> None:
    program = evaluate(
        HEAD,
        """
    args, = HfArgumentParser(TrainingArguments).parse_args_into_dataclasses()
    trainer = Trainer(net, args, train_dataset=data["train"], eval_dataset=data["validation"])
    if args.do_train:
        trainer.train()
    """,
    )
    assert program.order("step")
    assert "BP101" in program.codes
    assert "--eval_strategy" in program.skipped


def test_what_is_asked_for_on_the_command_line_may_happen(evaluate: Evaluate) -> None:
    program = evaluate(
        HEAD,
        """
    args, rest = HfArgumentParser((TrainingArguments,)).parse_args_into_dataclasses(return_remaining_strings=True)
    trainer = Trainer(net, args, train_dataset=data["train"], eval_dataset=data["validation"])
    if args.do_train:
        trainer.train()
    if args.do_eval:
        trainer.evaluate()
    """,
    )
    assert "BP101" not in program.codes


def test_the_users_own_arguments_extend_those_of_the_library(evaluate: Evaluate) -> None:
    program = evaluate(
        HEAD,
        """
    from dataclasses import dataclass, field

    @dataclass
    class Mine(TrainingArguments):
        lr_scheduler_type: str = field(default="constant")
        eval_strategy: str = "epoch"
        depth: int = 3

    args, = HfArgumentParser(Mine).parse_args_into_dataclasses()
    depth = args.depth
    """,
        RUN,
    )
    assert program.plain("depth") == 3
    assert program.codes == {"BP202", "BP204"}


def test_a_json_file_of_arguments_is_read(evaluate: Evaluate) -> None:
    program = evaluate.files(
        {
            "args.json": '{"eval_strategy": "epoch", "lr_scheduler_type": "constant", "do_train": true}',
            "train.py": HEAD.replace("\n    ", "\n")
            + "args, = HfArgumentParser(TrainingArguments).parse_json_file('args.json')\n"
            + "trainer = Trainer(net, args, train_dataset=data['train'], eval_dataset=data['validation'])\n"
            + "if args.do_train:\n    trainer.train()\n",
        }
    )
    assert program.codes == {"BP202", "BP204"}


def test_the_best_checkpoint_of_a_test_set_is_a_selection(evaluate: Evaluate) -> None:
    run = "    Trainer(net, args, train_dataset=data['train'], eval_dataset=data['test']{}).train()\n"
    best = "    args = TrainingArguments(eval_strategy='epoch', load_best_model_at_end=True)\n"
    last = "    args = TrainingArguments(eval_strategy='epoch')\n"
    assert "BP102" in evaluate(HEAD, best, run.format("")).codes
    assert "BP102" not in evaluate(HEAD, last, run.format("")).codes
    stopping = ", callbacks=[EarlyStoppingCallback(2)]"
    assert "BP102" in evaluate(HEAD, last, run.format(stopping)).codes


def test_a_metric_of_the_users_own_decides(evaluate: Evaluate) -> None:
    program = evaluate(
        HEAD,
        """
    metric = evaluate.load("accuracy")

    def compute(prediction):
        logits, labels = prediction
        return metric.compute(predictions=np.argmax(logits, axis=-1), references=labels)

    args = TrainingArguments(eval_strategy="epoch", load_best_model_at_end=True, metric_for_best_model="accuracy")
    trainer = Trainer(net, args, train_dataset=data["train"], eval_dataset=data["test"], compute_metrics=compute)
    trainer.train()
    """,
    )
    assert "BP102" in program.codes


def test_the_half_of_a_training_set_that_is_called_test_is_no_test_set(evaluate: Evaluate) -> None:
    program = evaluate(
        HEAD,
        """
    halves = load_dataset("imdb", split="train").train_test_split(test_size=0.1).map(lambda row: row)
    args = TrainingArguments(eval_strategy="epoch", load_best_model_at_end=True)
    Trainer(net, args, train_dataset=halves["train"], eval_dataset=halves["test"]).train()
    """,
    )
    assert program.codes == {"BP202"}
    assert len(program.passes.evaluation) > 0


OWN_LOSS = """
    class Mine(Trainer):
        def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
            labels = inputs.pop("labels")
            outputs = model(**inputs)
            loss = F.cross_entropy({}, labels)
            return (loss, outputs) if return_outputs else loss

    args = TrainingArguments(eval_strategy="epoch")
    Mine(net, args, train_dataset=data["train"], eval_dataset=data["validation"]).train()
"""


@pytest.mark.parametrize(
    ("fed", "found"), [("outputs.logits", False), ("torch.softmax(outputs.logits, -1)", True), ("outputs[0]", False)]
)
def test_a_loss_of_the_users_own_is_looked_at(evaluate: Evaluate, fed: str, found: bool) -> None:
    assert ("BP403" in evaluate(HEAD, OWN_LOSS.format(fed)).codes) is found


def test_a_training_step_of_the_users_own_has_to_switch_the_mode_itself(evaluate: Evaluate) -> None:
    own = """
    net = AutoModelForSequenceClassification.from_config(asked)

    class Mine(Trainer):
        def training_step(self, model, inputs, num_items_in_batch=None):
            {}
            loss = self.compute_loss(model, inputs)
            self.accelerator.backward(loss)
            return loss.detach()

    args = TrainingArguments(eval_strategy="epoch")
    Mine(net, args, train_dataset=data["train"], eval_dataset=data["validation"]).train()
    """
    assert "BP306" in evaluate(HEAD, own.format("pass")).codes
    assert "BP306" not in evaluate(HEAD, own.format("model.train()")).codes


def test_an_optimizer_and_a_schedule_of_the_users_own(evaluate: Evaluate) -> None:
    made = "    opt = torch.optim.SGD(net.parameters(), lr=0.1)\n"
    given = evaluate(HEAD, made, arguments("eval_strategy='epoch'", "optimizers=(opt, None)"))
    assert given.subjects("make-optimizer") == ["SGD"]
    assert "BP204" not in given.codes
    flat = "    from transformers import get_constant_schedule\n    flat = get_constant_schedule(opt)\n"
    assert "BP204" in evaluate(HEAD, made, flat, arguments("", "optimizers=(opt, flat)")).codes


def test_rates_by_layer_in_create_optimizer(evaluate: Evaluate) -> None:
    program = evaluate(
        HEAD,
        """
    class Mine(Trainer):
        def create_optimizer(self):
            groups = [
                {"params": self.model.bert.parameters(), "lr": 1e-5},
                {"params": self.model.classifier.parameters(), "lr": 1e-3},
            ]
            self.optimizer = torch.optim.AdamW(groups)
            return self.optimizer

    args = TrainingArguments(eval_strategy="epoch")
    Mine(net, args, train_dataset=data["train"], eval_dataset=data["validation"]).train()
    """,
    )
    assert rates(program.the_optimizer) == [1e-5, 1e-3]
    assert program.codes == set()


@pytest.mark.parametrize(("limit", "found"), [("1.0", False), ("0", True), ("0.0", True)])
def test_a_recurrent_network_is_clipped_unless_that_is_switched_off(
    evaluate: Evaluate, limit: str, found: bool
) -> None:
    program = evaluate(
        HEAD,
        f"""
    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.emb, self.rnn, self.out = nn.Embedding(9, 4), nn.LSTM(4, 4), nn.Linear(4, 2)
        def forward(self, input_ids, labels):
            logits = self.out(self.rnn(self.emb(input_ids))[0])
            return {{"loss": F.cross_entropy(logits, labels), "logits": logits}}

    args = TrainingArguments(eval_strategy="epoch", max_grad_norm={limit})
    Trainer(Tagger(), args, train_dataset=data["train"], eval_dataset=data["validation"]).train()
    """,
    )
    assert ("BP503" in program.codes) is found
    assert program.losses[0] == ("cross_entropy", "raw")


def test_a_callback_that_is_not_seen_may_do_anything(evaluate: Evaluate) -> None:
    unseen = "    from somewhere import Watch\n"
    seen = """
    class Watch(TrainerCallback):
        def on_epoch_end(self, args, state, control, **kwargs):
            print(state.global_step)
    """
    run = arguments("lr_scheduler_type='constant'", "callbacks=[Watch()]")
    assert evaluate(HEAD, seen, run).codes == {"BP101", "BP202", "BP204"}
    assert evaluate(HEAD, unseen, run).codes == set()


def test_a_callback_that_is_seen_is_run(evaluate: Evaluate) -> None:
    watch = """
    class Watch(TrainerCallback):
        def on_epoch_end(self, args, state, control, model=None, **kwargs):
            model(**next(iter(data["validation"])))
    """
    assert "BP101" not in evaluate(HEAD, watch, arguments("", "callbacks=[Watch]")).codes


@pytest.mark.parametrize(
    ("made", "text"),
    [("AutoModelForCausalLM", True), ("ViTForImageClassification", False), ("AutoModelForSemanticSegmentation", False)],
)
def test_one_rate_is_advice_for_words_and_a_warning_for_images(evaluate: Evaluate, made: str, text: bool) -> None:
    program = evaluate(
        HEAD, f"    from transformers import {made}\n    net = {made}.from_pretrained('x')\n", arguments()
    )
    assert program.module("net").state["text"] is text


@pytest.mark.parametrize(
    ("head", "supervised"),
    [("AutoModelForMaskedLM", False), ("AutoModelForCausalLM", True), ("BertForPreTraining", False)],
)
def test_targets_that_are_part_of_the_input_are_no_supervision(evaluate: Evaluate, head: str, supervised: bool) -> None:
    program = evaluate(
        HEAD, f"    from transformers import {head}\n    net = {head}.from_pretrained('x')\n", arguments()
    )
    assert program.task.supervised is supervised
    assert ("BP101" in program.codes) is supervised


def by_hand(fed: str) -> str:
    return f"""
    optimizer = torch.optim.AdamW(net.parameters())
    for epoch in range(3):
        for batch in DataLoader(data["train"]):
            optimizer.zero_grad()
            {fed}
            loss.backward()
            optimizer.step()
"""


@pytest.mark.parametrize(
    "fed",
    [
        "loss = net(**batch).loss",
        "loss = net(**batch)['loss']",
        "loss = net(batch['x'], labels=batch['y'])[0]",
        "loss, logits = net(batch['x'], labels=batch['y'])[:2]",
        "loss, logits = net(batch['x'], labels=batch['y'])",
    ],
)
def test_the_loss_that_a_network_has_built_in(evaluate: Evaluate, fed: str) -> None:
    program = evaluate(HEAD, by_hand(fed))
    assert ("cross_entropy", "raw") in program.losses
    assert "BP101" in program.codes


def test_nothing_is_known_of_the_first_thing_that_a_network_gives(evaluate: Evaluate) -> None:
    program = evaluate(HEAD, by_hand("loss = net(**batch)[0]"))
    assert program.losses == []
    assert "BP101" not in program.codes


def test_the_kind_of_problem_decides_the_loss(evaluate: Evaluate) -> None:
    made = (
        "    net = AutoModelForSequenceClassification.from_pretrained('x', problem_type='multi_label_classification')\n"
    )
    program = evaluate(HEAD, made, by_hand("loss = net(**batch).loss"))
    assert program.losses[0] == ("bce_logits", "raw")


def test_a_network_of_the_projects_own_with_pretrained_weights(evaluate: Evaluate) -> None:
    program = evaluate(
        HEAD,
        """
    from transformers import BertModel, BertPreTrainedModel

    class Mine(BertPreTrainedModel):
        def __init__(self, config):
            super().__init__(config)
            self.bert = BertModel(config)
            self.head = nn.Linear(4, 2)
            self.post_init()
        def forward(self, input_ids, labels=None):
            logits = self.head(self.bert(input_ids).pooler_output)
            return F.cross_entropy(logits, labels), logits

    net = Mine.from_pretrained("bert-base-cased")
    args = TrainingArguments(eval_strategy="epoch")
    """,
        RUN,
    )
    assert program.module("net").state["pretrained"]
    assert program.losses[0] == ("cross_entropy", "raw")
    assert program.codes == {"BP202"}


ADAPTERS = """
    from peft import LoraConfig, PeftModel, get_peft_model, prepare_model_for_kbit_training
    net = get_peft_model(prepare_model_for_kbit_training(net), LoraConfig(r=8))
    args = TrainingArguments(eval_strategy="epoch", learning_rate=1e-3)
"""


def test_with_adapters_the_rest_is_frozen(evaluate: Evaluate) -> None:
    program = evaluate(HEAD, ADAPTERS, RUN)
    assert program.codes == set()
    assert all(e.data["result"].grad for e in program.passes.training)
    assert program.the_optimizer.trained_by_gradients()


def test_sft_is_supervised_and_brings_its_own_arguments(evaluate: Evaluate) -> None:
    program = evaluate(
        HEAD,
        """
    from peft import LoraConfig
    from trl import SFTConfig, SFTTrainer
    SFTTrainer("gpt2", SFTConfig("out"), train_dataset=data["train"], peft_config=LoraConfig()).train()
    """,
    )
    assert set(rates(program.the_optimizer)) == {2e-5}
    assert program.codes == {"BP101"}


@pytest.mark.parametrize("trainer", ["DPO", "KTO", "Reward"])
def test_of_preferences_no_validation_is_asked(evaluate: Evaluate, trainer: str) -> None:
    program = evaluate(
        HEAD,
        f"""
    from trl import {trainer}Config, {trainer}Trainer
    args = {trainer}Config("out", lr_scheduler_type="constant")
    {trainer}Trainer(model=net, args=args, train_dataset=data["train"]).train()
    """,
    )
    assert program.codes == {"BP202", "BP204"}


ACCELERATED = """
    from accelerate import Accelerator
    accelerator = Accelerator(gradient_accumulation_steps=4)
    net = nn.Linear(4, 2)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 10)
    train, valid = DataLoader(data["train"]), DataLoader(data["validation"])
    net, optimizer, train, valid, schedule = accelerator.prepare(net, optimizer, train, valid, schedule)
    for epoch in range(3):
        net.train()
        for x, y in accelerator.skip_first_batches(train, 2):
            with accelerator.accumulate(net):
                loss = F.cross_entropy(net(x), y)
                accelerator.backward(loss)
                if accelerator.sync_gradients:
                    accelerator.clip_grad_norm_(net.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
        net.eval()
        hits = 0
        for x, y in valid:
            with torch.no_grad():
                p, y = accelerator.gather_for_metrics((net(x).argmax(-1), y))
            hits += (p == y).sum().item()
    accelerator.free_memory()
"""


def test_accelerate_passes_on_what_it_is_given(evaluate: Evaluate) -> None:
    program = evaluate(HEAD, ACCELERATED)
    assert program.codes == set()
    assert program.splits(program.passes.training) == {"train"}
    assert program.splits(program.passes.evaluation) == {"validation"}
    assert program.order("clip")
    assert program.gaps == []


@pytest.mark.parametrize(
    ("removed", "code"),
    [("        net.train()\n", "BP306"), ("optimizer.zero_grad()", "BP305"), ("net.eval()", "BP306")],
)
def test_accelerate_leaves_the_loop_to_the_user(evaluate: Evaluate, removed: str, code: str) -> None:
    assert removed in ACCELERATED
    changed = ACCELERATED.replace(removed, removed.replace(removed.strip(), "pass"))
    assert (code in evaluate(HEAD, changed).codes) is (removed != "net.eval()")


def parts(program: Evaluated) -> tuple[set[str], set[str]]:
    return program.splits(program.passes.training), program.splits(program.passes.evaluation)


@pytest.mark.parametrize(
    ("data", "train", "held_out"),
    [
        ("load_dataset('x')", "data['train'].shuffle(seed=1).select(range(9))", "data['validation'].with_format('torch')"),
        ("DatasetDict({'train': load_dataset('x', split='train'), 'validation': load_dataset('x', split='dev')})",
         "data['train']", "data['validation']"),
        ("load_dataset('x', split=['train', 'validation'])", "data[0]", "data[1].map(print)"),
        ("load_dataset('x', split=['train[:80%]', 'validation[:9]'])", "data[0]", "data[1]"),
        ("load_dataset('x')", "data['train'].filter(bool)", "data.pop('validation')"),
    ],
)  # fmt: skip
def test_the_parts_of_a_data_set(evaluate: Evaluate, data: str, train: str, held_out: str) -> None:
    program = evaluate(
        HEAD,
        f"""
    from datasets import DatasetDict
    data = {data}
    args = TrainingArguments(eval_strategy="epoch")
    Trainer(net, args, train_dataset={train}, eval_dataset={held_out}).train()
    """,
    )
    assert parts(program) == ({"train"}, {"validation"})


def test_a_part_that_is_cut_off_where_there_is_none(evaluate: Evaluate) -> None:
    program = evaluate(
        HEAD,
        """
    if "validation" not in data.keys():
        data["validation"] = load_dataset("imdb", split="train[:5%]")
        data["train"] = load_dataset("imdb", split="train[5%:]")
    args = TrainingArguments(eval_strategy="epoch")
    """,
        RUN,
    )
    assert program.codes == {"BP202"}


def test_what_wraps_a_part_is_that_part(evaluate: Evaluate) -> None:
    program = evaluate(
        HEAD,
        """
    class Rows(torch.utils.data.Dataset):
        def __init__(self, rows):
            self.rows = rows
        def __getitem__(self, index):
            return self.rows[index]

    args = TrainingArguments(eval_strategy="epoch")
    Trainer(net, args, train_dataset=Rows(data["train"]), eval_dataset=Rows(data["test"])).train()
    """,
    )
    assert parts(program) == ({"train"}, {"test"})


@pytest.mark.parametrize(
    ("looks", "codes"),
    [
        ("self.prediction_loop(self.get_eval_dataloader(), 'Evaluation')", {"BP202"}),
        ("self.evaluation_loop(self.get_eval_dataloader(), 'Evaluation')", {"BP202"}),
        ("self.evaluate_some_other_way()", set()),
        ("self.log({})", {"BP101", "BP202"}),
    ],
)
def test_a_method_that_is_written_down_nowhere_may_do_anything(evaluate: Evaluate, looks: str, codes: set[str]) -> None:
    program = evaluate(
        HEAD,
        f"""
    class Mine(Trainer):
        def evaluate(self, eval_dataset=None, **kwargs):
            {looks}
            return {{}}

    args = TrainingArguments(eval_strategy="epoch")
    Mine(net, args, train_dataset=data["train"], eval_dataset=data["validation"]).train()
    """,
    )
    assert program.codes == codes


def test_generating_switches_gradients_off_and_preparing_data_runs_nothing(evaluate: Evaluate) -> None:
    program = evaluate(
        HEAD,
        """
    from transformers import SpeechT5ForTextToSpeech
    net.generate(data["test"])
    SpeechT5ForTextToSpeech.from_pretrained("x").generate_speech(data["test"], speaker=1)
    net.prepare_tf_dataset(data["test"])
    net.unheard_of(3, "x")
    """,
    )
    assert program.recording == ["off", "off"]


def test_rows_that_are_listed_can_still_be_split(evaluate: Evaluate) -> None:
    program = evaluate(
        HEAD,
        """
    import pandas
    from datasets import Dataset
    from sklearn.model_selection import train_test_split
    rows = pandas.read_csv("proteins.csv")["sequence"].tolist()
    train, valid = train_test_split(rows, test_size=0.2)
    args = TrainingArguments(eval_strategy="epoch")
    Trainer(net, args, train_dataset=Dataset.from_dict({"x": train}), eval_dataset=Dataset.from_dict({"x": valid})).train()
    """,
    )
    assert program.codes == {"BP202"}


@pytest.mark.parametrize("cleared", [True, False])
def test_the_gradient_of_a_tensor_may_be_cleared_by_hand(evaluate: Evaluate, cleared: bool) -> None:
    program = evaluate(
        f"""
    weights = torch.tensor([0.1, -0.2], requires_grad=True)
    optimizer = optim.AdamW([weights], lr=0.1)
    for x, y in DataLoader(datasets.MNIST(".")):
        F.mse_loss(weights * x, y).backward()
        optimizer.step()
        {"weights.grad.zero_()" if cleared else "pass"}
    """
    )
    assert ("BP305" in program.codes) is not cleared


@pytest.mark.parametrize(("scores", "found"), [("outputs.logits", False), ("outputs.logits.softmax(-1)", True)])
def test_a_function_may_compute_the_loss(evaluate: Evaluate, scores: str, found: bool) -> None:
    own = f"""
    def own(outputs, labels, num_items_in_batch=None):
        return F.cross_entropy({scores}, labels)
    """
    program = evaluate(HEAD, own, arguments("eval_strategy='epoch'", "compute_loss_func=own"))
    assert ("BP403" in program.codes) is found
    assert program.task.supervised


def test_labels_may_be_smoothed(evaluate: Evaluate) -> None:
    program = evaluate(HEAD, arguments("eval_strategy='epoch', label_smoothing_factor=0.1"))
    assert program.losses[0] == ("cross_entropy", "raw")
    assert program.codes == {"BP202"}


def test_of_several_evaluation_sets_none_decides_alone(evaluate: Evaluate) -> None:
    run = """
    args = TrainingArguments(eval_strategy="epoch", load_best_model_at_end=True)
    Trainer(net, args, train_dataset=data["train"], eval_dataset={{"a": data["{}"], "b": data["test"]}}).train()
    """
    assert evaluate(HEAD, run.format("validation")).codes == {"BP202"}
    assert evaluate(HEAD, run.format("test")).codes == {"BP102", "BP202"}


def test_a_network_that_is_made_for_each_trial(evaluate: Evaluate) -> None:
    program = evaluate(
        HEAD,
        """
    def make():
        return AutoModelForSequenceClassification.from_pretrained("x")

    trainer = Trainer(model_init=make, args=TrainingArguments(), train_dataset=data["train"], eval_dataset=data["test"])
    trainer.hyperparameter_search(n_trials=10, direction="maximize")
    """,
    )
    assert program.codes == {"BP102", "BP202"}


def test_sequences_may_be_generated_in_evaluation(evaluate: Evaluate) -> None:
    program = evaluate(
        HEAD,
        """
    from transformers import AutoModelForSeq2SeqLM, Seq2SeqTrainer, Seq2SeqTrainingArguments
    net = AutoModelForSeq2SeqLM.from_pretrained("t5-small")
    args = Seq2SeqTrainingArguments("out", eval_strategy="epoch", predict_with_generate=True, max_steps=100)
    trainer = Seq2SeqTrainer(net, args, train_dataset=data["train"], eval_dataset=data["validation"])
    trainer.train()
    trainer.predict(data["test"], num_beams=4)
    """,
    )
    assert program.codes == {"BP202"}
    assert program.splits(program.passes.evaluation) == {"validation", "test"}
    assert "generate" in {event.data["method"] for event in program.passes.evaluation}


def test_a_loader_of_the_users_own(evaluate: Evaluate) -> None:
    program = evaluate(
        HEAD,
        """
    class Mine(Trainer):
        def get_train_dataloader(self):
            return DataLoader(data["validation"], shuffle=True)

    args = TrainingArguments(eval_strategy="epoch")
    Mine(net, args, train_dataset=data["train"], eval_dataset=data["validation"]).train()
    """,
    )
    assert parts(program)[0] == {"validation"}
    assert "BP101" in program.codes


def test_optimizers_of_the_users_own_may_ask_for_what_the_trainer_would_take(evaluate: Evaluate) -> None:
    program = evaluate(
        HEAD,
        """
    from transformers.trainer_pt_utils import get_parameter_names

    class Mine(Trainer):
        def create_optimizer(self):
            decayed = get_parameter_names(self.model, [nn.LayerNorm])
            made, options = Trainer.get_optimizer_cls_and_kwargs(self.args)
            groups = [{"params": [p for n, p in self.model.named_parameters() if n in decayed]},
                      {"params": [p for n, p in self.model.named_parameters() if n not in decayed], "weight_decay": 0.0}]
            self.optimizer = made(groups, **options)
            if made.__name__ == "Adam8bit":
                elsewhere(self.model)
            return self.optimizer

    args = TrainingArguments(learning_rate=1e-4)
    Mine(net, args, train_dataset=data["train"]).train()
    """,
    )
    assert rates(program.the_optimizer) == [1e-4, 1e-4]
    assert program.codes == {"BP101", "BP202"}


@pytest.mark.parametrize(
    ("schedule", "constant"),
    [
        ("get_constant_schedule(opt)", True),
        ("get_scheduler('constant', opt)", True),
        ("get_scheduler('constant_with_warmup', opt)", False),
        ("get_wsd_schedule(opt, 10, 10)", False),
        ("get_cosine_with_min_lr_schedule_with_warmup(opt, 10, 100)", False),
        ("optimization.get_inverse_sqrt_schedule(opt, 10)", False),
        ("optimization.get_some_later_schedule(opt)", False),
        ("AdafactorSchedule(opt)", False),
    ],
)
def test_schedules_for_loops_of_the_users_own(evaluate: Evaluate, schedule: str, constant: bool) -> None:
    step = "loss = net(**batch).loss\n            schedule.step()"
    loop = by_hand(step).replace("optimizer = torch", "from transformers import *\n    opt = optimizer = torch")
    program = evaluate(HEAD, loop.replace("    for epoch", f"    schedule = {schedule}\n    for epoch", 1))
    assert ("BP204" in program.codes) is constant


PARSED = """
    import sys
    parser = HfArgumentParser(TrainingArguments)
    if len(sys.argv) == 2 and sys.argv[1].endswith(".json"):
        args, = parser.parse_json_file(json_file=sys.argv[1])
    else:
        args, = parser.parse_args_into_dataclasses()
"""
TRL_PARSED = """
    from trl import ModelConfig, ScriptArguments, SFTConfig, TrlParser
    script_args, args, model_args = TrlParser((ScriptArguments, SFTConfig, ModelConfig)).parse_args_and_config()
"""


@pytest.mark.parametrize("parsed", [PARSED, TRL_PARSED], ids=["HfArgumentParser", "TrlParser"])
@pytest.mark.parametrize(
    ("config", "codes"),
    [
        ({"eval_strategy": "epoch", "lr_scheduler_type": "constant", "do_train": True}, {"BP202", "BP204"}),
        ({"eval_strategy": "epoch", "output_dir": "out"}, {"BP202"}),
        ({"learning_rate": 1e-5}, {"BP101", "BP202"}),
        ({"distributed_type": "MULTI_GPU"}, None),
    ],
)
def test_a_script_is_checked_with_a_configuration_that_is_meant_for_it(
    tmp_path: Path, parsed: str, config: dict[str, object], codes: set[str] | None
) -> None:
    script, file = tmp_path / "train.py", tmp_path / "args.json"
    script.write_text(IMPORTS + dedent(HEAD) + dedent(parsed) + dedent(RUN))
    file.write_text(json.dumps(config))
    program = entry_program(Project(tmp_path, tmp_path), script, file)
    assert program.evaluator.configs == {file}
    assert (program.evaluator.missing_keys > 0) is (codes is None)
    if codes is not None:
        assert Evaluated(program.evaluator, program.events).codes == codes


@pytest.mark.parametrize("strategy", ["eval_strategy", "evaluation_strategy"])
def test_arguments_may_be_spread_out_of_a_configuration(evaluate: Evaluate, strategy: str) -> None:
    made = "import json\nargs = TrainingArguments(**json.load(open('args.json'))['train'])\n"
    config = {"train": {strategy: "epoch", "lr_scheduler_type": "constant", "something_else": 3}, "model": "bert"}
    program = evaluate.files({"args.json": json.dumps(config), "train.py": IMPORTS + dedent(HEAD) + made + dedent(RUN)})
    assert program.codes == {"BP202", "BP204"}
