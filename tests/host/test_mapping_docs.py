"""The plug-in of the documentation works as it stands, and all algorithms are named there."""

import re
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from types import ModuleType

import pytest

from host import plugins
from host.config import Config, MappingConfig
from host.pipeline import map_only
from tests.host.timed_stubs import network

DOCS = Path(__file__).parents[2] / "docs"


def test_the_plug_in_of_the_docs(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (DOCS / "howto/placer.md").read_text()
    (source,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (group, name, value) = re.findall(r'entry-points\."(.*)"\]\n(\w+) = "(.*)"', text)[0]
    module = ModuleType(value.split(":", maxsplit=1)[0])
    exec(source, vars(module))  # noqa: S102
    monkeypatch.setitem(sys.modules, module.__name__, module)
    points = EntryPoints([EntryPoint(name, value, group)])
    monkeypatch.setattr(plugins, "entry_points", lambda group: points.select(group=group))
    mapping = MappingConfig(layout="homogeneous", neurons_per_core=8, placer=name)
    results = map_only(Config(machine="spinn5", mapping=mapping), network=network())
    assert results.check["passed"]
    assert len(source.splitlines()) <= 15


def test_the_docs_name_all_algorithms() -> None:
    text = (DOCS / "mapping.md").read_text()
    for stage in plugins.STAGES.values():
        assert stage.group in text
        for name in stage.built_in:
            assert f"`{name}`" in text or name.endswith("+steiner")
