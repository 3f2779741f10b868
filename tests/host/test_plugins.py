"""Algorithms of mapping by name: built in, offered by other packages, broken."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from host import plugins
from host.cli import main
from host.config import Config, MappingConfig, check_config, load_config
from host.errors import ConfigError, ExitCode
from host.mapper import map_config
from host.plugins import STAGES, find_algorithm, list_algorithms, names_of, stages_of
from host.progress import Clock, SilentProgress
from mapping.errors import DoesNotFitError
from mapping.graph import MachineGraph
from mapping.keys import KEY_ALLOCATORS, KeyMap
from mapping.machine import Machine
from mapping.place import PLACERS, Placement, Search
from mapping.route import ROUTERS, RouteForest
from router import RoutingTables
from tests.host.timed_stubs import network

Offer = Callable[..., None]
NO_PLACES = Placement(np.zeros(0, np.int32), np.zeros(0, np.int16))


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Offer functions as plug-ins of a stage, by name."""
    module, points = ModuleType("fake_algorithms"), []
    monkeypatch.setitem(sys.modules, "fake_algorithms", module)

    def offered(key: str, **functions: object) -> None:
        for name, function in functions.items():
            setattr(module, name, function)
            points.append(EntryPoint(name, f"fake_algorithms:{name}", STAGES[key].group))
        found = EntryPoints(points)
        monkeypatch.setattr(plugins, "entry_points", lambda group: found.select(group=group))

    return offered


def backwards(graph: MachineGraph, machine: Machine, search: Search) -> Placement:
    """Fill the chips from the far end.

    A second line.
    """
    placed = PLACERS["hilbert"](graph, machine, search)
    return Placement(machine.topology.n_chips - 1 - placed.chip, placed.core)


def settings(**algorithms: Any) -> Config:
    mapping: Any = {"layout": "homogeneous", "neurons_per_core": 8} | algorithms
    return Config(machine="spinn3", mapping=MappingConfig(**mapping))


def mapped(config: Config) -> Any:
    return map_config(config, network(), Clock(SilentProgress())).mapping


