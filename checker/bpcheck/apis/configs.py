"""Libraries that read configuration files, and those that make objects of what stands there."""

from __future__ import annotations

from bpcheck.apis.spec import Api

_READ = Api("read-config", "stream")
_PLAIN = Api("plain-config", "config=None")
TABLE: dict[str, Api] = {
    **dict.fromkeys(
        (
            "json.load", "json.loads", "yaml.load", "yaml.safe_load", "yaml.full_load", "yaml.unsafe_load", "tomllib.load",
            "tomllib.loads", "tomli.load", "tomli.loads", "toml.load", "toml.loads", "tomlkit.load", "tomlkit.parse",
            "omegaconf.OmegaConf.load", "json5.load", "simplejson.load", "mmengine.Config.fromfile", "mmcv.Config.fromfile",
            "mmengine.config.Config.fromfile", "pyaml.load", "commentjson.load",
        ),
        _READ,
    ),
    **dict.fromkeys(
        (
            "omegaconf.OmegaConf.create", "omegaconf.OmegaConf.to_container", "omegaconf.OmegaConf.to_object",
            "omegaconf.DictConfig", "omegaconf.OmegaConf.structured", "easydict.EasyDict", "munch.Munch", "munch.munchify",
            "box.Box", "addict.Dict", "ml_collections.ConfigDict", "mmengine.Config", "mmcv.Config", "attrdict.AttrDict",
            "dotmap.DotMap", "munch.Munch.fromDict", "ml_collections.config_dict.ConfigDict",
        ),
        _PLAIN,
    ),
    "omegaconf.OmegaConf.merge": Api("merge-configs", "*configs"),
    "omegaconf.OmegaConf.unsafe_merge": Api("merge-configs", "*configs"),
    **dict.fromkeys(
        ("omegaconf.OmegaConf.set_struct", "omegaconf.OmegaConf.resolve", "omegaconf.OmegaConf.register_new_resolver",
         "omegaconf.OmegaConf.set_readonly", "omegaconf.open_dict", "omegaconf.OmegaConf.to_yaml", "omegaconf.OmegaConf.save"),
        Api("reported", ""),
    ),
    "hydra.main": Api("config-main", "config_path=None config_name=None version_base=None"),
    "hydra.compose": Api("compose-config", "config_name=None overrides=None"),
    "hydra.initialize": Api("initialize-config", "config_path=None"),
    "hydra.initialize_config_dir": Api("initialize-config", "config_path=None"),
    "hydra.experimental.compose": Api("compose-config", "config_name=None overrides=None"),
    "hydra.experimental.initialize": Api("initialize-config", "config_path=None"),
    **dict.fromkeys(
        ("hydra.utils.instantiate", "hydra.utils.call", "hydra.instantiate"), Api("instantiate", "config *args")
    ),
    "torchtune.config.parse": Api("config-main", "recipe_main"),
    "torchtune.config.instantiate": Api("instantiate", "config *args"),
}  # fmt: skip
