"""timm: factories of networks, optimizers, schedules, loaders and losses; the loop is the user's own, or its training script's.

Read off timm 1.0.31: ``optim/_optim_factory.py``, ``optim/_param_groups.py``, ``scheduler/scheduler.py``,
``scheduler/scheduler_factory.py``, ``data/loader.py``, ``data/transforms_factory.py``, ``utils/cuda.py``,
``utils/clip_grad.py``, ``utils/checkpoint_saver.py``, ``utils/model_ema.py``, ``task/classification.py``,
``models/vision_transformer.py``, ``models/_registry.py``.
"""

import copy

import torch
import torchvision
from timm.optim import Lamb, Lars, Lion, NAdamW, RMSpropTF
from torch.nn import CrossEntropyLoss
from torch.optim import SGD, Adadelta, Adafactor, Adagrad, Adam, Adamax, AdamW, NAdam, RAdam, RMSprop

from bpcheck.frameworks import does, keeps_statistics, network, unknown

_REGISTERED = {}


def register_model(function):
    _REGISTERED[function.__name__] = function
    return function


def create_model(
    model_name, pretrained=False, pretrained_cfg=None, pretrained_cfg_overlay=None, checkpoint_path=None, cache_dir=None,
    scriptable=None, exportable=None, no_jit=None, **kwargs,
):  # fmt: skip
    if model_name in _REGISTERED:
        return _REGISTERED[model_name](pretrained=pretrained, **kwargs)
    return network(model_name, pretrained=pretrained)


class DropPath(torch.nn.Module):
    def __init__(self, drop_prob=0.0, scale_by_keep=True):
        super().__init__()
        self.drop = torch.nn.Dropout(drop_prob)

    def forward(self, x):
        return self.drop(x)


class Mlp(torch.nn.Module):
    def __init__(self, in_features, hidden_features=None, out_features=None, act_layer=torch.nn.GELU, norm_layer=None,
                 bias=True, drop=0.0, use_conv=False, **other):  # fmt: skip
        super().__init__()
        self.fc1 = torch.nn.Linear(in_features, unknown())
        self.act = torch.nn.GELU()
        self.fc2 = torch.nn.Linear(unknown(), unknown())
        self.drop = torch.nn.Dropout(drop)

    def forward(self, x):
        return self.drop(self.fc2(self.act(self.fc1(x))))


class Attention(torch.nn.Module):
    def __init__(self, dim, num_heads=8, attn_head_dim=None, dim_out=None, qkv_bias=False, qk_norm=False, attn_drop=0.0,
                 proj_drop=0.0, norm_layer=None, **other):  # fmt: skip
        super().__init__()
        self.qkv = torch.nn.Linear(dim, unknown())
        self.attn_drop = torch.nn.Dropout(attn_drop)
        self.proj = torch.nn.Linear(dim, dim)
        self.proj_drop = torch.nn.Dropout(proj_drop)

    def forward(self, x):
        return self.proj_drop(self.proj(self.attn_drop(self.qkv(x))))


class PatchEmbed(torch.nn.Module):
    def __init__(self, img_size=224, patch_size=16, in_chans=3, embed_dim=768, norm_layer=None, flatten=True, **other):
        super().__init__()
        self.patch_size = unknown()
        self.num_patches = unknown()
        self.proj = torch.nn.Conv2d(in_chans, embed_dim, patch_size, patch_size)

    def forward(self, x):
        return self.proj(x)


class Block(torch.nn.Module):
    def __init__(self, dim, num_heads, mlp_ratio=4.0, qkv_bias=False, qk_norm=False, proj_drop=0.0, attn_drop=0.0,
                 init_values=None, drop_path=0.0, act_layer=torch.nn.GELU, norm_layer=torch.nn.LayerNorm,
                 **other):  # fmt: skip
        super().__init__()
        drop = proj_drop or other.get("drop", 0.0)
        self.norm1 = torch.nn.LayerNorm(dim)
        self.attn = Attention(dim, attn_drop=attn_drop, proj_drop=drop)
        self.norm2 = torch.nn.LayerNorm(dim)
        self.mlp = Mlp(dim, drop=drop)
        self.drop_path = DropPath(drop_path)

    def forward(self, x):
        x = x + self.drop_path(self.attn(self.norm1(x)))
        return x + self.drop_path(self.mlp(self.norm2(x)))


