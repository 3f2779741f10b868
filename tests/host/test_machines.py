"""Machines: presets, sized presets, the user's files, and what is said of wrong ones."""

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest

from chipemu.cores import CoreCosts, CoreParams
from experiments.load_time.records import JAVA_2020, SCP_2017
from experiments.spike_loss.styles import section
from host.config import CoresConfig, load_config
from host.costtables import load_costs
from host.deploy import core_params, fabric_params
from host.energy import default_table, load_table
from host.errors import ConfigError, UnknownNameError
from host.interchange import write_machine
from host.loading.params import LoadingParams
from host.machines import (
    Housing,
    MachineSpec,
    TopologySection,
    build_topology,
    check_emulable,
    list_machines,
    load_machine,
)
from host.machines.loader import PRESETS
from host.machines.texts import machine_text, machine_values
from host.pipeline import run
from host.traffic.request import parse_request
from host.yamlfile import read_document
from mapping.machine import Budgets, Machine
from router import mesh
from router.errors import FabricError
from router.params import FabricParams


def file(folder: Path, text: str, name: str = "my.yaml") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def error_of(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_machine(file(folder, text))
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize("name", sorted(path.stem for path in PRESETS.glob("*.yaml")))
def test_presets_load_and_tell_their_source(name: str) -> None:
    machine = load_machine(name)
    assert machine.name == name
    assert machine.description
    assert machine.source


def test_presets_restate_the_defaults() -> None:
    machine = load_machine("spinnaker1")
    assert machine.energy == default_table()
    assert machine.budgets == Budgets()
    assert machine.fabric == FabricParams()
    assert machine.cores == CoreParams()
    assert machine.housing == Housing()
    assert machine.topology == TopologySection()


def test_figures_of_the_preset_are_the_published_ones() -> None:
    budgets = load_machine("spinnaker1").budgets
    assert (budgets.monitor_cores, budgets.table_entries) == (2, 1023)
    assert (budgets.dtcm_bytes, budgets.sdram_bytes) == (65_536, 123_469_792)
    assert budgets.ring_buffer_bits == 14


@pytest.mark.parametrize("study", ["van-albada-2018", "rhodes-2019"])
def test_published_machines_are_set_as_the_published_runs_were(study: str) -> None:
    machine = load_machine(f"spinnaker1-{study.replace('-', '')}")
    style = CoresConfig(**section(study, "cores"))
    assert core_params(machine.cores, style) == machine.cores
    assert fabric_params(machine.fabric, style) == machine.fabric
    assert core_params(load_machine("spinnaker1").cores, style) != load_machine("spinnaker1").cores


def test_published_machines_are_as_large_as_they_were() -> None:
    old, real_time = (load_machine(f"spinnaker1-{x}") for x in ("vanalbada2018", "rhodes2019"))
    assert (old.topology.boards, real_time.topology.boards) == (6, 12)
    assert old.housing.powered_from == "loading"
    assert real_time.cores.costs == load_costs("polling")
    for name in ("frame_place", "frame_place_active"):
        shared, own = getattr(default_table(), name), getattr(old.energy, name)
        assert own.nominal == shared.nominal
        assert own.high == pytest.approx(24 / 6 * shared.nominal, abs=1e-5)
    parts = {x: getattr(default_table(), x) for x in ("frame_place", "frame_place_active")}
    assert replace(old.energy, **parts) == default_table()
    assert real_time.energy == default_table()


def test_published_machines_are_loaded_as_was_recorded() -> None:
    assert load_machine("spinnaker1-vanalbada2018").loading == SCP_2017
    default = load_machine("spinnaker1").loading.block_us
    real_time = load_machine("spinnaker1-rhodes2019").loading
    assert real_time == replace(JAVA_2020, block_us=default)


def test_minimal_machine_has_no_enclosure() -> None:
    machine = load_machine("spinnaker1-minimal")
    assert machine.housing == Housing(enclosure="none")
    assert machine.topology == TopologySection()


def test_neuroaix_is_a_torus_of_four_neighbours() -> None:
    machine = load_machine("neuroaix")
    topology = build_topology(machine.topology)
    assert (topology.width, topology.height, topology.n_chips) == (7, 5, 35)
    has_link = topology.neighbours >= 0
    assert has_link[:, [0, 2, 3, 5]].all()
    assert not has_link[:, [1, 4]].any()


def test_power_of_neuroaix_is_that_of_its_published_energy_per_event() -> None:
    events_per_s = 0.9667e9 / 0.05
    board = load_table("neuroaix").board
    assert board.nominal == pytest.approx(0.04755e-6 * events_per_s / 35, rel=0.002)


def test_one_board() -> None:
    assert load_machine("spinn5").topology.boards == 1


@pytest.mark.parametrize("n_boards", [1, 6, 12, 1200])
def test_sized_preset(n_boards: int) -> None:
    machine = load_machine(f"spinnaker1-{n_boards}boards")
    assert machine.name == f"spinnaker1-{n_boards}boards"
    assert machine.topology.boards == n_boards
    assert str(n_boards) in machine.description


@pytest.mark.parametrize("n_boards", [0, 1201])
def test_sized_preset_out_of_range(n_boards: int) -> None:
    with pytest.raises(ConfigError, match=rf"1 to 1200 boards, got {n_boards}"):
        load_machine(f"spinnaker1-{n_boards}boards")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("spinaker1", "did you mean 'spinnaker1'"),
        ("spin5", "did you mean 'spinn5'"),
        ("spinnaker-12boards", "'spinnaker1-12boards'"),
        ("loihi", "see: chipemu machines"),
        ("spinnaker3-4x4", "did you mean 'spinnaker2-4x4'"),
    ],
)
def test_unknown_name_suggests_close_ones(name: str, hint: str) -> None:
    with pytest.raises(UnknownNameError, match=f"unknown machine '{name}'") as caught:
        load_machine(name)
    assert hint in str(caught.value)


