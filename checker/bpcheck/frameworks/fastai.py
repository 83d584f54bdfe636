"""fastai 1 and 2: a Learner owns modes, gradients, steps and the rates of each group of layers; decay is decoupled.

Read off fastai 2.8: ``learner.py``, ``callback/schedule.py``, ``callback/tracker.py``, ``callback/training.py``,
``optimizer.py``, ``layers.py``; and fastai 1.0: ``basic_train.py``, ``train.py``. The names that ``fastai.basics`` hands on are
imported as it does it.
"""

import collections
import copy
import json
import math
import os
import pickle
import random
import re
import shutil
import sys
import time
import warnings
from collections import Counter, OrderedDict, defaultdict
from functools import partial
from pathlib import Path

import fire
import numpy as np
import pandas as pd
import PIL
import torch
import torch.nn.functional as F
import torchvision
from fastai.data import DataBunch, listify
from matplotlib import pyplot as plt
from torch import nn, optim, tensor
from torch.utils.data import TensorDataset
from torchvision import models
from torchvision.models import (
    alexnet,
    densenet121,
    densenet161,
    densenet169,
    densenet201,
    resnet18,
    resnet34,
    resnet50,
    resnet101,
    resnet152,
    vgg11_bn,
    vgg13_bn,
    vgg16_bn,
    vgg19_bn,
)
from tqdm import tqdm

from bpcheck.frameworks import at, does, keeps_statistics, network, searches_rate, unknown

# fastcore


class L:
    def __init__(self, *items):
        self.items = items[0] if len(items) == 1 and isinstance(items[0], (list, tuple)) else items

    def __iter__(self):
        return iter(self.items)

    def __getitem__(self, number):
        return self.items[number]

    def __len__(self):
        return len(self.items)

    def map(self, f, *args, **kwargs):
        return [f(item) for item in self.items]


def call_parse(func):
    """Runs the function with what the command line says, where it stands."""
    fire.Fire(func)
    return func


def store_attr(*args, **kwargs):
    pass


def noop(x=None, *args, **kwargs):
    return x


def to_np(x):
    return x.detach().cpu().numpy()


def params(m):
    return list(m.parameters())


def trainable_params(m):
    return [params(m)]


# layers.py


class Module(nn.Module):
    pass


class Flatten(nn.Module):
    def forward(self, x):
        return x.view(x.size(0), -1)


class Lambda(nn.Module):
    def __init__(self, func):
        super().__init__()
        self.func = func

    def forward(self, x):
        return self.func(x)


class AdaptiveConcatPool2d(nn.Module):
    def __init__(self, size=None):
        super().__init__()
        self.ap = nn.AdaptiveAvgPool2d(1)
        self.mp = nn.AdaptiveMaxPool2d(1)

    def forward(self, x):
        return torch.cat([self.mp(x), self.ap(x)], 1)


class SigmoidRange(nn.Module):
    def __init__(self, low, high):
        super().__init__()
        self.low = low
        self.high = high

    def forward(self, x):
        return sigmoid_range(x, self.low, self.high)


def sigmoid_range(x, low, high):
    return torch.sigmoid(x) * (high - low) + low


def Embedding(ni, nf, std=0.01):
    return nn.Embedding(ni, nf)


