"""fastai 0.7: texts and the networks that read them.

Read off fastai 0.7.0: ``nlp.py``, ``text.py``, ``lm_rnn.py``, ``rnn_reg.py``.
"""

import torch
import torch.nn.functional as F
from fastai.conv_learner import BasicModel, Learner, SingleModel, is_listy, load_model, save_model
from fastai.dataset import DataLoader, ModelData
from torch import nn, optim
from torch.utils.data import Dataset, TensorDataset

from bpcheck.frameworks import unknown

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
