"""Exported runs, read back with the tools that their formats are for."""

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import h5py
import neo
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from pynwb import NWBHDF5IO, validate

from host.cli import main
from host.export import FORMATS, default_target, export_run
from host.export.nix import neo_block
from host.results import Results
from host.runfolder import load_run

RUN = "pd14 --scale 0.002 --time 100 --warmup 20 --threads 1 --quiet"
RECORD = ("v.L4E=3", "v.L23I=2", "currents.L4E=2", "interval_ms=0.5")
OPTIONS = [*RUN.split(), *(part for text in RECORD for part in ("--set", f"record.{text}"))]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("export") / "a"
    assert main(["run", *OPTIONS, "--output", str(folder)]) == 0
    return load_run(folder)


def exported(run: Results, name: str, tmp_path: Path) -> Path:
    target = tmp_path / f"out{FORMATS[name].suffix}"
    assert main(["export", str(run.run_dir), "--to", name, "--output", str(target)]) == 0
    assert list(tmp_path.iterdir()) == [target]
    return target


def recording(run: Results, variable: str, population: str) -> np.ndarray:
    (found,) = (
        one for one in run.recordings if (one.variable, one.population) == (variable, population)
    )
    return np.asarray(found.values)


def trains(run: Results) -> dict[tuple[str, int], list[float]]:
    """Times of the spikes (ms) of each neuron that fired."""
    assert run.spikes is not None
    found: dict[tuple[str, int], list[float]] = {}
    for name in run.spikes.populations:
        for step, member in zip(*(a.tolist() for a in run.spikes.of(name)), strict=True):
            found.setdefault((name, member), []).append(step * 0.1)
    assert found
    return found


def test_csv(run: Results, tmp_path: Path) -> None:
    folder = exported(run, "csv", tmp_path)
    frame = pd.read_csv(folder / "spikes.csv")
    grouped = frame.groupby(["population", "neuron"])["time_ms"].apply(list)
    assert {key: pytest.approx(times) for key, times in trains(run).items()} == dict(grouped)
    v = pd.read_csv(folder / "v.csv")
    one = v[(v["population"] == "L4E") & (v["neuron"] == 2)]
    assert one["v_mv"].tolist() == recording(run, "v", "L4E")[:, 2].tolist()
    assert one["time_ms"].tolist()[:3] == [0.0, 0.5, 1.0]
    for name, table in run.tables.items():
        with (folder / f"{name}.csv").open(newline="") as file:
            heads, *rows = csv.reader(file)
        assert heads == list(table.columns)
        assert len(rows) == len(table)
    about = pd.read_csv(folder / "about.csv").set_index(["table_name", "column_name"])
    assert about.loc[("v", "v_mv"), "unit"] == "mV"
    assert about.loc[("rates", "rate_hz"), "unit"] == "Hz"


def test_parquet(run: Results, tmp_path: Path) -> None:
    folder = exported(run, "parquet", tmp_path)
    frame = pd.read_parquet(folder / "spikes.parquet")
    found = frame.groupby(["population", "neuron"], observed=True)["time_ms"].apply(list)
    assert {key: pytest.approx(times) for key, times in trains(run).items()} == dict(found)
    schema = pq.read_schema(folder / "v.parquet")
    assert schema.field("v_mv").metadata[b"unit"] == b"mV"
    for name, table in run.tables.items():
        read = pq.read_table(folder / f"{name}.parquet").to_pydict()
        assert {key: tuple(values) for key, values in read.items()} == dict(table.columns)


def test_sonata(run: Results, tmp_path: Path) -> None:
    folder = exported(run, "sonata", tmp_path)
    assert run.spikes is not None
    with h5py.File(folder / "nodes.h5") as file:
        sizes = {name: group["node_type_id"].size for name, group in file["nodes"].items()}
        assert file.attrs["magic"] == 0x0A7A
    assert sizes == dict(zip(run.spikes.populations, run.spikes.sizes, strict=True))
    with h5py.File(folder / "spikes.h5") as file:
        for name in run.spikes.populations:
            group = file["spikes"][name]
            enum = h5py.check_enum_dtype(group.attrs.get_id("sorting").dtype)
            assert enum == {"none": 0, "by_id": 1, "by_time": 2}
            assert group.attrs["sorting"] == enum["by_time"]
            assert np.all(np.diff(group["timestamps"][:]) >= 0)
            steps, members = run.spikes.of(name)
            np.testing.assert_array_equal(group["node_ids"][:], members)
            np.testing.assert_allclose(group["timestamps"][:], steps * 0.1)
    with h5py.File(folder / "v.h5") as file:
        report = file["report/L4E"]
        np.testing.assert_allclose(report["data"][:], recording(run, "v", "L4E"), rtol=1e-6)
        assert report["data"].attrs["units"] == "mV"
        assert report["mapping/node_ids"][:].tolist() == [0, 1, 2]
        assert report["mapping/index_pointers"][:].tolist() == [0, 1, 2, 3]
        assert report["mapping/time"][:].tolist() == [0.0, 120.0, 0.5]
    simulation = json.loads((folder / "simulation_config.json").read_text())
    assert simulation["run"] == {"tstop": 120.0, "dt": 0.1, "random_seed": 1}
    for report in simulation["reports"].values():
        assert (folder / report["file_name"]).is_file()
    circuit = json.loads((folder / simulation["network"].replace("$BASE_DIR/", "")).read_text())
    assert set(circuit["networks"]["nodes"][0]["populations"]) == set(sizes)


