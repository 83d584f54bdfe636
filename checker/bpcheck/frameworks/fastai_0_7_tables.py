"""fastai 0.7: tables and recommendations.

Read off fastai 0.7.0: ``column_data.py``, ``structured.py``.
"""

import pandas as pd
import torch
import torch.nn.functional as F
from fastai.conv_learner import BasicModel, Learner
from fastai.dataset import DataLoader, ModelData, split_by_idx
from sklearn import preprocessing
from torch import nn, optim
from torch.utils.data import Dataset, TensorDataset

from bpcheck.frameworks import unknown

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
