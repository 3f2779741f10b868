"""Samples of run folders and files of each kind, and what is wrong with others."""

import h5py
import numpy as np
import pytest

from host.analysis.packaged import pack, packaged_like, packaged_models, packaged_references
from host.analysis.readers import read_sample
from host.analysis.sample import Model, Sample, Window, sample_of_run
from host.analysis.samplefile import load_sample, save_sample
from host.config import Config, NetworkConfig, RunConfig
from host.errors import ConfigError, OutputError, UnknownNameError
from host.results import Results
from host.runfolder import write_run
from tests.host.analysis.made import NAMES, SIZES, WINDOW, sample, spikes

FIRST = np.concatenate(([0], np.cumsum(SIZES)))


def assert_same(found: Sample, expected: Sample) -> None:
    assert (found.populations, found.sizes) == (expected.populations, expected.sizes)
    assert found.window == expected.window
    for measure, parts in expected.values.items():
        for own, theirs in zip(found.values[measure], parts, strict=True):
            np.testing.assert_array_equal(own, theirs)


def results(seed: int = 1) -> Results:
    run = RunConfig(time_ms=WINDOW.time_ms, warmup_ms=WINDOW.warmup_ms, seed=seed)
    return Results(
        config=Config(network=NetworkConfig(scale=0.5), run=run),
        machine="spinnaker1",
        n_neurons=17,
        n_synapses=0,
        n_cores=1,
        n_chips=1,
        n_boards=1,
        rates_hz={},
        losses={},
        counters={},
        wall_s={},
        rtf=1.0,
        peak_rss_bytes=0,
        energy={},
        spikes=spikes(seed),
    )


def nest_like(path, made=1, **changes):
    """Spikes as NEST stamps them: step k ends at k steps."""
    own = spikes(made)
    arrays = {
        "step": own.steps + 1,
        "neuron": own.neurons,
        "edges": FIRST,
        "populations": np.array(NAMES),
        "presim_ms": WINDOW.warmup_ms,
        "tsim_ms": WINDOW.time_ms,
    }
    arrays |= changes
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
    return path


# samples and files of samples


def test_values_are_sorted_and_rounded_and_read_only():
    own = sample(1)
    for parts in own.values.values():
        for values in parts:
            assert (np.diff(values) >= 0).all()
            assert not values.flags.writeable
    cv = own.of("cv", "A")
    assert cv.tolist() == np.round(cv, 4).tolist()


def test_a_sample_needs_values_of_each_population():
    with pytest.raises(ValueError, match=r"1 arrays of cv"):
        Sample(
            name="x",
            populations=NAMES,
            sizes=SIZES,
            values=dict(sample(1).values) | {"cv": (np.zeros(1),)},
            window=WINDOW,
        )


def test_a_sample_survives_its_file(tmp_path):
    own = sample(3, model=Model("pd14", 0.1, "dc"))
    save_sample(own, tmp_path / "a.npz")
    found = load_sample(tmp_path / "a.npz")
    assert_same(found, own)
    assert (found.name, found.model, found.seed) == (own.name, own.model, 3)
    assert_same(read_sample(tmp_path / "a.npz"), own)


def test_populations_without_values_survive_too(tmp_path):
    silent = sample(3, factor=0.0)
    assert silent.of("cc", "B").size == silent.of("cv", "A").size == 0
    save_sample(silent, tmp_path / "a.npz")
    assert_same(load_sample(tmp_path / "a.npz"), silent)


@pytest.mark.parametrize(
    "damage",
    [{"format": np.array(9)}, {"cv_steps": np.zeros(1)}, {"cc_first": None}, {"about": "{"}],
)
def test_damaged_samples_are_told(tmp_path, damage):
    path = tmp_path / "a.npz"
    save_sample(sample(3), path)
    arrays = dict(np.load(path)) | damage
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
    with pytest.raises(OutputError, match=r"cannot read .*a\.npz"):
        load_sample(path)
    with pytest.raises(OutputError, match=r"cannot read .*a\.npz"):
        read_sample(path)


def test_a_sample_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(OutputError, match=r"cannot write"):
        save_sample(sample(3), tmp_path / "none" / "a.npz")


# run folders and files


def test_a_run_folder(tmp_path):
    written = write_run(results(), tmp_path / "a")
    found = read_sample(tmp_path / "a")
    assert_same(found, sample(1))
    assert (found.name, found.seed) == ("a", 1)
    assert found.model == Model("pd14", 0.5, "poisson", "step start")
    assert_same(found, sample_of_run(written))
    shorter = Window(20.0, 100.0)
    assert read_sample(tmp_path / "a", window=shorter).window == shorter
    with pytest.raises(ConfigError, match=r"has 0\.21 s in all, 1 s after 10 ms wanted"):
        read_sample(tmp_path / "a", window=Window(10.0, 1000.0))


def test_a_sonata_file_of_ours(tmp_path):
    write_run(results(), tmp_path / "a")
    assert_same(read_sample(tmp_path / "a" / "spikes.h5", window=WINDOW), sample(1))


def test_a_sonata_file_of_others(tmp_path):
    """Populations in alphabetical order, no sizes, no time step, spikes unsorted."""
    own = spikes(1)
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        for name in reversed(NAMES):
            steps, members = own.of(name)
            file[f"spikes/{name}/timestamps"] = (steps * 0.1)[::-1]
            file[f"spikes/{name}/node_ids"] = members[::-1].astype(np.uint64)
    assert_same(read_sample(path, window=WINDOW, like=sample(2)), sample(1))
    with pytest.raises(ConfigError, match=r"does not tell how many neurons A has"):
        read_sample(path, window=WINDOW)
    with pytest.raises(ConfigError, match=r"how many neurons A has|no spikes of C; it has A, B"):
        read_sample(path, window=WINDOW, like=sample(2, names=("A", "C")))
    with pytest.raises(ConfigError, match=r"spike of node 11; it has 3 neurons"):
        read_sample(path, window=WINDOW, like=sample(2, sizes=(3, 5)))
    with pytest.raises(ConfigError, match=r"does not tell how long"):
        read_sample(path, like=sample(2))


