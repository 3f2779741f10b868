"""Repeating a run: equal bytes, its own machine and network, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from host.cli import main
from host.config import load_config
from host.errors import OutputError
from host.machines import load_machine
from host.pipeline import run
from host.repeat import is_run, repeat_of
from host.runfolder import load_run
from mapping.connectors import FixedTotalNumber
from mapping.distributions import Constant
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection

MACHINE = """\
extends: spinn5
description: a board of mine
topology: {dead_chips: [[1, 0]]}
"""
NETWORK = """\
populations:
  noise: {size: 8, kind: poisson, rate_hz: 400}
  A: {size: 8, kind: neuron, model: IF_curr_exp}
projections:
  - {pre: noise, post: A, rule: one_to_one, receptor: excitatory, weight: 5 nA, delay_ms: 0.1}
"""
EQUAL = ("spikes.h5", "counters.json", "network.json", "actions.json", "tables.sqlite")
"""Files that a repeated run has byte for byte."""
OPTIONS = ["--scale", "0.002", "--time", "50", "--warmup", "10", "--threads", "1", "--quiet"]


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run on a machine of its own, which is not there any more."""
    folder = tmp_path_factory.mktemp("repeat")
    (folder / "mine.yaml").write_text(MACHINE)
    machine = ["--machine", str(folder / "mine.yaml")]
    assert main(["run", "pd14", *OPTIONS, *machine, "--output", str(folder / "a")]) == 0
    (folder / "mine.yaml").unlink()
    return folder / "a"


