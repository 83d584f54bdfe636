"""``numpy``, ``pandas`` and ``scipy``: arrays and tables."""

from __future__ import annotations

from bpcheck.apis.spec import Api

TABLE: dict[str, Api] = {}
for _name in ("array", "asarray", "asanyarray", "ascontiguousarray", "concatenate", "stack", "vstack", "hstack", "squeeze", "expand_dims", "reshape",
              "transpose", "copy", "pad", "tile", "repeat"):  # fmt: skip
    TABLE[f"numpy.{_name}"] = Api("tensor", "data")
for _name in (
    "zeros",
    "ones",
    "empty",
    "arange",
    "linspace",
    "eye",
    "full",
    "zeros_like",
    "ones_like",
    "identity",
    "meshgrid",
):
    TABLE[f"numpy.{_name}"] = Api("made", "")
for _name in (
    "rand",
    "randn",
    "randint",
    "normal",
    "uniform",
    "random",
    "random_sample",
    "standard_normal",
    "binomial",
):
    TABLE[f"numpy.random.{_name}"] = Api("made", "", random=True)
for _name in ("default_rng", "RandomState", "Generator"):
    TABLE[f"numpy.random.{_name}"] = Api("object", "seed=None", role="random")
TABLE["numpy.random.integers"] = TABLE["numpy.random.randint"]
TABLE["numpy.random.permutation"] = Api("tensor", "data")
for _name in ("load", "loadtxt", "genfromtxt", "memmap", "fromfile"):
    TABLE[f"numpy.{_name}"] = Api("read", "file")
for _name in (
    "read_csv",
    "read_table",
    "read_excel",
    "read_parquet",
    "read_json",
    "read_pickle",
    "read_hdf",
    "read_feather",
    "read_sql",
):
    # What pandas has written is of an earlier stage, where all that is asked here may have been done.
    TABLE[f"pandas.{_name}"] = Api("read", "file", table=True, raw=_name in ("read_csv", "read_table", "read_excel"))
TABLE["numpy.clip"] = Api("operation", "input a_min=None a_max=None", output="bounded")
for _name in ("numpy.concatenate", "numpy.vstack", "pandas.concat"):
    TABLE[_name] = Api("tensor", "data", joins=True)
TABLE["pandas.DataFrame"] = Api("tensor", "data")
TABLE["scipy.io.loadmat"] = Api("read", "file")
TABLE["scipy.misc.imread"] = Api("read", "file")