def test_spinnaker2_is_for_mapping_alone() -> None:
    machine = load_machine("spinnaker2-4x3")
    topology = build_topology(machine.topology)
    assert (topology.width, topology.height, topology.n_chips) == (4, 3, 12)
    assert (Machine(topology, machine.budgets).application_cores == 152).all()
    assert machine.budgets.table_entries == 16_384
    with pytest.raises(FabricError, match="chips of 153 cores: a route names 18 at most"):
        check_emulable(machine)
    check_emulable(load_machine("spinn3"))
    check_emulable(load_machine("spinnaker1"))


@pytest.mark.parametrize(
    "start",
    [
        lambda name: run(load_config(None, {"machine": name, "run.timing": "full"})),
        lambda name: parse_request({"machine": name}),
        lambda name: parse_request({"machine": name, "pattern": "pd14"}),
    ],
    ids=["run", "traffic", "traffic of a network"],
)
@pytest.mark.parametrize("is_file", [False, True])
def test_packets_on_larger_chips_are_refused_before_any_work(
    start: Callable[[str], object], is_file: bool, tmp_path: Path
) -> None:
    path = tmp_path / "large.json"
    write_machine(path, Machine(mesh(2, 1, cores=19)))
    with pytest.raises(FabricError, match="packets cannot be emulated on chips of"):
        start(str(path) if is_file else "spinnaker2")


@pytest.mark.parametrize("size", ["0x3", "3x257"])
def test_sized_mesh_out_of_range(size: str) -> None:
    with pytest.raises(ConfigError, match=f"'spinnaker2-{size}': a mesh has sides of 1 to 256"):
        load_machine(f"spinnaker2-{size}")


def test_another_kind_inherits_no_chips(tmp_path: Path) -> None:
    text = "extends: spinn3\ntopology: {kind: boards, boards: 2}\n"
    topology = load_machine(file(tmp_path, text)).topology
    assert (topology.kind, topology.boards, topology.dead_links) == ("boards", 2, ())


def test_chips_of_a_json_file(tmp_path: Path) -> None:
    chips = mesh(3, 2, cores=7, dead_chips=[(1, 1)])
    (tmp_path / "parts").mkdir()
    write_machine(tmp_path / "parts/chips.json", Machine(chips, Budgets(table_entries=99)))
    text = "topology: {kind: json, file: parts/chips.json, dead_chips: [[2, 1]]}\n"
    below = file(tmp_path, text, "base.yaml")
    (tmp_path / "other").mkdir()
    above = file(tmp_path / "other", "extends: ../base.yaml\nbudgets: {monitor_cores: 3}\n")
    for name in (below, above):
        machine = load_machine(name)
        assert build_topology(machine.topology).xy.tolist() == [[0, 0], [0, 1], [1, 0], [2, 0]]
        assert machine.budgets.table_entries == 99
    assert machine.budgets.monitor_cores == 3