def test_spikes_as_nest_stamps_them(tmp_path):
    found = read_sample(nest_like(tmp_path / "a.npz"))
    assert_same(found, sample(1))
    own = spikes(1)
    times = nest_like(tmp_path / "b.npz", step=None, times_ms=(own.steps + 1) * 0.1)
    assert_same(read_sample(times), sample(1))
    told = {"network": "pd14", "scale": 0.1, "drive": "dc", "seed": 4}
    found = read_sample(nest_like(tmp_path / "c.npz", **told))
    assert (found.model, found.seed) == (Model("pd14", 0.1, "dc"), 4)


def test_statistics_as_arrays(tmp_path):
    own = sample(1)
    cv = np.full(sum(SIZES), np.nan)
    cv[: own.of("cv", "A").size] = own.of("cv", "A")
    cv[SIZES[0] : SIZES[0] + own.of("cv", "B").size] = own.of("cv", "B")
    path = tmp_path / "a.npz"
    arrays = {f"cc_{name}": own.of("cc", name) for name in NAMES}
    arrays |= {"rates": np.concatenate(own.values["rate"]), "cv": cv, "pop_sizes": SIZES}
    np.savez(path, populations=NAMES, **arrays)
    with pytest.raises(ConfigError, match=r"presim_ms and tsim_ms"):
        read_sample(path)
    times = {"presim_ms": WINDOW.warmup_ms, "tsim_ms": WINDOW.time_ms}
    np.savez(path, populations=NAMES, **arrays, **times)
    assert_same(read_sample(path), own)


def test_names_come_from_the_runs_if_the_file_tells_none(tmp_path):
    path = nest_like(tmp_path / "a.npz", populations=None)
    assert read_sample(path, like=sample(2)).populations == NAMES
    with pytest.raises(ConfigError, match=r"a\.npz: has 2 populations and tells no names, 8"):
        read_sample(path)


def test_too_short_a_recording_is_told(tmp_path):
    path = nest_like(tmp_path / "a.npz")
    with pytest.raises(ConfigError, match=r"its spikes end at 0\.2\d* s, 1 s after 10 ms wanted"):
        read_sample(path, window=Window(10.0, 1000.0))


def test_what_is_no_file_of_spikes_is_told(tmp_path):
    with pytest.raises(UnknownNameError, match=r"no such run folder or file"):
        read_sample(tmp_path / "none.npz")
    with pytest.raises(OutputError, match=r"no run folder"):
        read_sample(tmp_path)
    for name in ("a.txt", "a.h5", "a.npz"):
        (tmp_path / name).write_text("nothing")
    with pytest.raises(ConfigError, match=r"should be a run folder, or spikes as \.h5"):
        read_sample(tmp_path / "a.txt")
    for name in ("a.h5", "a.npz"):
        with pytest.raises(OutputError, match=r"cannot read .*docs/validation\.md"):
            read_sample(tmp_path / name, window=WINDOW)
    np.savez(tmp_path / "b.npz", step=np.zeros(1))
    with pytest.raises(OutputError, match=r"cannot read"):
        read_sample(tmp_path / "b.npz")


# packaged references


def test_references_are_packed_and_found(tmp_path):
    model = Model("net", 0.1, "dc")
    for seed in (2, 1):
        path = nest_like(tmp_path / "raw.npz", made=seed)
        pack(path, model, seed=seed, origin="NEST", window=WINDOW, to=tmp_path)
    assert packaged_models(tmp_path) == {"net-0.1-dc": 2}
    found = packaged_references(model, tmp_path)
    assert [one.seed for one in found] == [1, 2]
    assert_same(found[0], sample(1))
    assert packaged_like(sample(5), tmp_path)[0].model == model
    with pytest.raises(
        ConfigError, match=r"no reference of net, scale 0\.5, DC drive .*0\.1-dc \(2"
    ):
        packaged_references(Model("net", 0.5, "dc"), tmp_path)
    with pytest.raises(ConfigError, match=r"with 18 neurons over 0\.2 s"):
        packaged_like(sample(5, sizes=(12, 6)), tmp_path)
    pack(path, Model("net", 0.1, "poisson"), seed=1, origin="x", window=WINDOW, to=tmp_path)
    with pytest.raises(ConfigError, match=r"references of dc, poisson; say which with --drive"):
        packaged_like(sample(5), tmp_path)


def test_the_microcircuit_has_references_that_come_along():
    """Facts of the model: sizes, and mean rates of its publication within a few percent."""
    found = packaged_references(Model("pd14", 0.1, "poisson"))
    assert len(found) == 14
    assert {one.window for one in found} == {Window(500.0, 10_000.0)}
    assert {sum(one.sizes) for one in found} == {7717}
    for drive in ("poisson", "dc"):
        (full,) = packaged_references(Model("pd14", 1.0, drive))
        assert sum(full.sizes) == 77_169
        assert full.of("rate", "L23E").size == 20_683
        assert full.of("rate", "L4E").mean() == pytest.approx(4.4, rel=0.07)
        assert 0.7 < full.of("cv", "L5I").mean() < 0.9