def ConvLayer(
    ni, nf, ks=3, stride=1, padding=None, bias=None, ndim=2, norm_type=1, bn_1st=True, act_cls=nn.ReLU, **kwargs
):
    conv = nn.Conv2d(ni, nf, ks, stride, ks // 2 if padding is None else padding, bias=norm_type is None)
    layers = [conv] if norm_type is None else [conv, nn.BatchNorm2d(nf)]
    return nn.Sequential(*layers) if act_cls is None else nn.Sequential(*layers, act_cls())


def LinBnDrop(n_in, n_out, bn=True, p=0.0, act=None, lin_first=False):
    return nn.Sequential(nn.BatchNorm1d(n_in), nn.Dropout(p), nn.Linear(n_in, n_out))


def _some_loss(output, *targets):
    """A loss that the labels decide on."""
    return (output - targets[0]).mean()


# optimizer.py: ``wd`` is decoupled from the gradient


def Adam(params, lr, mom=0.9, sqr_mom=0.99, eps=1e-5, wd=0.01, decouple_wd=True):
    if decouple_wd:
        return optim.AdamW(params, lr, weight_decay=wd)
    return optim.Adam(params, lr, weight_decay=wd)


def RAdam(params, lr, mom=0.9, sqr_mom=0.99, eps=1e-5, wd=0.0, beta=0.0, decouple_wd=True):
    return optim.RAdam(params, lr, weight_decay=wd, decoupled_weight_decay=decouple_wd)


def SGD(params, lr, mom=0.0, wd=0.0, decouple_wd=True):
    return optim.SGD(params, lr, mom, weight_decay=0.0 if decouple_wd else wd)


def RMSProp(params, lr, mom=0.0, sqr_mom=0.99, eps=1e-8, wd=0.0, decouple_wd=True):
    return optim.RMSprop(params, lr, weight_decay=0.0 if decouple_wd else wd)


def Larc(params, lr, mom=0.9, clip=True, trust_coeff=0.02, eps=1e-8, wd=0.0, decouple_wd=True):
    return optim.SGD(params, lr, mom, weight_decay=0.0 if decouple_wd else wd)


def Lamb(params, lr, mom=0.9, sqr_mom=0.99, eps=1e-5, wd=0.0, decouple_wd=True):
    return optim.AdamW(params, lr, weight_decay=wd)


def ranger(params, lr, mom=0.95, wd=0.01, eps=1e-6, k=6, alpha=0.5, decouple_wd=True):
    return RAdam(params, lr, mom=mom, eps=eps, wd=wd, decouple_wd=decouple_wd)


def OptimWrapper(params=None, opt=None, hp_map=None, lr=None, wd=None, **kwargs):
    """An optimizer of PyTorch: what it makes of ``weight_decay`` is its own affair."""
    if wd is None:
        return opt(params, lr=lr, **kwargs)
    return opt(params, lr=lr, weight_decay=wd, **kwargs)


# callbacks


class Callback:
    learn = None

    def __init__(self, *args, **kwargs):
        pass

    def is_old(self):
        """Whether it has hooks of fastai 1, which are handed more than is followed here."""
        return hasattr(self, "on_train_begin") or hasattr(self, "on_batch_begin") or hasattr(self, "on_batch_end")

    def __getattr__(self, name):
        return getattr(self.learn, name)


class LearnerCallback(Callback):
    def __init__(self, learn=None, *args, **kwargs):
        self.learn = learn


MixUp = Callback
CutMix = Callback
MixUpCallback = Callback
ShowGraphCallback = Callback
ShowGraph = Callback
CSVLogger = Callback
Recorder = Callback
ProgressCallback = Callback
ActivationStats = Callback
GradientAccumulation = Callback
MixedPrecision = Callback
ChannelsLast = Callback
BnFreeze = Callback
RNNRegularizer = Callback
ModelResetter = Callback
TerminateOnNaNCallback = Callback
SkipToEpoch = Callback
WandbCallback = Callback
TensorBoardCallback = Callback


class GradientClip(Callback):
    def __init__(self, max_norm=1.0, norm_type=2.0):
        self.max_norm = max_norm

    def before_step(self):
        nn.utils.clip_grad_norm_(self.learn.model.parameters(), self.max_norm)


class GradientClipping(Callback):
    """That of fastai 1."""

    def __init__(self, learn=None, clip=0.0):
        self.clip = clip

    def before_step(self):
        if self.clip:
            nn.utils.clip_grad_norm_(self.learn.model.parameters(), self.clip)


class TrackerCallback(Callback):
    """Of fastai 1 the first argument is the learner, of fastai 2 what is watched."""

    def __init__(self, *args, monitor="valid_loss", every="improvement", every_epoch=False, at_end=False, **kwargs):
        self.monitor = args[0] if args and isinstance(args[0], str) else monitor
        self.always = bool(every_epoch) or every != "improvement"

    def score(self):
        return self.learn.train_score if self.monitor == "train_loss" else self.learn.score


class SaveModelCallback(TrackerCallback):
    def after_epoch(self):
        at(self)
        if self.always:
            self.learn.save("model")
        elif self.score() < unknown():
            self.learn.save("model")

    def after_fit(self):
        if not self.always:
            self.learn.load("model")


class EarlyStoppingCallback(TrackerCallback):
    def after_epoch(self):
        at(self)
        self.learn.stopping = self.score() > unknown()


class ReduceLROnPlateau(TrackerCallback):
    schedule = None

    def before_fit(self):
        at(self)
        self.schedule = optim.lr_scheduler.ReduceLROnPlateau(self.learn.opt)

    def after_epoch(self):
        at(self)
        self.schedule.step(self.score())


ReduceLROnPlateauCallback = ReduceLROnPlateau


class ParamScheduler(Callback):
    def __init__(self, scheds=None, *args, **kwargs):
        pass

    def after_step(self):
        for group in self.learn.opt.param_groups:
            group["lr"] = unknown()


GeneralScheduler = ParamScheduler
OneCycleScheduler = ParamScheduler


class _SuggestedLRs:
    """Numbers that a curve suggests."""

    def __init__(self):
        number = torch.rand(1).item()
        self.valley = self.slide = self.minimum = self.steep = self.lr_min = self.lr_steep = number


# learner.py


def _rate(lr, number, count):
    """The rate of one group: a ``slice`` rises towards the last."""
    if isinstance(lr, slice):
        if lr.start:
            return lr.start if number == 0 else lr.stop if number == count - 1 else unknown()
        return lr.stop if number == count - 1 else lr.stop / 10
    return lr[number] if isinstance(lr, (list, tuple, np.ndarray)) else lr


class Learner:
    def __init__(
        self, dls, model=None, loss_func=None, opt_func=Adam, lr=0.001, splitter=trainable_params, cbs=None, metrics=None,
        path=None, model_dir="models", wd=None, wd_bn_bias=False, train_bn=True, moms=(0.95, 0.85, 0.95), default_cbs=True,
        callback_fns=None, callbacks=None, true_wd=True, bn_wd=True, clip=None, **kwargs,
    ):  # fmt: skip
        self.dls = dls
        self.model = model
        self.loss_func = loss_func or dls.loss_func or _some_loss
        self.opt_func = opt_func
        self.lr = slice(3e-3) if isinstance(dls, DataBunch) else lr
        self.splitter = splitter
        self.wd = wd
        self.decay = {} if true_wd else {"weight_decay": 0.01 if wd is None else wd}
        self.cbs = self.callbacks = []
        self.callback_fns = [] if callback_fns is None else listify(callback_fns)
        self.opt = None
        self.score = None
        self.train_score = None
        self.stopping = False
        self.recorder = unknown()
        self.path = path
        self.add_cbs([*listify(cbs), *listify(callbacks)])
        if clip:
            self.add_cb(GradientClipping(self, clip))

    @property
    def data(self):
        return self.dls

    def add_cb(self, cb):
        made = cb() if isinstance(cb, type) else cb
        made.learn = self
        if isinstance(made, Callback):
            self.cbs.append(made)
        if not isinstance(made, Callback) or made.is_old():
            unknown()(made, self.model)  # it may do anything
        return self

    def add_cbs(self, cbs):
        for cb in listify(cbs):
            self.add_cb(cb)
        return self

    def remove_cb(self, cb):
        return self

    def remove_cbs(self, cbs):
        return self

    def _call(self, event):
        for cb in self.cbs:
            if hasattr(cb, event):
                getattr(cb, event)()

    # What is trained, and at which rates

    def split(self, split_on):
        self.splitter = unknown()
        return self

    def freeze_to(self, n):
        groups = self.splitter(self.model)
        for group in groups:
            for parameter in group:
                parameter.requires_grad_(False)
        for group in groups[n:]:
            for parameter in group:
                parameter.requires_grad_(True)

    def freeze(self):
        self.freeze_to(-1)

    def unfreeze(self):
        self.freeze_to(0)

    def _create_opt(self, lr, wd):
        groups = self.splitter(self.model)
        rates = [_rate(lr, number, len(groups)) for number in range(len(groups))]
        decay = {} if wd is None else {"wd": wd}
        self.opt = self.opt_func(
            [{"params": group, "lr": rate} for group, rate in zip(groups, rates)], lr=rates[-1], **decay, **self.decay
        )

    # Training

    def fit(self, n_epoch, lr=None, wd=None, cbs=None, reset_opt=False, start_epoch=0, callbacks=None, **kwargs):
        self._create_opt(self.lr if lr is None else lr, self.wd if wd is None else wd)
        self._fit(n_epoch, None, cbs, callbacks)

    def fit_one_cycle(
        self, n_epoch=None, lr_max=None, div=25.0, div_final=1e5, pct_start=0.25, wd=None, moms=None, cbs=None, reset_opt=False,
        start_epoch=0, cyc_len=None, max_lr=None, callbacks=None, **kwargs,
    ):  # fmt: skip
        rate = max_lr if lr_max is None else lr_max
        self._create_opt(self.lr if rate is None else rate, self.wd if wd is None else wd)
        schedule = optim.lr_scheduler.OneCycleLR(self.opt, unknown(), total_steps=unknown())
        self._fit(cyc_len if n_epoch is None else n_epoch, schedule, cbs, callbacks)

    def fit_flat_cos(
        self, n_epoch, lr=None, div_final=1e5, pct_start=0.75, wd=None, cbs=None, reset_opt=False, start_epoch=0
    ):
        self._create_opt(self.lr if lr is None else lr, self.wd if wd is None else wd)
        self._fit(n_epoch, optim.lr_scheduler.CosineAnnealingLR(self.opt, unknown()), cbs)

    def fit_sgdr(
        self, n_cycles, cycle_len, lr_max=None, cycle_mult=2, cbs=None, reset_opt=False, wd=None, start_epoch=0
    ):
        self._create_opt(self.lr if lr_max is None else lr_max, self.wd if wd is None else wd)
        schedule = optim.lr_scheduler.CosineAnnealingWarmRestarts(self.opt, unknown(), cycle_mult)
        self._fit(unknown(), schedule, cbs)

    def fit_fc(self, tot_epochs=1, lr=None, moms=None, start_pct=0.72, wd=None, callbacks=None):
        self._create_opt(self.lr if lr is None else lr, self.wd if wd is None else wd)
        self._fit(tot_epochs, optim.lr_scheduler.CosineAnnealingLR(self.opt, unknown()), callbacks)

    def fine_tune(self, epochs, base_lr=2e-3, freeze_epochs=1, lr_mult=100, pct_start=0.3, div=5.0, **kwargs):
        self.freeze()
        self.fit_one_cycle(freeze_epochs, slice(base_lr), **kwargs)
        self.unfreeze()
        self.fit_one_cycle(epochs, slice(base_lr / 2 / lr_mult, base_lr / 2), **kwargs)

    def _fit(self, n_epoch, schedule, *more):
        does(
            "fastai",
            "train() and eval(), which it leaves in force; no gradients in validation; zero_grad, backward and step; no clipping "
            "unless a callback does; decoupled decay; a rate for each group of layers where it is given a slice",
        )
        kept = self.cbs
        self.cbs = [*kept]
        for cbs in more:
            self.add_cbs(cbs)
        for function in self.callback_fns:
            self.add_cb(function(self))
        for cb in self.cbs:
            cb.learn = self
        self._call("before_fit")
        keeps_statistics(self.model)  # ``train_bn``
        for epoch in range(n_epoch):
            self.epoch = epoch
            self.model.train()
            self._call("before_epoch")
            self._call("before_train")
            for *xb, yb in self.dls.train:
                self._train_batch(xb, yb, schedule)
            self._validate(self.dls.valid)
            self._call("after_epoch")
            self._call("on_epoch_end")
            if self.stopping:
                break
        self._call("after_fit")
        self.cbs = kept

    def _train_batch(self, xb, yb, schedule):
        self.xb = xb
        self.yb = (yb,)
        self._call("before_batch")
        self.pred = self.model(*self.xb)
        self._call("after_pred")
        self.loss = self.loss_grad = self.loss_func(self.pred, *self.yb)
        self._call("after_loss")
        self.loss_grad.backward()
        self._call("after_backward")
        self._call("on_backward_end")
        self._call("before_step")
        self.opt.step()
        self._call("after_step")
        self.opt.zero_grad()
        if schedule is not None:
            schedule.step()
        self._call("after_batch")
        self.train_score = self.loss.item()

    def _validate(self, dl):
        self.model.eval()
        if dl is not None:
            self._call("before_validate")
            with torch.no_grad():
                for *xb, yb in dl:
                    self.score = self.loss_func(self.model(*xb), yb)
            self._call("after_validate")

    def lr_find(self, *args, **kwargs):
        """Trains for a while, and puts the weights back."""
        searches_rate()
        return _SuggestedLRs()

    # Evaluation

    def validate(self, ds_idx=1, dl=None, cbs=None, **kwargs):
        self._validate(self.dls.valid if dl is None else dl)
        return [self.score, self.score]

    def get_preds(self, ds_idx=1, dl=None, *args, **kwargs):
        self.model.eval()
        predictions = []
        targets = []
        with torch.no_grad():
            for *xb, yb in self.dls.valid if dl is None or not isinstance(ds_idx, int) else dl:
                predictions.append(self.model(*xb))
                targets.append(yb)
        return self._activated(torch.cat(predictions)), torch.cat(targets)

    def _activated(self, predictions):
        if isinstance(self.loss_func, nn.CrossEntropyLoss):
            return torch.softmax(predictions, -1)
        if isinstance(self.loss_func, nn.BCEWithLogitsLoss):
            return torch.sigmoid(predictions)
        return predictions

    def tta(self, *args, **kwargs):
        """The mean over augmented copies of each sample, which is meant to be random."""
        return self.get_preds()

    TTA = tta

    def predict(self, item, *args, **kwargs):
        return unknown(), unknown(), unknown()

    def show_results(self, *args, **kwargs):
        pass

    # The rest

    def save(self, file, *args, **kwargs):
        torch.save(self.model.state_dict(), file)

    def load(self, file, *args, **kwargs):
        self.model.load_state_dict(torch.load(file))
        return self

    def save_encoder(self, file):
        torch.save(self.model[0].state_dict(), file)

    def load_encoder(self, file, *args, **kwargs):
        self.model[0].load_state_dict(torch.load(file))
        self.freeze()
        return self

    def export(self, *args, **kwargs):
        torch.save(self.model, unknown())

    def summary(self, *args, **kwargs):
        pass

    def no_bar(self):
        return torch.autocast("cpu")  # a context that changes nothing

    def no_mbar(self):
        return torch.autocast("cpu")

    def no_logging(self):
        return torch.autocast("cpu")

    def distrib_ctx(self, *args, **kwargs):
        return torch.autocast("cpu")

    def parallel_ctx(self, *args, **kwargs):
        return torch.autocast("cpu")

    def show_training_loop(self):
        pass

    def to_bf16(self, *args, **kwargs):
        return self

    def to_channelslast(self, *args, **kwargs):
        return self

    def clip_grad(self, clip=0.1):
        self.add_cb(GradientClipping(self, clip))
        return self

    def to_fp16(self, loss_scale=None, *args, clip=None, **kwargs):
        if clip:
            self.add_cb(GradientClipping(self, clip))
        return self

    def to_fp32(self, *args, **kwargs):
        return self

    def to_native_fp16(self, *args, **kwargs):
        return self

    def to_parallel(self, *args, **kwargs):
        return self

    def to_distributed(self, *args, **kwargs):
        return self

    def mixup(self, *args, **kwargs):
        return self

    def add_time(self, *args, **kwargs):
        return self


def load_learner(*args, **kwargs):
    return Learner(unknown(), network("exported"))


class Interpretation:
    def __init__(self, *args, **kwargs):
        pass

    @classmethod
    def from_learner(cls, learn, *args, **kwargs):
        learn.get_preds()
        return cls()

    def __getattr__(self, name):
        return lambda *args, **kwargs: unknown()


ClassificationInterpretation = Interpretation
SegmentationInterpretation = Interpretation
