"""``torch.nn``: layers, containers, activations and losses.

Facts of a layer: ``output`` is what its result means (``keep``: what went in), ``weights`` whether it has trainable ones, ``mode``
what train() and eval() change in it, ``recurrent`` the kind of its recurrence.
"""

from __future__ import annotations

from bpcheck.apis.spec import Api

_CONV = "in_channels out_channels kernel_size stride=1 padding=0 dilation=1 groups=1 bias=True padding_mode='zeros'"
_CONV_T = "in_channels out_channels kernel_size stride=1 padding=0 output_padding=0 groups=1 bias=True dilation=1"
_NORM = "num_features eps=1e-05 momentum=0.1 affine=True track_running_stats=True"
_RNN = "input_size hidden_size num_layers=1 bias=True batch_first=False dropout=0.0 bidirectional=False proj_size=0"
_POOL = "kernel_size stride=None padding=0"

TABLE: dict[str, Api] = {"torch.nn.Module": Api("base-module")}


def _add(api: Api, *names: str) -> None:
    for name in names:
        TABLE[f"torch.nn.{name}"] = api


for _d in ("1d", "2d", "3d"):
    _add(Api("layer", _CONV, output="raw", weights=True, convolution=_d), f"Conv{_d}", f"LazyConv{_d}")
    _add(
        Api("layer", _CONV_T, output="raw", weights=True, convolution=f"transposed-{_d}"),
        f"ConvTranspose{_d}",
        f"LazyConvTranspose{_d}",
    )
    _add(
        Api("layer", _NORM, output="raw", weights=True, mode="batchnorm", norm=True),
        f"BatchNorm{_d}",
        f"LazyBatchNorm{_d}",
    )
    _add(
        Api(
            "layer",
            "num_features eps=1e-05 momentum=0.1 affine=False track_running_stats=False",
            output="raw",
            norm=True,
        ),
        f"InstanceNorm{_d}",
    )
    _add(Api("layer", _POOL, output="keep", pool="max"), f"MaxPool{_d}")
    _add(Api("layer", _POOL, output="keep", pool="avg"), f"AvgPool{_d}")
    _add(Api("layer", "output_size", output="keep", pool="adaptive-avg"), f"AdaptiveAvgPool{_d}")
    _add(Api("layer", "output_size", output="keep", pool="adaptive-max"), f"AdaptiveMaxPool{_d}")
    _add(Api("layer", "p=0.5 inplace=False", output="keep", mode="dropout"), f"Dropout{_d}")
_add(
    Api("layer", "p=0.5 inplace=False", output="keep", mode="dropout"), "Dropout", "AlphaDropout", "FeatureAlphaDropout"
)
_add(Api("layer", _NORM, output="raw", weights=True, mode="batchnorm", norm=True), "SyncBatchNorm")
_add(
    Api("layer", "normalized_shape eps=1e-05 elementwise_affine=True", output="raw", weights=True, norm=True),
    "LayerNorm",
    "RMSNorm",
)
_add(Api("layer", "num_groups num_channels eps=1e-05 affine=True", output="raw", weights=True, norm=True), "GroupNorm")
_add(Api("layer", "size", output="raw", norm=True), "LocalResponseNorm")
_add(
    Api("layer", "in_features out_features bias=True", output="raw", weights=True),
    "Linear",
    "LazyLinear",
    "NonDynamicallyQuantizableLinear",
)
_add(Api("layer", "in1_features in2_features out_features bias=True", output="raw", weights=True), "Bilinear")
_add(
    Api("layer", "num_embeddings embedding_dim padding_idx=None", output="raw", weights=True, embedding=True),
    "Embedding",
    "EmbeddingBag",
)
_add(
    Api("given-table", "embeddings freeze=True padding_idx=None"),
    "Embedding.from_pretrained",
    "EmbeddingBag.from_pretrained",
)
_add(Api("layer", _RNN, output="raw", weights=True, recurrent="LSTM", mode="rnn-dropout", returns="lstm"), "LSTM")
_add(Api("layer", _RNN, output="raw", weights=True, recurrent="GRU", mode="rnn-dropout", returns="rnn"), "GRU")
_add(
    Api("layer", "input_size hidden_size num_layers=1 nonlinearity='tanh' bias=True batch_first=False dropout=0.0 bidirectional=False",
        output="raw", weights=True, recurrent="RNN", mode="rnn-dropout", returns="rnn"),
    "RNN", "RNNBase",
)  # fmt: skip
_add(
    Api("layer", "input_size hidden_size bias=True", output="raw", weights=True, recurrent="LSTM", returns="lstm-cell"),
    "LSTMCell",
)
_add(Api("layer", "input_size hidden_size bias=True", output="raw", weights=True, recurrent="GRU"), "GRUCell")
_add(
    Api("layer", "input_size hidden_size bias=True nonlinearity='tanh'", output="raw", weights=True, recurrent="RNN"),
    "RNNCell",
)
_add(
    Api("layer", "d_model=512 nhead=8 dim_feedforward=2048 dropout=0.1", output="raw", weights=True, mode="dropout-argument"),
    "TransformerEncoderLayer", "TransformerDecoderLayer",
)  # fmt: skip
_add(
    Api("layer", "d_model=512 nhead=8 num_encoder_layers=6 num_decoder_layers=6 dim_feedforward=2048 dropout=0.1",
        output="raw", weights=True, mode="dropout-argument"),
    "Transformer",
)  # fmt: skip
_add(
    Api("layer", "encoder_layer num_layers norm=None", output="raw", weights=True),
    "TransformerEncoder",
    "TransformerDecoder",
)
_add(
    Api("layer", "embed_dim num_heads dropout=0.0 bias=True", output="raw", weights=True, mode="dropout-argument", returns="pair"),
    "MultiheadAttention",
)  # fmt: skip
for _name in (
    "ReLU", "ReLU6", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish", "Softplus", "Hardswish", "Threshold",
):  # fmt: skip
    _add(Api("layer", "inplace=False", output="relu", activation=True), _name)
