"""Ignite: an Engine runs a function over data and calls handlers; its supervised trainer and evaluator bring the function.

Read off pytorch-ignite 0.5: ``engine/engine.py``, ``engine/__init__.py`` (``supervised_training_step``,
``supervised_evaluation_step``), ``handlers/checkpoint.py``, ``handlers/early_stopping.py``, ``handlers/param_scheduler.py``,
``handlers/lr_finder.py``.
"""

import torch

from bpcheck.frameworks import at, does, searches_rate, unknown


class _Event:
    def __init__(self, names):
        self.names = names

    def __call__(self, event_filter=None, every=None, once=None, before=None, after=None):
        return self

    def __or__(self, other):
        return _Event([*self.names, *other.names])


class Events:
    STARTED = _Event(["started"])
    EPOCH_STARTED = _Event(["epoch started"])
    ITERATION_STARTED = _Event(["iteration started"])
    GET_BATCH_STARTED = _Event([])
    GET_BATCH_COMPLETED = _Event([])
    ITERATION_COMPLETED = _Event(["iteration completed"])
    EPOCH_COMPLETED = _Event(["epoch completed"])
    COMPLETED = _Event(["completed"])
    EXCEPTION_RAISED = _Event([])
    INTERRUPT = _Event([])
    TERMINATE = _Event([])


class State:
    def __init__(self):
        self.metrics = {}
        self.output = None
        self.batch = None
        self.epoch = unknown()
        self.iteration = unknown()
        self.epoch_length = unknown()
        self.max_epochs = unknown()
        self.times = unknown()


class Engine:
    def __init__(self, process_function):
        self.process = process_function
        self.handlers = []
        self.measured = []
        self.state = State()
        self.should_terminate = False

    def on(self, event_name, *args, **kwargs):
        def register(handler):
            self.add_event_handler(event_name, handler, *args, **kwargs)
            return handler

        return register

    def add_event_handler(self, event_name, handler, *args, **kwargs):
        for name in event_name.names:
            self.handlers.append((name, handler, args, kwargs))

    def has_event_handler(self, handler, event_name=None):
        return unknown()

    def register_events(self, *names, **options):
        pass

    def terminate(self, *args, **kwargs):
        self.should_terminate = True

    def _fire(self, event):
        for name, handler, args, kwargs in self.handlers:
            if name == event:
                handler(self, *args, **kwargs)

    def run(self, data=None, max_epochs=None, max_iters=None, epoch_length=None, seed=None):
        self._fire("started")
        for _ in range(1 if max_epochs is None else max_epochs):
            self._fire("epoch started")
            for batch in data:
                self.state.batch = batch
                self._fire("iteration started")
                self.state.output = self.process(self, batch)
                self._fire("iteration completed")
            for name, transform in self.measured:
                self.state.metrics[name] = transform(self.state.output)
            self._fire("epoch completed")
            if self.should_terminate:
                break
        self._fire("completed")
        return self.state


def _same(output):
    return output


def _loss_value(x, y, y_pred, loss):
    return loss.item()


def _prediction(x, y, y_pred):
    return y_pred, y


def _pair(batch, device=None, non_blocking=False):
    x, y = batch
    return x, y


def _run(model, x):
    return model(x)


def create_supervised_trainer(
    model, optimizer, loss_fn, device=None, non_blocking=False, prepare_batch=_pair, model_transform=_same,
    output_transform=_loss_value, deterministic=False, amp_mode=None, scaler=False, gradient_accumulation_steps=1, model_fn=_run,
):  # fmt: skip
    does("Ignite supervised trainer", "train(), zero_grad, backward and step; no clipping, no schedule")

    def update(engine, batch):
        optimizer.zero_grad()
        model.train()
        x, y = prepare_batch(batch, device=device, non_blocking=non_blocking)
        y_pred = model_transform(model_fn(model, x))
        loss = loss_fn(y_pred, y)
        loss.backward()
        optimizer.step()
        return output_transform(x, y, y_pred, loss)

    return Engine(update)


def create_supervised_evaluator(
    model, metrics=None, device=None, non_blocking=False, prepare_batch=_pair, model_transform=_same,
    output_transform=_prediction, amp_mode=None, model_fn=_run,
):  # fmt: skip
    does("Ignite supervised evaluator", "eval(), no gradients")

    def update(engine, batch):
        model.eval()
        with torch.no_grad():
            x, y = prepare_batch(batch, device=device, non_blocking=non_blocking)
            return output_transform(x, y, model_transform(model_fn(model, x)))

    evaluator = Engine(update)
    if metrics is not None:
        for name in metrics:
            evaluator.measured.append((name, _same))
    return evaluator


class _Metric:
    """What is computed from the outputs of a whole run is as good as the outputs, to whoever asks where it comes from."""

    def __init__(self, *args, output_transform=_same, **kwargs):
        self.transform = output_transform

    def attach(self, engine, name, usage=None):
        engine.measured.append((name, _same))