def test_a_package_offers_a_placer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As installed: a module, and metadata that name it."""
    (tmp_path / "corner_placer.py").write_text(
        'def place(graph, machine, search):\n    "Fill corners."\n'
        "    from mapping.place import PLACERS\n"
        '    return PLACERS["hilbert"](graph, machine, search)\n'
    )
    info = tmp_path / "corner_placer-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: corner-placer\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[chipemu.placers]\ncorner = corner_placer:place\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert list_algorithms().lines["placer"]["corner"] == "Fill corners. (corner_placer:place)"
    load_config(None, {"mapping.placer": "corner"})
    np.testing.assert_array_equal(
        mapped(settings(placer="corner")).placement.chip, mapped(settings()).placement.chip
    )


def test_a_plug_in_is_used(offer: Offer) -> None:
    offer("placer", backwards=backwards)
    config = check_config(settings(placer="backwards"))
    ours, theirs = mapped(settings()).placement, mapped(config).placement
    np.testing.assert_array_equal(theirs.chip, 3 - ours.chip)


def test_lists_have_first_lines_and_broken_ones(offer: Offer) -> None:
    offer("placer", backwards=backwards, hilbert=backwards)
    offer("router", number=3)
    listed = list_algorithms()
    assert set(listed.lines) == set(STAGES)
    assert listed.lines["placer"]["backwards"].startswith("Fill the chips from the far end. (")
    assert all(line for lines in listed.lines.values() for line in lines.values())
    assert listed.broken == [
        "placer 'hilbert' (fake_algorithms:hilbert) has the name of a built-in one; rename it",
        "router 'number' (fake_algorithms:number) is no function but of type int",
    ]
    assert "number" not in listed.lines["router"]


def test_names_and_stages(offer: Offer) -> None:
    offer("placer", backwards=backwards, twin=backwards)
    offer("router", twin=backwards)
    assert {"backwards", "hilbert"} <= set(names_of("placer"))
    assert (stages_of("twin"), stages_of("tree"), stages_of("x")) == (
        ["placer", "router"],
        ["keys"],
        [],
    )


def raises(graph: Any, machine: Any, search: Any) -> Placement:
    return graph["no such thing"]


def wrong_type(graph: Any, machine: Any, search: Any) -> Placement:
    return []  # type: ignore[return-value]


def crowds(graph: MachineGraph, machine: Machine, search: Search) -> Placement:
    return Placement(np.zeros(graph.n_vertices, np.int32), np.ones(graph.n_vertices, np.int16))


def is_full(graph: Any, machine: Any, search: Any) -> Placement:
    resource = "corners"
    raise DoesNotFitError(resource, 5, 4, "use a larger machine")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (raises, r"placer 'plug' \(fake_algorithms:plug\) failed at .*test_plugins.py:\d+: Typ"),
        (wrong_type, "gave a value of type list, no Placement"),
        (crowds, "gave a wrong result: "),
    ],
)
def test_mistakes_of_a_plug_in_are_its_own(offer: Offer, function: Any, message: str) -> None:
    offer("placer", plug=function)
    with pytest.raises(ConfigError, match=message):
        mapped(settings(placer="plug"))


def turned(graph: Any, placement: Any, machine: Any) -> RouteForest:
    forest = ROUTERS["ner"](graph, placement, machine)
    links = np.where(forest.node_in_link < 0, -1, (forest.node_in_link + 1) % 6)
    return replace(forest, node_in_link=links.astype(np.int8))


def one_short(graph: Any, forest: Any) -> KeyMap:
    keys = KEY_ALLOCATORS["flat"](graph, forest)
    return KeyMap(keys.key[1:], keys.mask[1:])


def few_chips(made: Any, machine: Any) -> RoutingTables:
    return RoutingTables.join([made.tables.of_chip(0)])


@pytest.mark.parametrize(
    ("key", "function", "message"),
    [
        ("placer", lambda graph, machine, search: NO_PLACES, "0 chips instead of "),
        ("router", turned, r"a tree reaches chip \(\d+, \d+\) by link \d, where its parent is not"),
        ("keys", one_short, r"\d+ keys instead of \d+"),
        ("compressor", few_chips, "1 tables instead of 4"),
    ],
)
def test_results_of_the_wrong_size_or_shape_name_the_plug_in(
    offer: Offer, key: str, function: Any, message: str
) -> None:
    offer(key, plug=function)
    with pytest.raises(ConfigError, match=f"'plug' .* gave a wrong result: {message}"):
        mapped(settings(**{key: "plug", "neurons_per_core": 1}))


def test_what_a_plug_in_says_of_the_network_counts(offer: Offer) -> None:
    offer("placer", plug=is_full)
    with pytest.raises(DoesNotFitError, match="corners: need 5, limit 4"):
        mapped(settings(placer="plug"))


def test_a_wrong_mapping_names_the_plug_in(offer: Offer) -> None:
    def empties(made: Any, machine: Any) -> Any:
        tables = made.tables
        nothing = np.zeros(0, np.uint32)
        return type(tables)(np.zeros_like(tables.indptr), nothing, nothing, nothing)

    offer("compressor", empties=empties)
    with pytest.raises(ConfigError, match="with compressor 'empties' the mapping is wrong: "):
        mapped(settings(compressor="empties"))


@pytest.mark.parametrize(
    ("plug", "message"),
    [
        (7, "is no function but of type int"),
        (lambda graph: graph, r"cannot be called as f\(graph, machine, search\): too many"),
    ],
)
def test_what_cannot_be_a_placer_is_refused_with_the_configuration(
    offer: Offer, plug: Any, message: str
) -> None:
    offer("placer", plug=plug)
    with pytest.raises(ConfigError, match=message):
        load_config(None, {"mapping.placer": "plug"})


def test_what_cannot_be_loaded_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    points = EntryPoints([EntryPoint("torn", "no_such_module:place", "chipemu.routers")])
    monkeypatch.setattr(plugins, "entry_points", lambda group: points.select(group=group))
    with pytest.raises(ConfigError, match=r"torn.*cannot be loaded: ModuleNotFoundError"):
        find_algorithm("router", "torn")


def test_names_that_separate_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    points = EntryPoints([EntryPoint("a/b", "json:dumps", "chipemu.routers")])
    monkeypatch.setattr(plugins, "entry_points", lambda group: points.select(group=group))
    with pytest.raises(ConfigError, match="'/' or ',' in its name"):
        find_algorithm("router", "a/b")


@pytest.mark.parametrize(("key", "name"), [("placer", "hilbrt"), ("keys", "x"), ("router", "")])
def test_unknown_names_come_with_the_list(key: str, name: str) -> None:
    known = "known: " + ", ".join(sorted(STAGES[key].built_in))
    with pytest.raises(ConfigError) as caught:
        load_config(None, {f"mapping.{key}": name})
    message = str(caught.value)
    assert message.startswith(f"mapping.{key}: unknown {STAGES[key].noun} {name!r}")
    assert message.endswith(known)
    assert ("did you mean 'hilbert'?" in message) == (name == "hilbrt")


def test_the_command_lists_algorithms(
    offer: Offer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    offer("placer", backwards=backwards)
    offer("router", number=3)
    monkeypatch.setenv("COLUMNS", "200")
    call: Sequence[str] = ["algorithms"]
    assert main(call) == ExitCode.DONE
    out, err = capsys.readouterr()
    assert out == ""
    assert "--compressor" in err
    assert "Fill the chips from the far end. (fake_algorithms:backwards)" in err
    assert "router 'number' (fake_algorithms:number) is no function but of type int" in err
    assert main([*call, "--json"]) == ExitCode.DONE
    listed = json.loads(capsys.readouterr().out)["algorithms"]
    assert set(listed) == set(STAGES)
    assert set(listed["keys"]) == set(STAGES["keys"].built_in)
