"""``torch.optim``, schedulers, gradient tools, automatic mixed precision, distributed wrappers, saving and loading.

Facts of an optimizer: ``weight_decay`` says what that argument does (``l2``: added to the gradient; ``decoupled``), ``adaptive``
whether it chooses its own step sizes so that a schedule is not expected.
"""

from __future__ import annotations

from bpcheck.apis.spec import Api

TABLE: dict[str, Api] = {}


def _add(api: Api, *names: str) -> None:
    for name in names:
        TABLE[name] = api


def _optimizer(name: str, params: str, **facts: object) -> None:
    _add(Api("optimizer", params, **facts), f"torch.optim.{name}", f"torch.optim.{name.lower()}.{name}")


_optimizer(
    "Adam", "params lr=1e-3 betas=None eps=1e-8 weight_decay=0 amsgrad=False", weight_decay="l2", adam=True,
    decoupled="torch.optim.AdamW",
)  # fmt: skip
_optimizer(
    "AdamW", "params lr=1e-3 betas=None eps=1e-8 weight_decay=1e-2 amsgrad=False", weight_decay="decoupled", adam=True
)
_optimizer("NAdam", "params lr=2e-3 betas=None eps=1e-8 weight_decay=0", weight_decay="l2", adam=True)
_optimizer("RAdam", "params lr=1e-3 betas=None eps=1e-8 weight_decay=0", weight_decay="l2", adam=True)
_optimizer("Adamax", "params lr=2e-3 betas=None eps=1e-8 weight_decay=0", weight_decay="l2")
_optimizer("SparseAdam", "params lr=1e-3 betas=None eps=1e-8")
_optimizer("SGD", "params lr=1e-3 momentum=0 dampening=0 weight_decay=0 nesterov=False", weight_decay="l2")
_optimizer("RMSprop", "params lr=1e-2 alpha=0.99 eps=1e-8 weight_decay=0 momentum=0", weight_decay="l2")
_optimizer("Adagrad", "params lr=1e-2 lr_decay=0 weight_decay=0", weight_decay="l2", adaptive=True)
_optimizer("Adadelta", "params lr=1.0 rho=0.9 eps=1e-6 weight_decay=0", weight_decay="l2")
_optimizer("Adafactor", "params lr=1e-2 beta2_decay=-0.8 eps=None d=1.0 weight_decay=0", adaptive=True)
_optimizer("ASGD", "params lr=1e-2 lambd=1e-4 alpha=0.75 t0=1e6 weight_decay=0", adaptive=True)
_optimizer("Rprop", "params lr=1e-2", adaptive=True)
_optimizer("LBFGS", "params lr=1 max_iter=20", adaptive=True, closure=True)
_optimizer("Muon", "params lr=1e-3 weight_decay=0.1", weight_decay="decoupled")
_optimizer("Optimizer", "params defaults", unknown=True)

_S = "torch.optim.lr_scheduler."
for _name, _params, _facts in (
    ("LambdaLR", "optimizer lr_lambda last_epoch=-1", {}),
    ("MultiplicativeLR", "optimizer lr_lambda last_epoch=-1", {}),
    ("StepLR", "optimizer step_size gamma=0.1 last_epoch=-1", {"shape": "step"}),
    ("MultiStepLR", "optimizer milestones gamma=0.1 last_epoch=-1", {"shape": "step"}),
    ("ExponentialLR", "optimizer gamma last_epoch=-1", {"shape": "exponential"}),
    ("ConstantLR", "optimizer factor=0.3333 total_iters=5 last_epoch=-1", {}),
    ("LinearLR", "optimizer start_factor=0.3333 end_factor=1.0 total_iters=5 last_epoch=-1", {}),
    ("PolynomialLR", "optimizer total_iters=5 power=1.0 last_epoch=-1", {}),
    ("CosineAnnealingLR", "optimizer T_max eta_min=0.0 last_epoch=-1", {"shape": "cosine"}),
    ("CosineAnnealingWarmRestarts", "optimizer T_0 T_mult=1 eta_min=0.0 last_epoch=-1", {"shape": "restarts"}),
    ("CyclicLR", "optimizer base_lr max_lr step_size_up=2000", {"shape": "cyclic"}),
    (
        "OneCycleLR",
        "optimizer max_lr total_steps=None epochs=None steps_per_epoch=None pct_start=0.3",
        {"shape": "one-cycle"},
    ),
    ("ReduceLROnPlateau", "optimizer mode='min' factor=0.1 patience=10", {"shape": "plateau"}),
    ("SequentialLR", "optimizer schedulers milestones", {"combines": True}),
    ("ChainedScheduler", "schedulers", {"combines": True}),
):
    _add(Api("scheduler", _params, **_facts), _S + _name)
