"""``torch`` and ``torch.nn.functional``: operations on tensors."""

from __future__ import annotations

from bpcheck.apis.spec import Api

TABLE: dict[str, Api] = {}
F = "torch.nn.functional"


def _add(api: Api, *names: str) -> None:
    for name in names:
        TABLE[name] = api


for _name, _kind in (
    ("softmax", "softmax"), ("log_softmax", "log_softmax"), ("sigmoid", "sigmoid"), ("logsigmoid", "log_sigmoid"),
    ("relu", "relu"), ("tanh", "tanh"), ("gelu", "relu"), ("silu", "relu"), ("leaky_relu", "relu"), ("elu", "relu"), ("selu", "relu"),
    ("relu6", "relu"), ("softplus", "relu"), ("hardswish", "relu"), ("mish", "relu"), ("prelu", "relu"), ("hardsigmoid", "sigmoid"),
):  # fmt: skip
    _add(Api("operation", "input dim=None", output=_kind), f"{F}.{_name}", f"torch.{_name}")
#: Without an axis these choose one by the number of axes; the functions of the same name in ``torch`` insist on being told.
_add(Api("operation", "input dim=None", output="softmax", implicit_axis=True), f"{F}.softmax")
_add(Api("operation", "input dim=None", output="log_softmax", implicit_axis=True), f"{F}.log_softmax")
_add(Api("operation", "input dim=None", output="unknown", implicit_axis=True), f"{F}.softmin")
_add(Api("operation", "input", output="relu"), f"{F}.relu_", "torch.relu_")
_add(Api("operation", "input dim=None", output="softmax"), f"{F}.gumbel_softmax", "torch.special.softmax")
_add(Api("operation", "input", output="sigmoid"), "torch.special.expit")
_add(Api("operation", "input dim=None", output="log_softmax"), "torch.special.log_softmax")
for _name in ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose2d", "bilinear", "embedding", "layer_norm", "batch_norm", "group_norm",
              "instance_norm", "normalize"):  # fmt: skip
    _add(Api("operation", "input", output="raw"), f"{F}.{_name}")
_add(
    Api("operation", "input p=0.5 training=None inplace=False", output="keep", functional_dropout=True), f"{F}.dropout"
)
for _d in ("1d", "2d", "3d"):
    _add(
        Api("operation", "input p=0.5 training=None inplace=False", output="keep", functional_dropout=True),
        f"{F}.dropout{_d}",
    )
    for _pool in ("max_pool", "avg_pool", "adaptive_avg_pool", "adaptive_max_pool"):
        _add(Api("operation", "input kernel_size stride=None padding=0", output="keep"), f"{F}.{_pool}{_d}")
_add(Api("operation", "input", output="keep"), f"{F}.interpolate", f"{F}.upsample", f"{F}.pad", f"{F}.unfold", f"{F}.fold", f"{F}.pixel_shuffle",
     f"{F}.grid_sample")  # fmt: skip
for _name in ("flatten", "squeeze", "unsqueeze", "reshape", "transpose", "permute", "clone", "t", "movedim", "swapaxes", "squeeze_", "contiguous",
              "narrow", "index_select", "gather", "masked_select", "flip", "roll", "mean", "sum", "select", "take", "chunk", "split", "unbind",
              "ravel", "view_as_real"):  # fmt: skip
    _add(Api("operation", "input", output="keep"), f"torch.{_name}")
for _name in ("cat", "concat", "stack", "hstack", "vstack"):
    _add(Api("operation", "input dim=0", output="keep"), f"torch.{_name}")
for _name in ("argmax", "argmin", "argsort", "eq", "ne", "gt", "lt", "ge", "le", "round", "sign", "floor", "ceil", "nonzero", "topk", "isnan",
              "bincount", "multinomial", "randint_like", "numel", "is_tensor", "isfinite", "all", "any", "equal", "allclose", "searchsorted"):  # fmt: skip
    _add(Api("operation", "input", output="index"), f"torch.{_name}")
_add(
    Api("operation", "input dim=None", output="max"),
    "torch.max",
    "torch.min",
    "torch.sort",
    "torch.topk",
    "torch.kthvalue",
    "torch.median",
)
_add(Api("operation", "input", output="log"), "torch.log", "torch.log2", "torch.log10")
_add(Api("operation", "input", output="unknown"), "torch.log1p")
_add(
    Api("operation", "input min=None max=None", output="bounded"),
    "torch.clamp",
    "torch.clamp_",
    "torch.clip",
    "torch.clip_",
)
_add(Api("operation", "input min=None", output="bounded"), "torch.clamp_min")
_add(Api("operation", "input", output="exp"), "torch.exp")
_add(
    Api("operation", "input", output="matmul"),
    "torch.mm",
    "torch.bmm",
    "torch.matmul",
    "torch.einsum",
    "torch.addmm",
    "torch.baddbmm",
)
for _name in ("rand", "randn", "randint", "randperm", "zeros", "ones", "empty", "full", "arange", "linspace", "eye", "logspace", "normal",
              "bernoulli", "zeros_like", "ones_like", "rand_like", "randn_like", "full_like", "empty_like", "poisson"):  # fmt: skip
    _add(
        Api(
            "made",
            "",
            random=_name.startswith(("rand", "normal", "bernoulli", "poisson")),
            mask=_name in ("bernoulli", "rand", "rand_like"),
        ),
        f"torch.{_name}",
    )
