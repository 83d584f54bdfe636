"""fastai 0.7, the library of the 2018 courses: modules such as ``fastai.conv_learner``, ``fastai.nlp`` or ``fastai.column_data``.

Read off fastai 0.7.0: ``learner.py``, ``model.py``, ``conv_learner.py``, ``sgdr.py``, ``layer_optimizer.py``, ``layers.py``,
``core.py``, ``torch_imports.py``. The names that its modules hand on are imported as they do it.
"""

import collections
import copy
import datetime
import itertools
import json
import math
import operator
import os
import pickle
import random
import re
import shutil
import string
import sys
import time
import warnings
from collections import Counter, OrderedDict
from functools import partial
from glob import glob, iglob
from itertools import chain
from operator import attrgetter, itemgetter
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pandas as pd
import PIL
import scipy
import sklearn
import torch
import torch.nn.functional as F
import torchvision
from matplotlib import pyplot as plt
from PIL import Image
from sklearn import ensemble, preprocessing
from torch import FloatTensor, LongTensor, cuda, nn, optim
from torch.autograd import Variable
from torch.nn.init import kaiming_normal, kaiming_uniform
from torch.utils.data import Dataset, TensorDataset
from torchvision.models import (
    densenet121,
    densenet161,
    densenet169,
    densenet201,
    resnet18,
    resnet34,
    resnet50,
    resnet101,
    resnet152,
    vgg16_bn,
    vgg19_bn,
)
from torchvision.transforms import Compose
from tqdm import tnrange, tqdm, tqdm_notebook, trange

from bpcheck.frameworks import does, keeps_statistics, network, searches_rate, unknown

# core.py, torch_imports.py


def is_listy(x):
    return isinstance(x, (list, tuple))


def listify(x, y):
    """One element for each of ``y``."""
    return [x[number] if isinstance(x, (list, tuple, np.ndarray)) else x for number in range(len(y))]


def map_none(x, f):
    return None if x is None else f(x)


def noop(*args, **kwargs):
    return None


def A(*a):
    return np.array(a[0]) if len(a) == 1 else [np.array(o) for o in a]


def T(a, half=False, cuda=True):
    return torch.as_tensor(a)


def V(x, requires_grad=False, volatile=False):
    return Variable(x, requires_grad=requires_grad, volatile=volatile)


def V_(x, requires_grad=False, volatile=False):
    return Variable(x, requires_grad=requires_grad, volatile=volatile)


def VV(x):
    return Variable(x, volatile=True)


def VV_(x):
    return Variable(x, volatile=True)


def to_np(v):
    return np.array(v)


def to_gpu(x, *args, **kwargs):
    return x


def no_grad_context():
    return torch.no_grad()


def set_grad_enabled(mode):
    return torch.set_grad_enabled(mode)


def children(m):
    return m if is_listy(m) else list(m.children())


def save_model(m, p):
    torch.save(m.state_dict(), p)


def load_model(m, p):
    m.load_state_dict(torch.load(p))


def cut_model(m, cut):
    """The network itself: where it is cut is not looked into."""
    return [m]


def split_by_idxs(seq, idxs):
    if len(seq) == 1:
        return [seq, *[[seq[0].later] for _ in idxs]]
    parts = []
    last = 0
    for idx in idxs:
        parts.append(seq[last:idx])
        last = idx
    return [*parts, seq[last:]]


def chain_params(p):
    if is_listy(p):
        return [parameter for o in p for parameter in o.parameters()]
    return p.parameters()


def trainable_params_(m):
    return m.parameters()


def set_trainable(group, b):
    for part in group if is_listy(group) else [group]:
        part.requires_grad_(b)


def SGD_Momentum(momentum):
    return partial(optim.SGD, momentum=momentum)


def _sources(name):
    """A network of the library's own: ``f(pre)``, where ``pre`` asks for ImageNet weights."""
    return lambda pre=True: network(name, pretrained=pre)


