"""fastai 0.7, the library of the 2018 courses: modules such as ``fastai.conv_learner``, ``fastai.nlp`` or ``fastai.column_data``.

Read off fastai 0.7.0: ``learner.py``, ``model.py``, ``conv_learner.py``, ``column_data.py``, ``nlp.py``, ``text.py``,
``lm_rnn.py``, ``dataset.py``, ``sgdr.py``, ``layer_optimizer.py``, ``transforms.py``, ``structured.py``, ``core.py``.
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

from bpcheck.frameworks import does, network, unknown

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


# transforms.py: what is done to the training images at random, and to the others not


class TfmType:
    NO = 1
    PIXEL = 2
    COORD = 3
    CLASS = 4


class CropType:
    RANDOM = 1
    CENTER = 2
    NO = 3
    GOOGLENET = 4
    NOOP = 5


class Transform:
    def __init__(self, tfm_y=TfmType.NO):
        self.tfm_y = tfm_y


class CoordTransform(Transform):
    pass


def RandomFlip(tfm_y=TfmType.NO, p=0.5):
    return torchvision.transforms.RandomHorizontalFlip(p)


def RandomDihedral(tfm_y=TfmType.NO):
    return Compose([torchvision.transforms.RandomHorizontalFlip(), torchvision.transforms.RandomVerticalFlip()])


def RandomRotate(deg, p=0.75, mode=None, tfm_y=TfmType.NO):
    return torchvision.transforms.RandomRotation(deg)


def RandomRotateZoom(deg, zoom, stretch, ps=None, mode=None, tfm_y=TfmType.NO):
    return torchvision.transforms.RandomAffine(deg)


def RandomLighting(b, c, tfm_y=TfmType.NO):
    return torchvision.transforms.ColorJitter(b, c)


def RandomCrop(targ_sz, tfm_y=TfmType.NO, sz_y=None):
    return torchvision.transforms.RandomCrop(targ_sz)


def RandomScale(sz, max_zoom, p=0.75, tfm_y=TfmType.NO, sz_y=None):
    return torchvision.transforms.RandomAffine(0)


def RandomStretch(max_stretch, tfm_y=TfmType.NO):
    return torchvision.transforms.RandomAffine(0)


def RandomBlur(blur_strengths=5, probability=0.5, tfm_y=TfmType.NO):
    return torchvision.transforms.GaussianBlur(blur_strengths)


def Cutout(n_holes, length, p=0.5, tfm_y=TfmType.NO):
    return torchvision.transforms.RandomErasing(p)


transforms_basic = [RandomRotate(10), RandomLighting(0.05, 0.05)]
transforms_side_on = [*transforms_basic, RandomFlip()]
transforms_top_down = [*transforms_basic, RandomDihedral()]
imagenet_stats = unknown()
inception_stats = unknown()


def tfms_from_stats(
    stats, sz, aug_tfms=None, max_zoom=None, pad=0, crop_type=CropType.RANDOM, tfm_y=None, sz_y=None, pad_mode=None,
    norm_y=True, scale=None,
):  # fmt: skip
    """The transforms of the training images and those of all others, which change nothing at random."""
    at_random = [] if aug_tfms is None else aug_tfms if is_listy(aug_tfms) else [aug_tfms]
    if max_zoom is not None:
        at_random = [*at_random, RandomScale(sz, max_zoom)]
    if crop_type in (CropType.RANDOM, CropType.GOOGLENET):
        at_random = [*at_random, RandomCrop(sz)]
    return Compose(at_random), Compose([torchvision.transforms.CenterCrop(sz)])


def tfms_from_model(f_model, sz, *args, **kwargs):
    return tfms_from_stats(imagenet_stats, sz, *args, **kwargs)


# dataset.py, dataloader.py


def get_cv_idxs(n, cv_idx=0, val_pct=0.2, seed=42):
    return unknown()


def split_by_idx(idxs, *a):
    """Of each array the part that is held out, and the other."""
    parts = []
    for o in a:
        train, held_out = sklearn.model_selection.train_test_split(o)
        parts.append((held_out, train))
    return parts


def DataLoader(
    dataset, batch_size=1, shuffle=False, sampler=None, batch_sampler=None, pad_idx=0, num_workers=None, pin_memory=False,
    drop_last=False, pre_pad=True, half=False, transpose=False, transpose_y=False,
):  # fmt: skip
    return torch.utils.data.DataLoader(dataset, batch_size, shuffle, sampler, batch_sampler)


class BaseDataset(Dataset):
    def __init__(self, transform=None):
        self.transform = transform

    def __getitem__(self, idx):
        return self.get_x(idx), self.get_y(idx)

    def get_x(self, i):
        return unknown()

    def get_y(self, i):
        return unknown()

    def denorm(self, arr):
        return arr

    @property
    def is_multi(self):
        return False

    @property
    def is_reg(self):
        return False

    @property
    def c(self):
        return unknown()

    @property
    def sz(self):
        return unknown()


class FilesDataset(BaseDataset):
    def __init__(self, fnames, transform, path):
        self.path = path
        self.fnames = fnames
        super().__init__(transform)

    def get_x(self, i):
        return self.fnames[i]


class FilesArrayDataset(FilesDataset):
    def __init__(self, fnames, y, transform, path):
        self.y = y
        super().__init__(fnames, transform, path)

    def get_y(self, i):
        return self.y[i]


class FilesIndexArrayDataset(FilesArrayDataset):
    pass


class FilesNhotArrayDataset(FilesArrayDataset):
    @property
    def is_multi(self):
        return True


class FilesIndexArrayRegressionDataset(FilesArrayDataset):
    @property
    def is_reg(self):
        return True


class _LabelledFiles(FilesArrayDataset):
    """Files with labels of a table, of which each may have one or several."""

    @property
    def is_multi(self):
        return None


class ArraysDataset(BaseDataset):
    def __init__(self, x, y, transform):
        self.x = x
        self.y = y
        super().__init__(transform)

    def get_x(self, i):
        return self.x[i]

    def get_y(self, i):
        return self.y[i]


class ArraysIndexDataset(ArraysDataset):
    pass


class ArraysIndexRegressionDataset(ArraysDataset):
    @property
    def is_reg(self):
        return True


class ArraysNhotDataset(ArraysDataset):
    @property
    def is_multi(self):
        return True


class ModelData:
    def __init__(self, path, trn_dl, val_dl, test_dl=None):
        self.path = path
        self.trn_dl = trn_dl
        self.val_dl = val_dl
        self.test_dl = test_dl

    @classmethod
    def from_dls(cls, path, trn_dl, val_dl, test_dl=None):
        return cls(path, trn_dl, val_dl, test_dl)

    @property
    def is_reg(self):
        return self.trn_ds.is_reg

    @property
    def is_multi(self):
        return self.trn_ds.is_multi

    @property
    def trn_ds(self):
        return self.trn_dl.dataset

    @property
    def val_ds(self):
        return self.val_dl.dataset

    @property
    def test_ds(self):
        return self.test_dl.dataset

    @property
    def trn_y(self):
        return self.trn_ds.y

    @property
    def val_y(self):
        return self.val_ds.y


class ImageData(ModelData):
    def __init__(self, path, datasets, bs, num_workers, classes):
        self.path = path
        self.bs = bs
        self.classes = classes
        self.trn_dl = DataLoader(datasets[0], bs, shuffle=True)
        self.val_dl = DataLoader(datasets[1], bs)
        self.fix_dl = DataLoader(datasets[2], bs)
        self.aug_dl = DataLoader(datasets[3], bs)
        self.test_dl = None if datasets[4] is None else DataLoader(datasets[4], bs)
        self.test_aug_dl = None if datasets[5] is None else DataLoader(datasets[5], bs)

    @property
    def sz(self):
        return self.trn_ds.sz

    @property
    def c(self):
        return self.trn_ds.c

    def resize(self, targ_sz, new_path="tmp", resume=True, fn=None):
        return self

    @staticmethod
    def get_ds(fn, trn, val, tfms, test=None, **kwargs):
        made = [
            fn(trn[0], trn[1], tfms[0], **kwargs),
            fn(val[0], val[1], tfms[1], **kwargs),
            fn(trn[0], trn[1], tfms[1], **kwargs),
            fn(val[0], val[1], tfms[0], **kwargs),
        ]
        if test is None:
            return [*made, None, None]
        return [*made, fn(test, test, tfms[1], **kwargs), fn(test, test, tfms[0], **kwargs)]


class ImageClassifierData(ImageData):
    @classmethod
    def from_arrays(
        cls, path, trn, val, bs=64, tfms=(None, None), classes=None, num_workers=4, test=None, continuous=False
    ):
        kind = ArraysIndexRegressionDataset if continuous else ArraysIndexDataset
        return cls(path, cls.get_ds(kind, trn, val, tfms, test=test), bs, num_workers, classes)

    @classmethod
    def from_paths(
        cls, path, bs=64, tfms=(None, None), trn_name="train", val_name="valid", test_name=None, test_with_labels=False,
        num_workers=8,
    ):  # fmt: skip
        trn = open(trn_name)
        val = open(val_name)
        test = open(test_name) if test_name else None
        datasets = cls.get_ds(FilesIndexArrayDataset, (trn, trn), (val, val), tfms, path=None, test=test)
        return cls(path, datasets, bs, num_workers, unknown())

    @classmethod
    def from_csv(
        cls, path, folder, csv_fname, bs=64, tfms=(None, None), val_idxs=None, suffix="", test_name=None,
        continuous=False, skip_header=True, num_workers=8, cat_separator=" ",
    ):  # fmt: skip
        table = pd.read_csv(csv_fname)
        return cls.from_names_and_array(
            path, table, table, None, val_idxs, test_name, tfms=tfms, bs=bs, continuous=continuous
        )

    @classmethod
    def from_path_and_array(
        cls, path, folder, y, classes=None, val_idxs=None, test_name=None, num_workers=8, tfms=(None, None), bs=64
    ):
        return cls.from_names_and_array(path, y, y, classes, val_idxs, test_name, tfms=tfms, bs=bs)

    @classmethod
    def from_names_and_array(
        cls, path, fnames, y, classes, val_idxs=None, test_name=None, num_workers=8, suffix="", tfms=(None, None), bs=64,
        continuous=False,
    ):  # fmt: skip
        (val_fnames, trn_fnames), (val_y, trn_y) = split_by_idx(val_idxs, fnames, y)
        test = open(test_name) if test_name else None
        kind = FilesIndexArrayRegressionDataset if continuous else _LabelledFiles
        datasets = cls.get_ds(kind, (trn_fnames, trn_y), (val_fnames, val_y), tfms, path=None, test=test)
        return cls(path, datasets, bs, num_workers, classes)


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

    def lr_find2(self, start_lr=1e-5, end_lr=10, num_it=100, wds=None, linear=False, stop_dv=True, **kwargs):
        pass

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
                head.append(_Scores() if is_multi is None else nn.Sigmoid() if is_multi else nn.LogSoftmax())
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


# column_data.py


class PassthruDataset(Dataset):
    def __init__(self, *args, is_reg=True, is_multi=False):
        self.columns = args
        self.is_reg = is_reg
        self.is_multi = is_multi

    @classmethod
    def from_data_frame(cls, df, cols_x, col_y, is_reg=True, is_multi=False):
        return cls(df[cols_x], df[col_y], is_reg=is_reg, is_multi=is_multi)


class ColumnarDataset(Dataset):
    def __init__(self, cats, conts, y, is_reg=True, is_multi=False):
        self.cats = cats
        self.conts = conts
        self.y = y
        self.is_reg = is_reg
        self.is_multi = is_multi

    def __getitem__(self, idx):
        return [self.cats[idx], self.conts[idx], self.y[idx]]

    @classmethod
    def from_data_frames(cls, df_cat, df_cont, y=None, is_reg=True, is_multi=False):
        return cls(df_cat, df_cont, y, is_reg, is_multi)

    @classmethod
    def from_data_frame(cls, df, cat_flds, y=None, is_reg=True, is_multi=False):
        return cls(df[cat_flds], df.drop(cat_flds, axis=1), y, is_reg, is_multi)


class ColumnarModelData(ModelData):
    def __init__(self, path, trn_ds, val_ds, bs, test_ds=None, shuffle=True):
        super().__init__(
            path, DataLoader(trn_ds, bs, shuffle=shuffle), DataLoader(val_ds, bs),
            None if test_ds is None else DataLoader(test_ds, bs),
        )  # fmt: skip

    @classmethod
    def from_arrays(cls, path, val_idxs, xs, y, is_reg=True, is_multi=False, bs=64, test_xs=None, shuffle=True):
        (val_xs, trn_xs), (val_y, trn_y) = split_by_idx(val_idxs, xs, y)
        test_ds = None if test_xs is None else PassthruDataset(test_xs, is_reg=is_reg, is_multi=is_multi)
        trn_ds = PassthruDataset(trn_xs, trn_y, is_reg=is_reg, is_multi=is_multi)
        val_ds = PassthruDataset(val_xs, val_y, is_reg=is_reg, is_multi=is_multi)
        return cls(path, trn_ds, val_ds, bs=bs, shuffle=shuffle, test_ds=test_ds)

    @classmethod
    def from_data_frames(
        cls,
        path,
        trn_df,
        val_df,
        trn_y,
        val_y,
        cat_flds,
        bs=64,
        is_reg=True,
        is_multi=False,
        test_df=None,
        shuffle=True,
    ):
        trn_ds = ColumnarDataset.from_data_frame(trn_df, cat_flds, trn_y, is_reg, is_multi)
        val_ds = ColumnarDataset.from_data_frame(val_df, cat_flds, val_y, is_reg, is_multi)
        test_ds = None
        if test_df is not None:
            test_ds = ColumnarDataset.from_data_frame(test_df, cat_flds, test_df, is_reg, is_multi)
        return cls(path, trn_ds, val_ds, bs, test_ds=test_ds, shuffle=shuffle)

    @classmethod
    def from_data_frame(
        cls, path, val_idxs, df, y, cat_flds, bs=64, is_reg=True, is_multi=False, test_df=None, shuffle=True
    ):
        (val_df, trn_df), (val_y, trn_y) = split_by_idx(val_idxs, df, y)
        return cls.from_data_frames(
            path, trn_df, val_df, trn_y, val_y, cat_flds, bs, is_reg, is_multi, test_df=test_df, shuffle=shuffle
        )

    def get_learner(self, emb_szs, n_cont, emb_drop, out_sz, szs, drops, y_range=None, use_bn=False, **kwargs):
        model = MixedInputModel(
            emb_szs, n_cont, emb_drop, out_sz, szs, drops, y_range, use_bn, self.is_reg, self.is_multi
        )
        return StructuredLearner(self, StructuredModel(model), opt_fn=optim.Adam, **kwargs)


class MixedInputModel(nn.Module):
    def __init__(
        self, emb_szs, n_cont, emb_drop, out_sz, szs, drops, y_range=None, use_bn=False, is_reg=True, is_multi=False
    ):
        super().__init__()
        self.embs = nn.ModuleList([nn.Embedding(unknown(), unknown())])
        self.lins = nn.Sequential(nn.Linear(unknown(), szs[0]), nn.ReLU())
        self.bns = nn.BatchNorm1d(szs[0])
        self.outp = nn.Linear(szs[-1], out_sz)
        self.emb_drop = nn.Dropout(emb_drop)
        self.drops = nn.ModuleList([nn.Dropout(drop) for drop in drops])
        self.bn = nn.BatchNorm1d(n_cont)
        self.y_range = y_range
        self.is_reg = is_reg
        self.is_multi = is_multi

    def forward(self, x_cat, x_cont):
        x = torch.cat([self.emb_drop(self.embs[0](x_cat)), self.bn(x_cont)], 1)
        x = self.outp(self.drops[0](self.bns(self.lins(x))))
        if not self.is_reg:
            return torch.sigmoid(x) if self.is_multi else F.log_softmax(x, dim=-1)
        if self.y_range:
            return torch.sigmoid(x) * unknown() + unknown()
        return x


class StructuredLearner(Learner):
    def _get_crit(self, data):
        return F.mse_loss if data.is_reg else F.binary_cross_entropy if data.is_multi else F.nll_loss


class StructuredModel(BasicModel):
    def get_layer_groups(self, do_fc=False):
        m = self.model
        return [m.embs, [m.lins, m.bns], m.outp]


class CollabFilterDataset(Dataset):
    def __init__(self, path, user_col, item_col, ratings):
        self.path = path
        self.user_col = user_col
        self.item_col = item_col
        self.ratings = ratings
        self.n_users = unknown()
        self.n_items = unknown()
        self.min_score = unknown()
        self.max_score = unknown()
        self.user2idx = unknown()
        self.item2idx = unknown()

    @classmethod
    def from_data_frame(cls, path, df, user_name, item_name, rating_name):
        return cls(path, df[user_name], df[item_name], df[rating_name])

    @classmethod
    def from_csv(cls, path, csv, user_name, item_name, rating_name):
        return cls.from_data_frame(path, pd.read_csv(csv), user_name, item_name, rating_name)

    def get_data(self, val_idxs, bs):
        columns = split_by_idx(val_idxs, self.user_col, self.item_col, self.ratings)
        (val_users, users), (val_items, items), (val_ratings, ratings) = columns
        trn_ds = TensorDataset(users, items, ratings)
        return ColumnarModelData(self.path, trn_ds, TensorDataset(val_users, val_items, val_ratings), bs)

    def get_model(self, n_factors):
        return CollabFilterModel(
            EmbeddingDotBias(n_factors, self.n_users, self.n_items, self.min_score, self.max_score)
        )

    def get_learner(self, n_factors, val_idxs, bs, **kwargs):
        return CollabFilterLearner(self.get_data(val_idxs, bs), self.get_model(n_factors), **kwargs)


class EmbeddingDotBias(nn.Module):
    def __init__(self, n_factors, n_users, n_items, min_score, max_score):
        super().__init__()
        self.u = nn.Embedding(n_users, n_factors)
        self.i = nn.Embedding(n_items, n_factors)
        self.ub = nn.Embedding(n_users, 1)
        self.ib = nn.Embedding(n_items, 1)

    def forward(self, users, items):
        res = (self.u(users) * self.i(items)).sum(1) + self.ub(users).squeeze() + self.ib(items).squeeze()
        return torch.sigmoid(res) * unknown() + unknown()


class CollabFilterLearner(Learner):
    pass


class CollabFilterModel(BasicModel):
    def get_layer_groups(self, do_fc=False):
        return self.model


# lm_rnn.py, rnn_reg.py


def seq2seq_reg(output, xtra, loss, alpha=0, beta=0):
    """Penalties on the activations of the last layer (AR) and on their change in time (TAR)."""
    hs, dropped_hs = xtra
    if alpha:
        loss = loss + alpha * dropped_hs[-1].pow(2).mean()
    if beta:
        h = hs[-1]
        loss = loss + beta * (h[1:] - h[:-1]).pow(2).mean()
    return loss


def repackage_var(h):
    if is_listy(h):
        return tuple([v.detach() for v in h])
    return h.detach()


class LockedDropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.dropout = nn.Dropout(p)

    def forward(self, x):
        return self.dropout(x)


class EmbeddingDropout(nn.Module):
    def __init__(self, embed):
        super().__init__()
        self.embed = embed

    def forward(self, words, dropout=0.1, scale=None):
        return F.dropout(self.embed(words), dropout, self.training)


class WeightDrop(nn.Module):
    def __init__(self, module, dropout, weights=None):
        super().__init__()
        self.module = module
        self.dropout = nn.Dropout(dropout)

    def forward(self, *args):
        return self.module(*args)


class RNN_Encoder(nn.Module):
    def __init__(
        self, ntoken, emb_sz, n_hid, n_layers, pad_token, bidir=False, dropouth=0.3, dropouti=0.65, dropoute=0.1, wdrop=0.5,
        qrnn=False,
    ):  # fmt: skip
        super().__init__()
        self.bs = 1
        self.encoder = nn.Embedding(ntoken, emb_sz, padding_idx=pad_token)
        self.encoder_with_dropout = EmbeddingDropout(self.encoder)
        self.rnns = nn.ModuleList([WeightDrop(nn.LSTM(emb_sz, n_hid, 1), wdrop) for _ in range(n_layers)])
        self.dropouti = LockedDropout(dropouti)
        self.dropouths = nn.ModuleList([LockedDropout(dropouth) for _ in range(n_layers)])
        self.dropoute = dropoute

    def forward(self, input):
        """In eval mode the hidden state is volatile, and so is all that comes of it."""
        with torch.set_grad_enabled(self.training):
            output = self.dropouti(self.encoder_with_dropout(input, self.dropoute))
            raw_outputs = []
            outputs = []
            for rnn, drop in zip(self.rnns, self.dropouths):
                raw_output, _ = rnn(output, unknown())
                raw_outputs.append(raw_output)
                output = drop(raw_output)
                outputs.append(output)
            return raw_outputs, outputs

    def reset(self):
        pass


class MultiBatchRNN(RNN_Encoder):
    def __init__(self, bptt, max_seq, *args, **kwargs):
        super().__init__(*args, **kwargs)


class LinearDecoder(nn.Module):
    def __init__(self, n_out, n_hid, dropout, tie_encoder=None, bias=False):
        super().__init__()
        self.decoder = nn.Linear(n_hid, n_out, bias=bias)
        self.dropout = LockedDropout(dropout)

    def forward(self, input):
        raw_outputs, outputs = input
        with torch.set_grad_enabled(self.training):
            return self.decoder(self.dropout(outputs[-1])), raw_outputs, outputs


class PoolingLinearClassifier(nn.Module):
    def __init__(self, layers, drops):
        super().__init__()
        self.layers = nn.Sequential(nn.BatchNorm1d(unknown()), nn.Dropout(drops[0]), nn.Linear(unknown(), layers[-1]))

    def forward(self, input):
        raw_outputs, outputs = input
        with torch.set_grad_enabled(self.training):
            return self.layers(outputs[-1]), raw_outputs, outputs


class SequentialRNN(nn.Sequential):
    def reset(self):
        for c in self.children():
            if hasattr(c, "reset"):
                c.reset()


def get_language_model(
    n_tok, emb_sz, n_hid, n_layers, pad_token, dropout=0.4, dropouth=0.3, dropouti=0.5, dropoute=0.1, wdrop=0.5,
    tie_weights=True, qrnn=False, bias=False,
):  # fmt: skip
    encoder = RNN_Encoder(n_tok, emb_sz, n_hid, n_layers, pad_token, False, dropouth, dropouti, dropoute, wdrop, qrnn)
    return SequentialRNN(encoder, LinearDecoder(n_tok, emb_sz, dropout, bias=bias))


def get_rnn_classifier(
    bptt, max_seq, n_class, n_tok, emb_sz, n_hid, n_layers, pad_token, layers, drops, bidir=False, dropouth=0.3,
    dropouti=0.5, dropoute=0.1, wdrop=0.5, qrnn=False,
):  # fmt: skip
    encoder = MultiBatchRNN(
        bptt, max_seq, n_tok, emb_sz, n_hid, n_layers, pad_token, bidir, dropouth, dropouti, dropoute, wdrop, qrnn
    )
    return SequentialRNN(encoder, PoolingLinearClassifier(layers, drops))


get_rnn_classifer = get_rnn_classifier


# nlp.py, text.py


class LanguageModelLoader:
    """The text in pieces, one after the other."""

    def __init__(self, nums, bs, bptt, backwards=False):
        self.data = nums

    def __iter__(self):
        while unknown():
            yield self.data[:-1], self.data[1:].view(-1)


class LanguageModel(BasicModel):
    def get_layer_groups(self, do_fc=False):
        m = self.model[0]
        return [*zip(m.rnns, m.dropouths), (self.model[1], m.dropouti)]


class TextModel(BasicModel):
    def get_layer_groups(self, do_fc=False):
        m = self.model[0]
        return [(m.encoder, m.dropouti), *zip(m.rnns, m.dropouths), self.model[1]]


class LanguageModelData:
    """Of ``fastai.text``; made from files or tables, that of ``fastai.nlp``, which has one group of layers."""

    def __init__(self, path, pad_idx, n_tok, trn_dl, val_dl, test_dl=None, grouped=True, **kwargs):
        self.path = path
        self.pad_idx = pad_idx
        self.n_tok = n_tok
        self.nt = n_tok
        self.trn_dl = trn_dl
        self.val_dl = val_dl
        self.test_dl = test_dl
        self.trn_ds = unknown()
        self.val_ds = unknown()
        self.grouped = grouped

    @classmethod
    def from_text_files(cls, path, field, train, validation, test=None, bs=64, bptt=70, **kwargs):
        trn_dl = LanguageModelLoader(open(train).read(), bs, bptt)
        val_dl = LanguageModelLoader(open(validation).read(), bs, bptt)
        test_dl = None if test is None else LanguageModelLoader(open(test).read(), bs, bptt)
        return cls(path, unknown(), unknown(), trn_dl, val_dl, test_dl, grouped=False)

    @classmethod
    def from_dataframes(cls, path, field, col, train_df, val_df, test_df=None, bs=64, bptt=70, **kwargs):
        trn_dl = LanguageModelLoader(train_df[col], bs, bptt)
        val_dl = LanguageModelLoader(val_df[col], bs, bptt)
        test_dl = None if test_df is None else LanguageModelLoader(test_df[col], bs, bptt)
        return cls(path, unknown(), unknown(), trn_dl, val_dl, test_dl, grouped=False)

    def get_model(self, opt_fn, emb_sz, n_hid, n_layers, **kwargs):
        m = get_language_model(self.n_tok, emb_sz, n_hid, n_layers, self.pad_idx, **kwargs)
        return RNN_Learner(self, LanguageModel(m) if self.grouped else SingleModel(m), opt_fn=opt_fn)


class RNN_Learner(Learner):
    def _get_crit(self, data):
        return F.cross_entropy

    def save_encoder(self, name):
        save_model(self.model[0], self.get_model_path(name))

    def load_encoder(self, name):
        load_model(self.model[0], self.get_model_path(name))


class TextData(ModelData):
    @classmethod
    def from_splits(cls, path, splits, bs, text_name="text", label_name="label"):
        test_dl = DataLoader(splits[2], bs) if len(splits) == 3 else None
        made = cls(path, DataLoader(splits[0], bs, shuffle=True), DataLoader(splits[1], bs), test_dl)
        made.bs = bs
        made.pad_idx = unknown()
        made.nt = unknown()
        made.c = unknown()
        return made

    def to_model(self, m, opt_fn):
        return RNN_Learner(self, TextModel(m), opt_fn=opt_fn)

    def get_model(self, opt_fn, max_sl, bptt, emb_sz, n_hid, n_layers, dropout, **kwargs):
        m = get_rnn_classifier(
            bptt, max_sl, self.c, self.nt, layers=[unknown(), self.c], drops=[dropout], emb_sz=emb_sz, n_hid=n_hid,
            n_layers=n_layers, pad_token=self.pad_idx, **kwargs,
        )  # fmt: skip
        return self.to_model(m, opt_fn)


class TextDataset(Dataset):
    def __init__(self, x, y, backwards=False, sos=None, eos=None):
        self.x = x
        self.y = y

    def __getitem__(self, idx):
        return self.x[idx], self.y[idx]


def SortSampler(data_source, key):
    return torch.utils.data.SequentialSampler(data_source)


def SortishSampler(data_source, key, bs):
    return torch.utils.data.RandomSampler(data_source)


class TextClassifierData(ModelData):
    """Bags of words."""

    @classmethod
    def from_bow(cls, trn_bow, trn_y, val_bow, val_y, sl):
        trn_dl = DataLoader(TensorDataset(trn_bow, trn_bow, trn_bow, trn_y), 64, True)
        return cls(".", trn_dl, DataLoader(TensorDataset(val_bow, val_bow, val_bow, val_y), 64))

    def get_model(self, f, **kwargs):
        m = f(unknown(), unknown(), **kwargs)
        return BOW_Learner(self, BasicModel(m), opt_fn=optim.Adam)

    def dotprod_nb_learner(self, **kwargs):
        return self.get_model(DotProdNB, **kwargs)

    def nb_learner(self, **kwargs):
        return self.get_model(DotProdNB, **kwargs)


class DotProdNB(nn.Module):
    def __init__(self, nf, ny, w_adj=0.4, r_adj=10):
        super().__init__()
        self.w = nn.Embedding(unknown(), 1)
        self.r = nn.Embedding(unknown(), ny)

    def forward(self, feat_idx, feat_cnt, sz):
        return F.softmax((self.w(feat_idx) * self.r(feat_idx)).sum(1), dim=-1)


class BOW_Learner(Learner):
    def _get_crit(self, data):
        return F.l1_loss


class Tokenizer:
    def __init__(self, lang="en"):
        pass

    def proc_text(self, s):
        return s

    @staticmethod
    def proc_all(ss, lang="en"):
        return ss

    @staticmethod
    def proc_all_mp(ss, lang="en", ncpus=None):
        return ss


def partition_by_cores(a):
    return a


# structured.py


def add_datepart(df, fldname, drop=True, time=False):
    df[fldname] = df[fldname].dt.year


def train_cats(df):
    pass


def apply_cats(df, trn):
    pass


def proc_df(
    df, y_fld=None, skip_flds=None, ignore_flds=None, do_scale=False, na_dict=None, preproc_fn=None, max_n_cat=None,
    subset=None, mapper=None,
):  # fmt: skip
    """The table without gaps and in numbers, the column to be predicted, and what the gaps were filled with."""
    y = None if y_fld is None else df[y_fld]
    table = df.fillna(unknown())
    if not do_scale:
        return [table, y, unknown()]
    if mapper is None:
        mapper = preprocessing.StandardScaler()
        return [mapper.fit_transform(table), y, unknown(), mapper]
    return [mapper.transform(table), y, unknown(), mapper]


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
