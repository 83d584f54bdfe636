"""The standard library as far as it matters: what reads data, what wraps, what only reports."""

from __future__ import annotations

from bpcheck.apis.spec import Api

TABLE: dict[str, Api] = {
    "builtins.open": Api("read", "file mode='r'"),
    "io.open": Api("read", "file mode='r'"),
    "codecs.open": Api("read", "file mode='r'"),
    "gzip.open": Api("read", "file mode='r'"),
    "pickle.load": Api("read", "file"),
    "inspect.getsource": Api("read", "file"),
    "csv.reader": Api("wrapper", "file"),
    "csv.DictReader": Api("wrapper", "file"),
    "asyncio.run": Api("wrapper", "main"),
    "copy.copy": Api("copy-of", "obj"),
    "copy.deepcopy": Api("copy-of", "obj"),
    "pickle.dump": Api("save", "obj file"),
    "shutil.copyfile": Api("save", "src dst"),
    "shutil.copy": Api("save", "src dst"),
    "shutil.copy2": Api("save", "src dst"),
    "argparse.ArgumentParser": Api("parser", "", role="parser"),
    "argparse.Namespace": Api("settings", "", role="settings"),
    "types.SimpleNamespace": Api("settings", "", role="settings"),
    "collections.namedtuple": Api("record-class", "name fields"),
    "dataclasses.field": Api("object", "", role="field"),
    "click.option": Api("object", "", role="option"),
    "functools.partial": Api("partial", ""),
    "sys.exit": Api("never", ""),
    "os._exit": Api("never", ""),
    "builtins.exit": Api("never", ""),
    "builtins.quit": Api("never", ""),
}