vgg16 = _sources("vgg16")
vgg19 = _sources("vgg19")
resnext50 = _sources("resnext50")
resnext101 = _sources("resnext101")
resnext101_64 = _sources("resnext101_64")
wrn = _sources("wrn")
inception_4 = _sources("inception_4")
inceptionresnet_2 = _sources("inceptionresnet_2")
dn121 = _sources("dn121")
dn161 = _sources("dn161")
dn169 = _sources("dn169")
dn201 = _sources("dn201")
vgg_resnet50 = _sources("vgg_resnet50")
model_meta = unknown()
model_features = unknown()


class BasicModel:
    def __init__(self, model, name="unnamed"):
        self.model = model
        self.name = name

    def get_layer_groups(self, do_fc=False):
        return children(self.model)


class SingleModel(BasicModel):
    def get_layer_groups(self, do_fc=False):
        return [self.model]


class SimpleNet(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(layers[i], layers[i + 1]) for i in range(len(layers) - 1)])

    def forward(self, x):
        x = x.view(x.size(0), -1)
        for layer in self.layers:
            l_x = layer(x)
            x = F.relu(l_x)
        return F.log_softmax(l_x, dim=-1)


# layers.py


class AdaptiveConcatPool2d(nn.Module):
    def __init__(self, sz=None):
        super().__init__()
        self.ap = nn.AdaptiveAvgPool2d(1)
        self.mp = nn.AdaptiveMaxPool2d(1)

    def forward(self, x):
        return torch.cat([self.mp(x), self.ap(x)], 1)


class Flatten(nn.Module):
    def forward(self, x):
        return x.view(x.size(0), -1)


class Lambda(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x)


# sgdr.py, layer_optimizer.py


class LayerOptimizer:
    def __init__(self, opt_fn, layer_groups, lrs, wds=None):
        self.layer_groups = layer_groups if is_listy(layer_groups) else [layer_groups]
        self.lrs = listify(lrs, self.layer_groups)
        self.wds = listify(0.0 if wds is None else wds, self.layer_groups)
        self.opt = opt_fn(self.opt_params())

    def opt_params(self):
        return [
            {"params": chain_params(group), "lr": lr, "weight_decay": wd}
            for group, lr, wd in zip(self.layer_groups, self.lrs, self.wds)
        ]

    @property
    def lr(self):
        return self.lrs[-1]

    def set_lrs(self, lrs):
        set_lrs(self.opt, lrs)

    def set_wds(self, wds):
        pass

    def set_mom(self, momentum):
        pass


def set_lrs(opt, lrs):
    for group in opt.param_groups:
        group["lr"] = lrs


class Callback:
    def on_train_begin(self):
        pass

    def on_batch_begin(self):
        pass

    def on_phase_begin(self):
        pass

    def on_epoch_end(self, metrics):
        pass

    def on_phase_end(self):
        pass

    def on_batch_end(self, metrics):
        pass

    def on_train_end(self):
        pass


class LossRecorder(Callback):
    """Leaves the rate as it is."""

    def __init__(self, layer_opt, save_path="", record_mom=False, metrics=None):
        self.layer_opt = layer_opt
        self.init_lrs = layer_opt.lrs

    def plot(self, *args, **kwargs):
        pass

    def plot_loss(self, *args, **kwargs):
        pass

    def plot_lr(self, *args, **kwargs):
        pass


class LoggingCallback(Callback):
    def __init__(self, save_path):
        self.save_path = save_path


class LR_Updater(LossRecorder):
    """Sets another rate after every batch."""

    def on_train_begin(self):
        self.update_lr()

    def on_batch_end(self, metrics):
        self.update_lr()

    def update_lr(self):
        self.layer_opt.set_lrs(self.calc_lr(self.init_lrs))

    def calc_lr(self, init_lrs):
        return unknown()


class CosAnneal(LossRecorder):
    def __init__(self, layer_opt, nb, on_cycle_end=None, cycle_mult=1):
        super().__init__(layer_opt)
        self.on_cycle_end = on_cycle_end
        self.schedule = optim.lr_scheduler.CosineAnnealingWarmRestarts(layer_opt.opt, unknown(), cycle_mult)

    def on_batch_end(self, metrics):
        self.schedule.step()
        if self.on_cycle_end and unknown():
            self.on_cycle_end(self, unknown())


