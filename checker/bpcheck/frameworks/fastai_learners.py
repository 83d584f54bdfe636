"""fastai 1 and 2: the learners of images, texts and tables, and their networks.

Read off fastai 2.8: ``vision/learner.py``, ``text/learner.py``, ``tabular/learner.py``, ``collab.py``; and fastai 1.0:
``vision/learner.py``, ``text/learner.py``.
"""

import torch
from fastai.basics import Adam, AdaptiveConcatPool2d, Flatten, Learner, params
from fastai.data import CrossEntropyLossFlat, MSELossFlat
from torch import nn

from bpcheck.frameworks import network, unknown

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
