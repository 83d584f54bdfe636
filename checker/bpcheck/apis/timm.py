"""``timm``: networks and factories."""

from __future__ import annotations

from bpcheck.apis.spec import Api

TABLE: dict[str, Api] = {
    "timm.create_model": Api(
        "network", "model_name pretrained=False pretrained_cfg=None checkpoint_path=None", batchnorm=None, vision=True
    ),
    "timm.models.create_model": Api("network", "model_name pretrained=False", batchnorm=None, vision=True),
    "timm.data.Mixup": Api("object", "", role="mixup"),
    "timm.loss.LabelSmoothingCrossEntropy": Api("loss", "smoothing=0.1", loss="cross_entropy"),
    "timm.loss.SoftTargetCrossEntropy": Api("loss", "", loss="cross_entropy"),
    "timm.loss.BinaryCrossEntropy": Api("loss", "", loss="bce_logits"),
    "timm.utils.accuracy": Api("pure", "output target topk"),
    "timm.utils.NativeScaler": Api("scaler-call", "", role="scaler-call"),
    "timm.utils.ApexScaler": Api("scaler-call", "", role="scaler-call"),
    "timm.models.layers.trunc_normal_": Api("pure", ""),
    "timm.layers.trunc_normal_": Api("pure", ""),
    "timm.optim.create_optimizer_v2": Api(
        "optimizer", "model_or_params opt='sgd' lr=None weight_decay=0.0", factory=True
    ),
    "timm.utils.ModelEmaV2": Api("copy-of", "model"),
    "timm.utils.ModelEma": Api("copy-of", "model"),
}