class CircularLR(LossRecorder):
    """Up and down again in straight lines."""

    def __init__(self, layer_opt, nb, div=4, cut_div=8, on_cycle_end=None, momentums=None):
        super().__init__(layer_opt)
        self.on_cycle_end = on_cycle_end
        self.schedule = optim.lr_scheduler.CyclicLR(layer_opt.opt, unknown(), unknown())

    def on_batch_end(self, metrics):
        self.schedule.step()
        if self.on_cycle_end and unknown():
            self.on_cycle_end(self, unknown())


class CircularLR_beta(CircularLR):
    def __init__(self, layer_opt, nb, div=10, pct=10, on_cycle_end=None, momentums=None):
        super().__init__(layer_opt, nb, on_cycle_end=on_cycle_end)


class SaveBestModel(LossRecorder):
    def __init__(self, model, layer_opt, metrics, name="best_model"):
        super().__init__(layer_opt)
        self.model = model
        self.name = name

    def on_epoch_end(self, metrics):
        if metrics[0] < unknown():
            self.model.save(self.name)


class DecayType:
    NO = 1
    LINEAR = 2
    COSINE = 3
    EXPONENTIAL = 4
    POLYNOMIAL = 5


class TrainingPhase:
    def __init__(
        self, epochs=1, opt_fn=optim.SGD, lr=1e-2, lr_decay=DecayType.NO, momentum=0.9, momentum_decay=DecayType.NO,
        beta=None, wds=None, wd_loss=True,
    ):  # fmt: skip
        self.epochs = epochs
        self.opt_fn = opt_fn
        self.lr = lr
        self.lr_decay = lr_decay
        self.wds = wds
        self.wd_loss = wd_loss


class OptimScheduler(LossRecorder):
    """Goes through the phases, each with a rate and a decay of its own."""

    def __init__(self, layer_opt, phases, nb_batches, stop_div=False):
        super().__init__(layer_opt)
        self.phases = phases

    def on_batch_end(self, metrics):
        if len(self.phases) > 1 or self.phases[0].lr_decay != DecayType.NO:
            self.layer_opt.set_lrs(unknown())


# model.py: the loop


class Stepper:
    def __init__(self, m, opt, crit, clip=0, reg_fn=None, fp16=False, loss_scale=1):
        self.m = m
        self.opt = opt
        self.crit = crit
        self.clip = clip
        self.reg_fn = reg_fn
        self.fp16 = fp16
        self.loss_scale = loss_scale

    def reset(self, train=True):
        if train:
            self.m.train()
            keeps_statistics(self.m)  # frozen layers do, the others if ``bn_freeze``
        else:
            self.m.eval()
        if hasattr(self.m, "reset"):
            self.m.reset()

    def step(self, xs, y, epoch):
        xtra = []
        output = self.m(*xs)
        if isinstance(output, tuple):
            output, *xtra = output
        self.opt.zero_grad()
        loss = raw_loss = self.crit(output, y)
        if self.reg_fn:
            loss = self.reg_fn(output, xtra, raw_loss)
        loss.backward()
        if self.clip:
            nn.utils.clip_grad_norm_(self.m.parameters(), self.clip)
        self.opt.step()
        return raw_loss.item()

    def evaluate(self, xs, y):
        preds = self.m(*xs)
        if isinstance(preds, tuple):
            preds = preds[0]
        return preds, self.crit(preds, y)