_add(Api("scheduler", "optimizer last_epoch=-1"), _S + "LRScheduler", _S + "_LRScheduler")
_add(Api("optimizer", "params defaults"), "torch.optim.Optimizer", "torch.optim.optimizer.Optimizer")

_U = "torch.nn.utils."
_add(Api("clip", "parameters max_norm"), _U + "clip_grad_norm_", _U + "clip_grad_norm", _U + "clip_grad.clip_grad_norm_",
     _U + "clip_grads_with_norm_", _U + "clip_grad.clip_grad_norm")  # fmt: skip
_add(Api("clip", "parameters clip_value"), _U + "clip_grad_value_", _U + "clip_grad.clip_grad_value_")
_add(Api("wrapper", "input"), _U + "rnn.pack_padded_sequence", _U + "rnn.pack_sequence", _U + "rnn.pad_sequence")
_add(Api("unpack", "sequence"), _U + "rnn.pad_packed_sequence")
_add(Api("pure", ""), _U + "parameters_to_vector", _U + "vector_to_parameters", _U + "fusion", _U + "get_total_norm")

_add(
    Api("scaler", "", role="scaler"),
    "torch.cuda.amp.GradScaler",
    "torch.amp.GradScaler",
    "torch.amp.grad_scaler.GradScaler",
    "torch.cuda.amp.grad_scaler.GradScaler",
    "torch.distributed.fsdp.sharded_grad_scaler.ShardedGradScaler",
    "torch.cpu.amp.GradScaler",
)
_add(Api("object", "", role="context-manager"), "torch.cuda.amp.autocast", "torch.amp.autocast", "torch.autocast", "torch.cpu.amp.autocast",
     "torch.autograd.set_detect_anomaly", "torch.autograd.detect_anomaly", "torch.autograd.profiler.profile", "torch.profiler.profile",
     "torch.profiler.record_function", "torch.autograd.profiler.record_function", "torch.cuda.device", "torch.backends.cudnn.flags")  # fmt: skip
_add(Api("object", "mode=True", role="grad-mode"), "torch.no_grad", "torch.inference_mode", "torch.enable_grad", "torch.autograd.no_grad",
     "torch.autograd.grad_mode.no_grad", "torch.autograd.inference_mode", "torch.autograd.enable_grad")  # fmt: skip
_add(Api("set-grad", "mode"), "torch.set_grad_enabled", "torch.autograd.set_grad_enabled")
_add(Api("backward", "tensors grad_tensors=None"), "torch.autograd.backward", "torch.distributed.autograd.backward")
_add(Api("gradients", "outputs inputs"), "torch.autograd.grad")
_add(
    Api("wrapper", "model", exports=True),
    "torch.jit.script",
    "torch.jit.trace",
    "torch.export.export",
    "torch.onnx.export",
)
_add(Api("wrapper", "model"), "torch.compile", "torch.quantization.quantize_dynamic", "torch.fx.symbolic_trace",
     "torch.distributed.fsdp.FullyShardedDataParallel", "torch.distributed.fsdp.fully_shard", "torch._dynamo.optimize",
     "torch.distributed._composable.fsdp.fully_shard", "torch.distributed.tensor.parallel.parallelize_module")  # fmt: skip
_add(Api("copy-of", "model"), "torch.optim.swa_utils.AveragedModel")
_add(Api("scheduler", "optimizer swa_lr"), "torch.optim.swa_utils.SWALR")
_add(Api("save", "obj f"), "torch.save", "torch.jit.save")
_add(Api("load", "f"), "torch.load", "torch.jit.load")
_add(Api("hub", "repo_or_dir model"), "torch.hub.load")
_add(Api("pure", ""), "torch.manual_seed", "torch.device", "torch.cuda.is_available", "torch.set_num_threads", "torch.cuda.manual_seed",
     "torch.cuda.manual_seed_all", "torch.Generator", "torch.Size", "torch.finfo", "torch.random.manual_seed")  # fmt: skip