#: Unbounded on both sides and one to one: whatever the numbers mean, they go on meaning.
_add(Api("layer", "inplace=False", output="relu", activation=True, invertible=True), "LeakyReLU", "PReLU", "RReLU")
_add(Api("layer", "", output="tanh", activation=True), "Tanh", "Hardtanh", "Softsign", "Tanhshrink")
_add(Api("layer", "", output="sigmoid", activation=True), "Sigmoid", "Hardsigmoid")
_add(Api("layer", "", output="log_sigmoid", activation=True), "LogSigmoid")
_add(Api("layer", "dim=None", output="softmax", activation=True, implicit_axis=True), "Softmax")
_add(Api("layer", "", output="softmax", activation=True), "Softmax2d")
_add(Api("layer", "dim=None", output="unknown", activation=True, implicit_axis=True), "Softmin")
_add(Api("layer", "dim=None", output="log_softmax", activation=True, implicit_axis=True), "LogSoftmax")
_add(Api("layer", "", output="keep", reshapes="other"), "Unflatten", "Fold", "Unfold")
_add(
    Api("layer", "", output="keep"),
    "Identity", "Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d", "PixelShuffle", "PixelUnshuffle",
    "ZeroPad2d", "ReflectionPad2d", "ReplicationPad2d", "ConstantPad2d", "ConstantPad1d", "ReflectionPad1d", "ChannelShuffle",
    "MaxUnpool2d",
)  # fmt: skip
_add(Api("layer", "", output="unknown"), "CosineSimilarity", "PairwiseDistance")
_add(Api("container", "*children"), "Sequential")
_add(Api("container", "modules"), "ModuleList")
_add(Api("container", "modules"), "ModuleDict")
_add(
    Api("parameters", "data requires_grad=True"),
    "Parameter",
    "parameter.Parameter",
    "UninitializedParameter",
    "ParameterList",
    "ParameterDict",
)
_add(Api("wrapper", "module", keeps=True), "DataParallel", "parallel.DistributedDataParallel", "parallel.DataParallel", "utils.parametrizations.weight_norm",
     "utils.weight_norm", "utils.spectral_norm", "utils.parametrizations.spectral_norm", "utils.remove_weight_norm", "utils.prune",
     "SyncBatchNorm.convert_sync_batchnorm")  # fmt: skip
TABLE["torch.nn.parallel.DistributedDataParallel"] = Api("wrapper", "module", keeps=True)

_WEIGHTED = "weight=None size_average=None ignore_index=-100 reduce=None reduction='mean' label_smoothing=0.0"
_PLAIN = "size_average=None reduce=None reduction='mean'"
_add(Api("loss", _WEIGHTED, loss="cross_entropy"), "CrossEntropyLoss")
_add(
    Api("loss", "weight=None size_average=None ignore_index=-100 reduce=None reduction='mean'", loss="nll"),
    "NLLLoss",
    "NLLLoss2d",
)
_add(Api("loss", "weight=None size_average=None reduce=None reduction='mean'", loss="bce"), "BCELoss")
_add(
    Api("loss", "weight=None size_average=None reduce=None reduction='mean' pos_weight=None", loss="bce_logits"),
    "BCEWithLogitsLoss",
)
_add(
    Api("loss", "weight=None size_average=None reduce=None reduction='mean'", loss="multilabel_soft_margin"),
    "MultiLabelSoftMarginLoss",
)
_add(Api("loss", _PLAIN, loss="regression", squared=True), "MSELoss")
_add(
    Api("loss", _PLAIN, loss="regression"),
    "L1Loss",
    "SmoothL1Loss",
    "HuberLoss",
    "PoissonNLLLoss",
    "GaussianNLLLoss",
)
_add(Api("loss", _PLAIN, loss="kl"), "KLDivLoss")
_add(Api("loss", "blank=0 reduction='mean' zero_infinity=False", loss="ctc"), "CTCLoss")
_add(
    Api("loss", "", loss="metric"),
    "TripletMarginLoss", "TripletMarginWithDistanceLoss", "CosineEmbeddingLoss", "MarginRankingLoss", "HingeEmbeddingLoss",
)  # fmt: skip
_add(Api("loss", "", loss="margin"), "MultiMarginLoss", "SoftMarginLoss", "MultiLabelMarginLoss")

TABLE["torch.nn.Flatten"] = Api("layer", "start_dim=1 end_dim=-1", output="keep", arranges=True, reshapes="flatten")
for _name in (
    "ZeroPad2d",
    "ReflectionPad2d",
    "ReplicationPad2d",
    "ConstantPad2d",
    "ConstantPad1d",
    "ReflectionPad1d",
    "CircularPad2d",
):
    TABLE[f"torch.nn.{_name}"] = Api("layer", "padding", output="keep", pads=True)
for _name in ("SELU", "AlphaDropout", "FeatureAlphaDropout"):
    _known = TABLE[f"torch.nn.{_name}"]
    TABLE[f"torch.nn.{_name}"] = Api(_known.what, _known.params, **_known.facts, self_normalizing=True)
for _name in (
    "utils.weight_norm",
    "utils.spectral_norm",
    "utils.parametrizations.weight_norm",
    "utils.parametrizations.spectral_norm",
):
    TABLE[f"torch.nn.{_name}"] = Api("wrapper", "module", keeps=True, normalizes_weights=True)