def fit(
    model, data, n_epochs, opt, crit, metrics=None, callbacks=None, stepper=Stepper, swa_model=None, swa_start=None,
    swa_eval_freq=None, visualize=False, **kwargs,
):  # fmt: skip
    does(
        "fastai 0.7",
        "train() and eval(), which it leaves in force; no gradients in validation; zero_grad, backward and step; no clipping "
        "unless clip; a constant rate unless cycle_len; decay as L2 unless use_wd_sched",
    )
    callbacks = callbacks or []
    for callback in callbacks:
        callback.on_train_begin()
        callback.on_phase_begin()
    model_stepper = stepper(model, opt.opt if isinstance(opt, LayerOptimizer) else opt, crit, **kwargs)
    values = None
    for epoch in range(n_epochs):
        model_stepper.reset(True)
        for *x, y in data.trn_dl:
            for callback in callbacks:
                callback.on_batch_begin()
            loss = model_stepper.step(V(x), V(y), epoch)
            for callback in callbacks:
                callback.on_batch_end(loss)
        values = validate(model_stepper, data.val_dl, metrics, epoch)
        stop = False
        for callback in callbacks:
            stop = callback.on_epoch_end(values)
        if stop:
            break
    for callback in callbacks:
        callback.on_phase_end()
        callback.on_train_end()
    return values


def validate(stepper, dl, metrics, epoch, seq_first=False, validate_skip=0):
    values = []
    stepper.reset(False)
    with torch.no_grad():
        for *x, y in dl:
            _, loss = stepper.evaluate(VV(x), VV(y))
            values.append(loss)
    return values


def predict(m, dl):
    return predict_with_targs(m, dl)[0]


def predict_batch(m, x):
    m.eval()
    return m(VV(x))


def predict_with_targs(m, dl):
    m.eval()
    if hasattr(m, "reset"):
        m.reset()
    predictions = []
    targets = []
    with torch.no_grad():
        for *x, y in dl:
            predictions.append(m(*VV(x)))
            targets.append(y)
    return np.concatenate(predictions), np.concatenate(targets)


# learner.py


