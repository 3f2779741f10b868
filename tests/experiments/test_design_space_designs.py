"""Designs, their machine files, and options that are refused."""

from dataclasses import asdict, replace

import pytest

from experiments.design_space import EXPERIMENT, Options
from experiments.design_space.designs import all_designs, base_design
from experiments.design_space.machine import machine_file, write_machine
from host.energy import price
from host.errors import ConfigError, ExitCode, UnknownNameError, exit_code
from host.experiments import parse_options
from host.machines import load_machine
from router.errors import FabricError
from tests.experiments.design_space_runs import NOTHING, FakeRun, actions, found

MACHINE = "spinnaker1"
PRICES = {
    "process": (
        *("core_cycle", "core_poll_cycle", "router_bit", "link_bit", "board_link_bit"),
        *("sdram_byte", "synaptic_event", "neuron_update"),
    ),
    "standing": ("chip", "sdram"),
}
"""Entries of the energy table that each axis scales."""


def flat(value, at=()):
    if not isinstance(value, dict):
        return {at: value}
    return {k: v for key, inner in value.items() for k, v in flat(inner, (*at, key)).items()}


def differences(tmp_path, *, boards="base", machine=MACHINE, **changes):
    """Values in which the machine of a design differs from the base, by dotted key."""
    options = Options(machine=machine, boards=boards)
    base = load_machine(machine)
    design = replace(base_design(options, base), **changes)
    path = write_machine(tmp_path / "design.yaml", machine_file(options, base, design), "remark")
    before, after = flat(asdict(base)), flat(asdict(load_machine(str(path))))
    assert before.keys() == after.keys()
    changed = {key: after[key] for key in after if after[key] != before[key]}
    return {".".join(key): value for key, value in changed.items() if key != ("name",)}


def test_the_base_is_the_machine_itself(tmp_path):
    assert differences(tmp_path) == {}


def test_a_clock_changes_the_cycle_alone(tmp_path):
    assert differences(tmp_path, clock_mhz=400) == {"cores.cycle_ps": 2500}
    assert differences(tmp_path, clock_mhz=300) == {"cores.cycle_ps": 3333}


@pytest.mark.parametrize("changes", [{"synapse_cores": 6}, {"neurons_per_core": 32}])
def test_a_mapping_leaves_the_machine_alone(tmp_path, changes):
    assert differences(tmp_path, **changes) == {}


def test_rates_of_links_change_the_times_of_packets_on_them(tmp_path):
    assert differences(tmp_path, link_rate=0.5) == {
        "fabric.link_packet_ps": 278_000,
        "fabric.link_payload_packet_ps": 480_000,
    }
    assert differences(tmp_path, board_link_rate=0.5) == {
        "fabric.board_link_packet_ps": 714_000,
        "fabric.board_link_payload_packet_ps": 1_234_000,
        "fabric.lane_packet_ps": 33_334,
        "fabric.lane_payload_packet_ps": 60_000,
    }


def test_a_rate_of_sdram_changes_the_time_of_a_byte_alone(tmp_path):
    assert differences(tmp_path, sdram_rate=0.1) == {"cores.sdram_byte_ps": 11_110}


@pytest.mark.parametrize("axis", ["process", "standing"])
@pytest.mark.parametrize("machine", [MACHINE, "neuroaix"])
def test_prices_are_scaled_at_all_levels_and_say_so(tmp_path, axis, machine):
    changed = differences(tmp_path, machine=machine, **{axis: 0.5})
    table = load_machine(machine).energy
    for name in PRICES[axis]:
        for level in ("low", "nominal", "high"):
            before = getattr(getattr(table, name), level)
            assert changed.pop(f"energy.{name}.{level}", 0.0) == before / 2
        source = changed.pop(f"energy.{name}.source")
        assert source.startswith(f"0.5 times that of {machine}, an assumption (")
        changed.pop(f"energy.{name}.basis", None)
    assert changed == {}


def test_half_the_process_energy_halves_the_dynamic_lines_alone(tmp_path):
    options, base = Options(machine=MACHINE), load_machine(MACHINE)
    design = replace(base_design(options, base), process=0.5)
    path = write_machine(tmp_path / "half.yaml", machine_file(options, base, design), "remark")
    counts = actions(10**8, 5000)
    before = price(counts, base.energy).lines
    after = price(counts, load_machine(str(path)).energy).lines
    halved = {
        b.action
        for b, a in zip(before, after, strict=True)
        if 2 * a.energy_j.nominal == b.energy_j.nominal
    }
    same = {b.action for b, a in zip(before, after, strict=True) if a.energy_j == b.energy_j}
    assert halved == {"core_cycle", "core_poll_cycle", "router_bit"}
    assert same == {"chip"}


