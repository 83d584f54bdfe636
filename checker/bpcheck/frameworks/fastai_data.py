"""fastai 1 and 2: data in a training and a held-out part, whoever splits them, and the loss that their labels ask for.

Read off fastai 2.8: ``data/block.py``, ``data/transforms.py``, ``losses.py``, ``vision/data.py``, ``text/data.py``,
``tabular/data.py``, ``collab.py``; and fastai 1.0: ``data_block.py``, ``vision/data.py``.
"""

import pandas as pd
import torch
from torch import nn

from bpcheck.frameworks import unknown


def listify(given):
    """What may be one thing, several or nothing."""
    return [] if given is None else given if isinstance(given, (list, tuple)) else [given]


CrossEntropyLossFlat = nn.CrossEntropyLoss
BCEWithLogitsLossFlat = nn.BCEWithLogitsLoss
BCELossFlat = nn.BCELoss
MSELossFlat = nn.MSELoss
L1LossFlat = nn.L1Loss


def LabelSmoothingCrossEntropy(eps=0.1, **kwargs):
    return nn.CrossEntropyLoss(label_smoothing=eps)


def LabelSmoothingCrossEntropyFlat(eps=0.1, **kwargs):
    return nn.CrossEntropyLoss(label_smoothing=eps)


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
        self.loss_func = None if blocks is None else getattr(listify(blocks)[-1], "loss_func", None)

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
