"""Results: spikes, summaries, and the run folder from reservation to reading back."""

import json
import resource
from dataclasses import fields, replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host import settlement
from host.config import Config, NetworkConfig, RunConfig, config_hash
from host.datatable import Table
from host.errors import OutputError
from host.pipeline import run
from host.results import Recording, Results, Spikes, map_summary, plain, summary
from host.runfolder import default_run_folder, load_run, prepare_run_folder, release, write_run
from tests.host.map_stubs import map_results

SIZES = (3, 2)
NAMES = ("L5I", "L23E")


def spikes_at(pairs: list[tuple[int, int]], dt_ms: float = 0.1) -> Spikes:
    array = np.array(sorted(pairs), dtype=np.int32).reshape(-1, 2)
    return Spikes(array[:, 0].copy(), array[:, 1].copy(), dt_ms, NAMES, SIZES)


def results(spikes: Spikes | None, recordings: tuple[Recording, ...] = ()) -> Results:
    return Results(
        config=Config(run=RunConfig(seed=7)),
        machine="spinnaker1-6boards",
        n_neurons=5,
        n_synapses=12,
        n_cores=4,
        n_chips=2,
        n_boards=1,
        rates_hz={"L5I": 1.5, "L23E": float("nan")},
        losses={"saturated": 0},
        counters={"packets": np.int64(9), "per_core": np.arange(2)},
        wall_s={"map": 0.5, "run": 1.5},
        rtf=1.5,
        peak_rss_bytes=1 << 20,
        energy={"e_syn_uj": 0.6, "parts": {"boards_w": 26.84}},
        mapping={"n_cores": 4},
        spikes=spikes,
        recordings=recordings,
    )


@pytest.fixture
def recording() -> Recording:
    values = np.arange(6, dtype=np.float64).reshape(3, 2) / 2**15
    members, steps = np.array([0, 2], dtype=np.int32), np.array([0, 5, 10], dtype=np.int32)
    return Recording("v", "mV", "L5I", members, steps, values)


def test_spikes_of_one_population() -> None:
    spikes = spikes_at([(1, 0), (1, 4), (2, 3), (9, 2)])
    steps, members = spikes.of("L23E")
    assert (steps.tolist(), members.tolist()) == ([1, 2], [1, 0])
    assert spikes.first_ids == (0, 3)
    np.testing.assert_array_equal(spikes.times_ms, np.array([1, 1, 2, 9]) * 0.1)


@pytest.mark.parametrize(
    ("steps", "neurons", "message"),
    [
        ([1, 0], [0, 0], "not sorted"),
        ([1, 1], [4, 3], "not sorted"),
        ([1], [5], "outside 0 to 4"),
        ([1], [-1], "outside 0 to 4"),
        ([1], [0, 1], "shape"),
    ],
)
def test_wrong_spikes(steps: list[int], neurons: list[int], message: str) -> None:
    arrays = np.array(steps, dtype=np.int32), np.array(neurons, dtype=np.int32)
    with pytest.raises(ValueError, match=message):
        Spikes(*arrays, 0.1, NAMES, SIZES)


def test_arrays_are_read_only(recording: Recording) -> None:
    spikes = spikes_at([(1, 0)])
    for array in (spikes.steps, spikes.neurons, recording.values):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_recording_of_the_wrong_shape(recording: Recording) -> None:
    with pytest.raises(ValueError, match=r"recording of v: shape \(2, 2\), expected \(3, 2\)"):
        replace(recording, values=np.zeros((2, 2)))


def test_summary_has_the_promised_keys_and_is_json() -> None:
    account = json.loads(json.dumps(summary(results(None)), allow_nan=False))
    promised = {"n_neurons", "n_synapses", "n_cores", "n_chips", "rates_hz", "losses", "wall_s"}
    assert promised | {"rtf", "peak_rss_bytes", "run_dir"} <= set(account)
    assert account["energy"]["e_syn_uj"] == 0.6
    assert account["rates_hz"] == {"L5I": 1.5, "L23E": None}
    assert account["network"] == "pd14"