class VisionTransformer(torch.nn.Module):
    def __init__(self, img_size=224, patch_size=16, in_chans=3, num_classes=1000, global_pool="token", embed_dim=768,
                 depth=12, num_heads=12, mlp_ratio=4.0, qkv_bias=True, drop_rate=0.0, pos_drop_rate=0.0,
                 proj_drop_rate=0.0, attn_drop_rate=0.0, drop_path_rate=0.0, **other):  # fmt: skip
        super().__init__()
        self.num_classes = num_classes
        self.global_pool = global_pool
        self.embed_dim = self.num_features = embed_dim
        self.patch_embed = PatchEmbed(img_size, patch_size, in_chans, embed_dim)
        self.cls_token = torch.nn.Parameter(torch.zeros(1, 1, embed_dim))
        self.pos_embed = torch.nn.Parameter(torch.zeros(1, 1, embed_dim))
        self.pos_drop = torch.nn.Dropout(pos_drop_rate)
        block = Block(
            embed_dim, num_heads, proj_drop=proj_drop_rate, attn_drop=attn_drop_rate, drop_path=drop_path_rate
        )
        self.blocks = torch.nn.Sequential(block)
        self.norm = torch.nn.LayerNorm(embed_dim)
        self.fc_norm = torch.nn.LayerNorm(embed_dim)
        self.head_drop = torch.nn.Dropout(drop_rate)
        self.head = torch.nn.Linear(embed_dim, num_classes)

    def no_weight_decay(self):
        return {"pos_embed", "cls_token", "dist_token"}

    def get_classifier(self):
        return self.head

    def reset_classifier(self, num_classes, global_pool=None):
        self.head = torch.nn.Linear(self.embed_dim, num_classes)

    def set_grad_checkpointing(self, enable=True):
        pass

    def forward_features(self, x):
        return self.norm(self.blocks(self.pos_drop(self.patch_embed(x))))

    def forward_head(self, x, pre_logits=False):
        x = self.head_drop(self.fc_norm(x))
        return x if pre_logits else self.head(x)

    def forward(self, x):
        return self.forward_head(self.forward_features(x))


def param_groups_weight_decay(model, weight_decay=1e-5, no_weight_decay_list=(), **other):
    """Biases and norms in a group without decay; the rates are one."""
    chosen = [parameter for _, parameter in model.named_parameters()]
    if not weight_decay:
        return [{"params": chosen, "weight_decay": 0.0}]
    return [{"params": chosen, "weight_decay": 0.0}, {"params": chosen, "weight_decay": weight_decay}]


def add_weight_decay(model, weight_decay=1e-5, skip_list=()):
    """The name of the same in older versions."""
    return param_groups_weight_decay(model, weight_decay)


def param_groups_layer_decay(model, weight_decay=0.05, no_weight_decay_list=(), layer_decay=0.75, **other):
    chosen = [parameter for _, parameter in model.named_parameters()]
    return [{"params": chosen, "lr_scale": unknown(), "weight_decay": weight_decay}]


def param_groups_lrd(model, weight_decay=0.05, no_weight_decay_list=(), layer_decay=0.75):
    return param_groups_layer_decay(model, weight_decay, layer_decay=layer_decay)


#: Optimizers by their names in the factory: what none of them is takes part as one of unknown kind.
_OPTIMIZERS = {
    "sgd": SGD, "momentum": SGD, "adam": Adam, "adamw": AdamW, "adamwlegacy": AdamW, "nadam": NAdam, "nadamlegacy": NAdam,
    "nadamw": NAdamW, "radam": RAdam, "radamlegacy": RAdam, "adamax": Adamax, "adafactor": Adafactor, "adadelta": Adadelta,
    "adagrad": Adagrad, "rmsprop": RMSprop, "rmsproptf": RMSpropTF, "lamb": Lamb, "lambc": Lamb, "lars": Lars, "lion": Lion,
}  # fmt: skip


