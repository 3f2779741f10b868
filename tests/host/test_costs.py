"""Tables of what cores cost: the presets, and the sections of machine files that use them."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from chipemu.cores import CoreCosts, CoreParams
from host.costtables import FOLDER, cost_tables, load_costs
from host.errors import ConfigError, UnknownNameError
from host.machines import load_machine
from host.yamlfile import read_document


def machine(folder: Path, text: str) -> CoreParams:
    path = folder / "my.yaml"
    path.write_text(text)
    return load_machine(str(path)).cores


def error_of(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        machine(folder, text)
    return str(caught.value).replace(f"{folder}/", "")


def test_presets() -> None:
    assert cost_tables() == ["polling", "synapse-centric"]


@pytest.mark.parametrize("name", cost_tables())
def test_a_table_names_every_cost_and_its_reason(name: str) -> None:
    assert list(read_document(FOLDER / f"{name}.yaml").data) == [f.name for f in fields(CoreCosts)]
    lines = (FOLDER / f"{name}.yaml").read_text().splitlines()
    assert all("#" in line for line in lines)


def test_the_published_table_is_the_default() -> None:
    assert load_costs("synapse-centric") == CoreCosts()


def test_a_row_of_the_polling_loop_costs_as_reckoned() -> None:
    """Between 200 and 300 cycles, and 16 for each synapse."""
    costs = load_costs("polling")
    assert 200 <= costs.lookup + costs.fetch + costs.row <= 300
    assert costs.synapse == 16
    assert 50 <= costs.packet <= 80
    assert 600 <= costs.step <= 1000


def test_spinnaker1_has_the_published_costs_and_the_default_figures() -> None:
    assert load_machine("spinnaker1").cores == CoreParams()


def test_unknown_table() -> None:
    with pytest.raises(UnknownNameError, match="unknown table of costs 'poling'; did you mean"):
        load_costs("poling")


def test_named_table(tmp_path: Path) -> None:
    assert machine(tmp_path, "extends: spinn5\ncosts: polling\n").costs == load_costs("polling")


def test_changed_table(tmp_path: Path) -> None:
    costs = machine(tmp_path, "costs: {extends: polling, synapse: 20}\n").costs
    assert costs == replace(load_costs("polling"), synapse=20)


def test_mapping_changes_the_machine_that_is_extended(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("costs: polling\n")
    costs = machine(tmp_path, "extends: base.yaml\ncosts: {synapse: 20}\n").costs
    assert costs == replace(load_costs("polling"), synapse=20)


def test_name_replaces_all_that_the_extended_machine_has(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("costs: {packet: 1}\n")
    assert machine(tmp_path, "extends: base.yaml\ncosts: synapse-centric\n").costs == CoreCosts()


def test_mapping_alone_changes_the_defaults(tmp_path: Path) -> None:
    assert machine(tmp_path, "costs: {synapse: 20}\n") == CoreParams(costs=CoreCosts(synapse=20))


def test_figures_with_units(tmp_path: Path) -> None:
    cores = machine(tmp_path, "cores: {cycle_ps: 4 ns, margin_ps: 10 us, spike_buffer: 512}\n")
    assert cores == CoreParams(cycle_ps=4000, margin_ps=10_000_000, spike_buffer=512)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("costs: poling\n", "my.yaml:1: unknown table of costs 'poling'; did you mean 'polling'?"),
        ("costs:\n  extends: knight\n", "my.yaml:2: unknown table of costs 'knight'; there are"),
        ("costs: 3\n", "my.yaml:1: costs should be a name or a mapping, got 3"),
        (
            "costs:\n  extends: polling\n  synapze: 3\n",
            "my.yaml:3: unknown key 'synapze' in costs; did you mean 'synapse'?",
        ),
        (
            "costs:\n  synapse: -1\n",
            "my.yaml:2: costs.synapse should be greater than or equal to 0, got -1",
        ),
        (
            "cores:\n  costs: {}\n",
            "my.yaml:2: costs are a section of their own, not part of cores; move them out",
        ),
        (
            "cores:\n  cycle_ps: 0 ns\n",
            "my.yaml:2: cores.cycle_ps should be greater than or equal to 1, got 0",
        ),
    ],
)
def test_wrong_files(tmp_path: Path, text: str, message: str) -> None:
    assert error_of(tmp_path, text).startswith(message)