def test_summary_leaves_out_only_bulk() -> None:
    left_out = {f.name for f in fields(Results)} - set(summary(results(None)))
    bulk = {"counters", "tables", "spikes", "recordings"}
    assert left_out == bulk | {"actions", "config", "machine_description"}


def test_map_summary_is_all_that_is_known_and_json() -> None:
    mapped = map_results()
    account = json.loads(json.dumps(map_summary(mapped), allow_nan=False))
    for key in ("links", "limits", "check", "stage_s"):
        assert account[key] == getattr(mapped, key)
    assert set(mapped.report) <= set(account)
    assert account["entries_after"]["deciles"][10] == account["entries_after"]["max"] == 600
    assert account["algorithms"]["router"] == "shared"
    assert account["n_chips"] == 404


def test_plain() -> None:
    value = {1: (np.float32(0.5), np.arange(2)), "p": Path("a"), "b": np.bool_(1), "i": np.inf}
    assert plain(value) == {"1": [0.5, [0, 1]], "p": "a", "b": True, "i": None}


@given(
    pairs=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 4)), max_size=30),
    dt_ms=st.sampled_from([0.1, 1.0, 0.025]),
)
def test_spikes_survive_the_folder(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[int, int]], dt_ms: float
) -> None:
    spikes = spikes_at(pairs, dt_ms)
    folder = tmp_path_factory.mktemp("runs") / "a"
    write_run(results(spikes), folder)
    read = load_run(folder).spikes
    assert read is not None
    np.testing.assert_array_equal(read.steps, spikes.steps)
    np.testing.assert_array_equal(read.neurons, spikes.neurons)
    assert (read.dt_ms, read.populations, read.sizes) == (dt_ms, NAMES, SIZES)


def test_everything_else_survives_the_folder(tmp_path: Path, recording: Recording) -> None:
    written = write_run(results(spikes_at([(1, 2)]), (recording,)), tmp_path / "a")
    assert written.run_dir == tmp_path / "a"
    read = load_run(tmp_path / "a")
    assert summary(read) == summary(written)
    assert read.config == written.config
    assert read.counters == {"packets": 9, "per_core": [0, 1]}
    (back,) = read.recordings
    assert (back.variable, back.unit, back.population) == ("v", "mV", "L5I")
    np.testing.assert_array_equal(back.values, recording.values)
    np.testing.assert_array_equal(back.members, recording.members)
    np.testing.assert_array_equal(back.steps, recording.steps)


def test_without_spikes_and_recordings_there_are_no_such_files(tmp_path: Path) -> None:
    write_run(results(None), tmp_path / "a")
    names = {path.name for path in (tmp_path / "a").iterdir()}
    assert names == {"manifest.json", "config.yaml", "summary.json", "counters.json"}
    assert load_run(tmp_path / "a").spikes is None


def test_sonata_layout(tmp_path: Path) -> None:
    write_run(results(spikes_at([(1, 0), (3, 4)])), tmp_path / "a")
    with h5py.File(tmp_path / "a/spikes.h5") as file:
        group = file["spikes/L23E"]
        names = h5py.check_enum_dtype(group.attrs.get_id("sorting").dtype)
        assert group.attrs["sorting"] == names["by_time"]
        assert group["node_ids"].dtype == np.uint64
        assert group["node_ids"][:].tolist() == [1]
        assert group["timestamps"].attrs["units"] == "milliseconds"
        assert group["timestamps"][:].tolist() == [3 * 0.1]


def test_equal_spikes_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_run(results(spikes_at([(1, 0), (3, 4)])), tmp_path / name)
    assert (tmp_path / "a/spikes.h5").read_bytes() == (tmp_path / "b/spikes.h5").read_bytes()


def test_manifest_allows_to_repeat_the_run(tmp_path: Path) -> None:
    written = write_run(results(None), tmp_path / "a")
    manifest = json.loads((tmp_path / "a/manifest.json").read_text())
    assert manifest["config_sha256"] == config_hash(written.config)
    assert manifest["seed"] == 7
    assert set(manifest["versions"]) >= {"chipemu", "python", "numpy", "numba"}