class Learner:
    def __init__(
        self, data, models, opt_fn=None, tmp_name="tmp", models_name="models", metrics=None, clip=None, crit=None
    ):
        self.data_ = data
        self.models = models
        self.metrics = metrics
        self.clip = clip
        self.sched = None
        self.opt_fn = opt_fn or SGD_Momentum(0.9)
        self.crit = crit if crit else self._get_crit(data)
        self.reg_fn = None
        self.fp16 = False
        self.swa_model = None
        self.models_path = models_name
        self.tmp_path = tmp_name
        self.score = None
        self.cycles = None

    @classmethod
    def from_model_data(cls, m, data, **kwargs):
        made = cls(data, BasicModel(m), **kwargs)
        made.unfreeze()
        return made

    @classmethod
    def pretrained_convnet(cls, f, data, **kwargs):
        """``ConvLearner.pretrained`` as it was called at first."""
        return ConvLearner.pretrained(f, data, **kwargs)

    def __getitem__(self, i):
        return self.children[i]

    @property
    def children(self):
        return children(self.model)

    @property
    def model(self):
        return self.models.model

    @property
    def data(self):
        return self.data_

    def summary(self):
        return unknown()

    def lsuv_init(self, *args, **kwargs):
        pass

    def half(self):
        self.fp16 = True

    def float(self):
        self.fp16 = False

    def bn_freeze(self, do_freeze):
        pass

    def freeze_to(self, n):
        groups = self.get_layer_groups()
        for group in groups:
            set_trainable(group, False)
        for group in groups[n:]:
            set_trainable(group, True)

    def freeze_all_but(self, n):
        groups = self.get_layer_groups()
        for group in groups:
            set_trainable(group, False)
        set_trainable(groups[n], True)

    def freeze_groups(self, groups):
        every = self.get_layer_groups()
        self.unfreeze()
        for number in groups:
            set_trainable(every[number], False)

    def unfreeze_groups(self, groups):
        every = self.get_layer_groups()
        for number in groups:
            set_trainable(every[number], True)

    def unfreeze(self):
        self.freeze_to(0)

    def get_model_path(self, name):
        return f"{self.models_path}/{name}.h5"

    def save(self, name):
        save_model(self.model, self.get_model_path(name))

    def load(self, name):
        load_model(self.model, self.get_model_path(name))

    def set_data(self, data):
        self.data_ = data

    def save_cycle(self, name, cycle):
        self.save(f"{name}_cyc_{cycle}")

    def load_cycle(self, name, cycle):
        """Of the weights that were saved after every cycle those are taken that did best in validation."""
        if self.score is not None and cycle + 1 != self.cycles:
            for _ in range(self.cycles):
                if self.score < unknown():
                    self.chosen = self.model
        else:
            self.load(f"{name}_cyc_{cycle}")

    def get_layer_groups(self):
        return self.models.get_layer_groups()

    def get_layer_opt(self, lrs, wds):
        return LayerOptimizer(self.opt_fn, self.get_layer_groups(), lrs, wds)

    def get_cycle_end(self, name):
        return None if name is None else lambda sched, cycle: self.save_cycle(name, cycle)

    def fit(self, lrs, n_cycle, wds=None, use_wd_sched=False, **kwargs):
        self.sched = None
        layer_opt = self.get_layer_opt(lrs, 0.0 if use_wd_sched else wds)
        return self.fit_gen(self.model, self.data, layer_opt, n_cycle, **kwargs)

    def fit_gen(
        self, model, data, layer_opt, n_cycle, cycle_len=None, cycle_mult=1, cycle_save_name=None, best_save_name=None,
        use_clr=None, use_clr_beta=None, metrics=None, callbacks=None, use_wd_sched=False, norm_wds=False,
        wds_sched_mult=None, use_swa=False, swa_start=1, swa_eval_freq=5, **kwargs,
    ):  # fmt: skip
        callbacks = [] if callbacks is None else [*callbacks]
        cycle_end = self.get_cycle_end(cycle_save_name)
        if use_clr is not None:
            self.sched = CircularLR(layer_opt, unknown(), on_cycle_end=cycle_end)
        elif use_clr_beta is not None:
            self.sched = CircularLR_beta(layer_opt, unknown(), on_cycle_end=cycle_end)
        elif cycle_len:
            self.sched = CosAnneal(layer_opt, unknown(), on_cycle_end=cycle_end, cycle_mult=cycle_mult)
        else:
            self.sched = LossRecorder(layer_opt)
        callbacks.append(self.sched)
        if best_save_name is not None:
            callbacks.append(SaveBestModel(self, layer_opt, metrics, best_save_name))
        self.swa_model = self.model
        self.cycles = n_cycle
        values = fit(
            model, data, unknown() if cycle_len else n_cycle, layer_opt.opt, self.crit, callbacks=callbacks,
            reg_fn=self.reg_fn, clip=self.clip, **kwargs,
        )  # fmt: skip
        self.score = values[0]
        return values

    def fit_opt_sched(
        self, phases, cycle_save_name=None, best_save_name=None, stop_div=False, data_list=None, callbacks=None, cut=None,
        use_swa=False, swa_start=1, swa_eval_freq=5, **kwargs,
    ):  # fmt: skip
        first = phases[0]
        decay = first.wds if first.wd_loss else 0.0
        layer_opt = LayerOptimizer(first.opt_fn, self.get_layer_groups(), first.lr, decay)
        self.sched = OptimScheduler(layer_opt, phases, None, stop_div)
        callbacks = [self.sched] if callbacks is None else [*callbacks, self.sched]
        if best_save_name is not None:
            callbacks.append(SaveBestModel(self, layer_opt, None, best_save_name))
        n_epochs = first.epochs if len(phases) == 1 else unknown()
        return fit(
            self.model, self.data if data_list is None else data_list[0], n_epochs, layer_opt.opt, self.crit,
            callbacks=callbacks, reg_fn=self.reg_fn, clip=self.clip, **kwargs,
        )  # fmt: skip

    def warm_up(self, lr, wds=None):
        pass

    def lr_find(self, start_lr=1e-5, end_lr=10, wds=None, linear=False, **kwargs):
        """Trains for a while, and puts the weights back."""
        searches_rate()

    def lr_find2(self, start_lr=1e-5, end_lr=10, num_it=100, wds=None, linear=False, stop_dv=True, **kwargs):
        searches_rate()

    def predict(self, is_test=False, use_swa=False):
        return self.predict_with_targs(is_test)[0]

    def predict_with_targs(self, is_test=False, use_swa=False):
        return predict_with_targs(self.model, self.data.test_dl if is_test else self.data.val_dl)

    def predict_dl(self, dl):
        return predict(self.model, dl)

    def predict_array(self, *arr):
        self.model.eval()
        with torch.no_grad():
            return to_np(self.model(*arr))

    def TTA(self, n_aug=4, is_test=False):
        """The mean over augmented copies of each image, which is meant to be random."""
        return self.predict_with_targs(is_test)

    def _get_crit(self, data):
        return F.mse_loss


