"""DeepSpeed: an engine round a network that owns backward, clipping, the step, the clearing of gradients and the schedule.

Read off deepspeed 0.19: ``__init__.py``, ``runtime/engine.py`` (``_take_model_step``, ``_configure_basic_optimizer``),
``runtime/constants.py`` (``GRADIENT_CLIPPING_DEFAULT``), ``runtime/dataloader.py``.
"""

import json

import torch

from bpcheck.frameworks import does, unknown


def initialize(
    args=None, model=None, optimizer=None, model_parameters=None, training_data=None, lr_scheduler=None,
    distributed_port=29500, mpu=None, dist_init_required=None, collate_fn=None, config=None, mesh_param=None,
    config_params=None,
):  # fmt: skip
    does(
        "DeepSpeed engine",
        "step() clips at norm 1 unless gradient_clipping says otherwise, steps, clears the gradients and moves the "
        "schedule on; train(), eval() and no_grad() are the user's",
    )
    settings = config_params if config is None else config
    if settings is None:
        settings = unknown()
    elif isinstance(settings, str):
        settings = json.load(open(settings))
    if optimizer is None:
        optimizer = _optimizer(settings, model.parameters() if model_parameters is None else model_parameters)
    engine = DeepSpeedEngine(model, optimizer, lr_scheduler, settings)
    loader = None
    if training_data is not None:
        loader = torch.utils.data.DataLoader(training_data, shuffle=True, collate_fn=collate_fn)
    return engine, optimizer, loader, lr_scheduler


def _optimizer(settings, parameters):
    """What the configuration describes: its Adam is AdamW unless it says ``adam_w_mode: false``."""
    described = settings.get("optimizer", {})
    options = described.get("params", {})
    rate, decay = options.get("lr", 1e-3), options.get("weight_decay", 0.0)
    kind = described.get("type", unknown())
    if kind == "Adam" and options.get("adam_w_mode", True) is False:
        return torch.optim.Adam(parameters, lr=rate, weight_decay=decay)
    if kind in ("Adam", "AdamW"):
        return torch.optim.AdamW(parameters, lr=rate, weight_decay=decay)
    return torch.optim.Optimizer(parameters, {})


class DeepSpeedEngine:
    def __init__(self, model, optimizer, lr_scheduler, settings):
        self.module = model
        self.optimizer = optimizer
        self.lr_scheduler = lr_scheduler
        self.clips = settings.get("gradient_clipping", 1.0)
        self.scheduled = settings.get("scheduler")

    def __getattr__(self, name):
        return getattr(self.module, name)

    def __call__(self, *inputs, **kwargs):
        return self.module(*inputs, **kwargs)

    def forward(self, *inputs, **kwargs):
        return self.module(*inputs, **kwargs)

    def train(self, mode=True):
        self.module.train(mode)
        return self

    def eval(self):
        self.module.eval()
        return self

    def backward(self, loss, retain_graph=False, scale_wrt_gas=True):
        loss.backward()
        return loss

    def step(self, lr_kwargs=None):
        if self.clips:
            torch.nn.utils.clip_grad_norm_(self.module.parameters(), self.clips)
        self.optimizer.step()
        self.module.zero_grad()
        if self.lr_scheduler is not None:
            self.lr_scheduler.step()
        elif self.scheduled is not None:
            for group in self.optimizer.param_groups:
                group["lr"] = unknown()

    def zero_grad(self):
        self.module.zero_grad()

    def save_checkpoint(self, save_dir, tag=None, client_state=None, save_latest=True, **options):
        torch.save(self.module.state_dict(), save_dir)

    def load_checkpoint(self, load_dir, tag=None, **options):
        self.module.load_state_dict(torch.load(load_dir))
        return load_dir, unknown()

    def is_gradient_accumulation_boundary(self):
        return unknown()


def init_inference(model, config=None, **kwargs):
    return model


def init_distributed(*args, **kwargs):
    pass


def add_config_arguments(parser):
    return parser