def test_folders_of_the_first_format_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    write_run(results(spikes_at([(1, 0)])), folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": 1}))
    (folder / "cores.csv").write_text("x,population,Earliest_send_time\n0,L5I,\n1,L23E,-7\n")
    read = load_run(folder)
    assert read.tables == {
        "cores": Table(
            {"x": [0, 1], "population": ["L5I", "L23E"], "Earliest_send_time": [None, -7]}
        )
    }
    assert read.network is None


def test_default_folder_never_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = default_run_folder(Config())
    prepare_run_folder(first)
    second = default_run_folder(Config())
    assert first.parent == second.parent == Path("runs")
    assert first.name == f"pd14-{config_hash(Config())[:8]}-1"
    assert second.name == f"pd14-{config_hash(Config())[:8]}-2"


def test_prepared_folder_is_released_if_empty(tmp_path: Path) -> None:
    folder = prepare_run_folder(tmp_path / "deep/er/a")
    assert folder.is_dir()
    release(folder)
    assert not folder.exists()
    write_run(results(None), folder)
    release(folder)
    assert (folder / "manifest.json").is_file()


def test_run_folder_is_replaced_only_by_force(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    write_run(results(spikes_at([(1, 0)])), folder)
    with pytest.raises(OutputError, match="exists; replace it with --force or choose another"):
        prepare_run_folder(folder)
    prepare_run_folder(folder, force=True)
    assert (folder / "spikes.h5").is_file()
    write_run(results(None), folder)
    assert not (folder / "spikes.h5").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_foreign_folder_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match="is no run folder; choose another"):
        prepare_run_folder(tmp_path / "a", force=True)
    assert (tmp_path / "a/thesis.txt").read_text() == "years of work"


def test_foreign_folder_is_not_replaced_by_results_either(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match="is no run folder; choose another"):
        write_run(results(None), tmp_path / "a")
    assert (tmp_path / "a/thesis.txt").read_text() == "years of work"
    (tmp_path / "b").write_text("more work")
    with pytest.raises(OutputError, match="is no folder; choose another"):
        write_run(results(None), tmp_path / "b")
    assert (tmp_path / "b").read_text() == "more work"


def test_a_run_refuses_a_foreign_folder_before_it_starts(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match="is no run folder; choose another"):
        run(Config(network=NetworkConfig(name="not looked at")), run_dir=tmp_path)


def test_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    write_run(results(None), prepare_run_folder(Path()))
    assert load_run(tmp_path / "a").n_neurons == 5


def test_mount_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_mount", lambda _: True)
    with pytest.raises(OutputError, match="is a mount point and cannot be replaced; choose"):
        prepare_run_folder(tmp_path)


def test_unwritable_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot write run folder .*Not a directory"):
        prepare_run_folder(tmp_path / "file/a")


def test_failed_write_leaves_the_old_run(tmp_path: Path, recording: Recording) -> None:
    folder = tmp_path / "a"
    write_run(results(spikes_at([(1, 0)])), folder)
    before = (folder / "spikes.h5").read_bytes()
    with pytest.raises(ValueError, match="name already exists"):
        write_run(results(None, (recording, recording)), folder)
    assert (folder / "spikes.h5").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(OutputError, match=r"cannot write run folder .*: No space left on device"):
        write_run(results(None), tmp_path / "a")
    assert not any(tmp_path.iterdir())


def test_reading_what_is_no_run_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"is no run folder: it has no manifest\.json"):
        load_run(tmp_path)


def test_reading_a_damaged_run_folder(tmp_path: Path) -> None:
    write_run(results(None), tmp_path / "a")
    (tmp_path / "a/summary.json").write_text("{")
    with pytest.raises(OutputError, match="cannot read run folder"):
        load_run(tmp_path / "a")


def test_reading_spikes_without_their_population(tmp_path: Path) -> None:
    write_run(results(spikes_at([(1, 0)])), tmp_path / "a")
    with h5py.File(tmp_path / "a/spikes.h5", "a") as file:
        del file["spikes/L5I/node_ids"]
    with pytest.raises(OutputError, match="cannot read run folder"):
        load_run(tmp_path / "a")


def test_peak_memory_is_that_of_this_program():
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    assert 10 << 20 < settlement._peak_rss_bytes() <= 1.05 * most
