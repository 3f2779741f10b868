"""Energy tables: ours sum to what was measured; wrong ones are refused, with their line."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from host.energy import ACTIONS, load_table
from host.energy.table import TABLES
from host.errors import ConfigError, UnknownNameError
from host.machines import load_machine
from host.machines.texts import energy_text, list_energy
from host.yamlfile import read_document

Load = Callable[[str], object]


def file(folder: Path, text: str, name: str = "my.yaml") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def error_of(folder: Path, text: str, load: Load) -> str:
    with pytest.raises(ConfigError) as caught:
        load(file(folder, text))
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize("name", TABLES.names())
def test_tables_load_and_tell_their_sources(name: str) -> None:
    table = load_table(name)
    assert table.description
    assert all(len(getattr(table, action).source) >= 7 for action in ACTIONS)
    assert list_energy()[name] == table.description


def test_an_idle_board_draws_what_was_measured() -> None:
    table = load_table("spinnaker1")
    chips = 48 * (table.chip.exact("nominal") + table.sdram.exact("nominal"))
    board = table.board.exact("nominal") + 3 * table.fpga.exact("nominal")
    assert chips + board == Fraction("26.84")
    assert float(48 * table.chip.exact("nominal")) == pytest.approx(5.23 + 5.17 + 5.52, abs=1e-4)
    assert 48 * table.sdram.exact("nominal") == Fraction("0.90")


@pytest.mark.parametrize(("level", "watts"), [("low", 25.0), ("high", 28.9)])
def test_the_band_of_an_idle_board_is_that_of_the_page(level: str, watts: float) -> None:
    table = load_table("spinnaker1")
    total = 48 * (table.chip.exact(level) + table.sdram.exact(level))
    total += table.board.exact(level) + 3 * table.fpga.exact(level)
    assert float(total) == pytest.approx(watts, abs=0.05)


def test_what_a_boxed_board_drew_with_806_busy_cores() -> None:
    table = load_table("spinnaker1")
    idle = Fraction("26.84") + table.box.exact("nominal")
    assert idle == Fraction("31.88")
    busy = 806 * table.core_cycle.exact("nominal") * 200 * 10**6
    assert float(idle + busy) == pytest.approx(59.38, abs=0.1)


def test_a_frame_draws_what_was_measured() -> None:
    table = load_table("spinnaker1")
    idle = 24 * table.frame_place.exact("nominal")
    assert idle == 117
    active = idle + 24 * table.frame_place_active.exact("nominal")
    assert float(active) == pytest.approx(154.163558, abs=1e-4)


def test_a_packet_costs_a_nanojoule_at_each_router() -> None:
    table = load_table("spinnaker1")
    assert 40 * table.router_bit.exact("nominal") == Fraction(1, 10**9)


def test_the_template_writes_out_every_entry_itself() -> None:
    data = read_document(TABLES.folder / "template.yaml").data
    assert set(data) == {"description", "polling_roles", *ACTIONS}
    text = energy_text("template")
    assert all(unit in text for unit in ("uW", "mW", "kW", "aJ", "fJ", "pJ", "nJ", "uJ", "mJ"))
    assert all(basis in text for basis in ("measured", "derived", "estimated"))


def test_own_table_extends_ours(tmp_path: Path) -> None:
    text = "extends: spinnaker1\nchip: {nominal: 0.34}\nlink_bit: {nominal: 1, source: mine}\n"
    table, ours = load_table(file(tmp_path, text)), load_table("spinnaker1")
    assert (table.chip.nominal, table.chip.low) == (0.34, ours.chip.low)
    assert (table.link_bit.nominal, table.link_bit.source) == (1, "mine")
    assert table.fpga == ours.fpga


WRONG = [
    ("chip:\n  low: -1\n", 3, "chip.low should be greater than or equal to 0, got -1"),
    (
        "chip:\n  low: 0.4\n",
        2,
        "chip should have low <= nominal <= high, got low 0.4, nominal 0.331667, high 0.345",
    ),
    (
        "chip:\n  nominal: 0.4\n",
        2,
        "chip should have low <= nominal <= high, got low 0.323, nominal 0.4, high 0.345",
    ),
    (
        "chip:\n  basis: derived\n  unit: pJ\n",
        4,
        "chip.unit should be one of uW, mW, W, kW, paid per s, got 'pJ'",
    ),
    (
        "core_cycle: {unit: mW}\n",
        2,
        "core_cycle.unit should be one of aJ, fJ, pJ, nJ, uJ, mJ, J, paid per cycle, got 'mW'",
    ),
    (
        "chip: {unit: Watt}\n",
        2,
        (
            "chip.unit should be 'uW', 'mW', 'W' or 'kW' or should be 'aJ', 'fJ', 'pJ', 'nJ', "
            "'uJ', 'mJ' or 'J', got 'Watt'"
        ),
    ),
    (
        "chip:\n  source: ' '\n",
        3,
        "chip.source should say where the figures come from, got ' '",
    ),
    (
        "chip:\n  basis: guessed\n",
        3,
        "chip.basis should be 'measured', 'derived' or 'estimated', got 'guessed'",
    ),
    ("chip:\n  nominal: 5 W\n", 3, "chip.nominal should be a number, got '5 W'"),
    ("chip:\n  nominal: .nan\n", 3, "chip.nominal should be a finite number, got nan"),
    ("chip: 5\n", 2, "chip should be a mapping of names to values, got 5"),
    (
        "polling_roles: [synapse, neurons]\n",
        2,
        (
            "polling_roles[1] should be 'combined', 'neuron', 'synapse', 'poisson', 'source' or "
            "'delay', got 'neurons'"
        ),
    ),
]


@pytest.mark.parametrize(("text", "line", "message"), WRONG)
def test_wrong_tables(tmp_path: Path, text: str, line: int, message: str) -> None:
    said = error_of(tmp_path, f"extends: spinnaker1\n{text}", load_table)
    assert said == f"my.yaml:{line}: {message}"


@pytest.mark.parametrize(("text", "line", "message"), WRONG)
def test_wrong_prices_in_a_machine_file(tmp_path: Path, text: str, line: int, message: str) -> None:
    inner = "".join(f"  {row}\n" for row in f"extends: spinnaker1\n{text}".splitlines())
    said = error_of(tmp_path, f"energy:\n{inner}", load_machine)
    assert said == f"my.yaml:{line + 1}: energy.{message}"


@pytest.mark.parametrize(("text", "line", "message"), WRONG)
def test_wrong_prices_in_a_file_beside_or_below(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    file(tmp_path, f"extends: spinnaker1\n{text}", "prices.yaml")
    expected = f"prices.yaml:{line}: energy.{message}"
    assert error_of(tmp_path, "energy: prices.yaml\n", load_machine) == expected
    file(tmp_path, "energy: {extends: prices.yaml, description: mine}\n", "base.yaml")
    assert error_of(tmp_path, "extends: base.yaml\n", load_machine) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chip: {sauce: x}\n", "my.yaml:2: unknown key 'sauce' in chip; did you mean 'source'?"),
        ("chips: {low: 1}\n", "my.yaml:2: unknown key 'chips' in the file; did you mean 'chip'?"),
    ],
)
def test_unknown_keys(tmp_path: Path, text: str, message: str) -> None:
    assert error_of(tmp_path, f"extends: spinnaker1\n{text}", load_table) == message
    said = error_of(tmp_path, f"extends: spinnaker1\nenergy: {{{text.strip()}}}\n", load_machine)
    assert said == message.replace("in chip", "in energy.chip").replace("the file", "energy")


@pytest.mark.parametrize("action", ACTIONS)
def test_a_table_lacks_an_action(tmp_path: Path, action: str) -> None:
    rows = energy_text("template").splitlines(keepends=True)
    first = next(i for i, row in enumerate(rows) if row.startswith(f"{action}:"))
    text = "".join(rows[:first] + rows[first + 7 :])
    lacks = f"lacks '{action}'; write it, or extend a file that has it"
    assert error_of(tmp_path, text, load_table) == f"my.yaml: the file {lacks}"
    inner = "".join(f"  {row}" for row in text.splitlines(keepends=True))
    assert error_of(tmp_path, f"energy:\n{inner}", load_machine) == f"my.yaml:1: energy {lacks}"


def test_an_entry_lacks_figures(tmp_path: Path) -> None:
    text = energy_text("template").replace("  low: 0.1\n  nominal: 0.15\n", "")
    said = error_of(tmp_path, text, load_table)
    assert said.endswith(
        ": chip lacks 'low', 'nominal'; write them, or extend a file that has them"
    )


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("energy: spinaker1\n", "my.yaml:1: "),
        ("description: x\nenergy:\n  extends: spinaker1\n", "my.yaml:3: "),
    ],
)
def test_unknown_tables(tmp_path: Path, text: str, where: str) -> None:
    unknown = "unknown table of energy 'spinaker1'; did you mean 'spinnaker1' or 'spinnaker2'?"
    assert error_of(tmp_path, text, load_machine) == where + unknown
    assert error_of(tmp_path, "extends: spinaker1\n", load_table) == f"my.yaml:1: {unknown}"
    with pytest.raises(UnknownNameError) as caught:
        load_table("spinaker1")
    assert str(caught.value) == unknown


def test_a_file_of_prices_beside_the_machine(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    file(tmp_path, energy_text("template"), "parts/prices.yaml")
    file(tmp_path, "energy: prices.yaml\n", "parts/base.yaml")
    template = load_table("template")
    assert load_machine(file(tmp_path, "energy: parts/prices.yaml\n")).energy == template
    assert load_machine(file(tmp_path, "extends: parts/base.yaml\n")).energy == template
    text = "energy: {extends: parts/prices.yaml, box: {high: 7}}\n"
    assert load_machine(file(tmp_path, text)).energy.box.high == 7
    said = error_of(tmp_path, "\nenergy: none.yaml\n", load_machine)
    assert said == "my.yaml:2: cannot read none.yaml: No such file or directory"


def test_a_file_of_prices_extends_our_tables_alone(tmp_path: Path) -> None:
    file(tmp_path, "extends: other.yaml\n", "prices.yaml")
    said = error_of(tmp_path, "energy: prices.yaml\n", load_machine)
    assert said == "prices.yaml:1: a file of energy may extend one of our tables, not 'other.yaml'"