def changed(folder: Path, target: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Copy of a run whose manifest is another."""
    target.mkdir()
    for path in folder.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    manifest = json.loads((target / "manifest.json").read_text())
    change(manifest)
    (target / "manifest.json").write_text(json.dumps(manifest))
    return target


def test_repeated_run_has_equal_bytes(
    mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = tmp_path / "again"
    code = main(["run", "--from", str(mine / "manifest.json"), "--output", str(again), "--quiet"])
    assert code == 0
    assert "mine.yaml is not there any more; the one of the run is taken" in "".join(
        capsys.readouterr().err.split("\n")
    )
    for name in EQUAL:
        assert (again / name).read_bytes() == (mine / name).read_bytes()
    one, other = load_run(mine), load_run(again)
    assert one.spikes is not None
    assert one.spikes.steps.size > 0
    assert other.machine_description == one.machine_description
    assert other.machine_description["topology"]["dead_chips"] == [[1, 0]]


def test_a_repeated_run_can_be_repeated(mine: Path, tmp_path: Path) -> None:
    for before, after in ((mine, tmp_path / "b"), (tmp_path / "b", tmp_path / "c")):
        assert main(["run", "--from", str(before), "--output", str(after), "--quiet"]) == 0
    assert (tmp_path / "c/spikes.h5").read_bytes() == (mine / "spikes.h5").read_bytes()


def test_a_run_goes_on_with_its_own_machine(mine: Path, tmp_path: Path) -> None:
    folders = ["--from", str(mine), "--output", str(tmp_path / "a")]
    assert main(["run", *folders, "--quiet", "--time", "20", "--checkpoint-every", "10"]) == 0
    assert main(["resume", str(tmp_path / "a"), "--time", "50", "--quiet"]) == 0
    for name in ("spikes.h5", "counters.json", "tables.sqlite"):
        assert (tmp_path / "a" / name).read_bytes() == (mine / name).read_bytes()


def test_options_change_what_is_repeated(mine: Path) -> None:
    repeat = repeat_of(mine, {"run.seed": 9, "machine": "spinn3"})
    assert repeat.config.run.seed == 9
    assert (repeat.config.machine, repeat.machine) == ("spinn3", None)
    assert repeat.config.network.scale == 0.002
    assert repeat.config.output is None
    assert repeat_of(mine, {"network.scale": 0.004}).config.network.scale == 0.004


def test_machine_is_the_one_of_the_run(mine: Path, tmp_path: Path) -> None:
    def change(manifest: dict[str, Any]) -> None:
        manifest["machine_description"]["budgets"]["table_entries"] = 7

    repeat = repeat_of(changed(mine, tmp_path / "a", change), {})
    assert repeat.machine is not None
    assert repeat.machine.budgets.table_entries == 7


def test_every_machine_is_described_in_full(tmp_path: Path) -> None:
    config = load_config(None, {"network.scale": 0.002, "run.time_ms": 1.0, "run.warmup_ms": 0.0})
    run(config, run_dir=tmp_path / "a")
    repeat = repeat_of(tmp_path / "a", {})
    assert repeat.machine == load_machine(config.machine)
    assert repeat.notes == ()


def test_other_versions_are_told(mine: Path, tmp_path: Path) -> None:
    folder = changed(mine, tmp_path / "a", lambda m: m["versions"].update(numpy="1.0"))
    notes = repeat_of(folder, {}).notes
    assert any(note.startswith("made with numpy 1.0 (now ") for note in notes)


def test_later_formats_are_refused(mine: Path, tmp_path: Path) -> None:
    folder = changed(mine, tmp_path / "a", lambda manifest: manifest.update(format=99))
    with pytest.raises(OutputError, match="is a run folder of format 99; this version reads"):
        repeat_of(folder, {})
    with pytest.raises(OutputError, match="is a run folder of format 99; this version reads"):
        load_run(folder)


def test_a_network_given_in_python_is_refused(tmp_path: Path) -> None:
    spec = NetworkSpec(
        "two",
        (Population("A", 20, PopulationKind.NEURON), Population("B", 20, PopulationKind.NEURON)),
        (Projection("A", "B", FixedTotalNumber(40), Constant(0.1), Constant(1.0)),),
    )
    config = load_config(None, {"run.time_ms": 1.0, "run.warmup_ms": 0.0})
    run(config, network=spec, run_dir=tmp_path / "a")
    for changes in ({}, {"network.scale": 0.5}):
        with pytest.raises(OutputError, match="network 'two' was given in Python; run its script"):
            repeat_of(tmp_path / "a", changes)
    assert repeat_of(tmp_path / "a", {"network.name": "brunel"}).config.network.name == "brunel"


def test_the_file_of_a_network_may_be_gone(tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(NETWORK)
    options = ["--time", "5", "--warmup", "0", "--quiet"]
    network = str(tmp_path / "two.yaml")
    assert main(["run", network, *options, "--output", str(tmp_path / "a")]) == 0
    (tmp_path / "two.yaml").unlink()
    for before, after in (("a", "b"), ("b", "c")):
        folders = [str(tmp_path / before), "--output", str(tmp_path / after)]
        assert main(["run", "--from", *folders, "--quiet"]) == 0
    for name in EQUAL:
        assert (tmp_path / "c" / name).read_bytes() == (tmp_path / "a" / name).read_bytes()


def test_a_network_that_has_changed_is_refused(mine: Path, tmp_path: Path) -> None:
    folder = changed(mine, tmp_path / "a", lambda _: None)
    network = json.loads((folder / "network.json").read_text())
    network["populations"][0]["size"] += 1
    (folder / "network.json").write_text(json.dumps(network))
    with pytest.raises(OutputError, match=r"the network .* is another one today"):
        repeat_of(folder, {})


def test_damage_is_told(mine: Path, tmp_path: Path) -> None:
    folder = changed(mine, tmp_path / "a", lambda _: None)
    (folder / "network.json").write_text("{")
    with pytest.raises(OutputError, match=r"cannot read the network of .*: damaged"):
        repeat_of(folder, {})
    (folder / "manifest.json").write_text("{}")
    with pytest.raises(OutputError, match="missing or damaged"):
        repeat_of(folder, {})


def test_files_that_have_changed_are_refused(mine: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping"
    small = ["--scale", "0.002", "--quiet"]
    assert main(["map", "pd14", *small, "--output", str(mapping)]) == 0
    folder = tmp_path / "a"
    short = [*small, "--time", "1", "--warmup", "0", "--from", str(mapping)]
    assert main(["run", "pd14", *short, "--output", str(folder)]) == 0
    assert repeat_of(folder, {}).config.mapping.folder == str(mapping)
    (mapping / "placements.json").write_text("{}")
    with pytest.raises(OutputError, match=r"made of .*placements\.json, which has changed since"):
        repeat_of(folder, {})
    (mapping / "placements.json").unlink()
    with pytest.raises(OutputError, match=r"made of .*placements\.json, which is missing"):
        repeat_of(folder, {})


def test_two_configurations(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "other.yaml", "--from", str(mine)]) == 2
    assert "two configurations, other.yaml and that of the run" in capsys.readouterr().err


def test_what_is_a_run(mine: Path, tmp_path: Path) -> None:
    assert is_run(mine)
    assert is_run(mine / "manifest.json")
    assert not is_run(tmp_path)
    assert not is_run(mine / "config.yaml")