class Accuracy(_Metric):
    pass


class Loss(_Metric):
    pass


class RunningAverage(_Metric):
    pass


class Precision(_Metric):
    pass


class Recall(_Metric):
    pass


class Average(_Metric):
    pass


class TopKCategoricalAccuracy(_Metric):
    pass


class ConfusionMatrix(_Metric):
    pass


class MeanSquaredError(_Metric):
    pass


class _Saver:
    def __init__(
        self,
        to_save=None,
        save_handler=None,
        filename_prefix="",
        score_function=None,
        score_name=None,
        n_saved=1,
        **options,
    ):
        self.score_function = score_function
        self.last_checkpoint = "checkpoint.pt"

    def __call__(self, engine, to_save=None):
        at(self)
        if self.score_function is None:
            torch.save(unknown(), "checkpoint.pt")
        else:
            score = self.score_function(engine)
            if score > unknown():
                torch.save(unknown(), "checkpoint.pt")

    def attach(self, *args, **kwargs):
        pass


class Checkpoint(_Saver):
    @staticmethod
    def get_default_score_fn(metric_name, score_sign=1.0):
        return lambda engine: engine.state.metrics[metric_name]

    @staticmethod
    def load_objects(to_load, checkpoint, **options):
        pass


class ModelCheckpoint(_Saver):
    def __init__(self, dirname=None, filename_prefix="", score_function=None, score_name=None, n_saved=1, **options):
        self.score_function = score_function
        self.last_checkpoint = "checkpoint.pt"


class DiskSaver:
    def __init__(self, dirname, **options):
        pass


class EarlyStopping:
    def __init__(self, patience, score_function, trainer, min_delta=0.0, cumulative_delta=False):
        self.score_function = score_function
        self.trainer = trainer

    def __call__(self, engine):
        at(self)
        if self.score_function(engine) < unknown():
            self.trainer.terminate()


class _Schedule:
    """It writes the rate itself, each time that its event comes."""

    def __init__(self, optimizer=None, *args, **kwargs):
        self.optimizer = optimizer

    def __call__(self, engine):
        for group in self.optimizer.param_groups:
            group["lr"] = unknown()

    def attach(self, engine, event_name):
        engine.add_event_handler(event_name, self)


class CosineAnnealingScheduler(_Schedule):
    pass


class LinearCyclicalScheduler(_Schedule):
    pass


class PiecewiseLinear(_Schedule):
    pass


class ConcatScheduler(_Schedule):
    def __init__(self, schedulers, durations, **options):
        self.optimizer = schedulers[0].optimizer


class ReduceLROnPlateauScheduler(_Schedule):
    pass


class LRScheduler(_Schedule):
    def __init__(self, lr_scheduler, save_history=False, use_legacy=False):
        self.lr_scheduler = lr_scheduler

    def __call__(self, engine):
        self.lr_scheduler.step()


def create_lr_scheduler_with_warmup(lr_scheduler, warmup_start_value, warmup_duration, **options):
    return lr_scheduler if isinstance(lr_scheduler, _Schedule) else LRScheduler(lr_scheduler)


class _Report:
    """It shows or writes down, and changes nothing."""

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, engine):
        pass

    def attach(self, *args, **kwargs):
        pass

    def attach_output_handler(self, *args, **kwargs):
        pass

    def attach_opt_params_handler(self, *args, **kwargs):
        pass

    def log_message(self, message):
        pass


class ProgressBar(_Report):
    pass


class TerminateOnNan(_Report):
    pass


class Timer(_Report):
    pass


class TensorboardLogger(_Report):
    pass


class ClearMLLogger(_Report):
    pass


class WandBLogger(_Report):
    pass


class TimeLimit(_Report):
    pass


class EpochOutputStore(_Report):
    pass


def setup_logger(name=None, **options):
    return unknown()


def manual_seed(seed):
    pass


def convert_tensor(data, device=None, non_blocking=False):
    return data


# ignite.distributed


def auto_model(model, **options):
    return model


def auto_optim(optimizer, **options):
    return optimizer


def auto_dataloader(dataset, **options):
    return torch.utils.data.DataLoader(dataset, **options)


def get_rank():
    return 0


def get_world_size():
    return 1


def get_local_rank():
    return 0


def device():
    return unknown()


def barrier():
    pass


def one_rank_only(rank=0, with_barrier=False):
    return _same


class Parallel:
    def __init__(self, **options):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def run(self, function, *args, **kwargs):
        return function(0, *args, **kwargs)


class FastaiLRFinder:
    """It runs a trainer while the rate rises, and puts back all that it was asked to save."""

    def attach(self, trainer, to_save, *args, **kwargs):
        searches_rate()
        return unknown()

    def lr_suggestion(self):
        return unknown()

    def get_results(self):
        return unknown()

    def apply_suggested_lr(self, optimizer):
        for group in optimizer.param_groups:
            group["lr"] = unknown()

    def plot(self, *args, **kwargs):
        return unknown()
