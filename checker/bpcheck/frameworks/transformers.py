"""Transformers: its Trainer runs the loop, the modes, gradients, clipping at norm 1 and a linear schedule.

Read off transformers 5.23: ``trainer.py``, ``trainer_seq2seq.py``, ``training_args.py``, ``trainer_callback.py``,
``trainer_optimizer.py``, ``trainer_utils.py``, ``trainer_pt_utils.py``, ``hf_argparser.py``; with the names of version 4
(``evaluation_strategy``, ``tokenizer``, ``adafactor``).
"""

import json
from dataclasses import dataclass
from typing import NamedTuple

import accelerate
import lion_pytorch
import schedulefree
import torch
import yaml
from transformers import Adafactor, get_scheduler

from bpcheck.frameworks import at, does, options, unknown


class IntervalStrategy:
    NO = "no"
    STEPS = "steps"
    EPOCH = "epoch"


class EvaluationStrategy(IntervalStrategy):
    pass


class SaveStrategy(IntervalStrategy):
    BEST = "best"


class SchedulerType:
    LINEAR = "linear"
    COSINE = "cosine"
    COSINE_WITH_RESTARTS = "cosine_with_restarts"
    POLYNOMIAL = "polynomial"
    CONSTANT = "constant"
    CONSTANT_WITH_WARMUP = "constant_with_warmup"
    INVERSE_SQRT = "inverse_sqrt"
    REDUCE_ON_PLATEAU = "reduce_lr_on_plateau"
    COSINE_WITH_MIN_LR = "cosine_with_min_lr"
    WARMUP_STABLE_DECAY = "warmup_stable_decay"


@dataclass
class TrainingArguments:
    output_dir: str = None
    per_device_train_batch_size: int = 8
    per_device_eval_batch_size: int = 8
    num_train_epochs: float = 3.0
    max_steps: int = -1
    learning_rate: float = 5e-5
    lr_scheduler_type: str = "linear"
    lr_scheduler_kwargs: dict = None
    warmup_steps: float = 0
    optim: str = "adamw_torch_fused"
    weight_decay: float = 0.0
    adam_beta1: float = 0.9
    adam_beta2: float = 0.999
    adam_epsilon: float = 1e-8
    gradient_accumulation_steps: int = 1
    max_grad_norm: float = 1.0
    label_smoothing_factor: float = 0.0
    eval_strategy: str = "no"
    eval_on_start: bool = False
    save_strategy: str = "steps"
    load_best_model_at_end: bool = False
    metric_for_best_model: str = None
    greater_is_better: bool = None
    seed: int = 42
    train_sampling_strategy: str = "random"
    dataloader_drop_last: bool = False
    resume_from_checkpoint: str = None
    do_train: bool = False
    do_eval: bool = False
    do_predict: bool = False
    # Names of earlier versions.
    evaluation_strategy: str = None
    adafactor: bool = False
    warmup_ratio: float = None

    def __post_init__(self):
        if self.eval_strategy != "no":
            self.do_eval = True
        if self.evaluation_strategy is not None:
            self.eval_strategy = self.evaluation_strategy
            self.do_eval = self.eval_strategy != "no"
        if self.load_best_model_at_end and self.metric_for_best_model is None:
            self.metric_for_best_model = "loss"
        if self.adafactor:
            self.optim = "adafactor"

    def get_warmup_steps(self, num_training_steps):
        return unknown()


@dataclass
class Seq2SeqTrainingArguments(TrainingArguments):
    sortish_sampler: bool = False
    predict_with_generate: bool = False


class HfArgumentParser:
    """What to do (``do_train`` ...) is said by whoever runs it; all other options are at their defaults."""

    def __init__(self, dataclass_types=None, **kwargs):
        self.dataclass_types = dataclass_types if isinstance(dataclass_types, (list, tuple)) else [dataclass_types]

    def parse_args_into_dataclasses(
        self, args=None, return_remaining_strings=False, look_for_args_file=True, args_filename=None, args_file_flag=None
    ):  # fmt: skip
        made = self._made(unknown())
        return (*made, []) if return_remaining_strings else made

    def parse_dict(self, args, allow_extra_keys=False):
        return self._made(args)

    def parse_json_file(self, json_file, allow_extra_keys=False):
        with open(json_file) as file:
            return self._made(json.load(file))

    def parse_yaml_file(self, yaml_file, allow_extra_keys=False):
        with open(yaml_file) as file:
            return self._made(yaml.safe_load(file))

    def _made(self, given):
        made = options(self.dataclass_types, given)
        for each in made:
            if isinstance(each, TrainingArguments):
                each.do_train = each.do_train or given.get("do_train")
                each.do_eval = each.do_eval or given.get("do_eval")
                each.do_predict = each.do_predict or given.get("do_predict")
        return made


