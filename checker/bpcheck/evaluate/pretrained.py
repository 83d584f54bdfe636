"""Networks of transformers, known by the names of their classes: what they are made for and the loss that they have built in."""

from __future__ import annotations

from bpcheck.evaluate import library, modules, objects, opaque, operators
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.values import (
    FALSE,
    NONE,
    Const,
    Obj,
    Params,
    Site,
    Tensor,
    Unknown,
    Value,
    is_none,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.evaluate.values import Class

Kwargs = dict[str, Value]

#: Marks what a network gives as holding its own loss: certainly, or if there were labels among what it was fed with.
_WITH, _MAYBE = "with loss ", "may be with loss "
#: Methods that neither run nor train.
METHODS = frozenset({
    "print_trainable_parameters", "get_nb_trainable_parameters", "num_parameters", "enable_input_require_grads",
    "disable_input_require_grads", "gradient_checkpointing_disable", "tie_weights", "set_adapter", "push_to_hub",
    "floating_point_ops", "get_memory_footprint", "enable_adapters", "disable_adapters", "active_adapters",
    "merge_and_unload", "merge_adapter", "unload", "get_base_model", "init_weights", "post_init", "add_adapter",
    "freeze_feature_encoder", "freeze_feature_extractor", "freeze_base_model", "get_position_embeddings",
    "enable_xformers_memory_efficient_attention", "set_attn_processor", "to_bettertransformer", "create_or_update_model_card",
    "add_model_tags", "set_input_embeddings", "set_output_embeddings", "update_and_allocate",
    "prepare_tf_dataset", "prepare_inputs_for_generation",
})  # fmt: skip
_SAME = frozenset({"merge_and_unload", "unload", "get_base_model", "to_bettertransformer"})
_FREEZES = ("freeze_feature_encoder", "freeze_feature_extractor", "freeze_base_model")


def is_method(name: str) -> bool:
    """Whether a library network's attribute of this name is a method: it does not run it, or it generates."""
    return name in METHODS or name.startswith("generate")


def call(ev: Evaluator, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """Call something of transformers that no table describes."""
    from bpcheck.apis.transformers import is_network

    cls, _, method = name.rpartition(".")
    if method in ("from_pretrained", "from_config") and cls:
        if not is_network(cls):
            return Obj("tokenizer", name, None, site)
        model = _made(ev, cls, {"name": args[0] if args else Unknown("name"), **kwargs}, site)
        model.state["pretrained"] = True if method == "from_pretrained" else None
        if method == "from_pretrained":
            model.state["mode"] = "eval"
            ev.emit("pretrained", site, model)
        return model
    if is_network(name):
        return _made(ev, name, dict(kwargs), site)
    if method.endswith("Output"):
        return _record(name, args, kwargs, site)
    if method.startswith(("DataCollator", "default_data_collator")) or method.endswith(("Callback", "Config")):
        return Obj("reporter", name, None, site)
    if method == "pipeline":  # it only runs what it is given, as it should
        return Obj("tokenizer", name, None, site)
    values = [*args, *kwargs.values()]
    if method[:1].isupper():
        return (
            _dataset(ev, name, kwargs, site)
            if method.endswith("Dataset")
            else library.third_party(ev, name, values, site)
        )
    opaque.escape_all(ev, [value for value in values if isinstance(value, Obj) and value.kind == "optimizer"], site)
    made = operators.mixed(values)  # no function of the package trains what it is given
    return made if made.passes or made.origins else Unknown(name)


def _made(ev: Evaluator, name: str, arguments: Kwargs, site: Site) -> Obj:
    from bpcheck.apis.transformers import sees

    model = Obj("module", name, None, site)
    model.args = arguments
    text = not sees(name)
    model.state.update({"batchnorm": False if text else None, "dropout": True if text else None, "text": text})
    ev.emit("make", site, model)
    return model


def _dataset(ev: Evaluator, name: str, kwargs: Kwargs, site: Site) -> Obj:
    made = Obj("dataset", name, None, site)
    made.args = kwargs
    ev.emit("dataset", site, made)
    return made


def _record(name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Obj:
    """What networks give: fields that are got by name or by number, of which those that are ``None`` do not count."""
    record = Obj("instance", name, None, site)
    fields = {**dict(zip(("loss", "logits"), args, strict=False)), **kwargs}
    record.attrs.update({key: value for key, value in fields.items() if not is_none(value)})
    return record


def of_class(ev: Evaluator, cls: Class, made: Obj, site: Site) -> None:
    """``made`` is an instance of the project's own network with weights of somebody else's."""
    from bpcheck.apis.transformers import sees

    text = not any(map(sees, cls.library_bases()))
    for inner in modules.descendants(made):
        ev.store.set(inner.state, "mode", "eval")
    made.state.update({"pretrained": True, "text": text})
    ev.emit("pretrained", site, made)


def output(module: Obj, kwargs: Kwargs, result: Tensor) -> Tensor:
    """What a network gives, with its built-in loss if it has one and gets targets."""
    if not ("labels" in kwargs or "**" in kwargs):
        return result
    from bpcheck.apis.transformers import PROBLEMS, built_in_loss

    kind = built_in_loss(module.name)
    if not kind:
        return result
    problem = module.args.get("problem_type")
    if isinstance(problem, Const):
        kind = PROBLEMS.get(str(problem.value), kind)
    return result.but(via=(_WITH if "labels" in kwargs else _MAYBE) + kind)


def holds_loss(value: Tensor) -> bool | None:
    """Whether the first thing that a network gave is its loss (``None``: if there were labels)."""
    return True if value.via.startswith(_WITH) else None if value.via.startswith(_MAYBE) else False


def loss(ev: Evaluator, value: Tensor, site: Site) -> Value:
    """The built-in loss of what a network gave."""
    kind = value.via.removeprefix(_MAYBE).removeprefix(_WITH)
    made = library.loss(ev, kind, None, [value.but(kind="raw", via=""), Unknown("labels")], {}, site)
    return made.but(grad=value.grad) if isinstance(made, Tensor) else made


def field(ev: Evaluator, value: Tensor, number: int, site: Site) -> Value:
    """``network(...)[number]``: the loss comes first, if there is one."""
    if number != 0:
        return value.but(kind="raw", via="")
    return loss(ev, value, site) if holds_loss(value) else value.but(kind="unknown", via="")


def method(ev: Evaluator, module: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """A method of a network that neither runs it nor trains it."""
    if name == "add_adapter":
        objects.set_requires_grad(ev, Params(((module, True),)), FALSE, site)
        ev.store.set(module.attrs, "adapter", Obj("module", "torch.nn.Linear", None, site))
        return NONE
    if name in _FREEZES:
        objects.set_requires_grad(ev, Params(((module, False),)), FALSE, site)
        return NONE
    return module if name in _SAME else Unknown(name)