def create_optimizer_v2(
    model_or_params, opt="sgd", lr=None, weight_decay=0.0, momentum=0.9, foreach=None, filter_bias_and_bn=True,
    fallback_list=(), fallback_no_weight_decay=False, layer_decay=None, layer_decay_min_scale=0.0,
    layer_decay_no_opt_scale=None, param_group_fn=None, **kwargs,
):  # fmt: skip
    does("timm create_optimizer", "no weight decay on biases and norms; one rate for all layers unless layer_decay")
    params = model_or_params
    if isinstance(model_or_params, torch.nn.Module):
        if param_group_fn:
            params = param_group_fn(model_or_params)
        elif layer_decay is not None:
            params = param_groups_layer_decay(model_or_params, weight_decay, layer_decay=layer_decay)
        else:
            params = param_groups_weight_decay(model_or_params, weight_decay)
        weight_decay = 0.0
    name = opt.lower()
    made = _OPTIMIZERS[name] if name in _OPTIMIZERS else unknown()
    return made(params, lr=lr, weight_decay=weight_decay)


def optimizer_kwargs(cfg):
    return {
        "opt": cfg.opt,
        "lr": cfg.lr,
        "weight_decay": cfg.weight_decay,
        "layer_decay": getattr(cfg, "layer_decay", None),
    }


def create_optimizer(args, model, filter_bias_and_bn=True):
    return create_optimizer_v2(model, **optimizer_kwargs(args))


def Lookahead(base_optimizer, alpha=0.5, k=6):
    return base_optimizer


class Scheduler:
    """It writes the rates of an epoch or update whose number it is told; of ``step`` and ``step_update`` one acts."""

    def __init__(self, optimizer, *args, **options):
        self.optimizer = optimizer

    def step(self, epoch, metric=None):
        for group in self.optimizer.param_groups:
            group["lr"] = unknown()

    def step_update(self, num_updates, metric=None):
        for group in self.optimizer.param_groups:
            group["lr"] = unknown()

    def get_cycle_length(self, cycles=0):
        return unknown()

    def state_dict(self):
        return {}

    def load_state_dict(self, state_dict):
        pass


class CosineLRScheduler(Scheduler):
    pass


class TanhLRScheduler(Scheduler):
    pass


class PolyLRScheduler(Scheduler):
    pass


class WSDLRScheduler(Scheduler):
    pass


class StepLRScheduler(Scheduler):
    """Without a ``decay_rate`` and a warm-up it leaves the rate alone."""

    def __init__(self, optimizer, decay_t, decay_rate=1.0, warmup_t=0, *args, noise_range_t=None, **options):
        self.optimizer = optimizer
        self.acts = decay_rate != 1.0 or warmup_t != 0 or noise_range_t is not None

    def step(self, epoch, metric=None):
        if self.acts:
            super().step(epoch, metric)

    def step_update(self, num_updates, metric=None):
        if self.acts:
            super().step_update(num_updates, metric)


class MultiStepLRScheduler(StepLRScheduler):
    pass


class PlateauLRScheduler(Scheduler):
    def __init__(self, optimizer, decay_rate=0.1, patience_t=10, *args, **options):
        self.optimizer = optimizer
        self.plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)

    def step(self, epoch, metric=None):
        self.plateau.step(metric)

    def step_update(self, num_updates, metric=None):
        return None


def create_scheduler_v2(
    optimizer, sched="cosine", num_epochs=300, decay_epochs=None, decay_milestones=(90, 180, 270), cooldown_epochs=0,
    patience_epochs=10, decay_rate=0.1, min_lr=0.0, warmup_lr=1e-5, warmup_epochs=0, warmup_prefix=False, noise=None,
    noise_pct=0.67, noise_std=1.0, noise_seed=42, cycle_mul=1.0, cycle_decay=0.1, cycle_limit=1, k_decay=1.0,
    decay_fn=None, stable_timescale=None, plateau_mode="max", step_on_epochs=True, updates_per_epoch=0,
):  # fmt: skip
    if sched == "none":
        scheduler = None
    elif sched == "plateau":
        scheduler = PlateauLRScheduler(optimizer, decay_rate)
    elif sched == "constant":
        scheduler = StepLRScheduler(optimizer, 1, 1.0, warmup_epochs, noise_range_t=noise)
    elif sched == "step":
        scheduler = StepLRScheduler(optimizer, decay_epochs, decay_rate, warmup_epochs, noise_range_t=noise)
    elif sched == "multistep":
        scheduler = MultiStepLRScheduler(optimizer, decay_milestones, decay_rate, warmup_epochs, noise_range_t=noise)
    else:
        scheduler = CosineLRScheduler(optimizer)
    return scheduler, num_epochs + cooldown_epochs