_add(Api("made", "", random=True), "torch.Tensor.normal_")
_add(Api("tensor", "data dtype=None"), "torch.tensor", "torch.as_tensor", "torch.from_numpy", "torch.Tensor", "torch.FloatTensor", "torch.LongTensor",
     "torch.IntTensor", "torch.DoubleTensor", "torch.ByteTensor", "torch.BoolTensor", "torch.HalfTensor", "torch.cuda.FloatTensor",
     "torch.cuda.LongTensor", "torch.asarray", "torch.cuda.ByteTensor", "torch.cuda.HalfTensor")  # fmt: skip
_add(Api("variable", "data requires_grad=False volatile=False"), "torch.autograd.Variable")
_add(Api("one-hot", "tensor num_classes=-1"), f"{F}.one_hot")

_TARGETED = (
    "input target weight=None size_average=None ignore_index=-100 reduce=None reduction='mean' label_smoothing=0.0"
)
_add(Api("loss-call", _TARGETED, loss="cross_entropy"), f"{F}.cross_entropy")
_add(Api("loss-call", _TARGETED, loss="nll"), f"{F}.nll_loss", f"{F}.nll_loss2d")
_add(
    Api("loss-call", "input target weight=None size_average=None reduce=None reduction='mean'", loss="bce"),
    f"{F}.binary_cross_entropy",
)
_add(
    Api(
        "loss-call",
        "input target weight=None size_average=None reduce=None reduction='mean' pos_weight=None",
        loss="bce_logits",
    ),
    f"{F}.binary_cross_entropy_with_logits",
)
_add(
    Api("loss-call", "inputs targets alpha=0.25 gamma=2 reduction='none'", loss="bce_logits"),
    "torchvision.ops.sigmoid_focal_loss",
)
_add(
    Api("loss-call", "input target size_average=None reduce=None reduction='mean'", loss="regression"),
    f"{F}.l1_loss", f"{F}.smooth_l1_loss", f"{F}.huber_loss", f"{F}.poisson_nll_loss", f"{F}.gaussian_nll_loss",
)  # fmt: skip
_add(
    Api("loss-call", "input target size_average=None reduce=None reduction='mean'", loss="regression", squared=True),
    f"{F}.mse_loss",
)
_add(Api("loss-call", "input target", loss="kl"), f"{F}.kl_div")
_add(Api("loss-call", "log_probs targets input_lengths target_lengths", loss="ctc"), f"{F}.ctc_loss")
_add(
    Api("loss-call", "input target", loss="metric"),
    f"{F}.triplet_margin_loss", f"{F}.cosine_embedding_loss", f"{F}.margin_ranking_loss", f"{F}.hinge_embedding_loss",
)  # fmt: skip
_add(Api("loss-call", "input target", loss="margin"), f"{F}.multi_margin_loss", f"{F}.soft_margin_loss")
_add(Api("loss-call", "input target", loss="multilabel_soft_margin"), f"{F}.multilabel_soft_margin_loss")

#: What an operation is in the words of layers (see ``torch_modules``).
for _name in ("softmax", "log_softmax", "sigmoid", "logsigmoid", "relu", "relu_", "tanh", "gelu", "silu", "leaky_relu", "elu", "selu", "relu6",
              "softplus", "hardswish", "mish", "prelu", "hardsigmoid"):  # fmt: skip
    for _full in (f"{F}.{_name}", f"torch.{_name}"):
        if _full in TABLE:
            TABLE[_full].facts["activation"] = True
TABLE[f"{F}.selu"].facts["self_normalizing"] = True
for _name in ("leaky_relu", "prelu", "rrelu"):  # see LeakyReLU
    TABLE[f"{F}.{_name}"] = Api("operation", "input", output="relu", activation=True, invertible=True)
for _name in ("layer_norm", "batch_norm", "group_norm", "instance_norm", "normalize"):
    TABLE[f"{F}.{_name}"].facts["norm"] = True
for _d in ("1d", "2d", "3d"):
    for _pool in ("max", "avg", "adaptive-avg", "adaptive-max"):
        TABLE[f"{F}.{_pool.replace('-', '_')}_pool{_d}"].facts["pool"] = _pool
        if _pool.startswith("adaptive"):
            TABLE[f"{F}.{_pool.replace('-', '_')}_pool{_d}"].params = "input output_size"
#: Operations that keep each number and change how they are arranged, or put a border round them.
TABLE["torch.Tensor.view"] = Api("operation", "input", output="keep")
TABLE["torch.Tensor.view"].facts["arranges"] = True
TABLE[f"{F}.pad"] = Api("operation", "input pad mode='constant' value=None", output="keep", pads=True)
for _name in ("flatten", "squeeze", "unsqueeze", "reshape", "ravel"):
    TABLE[f"torch.{_name}"].facts["arranges"] = True
for _name in ("std", "var", "std_mean", "var_mean", "rsqrt"):
    TABLE.setdefault(f"torch.{_name}", Api("operation", "input", output="unknown"))
    TABLE[f"torch.{_name}"].facts["scales"] = True
