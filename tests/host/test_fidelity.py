"""The page of constants and that of machines say what the files say, and leave nothing out."""

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from chipemu.cores import CoreCosts, CoreParams
from host.costtables import load_costs
from host.energy import ACTIONS, load_table
from host.errors import ConfigError
from host.machines import list_machines, load_machine
from mapping.machine import Budgets
from router.params import FabricParams

DOCS = Path(__file__).parents[2] / "docs"
FIDELITY = (DOCS / "fidelity.md").read_text()
MACHINES = (DOCS / "machines.md").read_text()


def rows(page: str, key: str) -> list[list[str]]:
    """Cells of the lines of a table that begin with `key`."""
    lines = (line for line in page.splitlines() if line.startswith(f"| `{key}` |"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("kind", [Budgets, FabricParams, CoreParams, CoreCosts])
def test_the_page_names_every_constant(kind: type) -> None:
    for field in fields(kind):
        assert field.name == "costs" or f"`{field.name}`" in FIDELITY, field.name


@pytest.mark.parametrize("action", ACTIONS)
def test_prices_of_the_page_are_those_of_the_table(action: str) -> None:
    price = getattr(load_table("spinnaker1"), action)
    ((_, low, nominal, high, unit, basis, *_),) = rows(FIDELITY, action)
    assert (float(low), float(nominal), float(high)) == (price.low, price.nominal, price.high)
    assert (unit, basis) == (price.unit, price.basis)


@pytest.mark.parametrize("field", fields(CoreCosts), ids=lambda field: field.name)
def test_costs_of_the_page_are_those_of_the_tables(field: object) -> None:
    name = field.name  # type: ignore[attr-defined]
    ((_, centric, polling, *_),) = rows(FIDELITY, name)
    tables = [load_costs(table) for table in ("synapse-centric", "polling")]
    assert [int(centric), int(polling)] == [getattr(costs, name) for costs in tables]


def test_every_machine_is_on_its_page() -> None:
    assert all(f"`{name}`" in MACHINES for name in list_machines())


def test_the_example_of_the_page_loads(tmp_path: Path) -> None:
    found = re.search(r"(    extends: spinnaker1-12boards.*?)\n\n\|", MACHINES, re.DOTALL)
    assert found
    path = tmp_path / "mine.yaml"
    path.write_text(re.sub(r"^    ", "", found[1], flags=re.MULTILINE))
    machine = load_machine(str(path))
    assert (machine.topology.boards, machine.cores.cycle_ps) == (12, 2_500)
    assert machine.cores.costs.synapse == 12
    assert machine.energy.core_cycle.nominal == 100


@pytest.mark.parametrize(
    ("load", "text"),
    [
        (load_machine, "description: x\ncors: {}\n"),
        (load_machine, "extends: spin5\n"),
        (load_machine, "topology:\n  kind: mesh\n  width: 300\n"),
        (load_machine, "fabric: {link_latency_ps: 1 W}\n"),
        (load_machine, "topology:\n  kind: mesh\n  boards: 3\n"),
        (load_table, "extends: spinnaker1\nchip:\n  low: 0.4\n"),
        (load_table, "extends: spinnaker1\nchip:\n  unit: pJ\n"),
        (load_table, "extends: spinnaker1\nchip:\n  source: ''\n"),
    ],
)
def test_messages_are_those_of_the_page(
    tmp_path: Path, load: Callable[[str], object], text: str
) -> None:
    path = tmp_path / ("mine.yaml" if load is load_machine else "prices.yaml")
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(str(path))
    assert f"`{str(caught.value).replace(f'{tmp_path}/', '')}`" in MACHINES