def scheduler_kwargs(cfg, decreasing_metric=None):
    return {
        "sched": cfg.sched, "num_epochs": getattr(cfg, "epochs", 100), "decay_rate": getattr(cfg, "decay_rate", 0.1),
        "cooldown_epochs": getattr(cfg, "cooldown_epochs", 0), "warmup_epochs": getattr(cfg, "warmup_epochs", 5),
        "noise": getattr(cfg, "lr_noise", None),
    }  # fmt: skip


def create_scheduler(args, optimizer, updates_per_epoch=0):
    return create_scheduler_v2(optimizer, **scheduler_kwargs(args))


def create_transform(
    input_size=224, is_training=False, no_aug=False, train_crop_mode=None, scale=None, ratio=None, hflip=0.5, vflip=0.0,
    color_jitter=0.4, **other,
):  # fmt: skip
    """Random only where it is for training, and not switched off."""
    if is_training and not no_aug:
        first = [torchvision.transforms.RandomResizedCrop(input_size), torchvision.transforms.RandomHorizontalFlip()]
    else:
        first = [torchvision.transforms.Resize(input_size), torchvision.transforms.CenterCrop(input_size)]
    return torchvision.transforms.Compose([
        *first, torchvision.transforms.ToTensor(), torchvision.transforms.Normalize(unknown(), unknown())
    ])  # fmt: skip


def create_loader(
    dataset, input_size, batch_size, is_training=False, no_aug=False, re_prob=0.0, re_mode="const", re_count=1,
    re_split=False, train_crop_mode=None, scale=None, ratio=None, hflip=0.5, vflip=0.0, color_jitter=0.4,
    num_aug_repeats=0, distributed=False, collate_fn=None, **other,
):  # fmt: skip
    does(
        "timm create_loader", "is_training shuffles, augments and drops the last batch; otherwise in order, center crop"
    )
    dataset.transform = create_transform(input_size, is_training, no_aug)
    sampler = torch.utils.data.distributed.DistributedSampler(dataset) if distributed else None
    return torch.utils.data.DataLoader(
        dataset, batch_size=batch_size, shuffle=sampler is None and is_training, sampler=sampler, collate_fn=collate_fn,
        drop_last=is_training,
    )  # fmt: skip


class AugMixDataset(torch.utils.data.Dataset):
    def __init__(self, dataset, num_splits=2):
        self.dataset = dataset
        self.transform = None

    def __getitem__(self, i):
        return self.dataset[i]

    def __len__(self):
        return len(self.dataset)


class Mixup:
    """Two samples in one, and their labels as shares of the classes."""

    def __init__(self, mixup_alpha=1.0, cutmix_alpha=0.0, cutmix_minmax=None, prob=1.0, switch_prob=0.5, mode="batch",
                 correct_lam=True, label_smoothing=0.1, num_classes=1000, multi_label=False):  # fmt: skip
        self.mixup_enabled = True

    def __call__(self, x, target):
        return x * unknown(), torch.nn.functional.one_hot(target)


def FastCollateMixup(*args, **kwargs):
    return unknown()


def dispatch_clip_grad(parameters, value, mode="norm", norm_type=2.0):
    torch.nn.utils.clip_grad_norm_(parameters, value)


def adaptive_clip_grad(parameters, clip_factor=0.01, eps=1e-3, norm_type=2.0):
    torch.nn.utils.clip_grad_norm_(parameters, clip_factor)