def test_a_json_file_is_a_machine(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    write_machine(path, Machine(mesh(2, 2, cores=17)))
    machine = load_machine(str(path))
    assert (machine.name, machine.description) == ("lab", "chips as listed in lab.json")
    assert build_topology(machine.topology).n_cores == 4 * 17
    assert machine.energy == default_table()
    with pytest.raises(UnknownNameError, match=r"cannot read .*none\.json: No such file"):
        load_machine(str(tmp_path / "none.json"))


def test_own_file_extends_a_preset(tmp_path: Path) -> None:
    text = (
        "extends: spinnaker1-3boards\n"
        "topology:\n  dead_chips: [[1, 2]]\n  dead_links: [[0, 0, 5]]\n  dead_cores: [[0, 0, 17]]\n"
        "budgets: {table_entries: 511}\n"
        "energy: {fpga: {nominal: 0.6}}\n"
    )
    machine = load_machine(file(tmp_path, text))
    assert machine.name == "my"
    assert machine.topology.boards == 3
    assert machine.topology.dead_chips == ((1, 2),)
    assert machine.topology.dead_links == ((0, 0, 5),)
    assert machine.topology.dead_cores == ((0, 0, 17),)
    assert machine.budgets.table_entries == 511
    assert machine.budgets.monitor_cores == Budgets().monitor_cores
    fpga = replace(default_table().fpga, nominal=0.6)
    assert machine.energy == replace(default_table(), fpga=fpga)


def test_own_file_extends_its_neighbour(tmp_path: Path) -> None:
    file(tmp_path, "extends: spinn5\nname: base\nbudgets: {table_entries: 100}\n", "base.yaml")
    machine = load_machine(file(tmp_path, "extends: base.yaml\ntopology: {boards: 2}\n"))
    assert (machine.name, machine.topology.boards) == ("my", 2)
    assert machine.budgets.table_entries == 100


def test_mesh(tmp_path: Path) -> None:
    text = "topology: {kind: mesh, width: 3, height: 4, wrap: true, cores: 5}\n"
    topology = load_machine(file(tmp_path, text)).topology
    assert (topology.kind, topology.width, topology.height) == ("mesh", 3, 4)
    assert (topology.wrap, topology.cores) == (True, 5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "extends: spinn5\nbudgets:\n  table_entrys: 5\n",
            "my.yaml:3: unknown key 'table_entrys' in budgets; did you mean 'table_entries'?",
        ),
        (
            "topology:\n  boards: 0\n",
            (
                "my.yaml:2: topology.boards should be greater than or equal to 1 "
                "or should be 'auto', got 0"
            ),
        ),
        (
            "topology:\n  dead_links:\n  - [0, 0, 0]\n  - [1, 1, 6]\n",
            "my.yaml:4: topology.dead_links[1][2] should be less than or equal to 5, got 6",
        ),
        (
            "extends: spinn5\n\nbudgets:\n  table_entries: -5\n",
            "my.yaml:4: budgets.table_entries should be greater than or equal to 0, got -5",
        ),
        (
            "budgets:\n  monitor_cores: 0\n",
            "my.yaml:2: budgets.monitor_cores should be at least 1, since core 0 of each chip is",
        ),
        ("extends: spin5\n", "my.yaml:1: unknown machine 'spin5'; did you mean 'spinn5'"),
        ("extends: 5\n", "my.yaml:1: extends should name a machine, got 5"),
        ("extends: my.yaml\n", "my.yaml:1: machine 'my.yaml' extends itself"),
        (
            "extends: spinnaker1\ntopology:\n  width: 3\n",
            "my.yaml:3: topology.width has no meaning for kind 'boards', only for 'mesh'; leave it",
        ),
        (
            "topology:\n  kind: mesh\n  boards: 3\n",
            "my.yaml:3: topology.boards has no meaning for kind 'mesh', only for 'boards'; leave",
        ),
        (
            "topology:\n  kind: mesh\n  file: x.json\n",
            "my.yaml:3: topology.file has no meaning for kind 'mesh', only for 'json'; leave",
        ),
        (
            "topology:\n  kind: json\n",
            "my.yaml:2: topology of kind 'json' lacks 'file', the path of a machine's JSON",
        ),
        (
            "topology: {kind: json, file: none.json}\n",
            "my.yaml:1: cannot read none.json: No such file or directory",
        ),
        ("topology: {kind: mesh, cores: 256}\n", "my.yaml:1: topology.cores should be less than"),
        (
            "fabric: {link_latency_ps: 1 W}\n",
            "my.yaml:1: fabric.link_latency_ps should be a number or a quantity in one of ps, ns",
        ),
    ],
)
def test_wrong_files(tmp_path: Path, text: str, message: str) -> None:
    assert error_of(tmp_path, text).startswith(message)