class TrainerCallback:
    def on_init_end(self, args, state, control, **kwargs):
        pass

    def on_train_begin(self, args, state, control, **kwargs):
        pass

    def on_train_end(self, args, state, control, **kwargs):
        pass

    def on_epoch_begin(self, args, state, control, **kwargs):
        pass

    def on_epoch_end(self, args, state, control, **kwargs):
        pass

    def on_step_begin(self, args, state, control, **kwargs):
        pass

    def on_pre_optimizer_step(self, args, state, control, **kwargs):
        pass

    def on_optimizer_step(self, args, state, control, **kwargs):
        pass

    def on_step_end(self, args, state, control, **kwargs):
        pass

    def on_evaluate(self, args, state, control, **kwargs):
        pass

    def on_save(self, args, state, control, **kwargs):
        pass

    def on_log(self, args, state, control, **kwargs):
        pass


class DefaultFlowCallback(TrainerCallback):
    pass


class ProgressCallback(TrainerCallback):
    pass


class PrinterCallback(TrainerCallback):
    pass


class EarlyStoppingCallback(TrainerCallback):
    def __init__(self, early_stopping_patience=1, early_stopping_threshold=0.0):
        self.early_stopping_patience = early_stopping_patience
        self.early_stopping_threshold = early_stopping_threshold

    def on_evaluate(self, args, state, control, metrics=None, **kwargs):
        control.should_training_stop = metrics[unknown()] > unknown()


class TrainerState:
    global_step = unknown()
    epoch = unknown()
    best_metric = None
    is_world_process_zero = True
    is_local_process_zero = True

    def __init__(self, **fields):
        self.log_history = []


class TrainerControl:
    def __init__(self, should_training_stop=False, **fields):
        self.should_training_stop = should_training_stop


class EvalPrediction(NamedTuple):
    predictions: object
    label_ids: object


class PredictionOutput(NamedTuple):
    predictions: object
    label_ids: object
    metrics: object


class TrainOutput(NamedTuple):
    global_step: object
    training_loss: object
    metrics: object


class LabelSmoother:
    def __init__(self, epsilon=0.1, ignore_index=-100):
        self.epsilon = epsilon

    def __call__(self, model_output, labels, shift_labels=False, num_items_in_batch=None):
        return torch.nn.functional.cross_entropy(_logits(model_output), labels, label_smoothing=self.epsilon)


def _loss(outputs):
    return outputs[0] if isinstance(outputs, (tuple, list)) else outputs["loss"]


def _logits(outputs):
    return outputs[1] if isinstance(outputs, (tuple, list)) else outputs["logits"]


