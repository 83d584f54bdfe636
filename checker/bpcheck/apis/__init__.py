"""What library names mean, as tables: one module per library. Adding a library adds one file and one line to ``TABLES``."""

from __future__ import annotations

from importlib import import_module

from bpcheck.apis.spec import Api

#: Root package of a qualified name -> the table modules that describe it, in order of precedence.
TABLES: dict[str, tuple[str, ...]] = {
    "torch": ("torch_modules", "torch_functions", "torch_training", "torch_data", "launchers"),
    "torchvision": ("torchvision",),
    "timm": ("timm",),
    "albumentations": ("albumentations",),
    "transformers": ("transformers",),
    "torchtext": ("torchtext",),
    "sklearn": ("sklearn",),
    "imblearn": ("sklearn",),
    "numpy": ("numeric",),
    "pandas": ("numeric",),
    "scipy": ("numeric",),
    "builtins": ("python",),
    "accelerate": ("accelerate", "launchers"),
    "bpcheck": ("frameworks",),
    "json": ("configs", "python"),
    **dict.fromkeys(
        (
            "yaml",
            "toml",
            "tomllib",
            "tomli",
            "tomlkit",
            "omegaconf",
            "hydra",
            "easydict",
            "munch",
            "box",
            "addict",
            "dotmap",
            "ml_collections",
            "mmengine",
            "mmcv",
            "torchtune",
            "json5",
            "simplejson",
        ),
        ("configs",),
    ),
    "datasets": ("datasets",),
    "h5py": ("datasets",),
    **dict.fromkeys(
        (
            "schedulefree",
            "bitsandbytes",
            "apex",
            "deepspeed",
            "lion_pytorch",
            "torch_optimizer",
            "prodigyopt",
            "dadaptation",
        ),
        ("optimizers",),
    ),
    **dict.fromkeys(
        ("fire", "typer", "tyro", "absl", "torch_xla", "multiprocessing", "threading", "concurrent", "joblib"),
        ("launchers",),
    ),
    **dict.fromkeys(("tqdm", "rich", "progressbar", "alive_progress", "fastprogress"), ("progress",)),
}
#: Standard library packages share one table, as do packages that only report and never train.
PYTHON = frozenset({
    "abc", "argparse", "bisect", "click", "collections", "contextlib", "copy", "csv", "dataclasses", "datetime", "enum", "functools",
    "glob", "gzip", "heapq", "io", "itertools", "json", "logging", "math", "operator", "os", "pathlib", "pickle", "platform",
    "pprint", "random", "re", "shutil", "signal", "string", "struct", "subprocess", "sys", "tempfile", "textwrap", "time",
    "traceback", "types", "typing", "unicodedata", "urllib", "uuid", "warnings", "zipfile", "codecs", "statistics", "socket",
    "__future__", "asyncio", "importlib", "inspect", "threading", "multiprocessing", "queue", "hashlib", "secrets", "fractions", "decimal",
    "typing_extensions", "getpass", "atexit", "gc", "resource", "timeit", "cProfile", "pdb", "unittest", "ast", "locale", "base64",
})  # fmt: skip
#: Packages to which models may be handed without anything happening to them.
REPORTING = frozenset({
    "tensorboardX", "wandb", "tqdm", "matplotlib", "seaborn", "plotly", "torchsummary", "torchinfo", "thop", "ptflops", "rich",
    "visdom", "psutil", "PIL", "cv2", "skimage", "imageio", "termcolor", "colorama", "prettytable", "tabulate", "IPython", "mlflow",
    "comet_ml", "neptune", "tensorboard_logger", "tensorboard", "progressbar", "sacred", "loguru", "absl", "nltk", "spacy", "tiktoken",
    "requests", "yaml", "six", "fire", "hydra", "omegaconf", "sconce", "torchviz", "netron", "onnx", "torchmetrics", "fastprogress", "alive_progress",
})  # fmt: skip

_found: dict[str, Api | None] = {}
_loaded: dict[str, dict[str, Api]] = {}


def lookup(name: str) -> Api | None:
    """What the fully qualified library name means, or ``None`` where no table says."""
    if name in _found:
        return _found[name]
    root = name.partition(".")[0]
    tables = TABLES.get(root, ("python",) if root in PYTHON else ())
    answer: Api | None = None
    for table in tables:
        entries = _table(table)
        answer = entries.get(name) or entries.get(_canonical(name))
        if answer is not None:
            break
    _found[name] = answer
    return answer


def _table(module: str) -> dict[str, Api]:
    if module not in _loaded:
        _loaded[module] = import_module(f"bpcheck.apis.{module}").TABLE
    return _loaded[module]


#: Long ways to say a public name.
_PREFIXES = (
    ("torch.nn.modules.", "torch.nn."),
    ("torch.optim.", "torch.optim."),
    ("torch.utils.data.", "torch.utils.data."),
    ("torchvision.transforms.v2.", "torchvision.transforms."),
    ("torchvision.models.", "torchvision.models."),
)


def _canonical(name: str) -> str:
    """The short public spelling of a name that was imported from where it is defined."""
    if name == "torch.functional" or name.startswith("torch.functional."):
        return "torch." + name[len("torch.functional.") :]
    for long, short in _PREFIXES:
        if name.startswith(long):
            return short + name.rpartition(".")[2]
    return name


def role_of_base(name: str) -> str:
    """The role of a class that extends the library class ``name`` (``module``, ``dataset`` ...), or an empty string."""
    found = lookup(name)
    if found is not None:
        return {"layer": "module", "container": "module", "network": "module", "base-module": "module"}.get(
            found.what, found.role
        )
    last = name.rpartition(".")[2]
    if name.startswith("torch.nn.") or name.endswith("LightningModule") or last == "ModelMixin":
        return "module"
    if name.startswith("transformers.") and import_module("bpcheck.apis.transformers").is_network(name):
        return "module"
    if name.startswith("torchvision.datasets") or (
        last == "Dataset" and name.startswith(("torch", "torchvision", "torchtext"))
    ):
        return "dataset"
    if name.startswith("torch.optim.lr_scheduler."):
        return "scheduler"
    if name.startswith("torch.optim."):
        return "optimizer"
    root = name.partition(".")[0]
    if root in PYTHON or root == "builtins":
        return "instance"
    return (
        "module"
        if last in ("Module", "BaseModel") and root in ("torch", "lightning", "pytorch_lightning", "mmengine", "mmcv")
        else ""
    )
