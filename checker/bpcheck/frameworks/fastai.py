"""fastai 1 and 2: a Learner owns modes, gradients, steps and the rates of each group of layers; decay is decoupled.

Read off fastai 2.8: ``learner.py``, ``callback/schedule.py``, ``callback/tracker.py``, ``callback/training.py``,
``optimizer.py``, ``vision/learner.py``, ``vision/data.py``, ``text/learner.py``, ``tabular/learner.py``, ``collab.py``,
``data/block.py``, ``data/transforms.py``; and fastai 1.0: ``basic_train.py``, ``train.py``, ``vision/learner.py``,
``text/learner.py``, ``data_block.py``.
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

from bpcheck.frameworks import at, does, network, unknown

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


def _listed(given):
    """What may be one thing, several or nothing."""
    return [] if given is None else given if isinstance(given, (list, tuple)) else [given]


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


CrossEntropyLossFlat = nn.CrossEntropyLoss
BCEWithLogitsLossFlat = nn.BCEWithLogitsLoss
BCELossFlat = nn.BCELoss
MSELossFlat = nn.MSELoss
L1LossFlat = nn.L1Loss


def LabelSmoothingCrossEntropy(eps=0.1, **kwargs):
    return nn.CrossEntropyLoss(label_smoothing=eps)


def LabelSmoothingCrossEntropyFlat(eps=0.1, **kwargs):
    return nn.CrossEntropyLoss(label_smoothing=eps)


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


# data: a training part and a held-out part, whoever splits them


class RandomSplitter:
    def __init__(self, valid_pct=0.2, seed=None):
        pass

    def __call__(self, items):
        return torch.utils.data.random_split(items, [unknown(), unknown()])


class GrandparentSplitter:
    def __init__(self, train_name="train", valid_name="valid"):
        self.train_name = train_name
        self.valid_name = valid_name

    def __call__(self, items):
        return open(self.train_name), open(self.valid_name)


def _halves(source, splitter=None):
    if isinstance(splitter, GrandparentSplitter):
        return splitter(source)
    return torch.utils.data.random_split(source, [unknown(), unknown()])


def DataLoader(dataset=None, bs=None, shuffle=False, sampler=None, num_workers=None, batch_size=None, **kwargs):
    return torch.utils.data.DataLoader(dataset, batch_size=bs, shuffle=shuffle, sampler=sampler)


TfmdDL = DataLoader


class DataLoaders:
    def __init__(self, *loaders, path=".", device=None):
        self.loaders = loaders
        self.train = loaders[0]
        self.valid = loaders[1] if len(loaders) > 1 else None
        self.loss_func = None
        self.path = path

    @classmethod
    def from_dsets(cls, *ds, path=".", bs=64, device=None, **kwargs):
        return cls(DataLoader(ds[0], bs, shuffle=True), *[DataLoader(each, bs) for each in ds[1:]])

    @classmethod
    def from_dblock(cls, dblock, source, path=".", bs=64, val_bs=None, shuffle=True, device=None, **kwargs):
        return dblock.dataloaders(source)

    @classmethod
    def _of(cls, halves, loss_func=None):
        made = cls(DataLoader(halves[0], 64, shuffle=True), DataLoader(halves[1], 64))
        made.loss_func = loss_func
        return made

    def __getitem__(self, number):
        return self.loaders[number]

    @property
    def train_ds(self):
        return self.train.dataset

    @property
    def valid_ds(self):
        return self.valid.dataset

    def one_batch(self):
        return next(iter(self.train))

    def test_dl(self, test_items, *args, **kwargs):
        return DataLoader(test_items)

    def show_batch(self, *args, **kwargs):
        pass

    def cuda(self):
        return self

    def to(self, device):
        return self

    def new(self, *args, **kwargs):
        return self

    def __getattr__(self, name):
        return unknown()


class TransformBlock:
    loss_func = None

    def __init__(self, *args, **kwargs):
        pass

    @classmethod
    def from_df(cls, *args, **kwargs):
        return cls()

    @classmethod
    def from_folder(cls, *args, **kwargs):
        return cls()


class CategoryBlock(TransformBlock):
    loss_func = CrossEntropyLossFlat()


class MaskBlock(TransformBlock):
    loss_func = CrossEntropyLossFlat()


class MultiCategoryBlock(TransformBlock):
    loss_func = BCEWithLogitsLossFlat()


class RegressionBlock(TransformBlock):
    loss_func = MSELossFlat()


class PointBlock(TransformBlock):
    loss_func = MSELossFlat()


class ImageBlock(TransformBlock):
    pass


class TextBlock(TransformBlock):
    loss_func = CrossEntropyLossFlat()


class DataBlock:
    def __init__(
        self, blocks=None, dl_type=None, getters=None, n_inp=None, item_tfms=None, batch_tfms=None, get_items=None,
        splitter=None, get_y=None, get_x=None,
    ):  # fmt: skip
        self.splitter = splitter
        self.loss_func = None if blocks is None else getattr(_listed(blocks)[-1], "loss_func", None)

    @classmethod
    def from_columns(cls, blocks=None, getters=None, get_items=None, **kwargs):
        return cls(blocks=blocks, **kwargs)

    def new(self, item_tfms=None, batch_tfms=None):
        return self

    def summary(self, *args, **kwargs):
        pass

    def datasets(self, source, verbose=False):
        return Datasets(source, splits=self.splitter, loss_func=self.loss_func)

    def dataloaders(self, source, path=".", verbose=False, **kwargs):
        return DataLoaders._of(_halves(source, self.splitter), self.loss_func)


class Datasets:
    def __init__(
        self, items=None, tfms=None, tls=None, n_inp=None, dl_type=None, splits=None, loss_func=None, **kwargs
    ):
        self.train, self.valid = _halves(items, splits)
        self.loss_func = loss_func

    def dataloaders(self, bs=64, shuffle_train=None, shuffle=True, val_shuffle=False, n=None, path=".", **kwargs):
        return DataLoaders._of((self.train, self.valid), self.loss_func)

    def __getitem__(self, number):
        return self.train[number]

    def __getattr__(self, name):
        return unknown()


class TfmdLists(Datasets):
    pass


class ImageDataLoaders(DataLoaders):
    @classmethod
    def from_folder(cls, path, train="train", valid="valid", valid_pct=None, seed=None, vocab=None, **kwargs):
        splitter = GrandparentSplitter(train, valid) if valid_pct is None else RandomSplitter(valid_pct)
        return cls._of(_halves(path, splitter), CrossEntropyLossFlat())

    @classmethod
    def from_path_func(cls, path, fnames, label_func, valid_pct=0.2, seed=None, **kwargs):
        return cls._of(_halves(fnames), CrossEntropyLossFlat())

    @classmethod
    def from_name_func(cls, path, fnames, label_func, **kwargs):
        return cls._of(_halves(fnames), CrossEntropyLossFlat())

    @classmethod
    def from_path_re(cls, path, fnames, pat, **kwargs):
        return cls._of(_halves(fnames), CrossEntropyLossFlat())

    @classmethod
    def from_name_re(cls, path, fnames, pat, **kwargs):
        return cls._of(_halves(fnames), CrossEntropyLossFlat())

    @classmethod
    def from_df(
        cls, df, path=".", valid_pct=0.2, seed=None, fn_col=0, folder=None, suff="", label_col=1, label_delim=None, y_block=None,
        **kwargs,
    ):  # fmt: skip
        single = label_delim is None and y_block is None and isinstance(label_col, (int, str))
        return cls._of(_halves(df), CrossEntropyLossFlat() if single else None)

    @classmethod
    def from_csv(cls, path, csv_fname="labels.csv", header="infer", delimiter=None, quoting=0, **kwargs):
        return cls.from_df(pd.read_csv(csv_fname), path=path, **kwargs)

    @classmethod
    def from_lists(cls, path, fnames, labels, valid_pct=0.2, seed=None, y_block=None, **kwargs):
        return cls._of(_halves(fnames))


class SegmentationDataLoaders(DataLoaders):
    @classmethod
    def from_label_func(cls, path, fnames, label_func, valid_pct=0.2, seed=None, codes=None, **kwargs):
        return cls._of(_halves(fnames), CrossEntropyLossFlat())


class TextDataLoaders(DataLoaders):
    @classmethod
    def from_folder(cls, path, train="train", valid="valid", valid_pct=None, seed=None, **kwargs):
        splitter = GrandparentSplitter(train, valid) if valid_pct is None else RandomSplitter(valid_pct)
        return cls._of(_halves(path, splitter), CrossEntropyLossFlat())

    @classmethod
    def from_df(cls, df, path=".", valid_pct=0.2, seed=None, text_col=0, label_col=1, label_delim=None, **kwargs):
        return cls._of(_halves(df), CrossEntropyLossFlat() if label_delim is None else None)

    @classmethod
    def from_csv(cls, path, csv_fname="labels.csv", **kwargs):
        return cls.from_df(pd.read_csv(csv_fname), **kwargs)


class TabularPandas(Datasets):
    def __init__(
        self,
        df,
        procs=None,
        cat_names=None,
        cont_names=None,
        y_names=None,
        y_block=None,
        splits=None,
        do_setup=True,
        **kwargs,
    ):
        super().__init__(df, splits=splits)


class TabularDataLoaders(DataLoaders):
    @classmethod
    def from_df(
        cls,
        df,
        path=".",
        procs=None,
        cat_names=None,
        cont_names=None,
        y_names=None,
        y_block=None,
        valid_idx=None,
        **kwargs,
    ):
        return cls._of(_halves(df))

    @classmethod
    def from_csv(cls, csv, **kwargs):
        return cls.from_df(pd.read_csv(csv), **kwargs)


class CollabDataLoaders(DataLoaders):
    @classmethod
    def from_df(
        cls, ratings, valid_pct=0.2, user_name=None, item_name=None, rating_name=None, seed=None, path=".", **kwargs
    ):
        return cls._of(_halves(ratings))

    @classmethod
    def from_csv(cls, csv, **kwargs):
        return cls.from_df(pd.read_csv(csv), **kwargs)


# data of fastai 1


class DataBunch(DataLoaders):
    def __init__(self, train_dl, valid_dl=None, fix_dl=None, test_dl=None, **kwargs):
        super().__init__(train_dl, valid_dl)

    @classmethod
    def create(cls, train_ds, valid_ds, test_ds=None, path=".", bs=64, **kwargs):
        return cls(DataLoader(train_ds, bs, shuffle=True), None if valid_ds is None else DataLoader(valid_ds, bs))

    @property
    def train_dl(self):
        return self.train

    @property
    def valid_dl(self):
        return self.valid

    def normalize(self, *args, **kwargs):
        return self

    def presize(self, *args, **kwargs):
        return self


class ImageDataBunch(DataBunch):
    @classmethod
    def from_folder(cls, path, train="train", valid="valid", test=None, valid_pct=None, **kwargs):
        splitter = GrandparentSplitter(train, valid) if valid_pct is None else RandomSplitter(valid_pct)
        return cls._of(_halves(path, splitter), CrossEntropyLossFlat())

    @classmethod
    def from_csv(cls, path, folder=None, label_delim=None, csv_labels="labels.csv", valid_pct=0.2, **kwargs):
        return cls._of(_halves(pd.read_csv(csv_labels)), CrossEntropyLossFlat() if label_delim is None else None)

    @classmethod
    def from_df(cls, path, df, folder=None, label_delim=None, valid_pct=0.2, **kwargs):
        return cls._of(_halves(df), CrossEntropyLossFlat() if label_delim is None else None)

    @classmethod
    def from_name_re(cls, path, fnames, pat, valid_pct=0.2, **kwargs):
        return cls._of(_halves(fnames), CrossEntropyLossFlat())

    @classmethod
    def from_name_func(cls, path, fnames, label_func, valid_pct=0.2, **kwargs):
        return cls._of(_halves(fnames), CrossEntropyLossFlat())

    @classmethod
    def from_lists(cls, path, fnames, labels, valid_pct=0.2, **kwargs):
        return cls._of(_halves(fnames))


class TextDataBunch(DataBunch):
    @classmethod
    def from_folder(cls, path, train="train", valid="valid", test=None, **kwargs):
        return cls._of(_halves(path, GrandparentSplitter(train, valid)), CrossEntropyLossFlat())

    @classmethod
    def from_csv(cls, path, csv_name, valid_pct=0.2, test=None, **kwargs):
        return cls._of(_halves(pd.read_csv(csv_name)), CrossEntropyLossFlat())

    @classmethod
    def from_df(cls, path, train_df, valid_df, test_df=None, **kwargs):
        return cls._of((train_df, valid_df), CrossEntropyLossFlat())


TextLMDataBunch = TextDataBunch
TextClasDataBunch = TextDataBunch


class CollabDataBunch(DataBunch):
    @classmethod
    def from_df(cls, ratings, valid_pct=0.2, user_name=None, item_name=None, rating_name=None, **kwargs):
        return cls._of(_halves(ratings))


class ItemList:
    """The data block of fastai 1: where the items are, how they are split, labelled and transformed."""

    def __init__(self, items=None, *args, **kwargs):
        self.items = items
        self.halves = None

    @classmethod
    def from_folder(cls, path, *args, **kwargs):
        return cls(path)

    @classmethod
    def from_csv(cls, path, csv_name, *args, **kwargs):
        return cls(pd.read_csv(csv_name))

    @classmethod
    def from_df(cls, df, *args, **kwargs):
        return cls(df)

    def split_by_folder(self, train="train", valid="valid"):
        self.halves = _halves(self.items, GrandparentSplitter(train, valid))
        return self

    def split_none(self):
        self.halves = (self.items, None)
        return self

    def databunch(self, **kwargs):
        halves = _halves(self.items) if self.halves is None else self.halves
        train_dl = DataLoader(halves[0], 64, shuffle=True)
        return DataBunch(train_dl, None if halves[1] is None else DataLoader(halves[1], 64))

    def __getattr__(self, name):
        """The other steps of the block return the block."""
        return lambda *args, **kwargs: self


ImageList = ItemList
ImageImageList = ItemList
SegmentationItemList = ItemList
ObjectItemList = ItemList
PointsItemList = ItemList
TextList = ItemList
TabularList = ItemList
CollabList = ItemList


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
        self.callback_fns = [] if callback_fns is None else _listed(callback_fns)
        self.opt = None
        self.score = None
        self.train_score = None
        self.stopping = False
        self.recorder = unknown()
        self.path = path
        self.add_cbs([*_listed(cbs), *_listed(callbacks)])
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
        for cb in _listed(cbs):
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


# vision


def create_head(nf, n_out, *args, **kwargs):
    return nn.Sequential(
        AdaptiveConcatPool2d(), Flatten(), nn.BatchNorm1d(unknown()), nn.Dropout(0.25), nn.Linear(unknown(), 512), nn.ReLU(),
        nn.BatchNorm1d(512), nn.Dropout(0.5), nn.Linear(512, n_out),
    )  # fmt: skip


def create_body(arch, n_in=3, pretrained=True, cut=None):
    """Of fastai 1 the first argument is the architecture, of fastai 2 the network that it made."""
    return arch if isinstance(arch, nn.Module) else _body(arch, pretrained)


def _body(arch, pretrained, weights=None):
    if isinstance(arch, str):
        return network(arch, pretrained=pretrained)
    return arch(pretrained=pretrained if weights is None else True)


def _split(m):
    return [params(m[0]), params(m[0][6:]), params(m[1])]


def vision_learner(
    dls, arch, normalize=True, n_out=None, pretrained=True, weights=None, loss_func=None, opt_func=Adam, lr=0.001, splitter=None,
    cbs=None, metrics=None, path=None, model_dir="models", wd=None, wd_bn_bias=False, train_bn=True, moms=(0.95, 0.85, 0.95),
    cut=None, init=nn.init.kaiming_normal_, custom_head=None, concat_pool=True, pool=True, lin_ftrs=None, ps=0.5, first_bn=True,
    bn_final=False, lin_first=False, y_range=None, **kwargs,
):  # fmt: skip
    head = custom_head if custom_head is not None else create_head(unknown(), unknown())
    model = nn.Sequential(_body(arch, pretrained, weights), head)
    learn = Learner(
        dls, model, loss_func=loss_func, opt_func=opt_func, lr=lr, splitter=_split if splitter is None else splitter, cbs=cbs,
        metrics=metrics, wd=wd, **kwargs,
    )  # fmt: skip
    if pretrained:
        learn.freeze()
    return learn


def cnn_learner(dls, arch=None, *args, base_arch=None, **kwargs):
    """Of fastai 1 other arguments follow by position than of fastai 2."""
    return vision_learner(dls, base_arch if arch is None else arch, **kwargs)


create_cnn = cnn_learner


class DynamicUnet(nn.Module):
    def __init__(self, encoder, n_out=None, img_size=None, **kwargs):
        super().__init__()
        self.encoder = encoder
        self.decoder = nn.Sequential(nn.BatchNorm2d(unknown()), nn.ReLU(), nn.Conv2d(unknown(), n_out, 1))

    def forward(self, x):
        return self.decoder(self.encoder(x))

    def __getitem__(self, number):
        return self.encoder if number == 0 else self.decoder


def unet_learner(
    dls, arch, normalize=True, n_out=None, pretrained=True, weights=None, config=None, loss_func=None, opt_func=Adam, lr=0.001,
    splitter=None, cbs=None, metrics=None, path=None, model_dir="models", wd=None, **kwargs,
):  # fmt: skip
    model = DynamicUnet(_body(arch, pretrained, weights), unknown())
    learn = Learner(
        dls, model, loss_func=loss_func, opt_func=opt_func, lr=lr, splitter=_unet_split if splitter is None else splitter,
        cbs=cbs, metrics=metrics, wd=wd, **kwargs,
    )  # fmt: skip
    if pretrained:
        learn.freeze()
    return learn


def _unet_split(m):
    return [params(m.encoder), params(m.encoder[6:]), params(m.decoder)]


# text


class AWD_LSTM(nn.Module):
    def __init__(
        self, vocab_sz=None, emb_sz=400, n_hid=1152, n_layers=3, pad_token=1, hidden_p=0.2, input_p=0.6, **kwargs
    ):
        super().__init__()
        self.encoder = nn.Embedding(vocab_sz, emb_sz, padding_idx=pad_token)
        self.rnns = nn.ModuleList([nn.LSTM(emb_sz, n_hid, 1) for _ in range(n_layers)])
        self.input_dp = nn.Dropout(input_p)
        self.hidden_dp = nn.Dropout(hidden_p)

    def forward(self, x):
        output = self.input_dp(self.encoder(x))
        for rnn in self.rnns:
            output, _ = rnn(output)
            output = self.hidden_dp(output)
        return output

    def reset(self):
        pass


def _transformer(*args, **kwargs):
    return network("Transformer", text=True)


AWD_QRNN = AWD_LSTM
Transformer = _transformer
TransformerXL = _transformer


class SequentialRNN(nn.Sequential):
    def reset(self):
        pass


def _text_learner(dls, arch, top, pretrained, **kwargs):
    encoder = AWD_LSTM(unknown()) if arch is None else arch(unknown())
    if pretrained:
        encoder.load_state_dict(network("AWD_LSTM", pretrained=True, text=True).state_dict())
    learn = TextLearner(dls, SequentialRNN(encoder, top), splitter=_text_split, **kwargs)
    if pretrained:
        learn.freeze()
    return learn


def _text_split(m):
    return [params(m[0]), params(m[0].rnns[0]), params(m[0].rnns[1]), params(m[0].rnns[2]), params(m[1])]


class TextLearner(Learner):
    pass


LMLearner = TextLearner
RNNLearner = TextLearner


def language_model_learner(
    dls, arch=None, config=None, drop_mult=1.0, backwards=False, pretrained=True, pretrained_fnames=None, **kwargs
):
    top = nn.Sequential(nn.Dropout(0.1), nn.Linear(unknown(), unknown()))
    return _text_learner(
        dls, arch, top, pretrained or pretrained_fnames is not None, loss_func=CrossEntropyLossFlat(), **kwargs
    )


def text_classifier_learner(
    dls, arch=None, seq_len=72, config=None, backwards=False, pretrained=True, drop_mult=0.5, n_out=None, lin_ftrs=None,
    ps=None, max_len=1440, y_range=None, **kwargs,
):  # fmt: skip
    top = nn.Sequential(nn.BatchNorm1d(unknown()), nn.Dropout(0.1), nn.Linear(unknown(), unknown()))
    return _text_learner(dls, arch, top, pretrained, **kwargs)


# tables


class TabularModel(nn.Module):
    def __init__(self, emb_szs=None, n_cont=None, out_sz=None, layers=None, **kwargs):
        super().__init__()
        self.embeds = nn.Embedding(unknown(), unknown())
        self.layers = nn.Sequential(nn.Linear(unknown(), 200), nn.ReLU(), nn.BatchNorm1d(200), nn.Linear(100, out_sz))

    def forward(self, x_cat, *x_cont):
        return self.layers(torch.cat([self.embeds(x_cat), *x_cont], 1))


def tabular_learner(dls, layers=None, emb_szs=None, config=None, n_out=None, y_range=None, **kwargs):
    return Learner(dls, TabularModel(), **kwargs)


class EmbeddingDotBias(nn.Module):
    def __init__(self, n_factors=50, n_users=None, n_items=None, y_range=None):
        super().__init__()
        self.u_weight = nn.Embedding(n_users, n_factors)
        self.i_weight = nn.Embedding(n_items, n_factors)
        self.u_bias = nn.Embedding(n_users, 1)
        self.i_bias = nn.Embedding(n_items, 1)

    def forward(self, x, *more):
        dot = (self.u_weight(x) * self.i_weight(x)).sum(1)
        return torch.sigmoid(dot + self.u_bias(x).squeeze() + self.i_bias(x).squeeze()) * unknown() + unknown()


def collab_learner(
    dls, n_factors=50, use_nn=False, emb_szs=None, layers=None, config=None, y_range=None, loss_func=None, **kwargs
):
    model = TabularModel() if use_nn else EmbeddingDotBias(n_factors)
    return Learner(dls, model, loss_func=MSELossFlat() if loss_func is None else loss_func, **kwargs)