class Trainer:
    def __init__(
        self, model=None, args=None, data_collator=None, train_dataset=None, eval_dataset=None, processing_class=None,
        model_init=None, compute_loss_func=None, compute_metrics=None, callbacks=None, optimizers=(None, None),
        optimizer_cls_and_kwargs=None, preprocess_logits_for_metrics=None, tokenizer=None,
    ):  # fmt: skip
        does(
            "transformers Trainer",
            "zero_grad, backward and step; train() and eval(); no gradients in evaluation; AdamW; clipping at "
            "max_grad_norm=1.0; a linear schedule; no evaluation in training unless eval_strategy",
        )
        self.args = TrainingArguments() if args is None else args
        torch.manual_seed(self.args.seed)
        self.model_init = model_init
        if model is None:
            model = model_init if isinstance(model_init, torch.nn.Module) else model_init()
        self.model = model
        self.model_wrapped = self.model
        self.data_collator = data_collator
        self.train_dataset = train_dataset
        self.eval_dataset = eval_dataset
        self.processing_class = tokenizer if processing_class is None else processing_class
        self.tokenizer = self.processing_class
        self.compute_loss_func = compute_loss_func
        self.compute_metrics = compute_metrics
        self.preprocess_logits_for_metrics = preprocess_logits_for_metrics
        self.optimizer, self.lr_scheduler = optimizers
        self.optimizer_cls_and_kwargs = optimizer_cls_and_kwargs
        self.label_smoother = None
        if self.args.label_smoothing_factor != 0:
            self.label_smoother = LabelSmoother(self.args.label_smoothing_factor)
        self.state = TrainerState()
        self.control = TrainerControl()
        self.callbacks = []
        for callback in [] if callbacks is None else callbacks:
            self.add_callback(callback)

    @property
    def accelerator(self):
        return accelerate.Accelerator()

    # Data

    def get_train_dataloader(self):
        return torch.utils.data.DataLoader(
            self.train_dataset, batch_size=self.args.per_device_train_batch_size, sampler=self._get_train_sampler(),
            collate_fn=self.data_collator, drop_last=self.args.dataloader_drop_last,
        )  # fmt: skip

    def _get_train_sampler(self, train_dataset=None):
        if self.args.train_sampling_strategy == "sequential":
            return torch.utils.data.SequentialSampler(self.train_dataset)
        return torch.utils.data.RandomSampler(self.train_dataset)

    def get_eval_dataloader(self, eval_dataset=None):
        return self._held_out(self.eval_dataset if eval_dataset is None else eval_dataset)

    def get_test_dataloader(self, test_dataset):
        return self._held_out(test_dataset)

    def _held_out(self, dataset):
        return torch.utils.data.DataLoader(
            dataset, batch_size=self.args.per_device_eval_batch_size, collate_fn=self.data_collator
        )

    def _prepare_inputs(self, inputs):
        return inputs

    def _prepare_input(self, data):
        return data

    # Optimizer and schedule

    def create_optimizer_and_scheduler(self, num_training_steps):
        self.create_optimizer()
        self.create_scheduler(num_training_steps=num_training_steps, optimizer=self.optimizer)

    def create_optimizer(self, model=None):
        at(self.args)
        model = self.model if model is None else model
        if self.optimizer is None:
            if self.optimizer_cls_and_kwargs is None:
                made, kwargs = self.get_optimizer_cls_and_kwargs(self.args, model)
            else:
                made, kwargs = self.optimizer_cls_and_kwargs
            decayed = self.get_decay_parameter_names(model)
            named = model.named_parameters()
            groups = [
                {
                    "params": [p for n, p in named if n in decayed and p.requires_grad],
                    "weight_decay": self.args.weight_decay,
                },
                {"params": [p for n, p in named if n not in decayed and p.requires_grad], "weight_decay": 0.0},
            ]
            self.optimizer = made(groups, **kwargs)
        return self.optimizer

    @staticmethod
    def get_optimizer_cls_and_kwargs(args, model=None):
        name = args.optim
        kwargs = {"lr": args.learning_rate}
        adam = {"betas": (args.adam_beta1, args.adam_beta2), "eps": args.adam_epsilon}
        if name.startswith("adamw") or name.startswith("paged_adamw"):
            kwargs.update(adam)
            return torch.optim.AdamW, kwargs
        if name == "adafactor":
            return Adafactor, {"lr": args.learning_rate, "scale_parameter": False, "relative_step": False}
        if name == "sgd":
            return torch.optim.SGD, kwargs
        if name == "adagrad":
            return torch.optim.Adagrad, kwargs
        if name.startswith("rmsprop"):
            return torch.optim.RMSprop, kwargs
        if name.startswith("lion") or name.startswith("paged_lion"):
            return lion_pytorch.Lion, kwargs
        if name.startswith("schedule_free"):
            return schedulefree.AdamWScheduleFree, kwargs
        return unknown(), kwargs

    def get_decay_parameter_names(self, model):
        return unknown()

    def get_parameter_names(self, model, forbidden_layer_types):
        return unknown()

    def create_scheduler(self, num_training_steps, optimizer=None):
        at(self.args)
        if self.lr_scheduler is None:
            optimizer = self.optimizer if optimizer is None else optimizer
            if self.args.lr_scheduler_type == "reduce_lr_on_plateau":
                self.lr_scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
            else:
                self.lr_scheduler = get_scheduler(
                    self.args.lr_scheduler_type,
                    optimizer,
                    num_warmup_steps=self.args.get_warmup_steps(num_training_steps),
                    num_training_steps=num_training_steps,
                )
        return self.lr_scheduler

    # Training

    def train(self, resume_from_checkpoint=None, trial=None, ignore_keys_for_eval=None, **kwargs):
        return self._inner_training_loop(unknown(), self.args, resume_from_checkpoint, trial, ignore_keys_for_eval)

    def _inner_training_loop(
        self, batch_size=None, args=None, resume_from_checkpoint=None, trial=None, ignore_keys_for_eval=None
    ):
        loader = self.get_train_dataloader()
        self.create_optimizer_and_scheduler(num_training_steps=unknown())
        model = self.model
        model.zero_grad()
        self._call("on_train_begin")
        if args.eval_on_start:
            self._evaluate(trial, ignore_keys_for_eval)
        for epoch in range(int(args.num_train_epochs) if args.max_steps <= 0 else unknown()):
            self._call("on_epoch_begin")
            for inputs in loader:
                self._update(model, inputs)
            self._call("on_epoch_end")
            # After steps or epochs: the model sees as much of either.
            self._maybe_log_save_evaluate(unknown(), unknown(), model, trial, epoch, ignore_keys_for_eval, unknown())
            if self.control.should_training_stop:
                break
        self._call("on_train_end")
        return TrainOutput(unknown(), unknown(), {})

    def _update(self, model, inputs):
        self._call("on_step_begin")
        self.training_step(model, inputs, unknown())
        if self.args.max_grad_norm is not None and self.args.max_grad_norm > 0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), self.args.max_grad_norm)
        self._call("on_pre_optimizer_step")
        self.optimizer.step()
        self._call("on_optimizer_step")
        if not isinstance(self.lr_scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
            self.lr_scheduler.step()
        model.zero_grad()
        self._call("on_step_end")

    def training_step(self, model, inputs, num_items_in_batch=None):
        model.train()
        inputs = self._prepare_inputs(inputs)
        loss = self.compute_loss(model, inputs, num_items_in_batch=num_items_in_batch)
        loss.backward()
        return loss.detach()

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        if self.compute_loss_func is not None:
            labels = inputs.pop("labels")
            outputs = model(**inputs)
            loss = self.compute_loss_func(outputs, labels, num_items_in_batch=num_items_in_batch)
        elif self.label_smoother is not None:
            labels = inputs.pop("labels")
            outputs = model(**inputs)
            loss = self.label_smoother(outputs, labels)
        else:
            outputs = model(**inputs)
            loss = _loss(outputs)
        return (loss, outputs) if return_outputs else loss

    def compute_loss_context_manager(self):
        return torch.autocast("cuda")

    def autocast_smart_context_manager(self, cache_enabled=True):
        return torch.autocast("cuda")

    def _keep_best(self, metrics):
        at(self.args)
        if metrics[unknown()] < unknown():
            torch.save(self.model.state_dict(), unknown())

    # Evaluation

    def _maybe_log_save_evaluate(
        self, tr_loss, grad_norm, model, trial, epoch, ignore_keys_for_eval, start_time, learning_rate=None
    ):
        if self.args.eval_strategy != "no":
            metrics = self._evaluate(trial, ignore_keys_for_eval)
            if self.args.load_best_model_at_end or self.args.save_strategy == "best":
                self._keep_best(metrics)
        self._save_checkpoint(model, trial)
        self._call("on_save")

    def _save_checkpoint(self, model, trial, metrics=None):
        pass

    def _evaluate(self, trial, ignore_keys_for_eval, skip_scheduler=False):
        metrics = self.evaluate(ignore_keys=ignore_keys_for_eval)
        if isinstance(self.lr_scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
            self.lr_scheduler.step(metrics[unknown()])
        return metrics

    def evaluate(self, eval_dataset=None, ignore_keys=None, metric_key_prefix="eval", **gen_kwargs):
        given = self.eval_dataset if eval_dataset is None else eval_dataset
        if isinstance(given, dict):
            metrics = {}
            for name, dataset in given.items():
                metrics.update(self.evaluate(dataset, ignore_keys, f"{metric_key_prefix}_{name}"))
            return metrics
        loader = self.get_eval_dataloader(eval_dataset)
        output = self.evaluation_loop(loader, "Evaluation", None, ignore_keys, metric_key_prefix)
        self._call("on_evaluate", output.metrics)
        return output.metrics

    def predict(self, test_dataset, ignore_keys=None, metric_key_prefix="test", **gen_kwargs):
        loader = self.get_test_dataloader(test_dataset)
        return self.evaluation_loop(loader, "Prediction", None, ignore_keys, metric_key_prefix)

    def evaluation_loop(
        self, dataloader, description, prediction_loss_only=None, ignore_keys=None, metric_key_prefix="eval"
    ):
        model = self.model
        model.eval()
        loss, logits, labels = None, None, None
        for inputs in dataloader:
            loss, logits, labels = self.prediction_step(model, inputs, prediction_loss_only, ignore_keys)
        metrics = {}
        if self.compute_metrics is not None:
            metrics = self.compute_metrics(EvalPrediction(logits, labels))
        metrics[f"{metric_key_prefix}_loss"] = loss
        return PredictionOutput(logits, labels, metrics)

    def prediction_loop(
        self, dataloader, description, prediction_loss_only=None, ignore_keys=None, metric_key_prefix="eval"
    ):
        return self.evaluation_loop(dataloader, description, prediction_loss_only, ignore_keys, metric_key_prefix)

    def prediction_step(self, model, inputs, prediction_loss_only, ignore_keys=None):
        inputs = self._prepare_inputs(inputs)
        labels = inputs.get("labels")
        with torch.no_grad():
            loss, outputs = self.compute_loss(model, inputs, return_outputs=True)
        logits = _logits(outputs)
        if self.preprocess_logits_for_metrics is not None:
            logits = self.preprocess_logits_for_metrics(logits, labels)
        return loss.detach(), logits, labels

    def hyperparameter_search(
        self, hp_space=None, compute_objective=None, n_trials=20, direction=None, backend=None, **kwargs
    ):
        for trial in range(n_trials):
            self.model = self.model_init()
            self.optimizer, self.lr_scheduler = None, None
            self.train()
            self._keep_best(self.evaluate())
        return unknown()

    # Callbacks

    def add_callback(self, callback):
        self.callbacks.append(callback() if isinstance(callback, type) else callback)

    def pop_callback(self, callback):
        return unknown()

    def remove_callback(self, callback):
        pass

    def _call(self, event, metrics=None):
        for callback in self.callbacks:
            getattr(callback, event)(
                self.args, self.state, self.control, model=self.model, optimizer=self.optimizer,
                lr_scheduler=self.lr_scheduler, train_dataloader=self.train_dataset, eval_dataloader=self.eval_dataset,
                processing_class=self.processing_class, tokenizer=self.processing_class, metrics=metrics,
            )  # fmt: skip

    # Reports

    def num_examples(self, dataloader):
        return unknown()

    def num_tokens(self, train_dl, max_steps=None):
        return unknown()

    def get_num_trainable_parameters(self):
        return unknown()

    def get_learning_rates(self):
        return unknown()

    def get_total_train_batch_size(self, args):
        return unknown()

    def floating_point_ops(self, inputs):
        return unknown()

    def store_flos(self):
        pass

    def end(self):
        pass

    def init_hf_repo(self, token=None):
        pass

    def _remove_unused_columns(self, dataset, description=None):
        return dataset

    def _get_collator_with_removed_columns(self, data_collator, description=None):
        return data_collator

    def _wrap_model(self, model, training=True, dataloader=None):
        return model

    def _nested_gather(self, tensors, name=None):
        return tensors

    def _pad_across_processes(self, tensor, pad_index=-100):
        return tensor

    def _load_best_model(self):
        pass

    def is_world_master(self):
        return True

    def is_local_master(self):
        return True

    def log(self, logs, start_time=None):
        pass

    def log_metrics(self, split, metrics):
        pass

    def save_metrics(self, split, metrics, combined=True):
        pass

    def save_state(self):
        pass

    def save_model(self, output_dir=None, _internal_call=False):
        torch.save(self.model.state_dict(), unknown())

    def _save(self, output_dir=None, state_dict=None):
        pass

    def create_model_card(self, *args, **kwargs):
        pass

    def push_to_hub(self, *args, **kwargs):
        pass

    def is_world_process_zero(self):
        return True

    def is_local_process_zero(self):
        return True


class Seq2SeqTrainer(Trainer):
    def prediction_step(self, model, inputs, prediction_loss_only, ignore_keys=None, **gen_kwargs):
        loss, logits, labels = super().prediction_step(model, inputs, prediction_loss_only, ignore_keys)
        if self.args.predict_with_generate:
            with torch.no_grad():
                logits = model.generate(**inputs)
        return loss, logits, labels