def test_nwb(run: Results, tmp_path: Path) -> None:
    path = exported(run, "nwb", tmp_path)
    assert validate(path=str(path)) == []
    with NWBHDF5IO(path, "r") as io:
        file = io.read()
        units = file.units.to_dataframe()
        assert run.spikes is not None
        assert len(units) == sum(run.spikes.sizes)
        fired = {
            (unit["population"], unit["neuron"]): unit["spike_times"].tolist()
            for _, unit in units.iterrows()
            if len(unit["spike_times"])
        }
        expected = {
            key: pytest.approx([t / 1000 for t in times]) for key, times in trains(run).items()
        }
        assert fired == expected
        series = file.acquisition["v_L4E"]
        volts = series.data[:] * series.conversion
        np.testing.assert_allclose(volts, recording(run, "v", "L4E") / 1000)
        assert (series.unit, series.rate) == ("volts", 2000.0)
        assert file.acquisition["i_exc_L4E"].unit == "amperes"
        epochs = file.epochs.to_dataframe()
        assert epochs["start_time"].tolist() == [0.0, 0.02]
        assert epochs["stop_time"].tolist() == [0.02, 0.12]
        assert "network:" in file.experiment_description


@pytest.mark.filterwarnings("ignore::DeprecationWarning:nixio.*")
@pytest.mark.parametrize("name", ["nix", "neo"])
def test_nix(run: Results, tmp_path: Path, name: str) -> None:
    path = exported(run, name, tmp_path)
    with neo.NixIO(str(path), "ro") as io:
        block = io.read_block()
    (segment,) = block.segments
    found: dict[tuple[str, int], list[float]] = {}
    for train in segment.spiketrains:
        assert train.t_stop.rescale("ms") == pytest.approx(120.0)
        for time, index in zip(
            train.rescale("ms").magnitude, train.array_annotations["source_index"], strict=True
        ):
            found.setdefault((train.annotations["population"], int(index)), []).append(float(time))
    assert found == {key: pytest.approx(times) for key, times in trains(run).items()}
    signals = {(one.name, one.annotations["population"]): one for one in segment.analogsignals}
    v = signals["v", "L4E"]
    np.testing.assert_allclose(v.rescale("mV").magnitude, recording(run, "v", "L4E"))
    assert v.sampling_period.rescale("ms") == pytest.approx(0.5)
    assert block.annotations["warmup_ms"] == 20.0


def test_block_of_neo_has_a_train_for_each_neuron(run: Results) -> None:
    (segment,) = neo_block(run).segments
    found = {
        (one.annotations["population"], one.annotations["source_index"]): one.magnitude.tolist()
        for one in segment.spiketrains
    }
    assert run.spikes is not None
    assert len(found) == sum(run.spikes.sizes)
    fired = {key: times for key, times in found.items() if times}
    assert fired == {key: pytest.approx(times) for key, times in trains(run).items()}


def test_missing_packages_are_named(
    run: Results, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("host.export.formats.find_spec", lambda _: None)
    assert main(["export", str(run.run_dir), "--to", "nwb"]) == 2
    told = capsys.readouterr().err
    assert "--to nwb needs pynwb, of the extra 'export'; install it by: pip install" in told


def test_unknown_format(run: Results, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(run.run_dir), "--to", "nwbb"]) == 2
    assert "unknown format 'nwbb'; did you mean nwb" in capsys.readouterr().err.replace(
        "'nwb'", "nwb"
    )


def test_readers_know_files_by_their_ends(
    run: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = str(tmp_path / "a.h5")
    assert main(["export", str(run.run_dir), "--to", "nwb", "--output", target]) == 2
    assert "choose a name that ends in .nwb" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


def test_nothing_else_is_replaced(run: Results, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    assert run.run_dir is not None
    for target in (tmp_path / "mine", run.run_dir):
        with pytest.raises(OSError, match="exists; replace it with --force"):
            export_run(run, "csv", target)
        with pytest.raises(OSError, match="is no earlier export"):
            export_run(run, "csv", target, force=True)
    export_run(run, "csv", tmp_path / "csv")
    export_run(run, "csv", tmp_path / "csv", force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["csv", "mine"]


@pytest.mark.parametrize("name", ["nwb", "nix"])
def test_files_of_others_are_not_replaced(run: Results, tmp_path: Path, name: str) -> None:
    precious = tmp_path / f"thesis{FORMATS[name].suffix}"
    precious.write_text("years of work")
    with pytest.raises(OSError, match="is no earlier export"):
        export_run(run, name, precious, force=True)
    assert precious.read_text() == "years of work"
    export_run(run, name, tmp_path / f"mine{FORMATS[name].suffix}")
    export_run(run, name, tmp_path / f"mine{FORMATS[name].suffix}", force=True)
    assert run.run_dir is not None
    for place in ("spikes.h5", "new.nwb"):
        with pytest.raises(OSError, match="lies in a run folder"):
            export_run(run, name, run.run_dir / place, force=True)


def test_without_output_it_goes_beside_the_run(
    run: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.run_dir is not None
    assert default_target(run.run_dir, "nwb").name == "a.nwb"
    assert main(["export", str(run.run_dir), "--to", "csv", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "chipemu.export"
    assert told["output"] == str(run.run_dir.with_name("a-csv"))
    assert (run.run_dir.with_name("a-csv") / "spikes.csv").is_file()


def test_pandas_reads_the_tables_of_the_run_itself(run: Results) -> None:
    assert run.run_dir is not None
    with closing(sqlite3.connect(run.run_dir / "tables.sqlite")) as base:
        rates = pd.read_sql("SELECT * FROM rates", base)
    assert dict(zip(rates["population"], rates["rate_hz"], strict=True)) == run.rates_hz