def test_template_writes_out_every_key_itself() -> None:
    data = read_document(PRESETS / "template.yaml").data
    text = machine_text("template")
    assert "extends" not in data
    for name, kind in (
        ("topology", TopologySection),
        ("budgets", Budgets),
        ("fabric", FabricParams),
        ("cores", CoreParams),
        ("costs", CoreCosts),
        ("loading", LoadingParams),
        ("housing", Housing),
    ):
        elsewhere = {"boards", "file"} if name == "topology" else {"costs"}
        assert set(data[name]) == {field.name for field in fields(kind)} - elsewhere
    assert {field.name for field in fields(MachineSpec)} | {"costs"} == {"name", *data}
    assert all(f"  # {key}: " in text for key in ("boards", "file"))
    assert "\n# name: " in text


def test_a_copy_of_a_preset_is_the_same_machine(tmp_path: Path) -> None:
    for name in ("template", "spinnaker1-rhodes2019", "spinn3", "spinnaker1-12boards"):
        copy = load_machine(file(tmp_path, machine_text(name)))
        original = load_machine(name)
        assert replace(copy, name=name, description=original.description) == original


def test_text_of_a_machine_in_json_extends_it(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    write_machine(path, Machine(mesh(2, 2, cores=17)))
    copy = load_machine(file(tmp_path, machine_text(str(path))))
    assert copy.topology == load_machine(str(path)).topology


@pytest.mark.parametrize("name", ["spinnaker2-4x3", "spinnaker1-1board"])
def test_text_of_a_sized_machine_has_two_lines(tmp_path: Path, name: str) -> None:
    text = machine_text(name)
    assert text.count("\n") == 2
    assert load_machine(file(tmp_path, text)).topology == load_machine(name).topology


@pytest.mark.parametrize("name", ["my-4x3", "my-2boards"])
def test_text_of_a_file_that_is_called_like_a_sized_machine_is_its_own(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = "extends: spinn5\ntopology: {boards: 5}\n"
    file(tmp_path, own, name)
    monkeypatch.chdir(tmp_path)
    assert machine_text(f"./{name}") == own


def test_text_of_a_wrong_file_is_its_error(tmp_path: Path) -> None:
    own = file(tmp_path, "extends: spinn5\ntopology: {boards: 2}\n")
    assert machine_text(own) == "extends: spinn5\ntopology: {boards: 2}\n"
    assert machine_values(own)["topology"]["boards"] == 2
    with pytest.raises(ConfigError, match=r"my.yaml:1: unknown key 'cors'"):
        machine_text(file(tmp_path, "cors: {cycle_ps: 1}\n"))


@pytest.mark.parametrize("name", ["template", "neuroaix"])
def test_networks_run_on_machines_that_are_no_spinnaker(name: str) -> None:
    chosen = {"machine": name, "network.scale": 0.01, "run.time_ms": 1, "run.warmup_ms": 0}
    results = run(load_config(None, chosen | {"run.slowdown": 0.05}))
    assert results.energy["slowdown"] == 0.05
    assert results.energy["mean_power_w"] > 10


def test_list_has_every_preset_and_the_sized_form() -> None:
    listed = list_machines()
    presets = {path.stem for path in PRESETS.glob("*.yaml")}
    assert set(listed) == presets | {"spinnaker1-Nboards", "spinnaker2-WxH"}
    assert all(listed.values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends: my.yaml\n", "my.yaml:1: machine 'my.yaml' extends itself: my.yaml -> my.yaml"),
        (
            "extends: spinnaker1-0boards\n",
            "my.yaml:1: machine 'spinnaker1-0boards': a machine has 1",
        ),
        ("topology: {kind: json, file: x.json}\n", "my.yaml:1: cannot read x.json: No such file"),
        ("name: ''\n", "my.yaml:1: name should have at least 1 character, got ''"),
        (
            "topology:\n  boards: 2\n  dead_chips: [[900, 900]]\n",
            "my.yaml:3: topology.dead_chips: cannot be dead: no chip at (900, 900)",
        ),
        (
            "topology:\n  kind: mesh\n  dead_cores: [[1, 1, 20]]\n",
            "my.yaml:3: topology.dead_cores: dead core 20 of chip (1, 1): a chip has cores 0 to 17",
        ),
        ("fabric: {wait1_cycles: 481}\n", "my.yaml:1: fabric wait1_cycles: no time-out register"),
    ],
    ids=["loop", "boards", "json", "name", "chips", "cores", "fabric"],
)
def test_what_is_wrong_beyond_a_key_has_its_line_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_machine("my.yaml")
    assert str(caught.value).startswith(message)