def test_boards_and_the_margin_are_set_for_all_designs(tmp_path):
    machine = "spinnaker1-rhodes2019"
    changed = differences(tmp_path, boards="auto", machine=machine)
    assert changed == {"topology.boards": "auto", "cores.margin_ps": None}
    assert differences(tmp_path, boards=2) == {"topology.boards": 2}


def test_a_base_in_a_file_is_found_from_the_folder_of_designs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("extends: spinnaker1\ncores: {cycle_ps: 4 ns}\n")
    _, rows = found(tmp_path, machine="mine.yaml", sdram_rate=(0.5,))
    assert float(rows["base"]["clock_mhz"]) == 250
    assert list(rows) == ["base", "sdram_rate-0.5"]


def test_one_at_a_time_the_base_comes_first_and_nothing_twice():
    options = Options(**(NOTHING | {"clock_mhz": (100, 200), "synapse_cores": (3, 4)}))
    base = base_design(options, load_machine(MACHINE))
    names = [design.file_name(base) for design in all_designs(options, base)]
    assert names == ["base", "clock_mhz-100", "synapse_cores-4"]


def test_a_grid_has_all_combinations():
    lists = {"clock_mhz": (100, 200), "synapse_cores": (3, 4), "process": (1, 0.5)}
    options = Options(**(NOTHING | lists), vary="grid")
    base = base_design(options, load_machine(MACHINE))
    designs = all_designs(options, base)
    assert len(designs) == len(set(designs)) == 8
    assert designs[-1].label(base) == "synapse cores 4, process 0.5 x"
    assert len({design.timing for design in designs}) == 4


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["vary=grid", "most_designs=40"],
            (
                "design-space: a grid of 5 x 5 x 3 x 3 x 3 x 3 x 2 x 2 has 8,100 designs, "
                "limit most_designs=40; shorten the lists, leave some empty, or raise most_designs"
            ),
        ),
        (
            ["clock_mhz=100,300", "most_designs=5"],
            (
                "design-space: the lists have 24 designs, limit most_designs=5; "
                "shorten the lists, leave some empty, or raise most_designs"
            ),
        ),
        (
            ["clock_mhz=0"],
            "design-space: clock_mhz[0] should be greater than or equal to 1, got 0",
        ),
    ],
)
def test_options_that_are_refused(options, said):
    with pytest.raises(ConfigError) as caught:
        parse_options(EXPERIMENT, options)
    assert str(caught.value) == said
    assert exit_code(caught.value) == ExitCode.USER


@pytest.mark.parametrize(
    "option",
    ["link_rate=0", "process=-1", "synapse_cores=17", "boards=0", "boards=many", "margin=none"],
)
def test_values_out_of_range_are_refused(option):
    with pytest.raises(ConfigError, match=option.partition("=")[0]):
        parse_options(EXPERIMENT, [option])


def test_an_unknown_machine_or_table_is_told_before_anything_is_run(tmp_path):
    fake = FakeRun()
    with pytest.raises(UnknownNameError, match="did you mean 'spinnaker1'"):
        found(tmp_path, fake, machine="spinaker1")
    with pytest.raises(ConfigError, match="unknown table of costs 'gold'"):
        found(tmp_path, fake, costs="gold")
    with pytest.raises(FabricError, match="chips of 153 cores"):
        found(tmp_path, fake, machine="spinnaker2")
    assert fake.configs == []
    assert not any(tmp_path.iterdir())


def test_designs_that_would_have_one_name_are_refused(tmp_path):
    fake = FakeRun()
    with pytest.raises(ConfigError) as caught:
        found(tmp_path, fake, clock_mhz=(100, 150.00001, 150.00002))
    assert str(caught.value) == (
        "clock_mhz of 150.00001 and 150.00002 would both be design 'clock_mhz-150', whose values "
        "have six digits; choose values that differ within these"
    )
    assert exit_code(caught.value) == ExitCode.USER
    assert fake.configs == []
    assert not any(tmp_path.iterdir())