# conv_learner.py


class _Scores(nn.Module):
    """The last activation, where only the labels decide which it is."""

    def forward(self, x):
        return unknown(x)


class ConvnetBuilder:
    def __init__(self, f, c, is_multi, is_reg, ps=None, xtra_fc=None, xtra_cut=0, custom_head=None, pretrained=True):
        body = f(pretrained)
        self.body = body
        self.later = body.later
        self.top_model = nn.Sequential(body)
        if custom_head:
            head = [custom_head]
        else:
            head = [
                AdaptiveConcatPool2d(), Flatten(), nn.BatchNorm1d(unknown()), nn.Dropout(0.25), nn.Linear(unknown(), 512),
                nn.ReLU(), nn.BatchNorm1d(512), nn.Dropout(0.5), nn.Linear(512, c),
            ]  # fmt: skip
            if not is_reg:
                head.append(_Scores() if is_multi is None else nn.Sigmoid() if is_multi else nn.LogSoftmax(dim=1))
        self.fc_model = nn.Sequential(*head)
        self.model = nn.Sequential(body, self.fc_model)

    def get_layer_groups(self, do_fc=False):
        return [self.fc_model] if do_fc else [self.body, self.later, self.fc_model]


class ConvLearner(Learner):
    def __init__(self, data, models, precompute=False, **kwargs):
        self.precompute = False
        super().__init__(data, models, **kwargs)
        self.freeze()
        self.precompute = precompute

    def _get_crit(self, data):
        return F.l1_loss if data.is_reg else F.binary_cross_entropy if data.is_multi else F.nll_loss

    @classmethod
    def pretrained(
        cls, f, data, ps=None, xtra_fc=None, xtra_cut=0, custom_head=None, precompute=False, pretrained=True, **kwargs
    ):
        models = ConvnetBuilder(f, data.c, data.is_multi, data.is_reg, custom_head=custom_head, pretrained=pretrained)
        return cls(data, models, precompute, **kwargs)

    @classmethod
    def lsuv_learner(cls, f, data, ps=None, xtra_fc=None, xtra_cut=0, custom_head=None, precompute=False, **kwargs):
        models = ConvnetBuilder(f, data.c, data.is_multi, data.is_reg, custom_head=custom_head, pretrained=False)
        return cls(data, models, precompute, **kwargs)

    @property
    def model(self):
        """With ``precompute`` the head alone, on what the body made of the images."""
        return self.models.fc_model if self.precompute else self.models.model

    def set_data(self, data, precompute=False):
        self.data_ = data
        self.freeze()
        self.precompute = precompute

    def get_layer_groups(self):
        return self.models.get_layer_groups(self.precompute)

    def freeze(self):
        self.freeze_to(-1)

    def unfreeze(self):
        self.freeze_to(0)
        self.precompute = False


# metrics.py, plots.py, io.py


def accuracy(preds, targs):
    return (torch.max(preds, dim=1)[1] == targs).float().mean()


def accuracy_np(preds, targs):
    return (np.argmax(preds, 1) == targs).mean()


def accuracy_thresh(thresh):
    return lambda preds, targs: ((preds > thresh).float() == targs).float().mean()


def get_data(url, filename):
    pass


def plots(*args, **kwargs):
    pass


def plots_from_files(*args, **kwargs):
    pass


def plot_confusion_matrix(*args, **kwargs):
    pass


class ImageModelResults:
    def __init__(self, ds, log_preds):
        pass

    def plot_most_correct(self, y):
        pass

    def plot_most_incorrect(self, y):
        pass

    def plot_most_uncertain(self, y):
        pass