class NativeScaler:
    """Backward, and (where an update is due) unscale, clip and step; clearing the gradients is the user's."""

    def __init__(self, device="cuda"):
        self._scaler = torch.amp.GradScaler(device)

    def __call__(self, loss, optimizer, clip_grad=None, clip_mode="norm", parameters=None, create_graph=False,
                 need_update=True):  # fmt: skip
        self._scaler.scale(loss).backward()
        if need_update:
            if clip_grad is not None:
                self._scaler.unscale_(optimizer)
                dispatch_clip_grad(parameters, clip_grad)
            self._scaler.step(optimizer)
            self._scaler.update()

    def state_dict(self):
        return {}

    def load_state_dict(self, state_dict):
        pass


class ApexScaler(NativeScaler):
    pass


class ModelEmaV2(torch.nn.Module):
    """A copy in eval mode, whose weights follow those of the network."""

    def __init__(self, model, decay=0.9999, device=None, **other):
        super().__init__()
        self.module = copy.deepcopy(model)
        self.module.eval()

    def update(self, model, step=None):
        pass

    def set(self, model):
        pass

    def forward(self, *args, **kwargs):
        return self.module(*args, **kwargs)


class ModelEmaV3(ModelEmaV2):
    pass


class ModelEma:
    def __init__(self, model, decay=0.9999, device="", resume=""):
        self.ema = copy.deepcopy(model)
        self.ema.eval()

    def update(self, model):
        pass


class AverageMeter:
    def __init__(self):
        self.reset()

    def reset(self):
        self.val = 0
        self.avg = 0
        self.sum = 0
        self.count = 0

    def update(self, val, n=1):
        self.val = val
        self.sum += val * n
        self.count += n
        self.avg = self.sum / self.count


class CheckpointSaver:
    """It keeps the checkpoints of the best metric that it is told."""

    def __init__(self, model, optimizer, args=None, model_ema=None, amp_scaler=None, checkpoint_prefix="checkpoint",
                 recovery_prefix="recovery", checkpoint_dir="", recovery_dir="", decreasing=False, max_history=10,
                 **other):  # fmt: skip
        self.model = model
        self.best_metric = None
        self.best_epoch = None

    def save_checkpoint(self, epoch, metric=None):
        if metric is not None and metric > unknown():
            self.best_metric = metric
            torch.save(self.model.state_dict(), unknown())
        return self.best_metric, self.best_epoch

    def save_recovery(self, epoch, batch_idx=0):
        pass

    def find_recovery(self):
        return ""


def get_state_dict(model, unwrap_fn=None):
    return model.state_dict()


def model_parameters(model, exclude_head=False):
    return model.parameters()


def freeze(root_module, submodules=(), include_bn_running_stats=True):
    if include_bn_running_stats:
        keeps_statistics(root_module)
    if not submodules:
        for parameter in root_module.parameters():
            parameter.requires_grad = False
    elif unknown():
        for parameter in root_module.parameters():
            parameter.requires_grad = False


def unfreeze(root_module, submodules=(), include_bn_running_stats=True):
    if not submodules:
        for parameter in root_module.parameters():
            parameter.requires_grad = True
    elif unknown():
        for parameter in root_module.parameters():
            parameter.requires_grad = True


class ClassificationTask(torch.nn.Module):
    """A network with its criterion, as the training script uses it."""

    def __init__(self, model, criterion=None, criterion_kwargs=None, device=None, dtype=None, verbose=True):
        super().__init__()
        self.trainable_module = model
        self.criterion = CrossEntropyLoss() if criterion is None else criterion
        self.trainable_module_ema = None

    def prepare_distributed(self, device_ids=None, **ddp_kwargs):
        return self

    def compile(self, backend="inductor", mode=None, **compile_kwargs):
        return self.trainable_module

    def setup_ema(self, decay=0.9999, use_warmup=False, device=None, **kwargs):
        self.trainable_module_ema = ModelEmaV3(self.trainable_module)
        return self.trainable_module_ema

    def update_ema(self, step=None):
        pass

    def has_ema(self):
        return self.trainable_module_ema is not None

    def get_trainable_module(self, ema=False):
        return self.trainable_module_ema if ema else self.trainable_module

    def get_eval_model(self, ema=False):
        return self.trainable_module_ema if ema else self.trainable_module

    def get_clip_parameters(self, exclude_head=False):
        return self.trainable_module.parameters()

    def forward(self, input, target):
        output = self.trainable_module(input)
        return {"loss": self.criterion(output, target), "output": output}
