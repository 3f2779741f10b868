"""Samples and spikes as Neo blocks, and the currents of electrodes."""

import pickle

import numpy as np
import pytest
from neo.io import NeoMatlabIO, PickleIO
from pyNN import errors

from host.errors import ConfigError
from host.pynn import simulator
from tests.host.pynn.fake_session import FakeSession


def test_a_run_ends_with_a_sample_that_the_next_step_replaces(sim):
    cells = sim.Population(3, sim.IF_curr_exp())
    cells.record("v")
    sim.run(1.0)
    (signal,) = cells.get_data().segments[0].analogsignals
    assert signal.shape == (11, 3)
    assert signal.times.magnitude.tolist() == [k / 10 for k in range(11)]
    assert signal.magnitude[:, 1].tolist() == [-65.0 + k for k in range(11)]
    sim.run(0.5)
    (signal,) = cells.get_data().segments[0].analogsignals
    assert signal.magnitude[:, 1].tolist() == [-65.0 + k for k in range(16)]


def test_intervals_and_cells_by_variable(sim):
    cells = sim.Population(5, sim.IF_curr_exp())
    cells[1:3].record("v", sampling_interval=0.3)
    cells[[0, 4]].record("gsyn_exc", sampling_interval=0.2)
    sim.run(0.6)
    (session,) = FakeSession.made
    assert session.interval_steps == 1
    segment = cells.get_data().segments[0]
    v, gsyn = (segment.filter(name=name)[0] for name in ("v", "gsyn_exc"))
    assert v.times.magnitude.tolist() == [0.0, 0.3, 0.6]
    assert gsyn.times.magnitude.tolist() == pytest.approx([0.0, 0.2, 0.4, 0.6])
    assert v.array_annotations["channel_index"].tolist() == [1, 2]
    assert gsyn.array_annotations["channel_index"].tolist() == [0, 4]
    assert str(gsyn.units.dimensionality) == "nA"
    only = cells[2:3].get_data("v").segments[0].analogsignals
    assert [signal.shape for signal in only] == [(3, 1)]
    with pytest.raises(ConfigError, match="already; all cells have the same"):
        cells.record("v", sampling_interval=0.5)
    with pytest.raises(ConfigError, match=r"not a whole number of time steps.*nearest: 0.2 ms"):
        cells.record("gsyn_inh", sampling_interval=0.17)


def test_spikes_counts_and_segments(sim):
    times = [[0.3, 0.7, 1.2], [], [0.5]]
    source = sim.Population(3, sim.SpikeSourceArray(spike_times=times), label="source")
    source.record("spikes")
    sim.Population(1, sim.IF_curr_exp())
    sim.run(1.0)
    sim.reset(annotations={"trial": 1})
    sim.run(1.5)
    block = source.get_data()
    found = [[train.magnitude.tolist() for train in s.spiketrains] for s in block.segments]
    assert found == [[[0.3, 0.7], [], [0.5]], times]
    assert block.segments[0].annotations["trial"] == 1
    assert [float(s.spiketrains[0].t_stop) for s in block.segments] == [1.0, 1.5]
    assert source.get_spike_counts() == {
        cell: len(t) for cell, t in zip(source, times, strict=True)
    }
    assert source.mean_spike_count() == pytest.approx(4 / 3)
    assert source[1:3].mean_spike_count() == 0.5


def test_times_off_the_grid_are_those_of_the_script(sim):
    sim.setup(timestep=0.1, spike_precision="off_grid")
    sim.Population(1, sim.IF_curr_exp())
    times = [[0.31, 0.33, 0.96], [0.04, 1.23]]
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=times))
    source.record("spikes")
    sim.run(1.0)
    trains = source.get_data().segments[0].spiketrains
    assert [t.magnitude.tolist() for t in trains] == [[0.31, 0.33], [0.04]]  # 0.96 ms is step 10
    sim.run(1.0)
    trains = source.get_data().segments[0].spiketrains
    assert [t.magnitude.tolist() for t in trains] == [[0.31, 0.33, 1.0], [0.04, 1.23]]


def test_clear_begins_anew(sim):
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[0.3, 1.2]))
    cells = sim.Population(1, sim.IF_curr_exp())
    source.record("spikes")
    cells.record("v")
    sim.run(1.0)
    first = cells.get_data(clear=True).segments[0].analogsignals[0]
    assert source.get_data(clear=True).segments[0].spiketrains[0].magnitude.tolist() == [0.3]
    sim.run(1.0)
    second = cells.get_data().segments[0].analogsignals[0]
    assert (float(first.t_stop), float(second.t_start)) == (pytest.approx(1.1), 1.0)
    assert second.shape == (11, 1)
    (train,) = source.get_data().segments[0].spiketrains
    assert (train.magnitude.tolist(), float(train.t_start)) == ([1.2], 1.0)


def test_recording_that_begins_late(sim):
    cells = sim.Population(2, sim.IF_curr_exp())
    cells[0:1].record("v")
    sim.run(0.2)
    cells.record("v")
    sim.run(0.2)
    (signal,) = cells.get_data().segments[0].analogsignals
    assert np.isnan(signal.magnitude[:2, 1]).all()
    assert signal.magnitude[2:, 1].tolist() == [-63.0, -62.0, -61.0]
    cells.record(None)
    cells[1:2].record("v")
    sim.run(0.2)
    (signal,) = cells.get_data().segments[0].analogsignals
    assert (float(signal.t_start), signal.shape) == (0.4, (3, 1))


def test_assemblies_give_all_cells_and_leave_the_data_as_it_was(sim):
    a = sim.Population(2, sim.IF_curr_exp(), label="a")
    b = sim.Population(3, sim.IF_curr_exp(), label="b")
    both = a + b
    both.record(["v", "spikes"])
    sim.run(0.2)
    sim.reset()
    sim.run(0.3)
    for _ in range(2):
        block = both.get_data()
        assert [s.analogsignals[0].shape for s in block.segments] == [(3, 5), (4, 5)]
        assert [len(s.spiketrains) for s in block.segments] == [5, 5]
    assert [s.analogsignals[0].shape for s in b.get_data().segments] == [(3, 3), (4, 3)]
    index = b.get_data().segments[0].analogsignals[0].array_annotations["channel_index"]
    assert index.tolist() == [0, 1, 2]


@pytest.mark.parametrize("suffix", ["pkl", "mat"])
def test_files_in_formats_of_neo(sim, tmp_path, suffix):
    cells = sim.Population(2, sim.IF_curr_exp(), label="cells")
    cells.record(["v", "spikes"])
    sim.run(0.5)
    name = tmp_path / f"data.{suffix}"
    cells.write_data(str(name), annotations={"author": "me"})
    reader = {"pkl": PickleIO, "mat": NeoMatlabIO}[suffix](str(name))
    block = reader.read_block() if suffix == "pkl" else reader.read()[0]
    assert block.segments[0].analogsignals[0].shape == (6, 2)
    assert block.annotations["author"] == "me"


def test_files_written_in_the_end(sim, tmp_path):
    cells = sim.Population(2, sim.IF_curr_exp())
    with pytest.warns(DeprecationWarning, match="record"):
        sim.record("v", cells[0:1], str(tmp_path / "v.pkl"), sampling_interval=0.2)
    cells.record("gsyn_exc", to_file=PickleIO(str(tmp_path / "gsyn.pkl")))
    sim.run(0.4)
    sim.end()
    (signal,) = PickleIO(str(tmp_path / "gsyn.pkl")).read_block().segments[0].analogsignals
    assert (signal.name, signal.shape) == ("gsyn_exc", (5, 2))
    block = pickle.loads((tmp_path / "v.pkl").read_bytes())
    assert block.segments[0].analogsignals[0].shape == (3, 1)
    assert cells.get_data().segments[0].analogsignals[0].shape == (3, 1)  # still there


def test_nothing_recorded_yet(sim):
    cells = sim.Population(2, sim.IF_curr_exp())
    cells.record("v")
    with pytest.raises(errors.NothingToWriteError, match="call run"):
        cells.get_data()
    with pytest.raises(errors.RecordingError, match="w"):
        cells.record("w")


# --- electrodes ----------------------------------------------------------------------------------


def injected(sim, source, time_ms=1.0):
    cells = sim.Population(2, sim.IF_curr_exp(), label="cells")
    source.inject_into(cells[1:2])
    source.record()
    sim.run(time_ms)
    ((targets, amplitudes),) = FakeSession.made[-1].injected
    assert [(name, members.tolist()) for name, members in targets] == [("cells", [1])]
    recorded = source.get_data().magnitude[:, 0]
    assert recorded[:-1].tolist() == amplitudes.tolist()
    assert recorded.size == round(time_ms / 0.1) + 1
    return amplitudes


def test_direct_current(sim):
    amplitudes = injected(sim, sim.DCSource(amplitude=0.5, start=0.3, stop=0.7))
    assert amplitudes.tolist() == [0, 0, 0, 0.5, 0.5, 0.5, 0.5, 0, 0, 0]


def test_alternating_current(sim):
    amplitudes = injected(
        sim, sim.ACSource(amplitude=2.0, offset=1.0, frequency=2500.0, phase=90.0, start=0.2)
    )
    assert amplitudes.tolist() == pytest.approx([0, 0, 3, 1, -1, 1, 3, 1, -1, 1])


def test_steps_are_rounded_and_the_last_of_a_step_counts(sim):
    source = sim.StepCurrentSource(times=[0.21, 0.22, 0.56], amplitudes=[0.5, -0.5, 0.25])
    assert source.times.tolist() == [0.2, 0.6]
    assert source.amplitudes.tolist() == [-0.5, 0.25]
    assert injected(sim, source).tolist() == [0, 0, *[-0.5] * 4, *[0.25] * 4]


def test_noise_changes_at_its_interval_and_is_the_same_after_a_reset(sim):
    source = sim.NoisyCurrentSource(mean=1.0, stdev=0.5, start=0.2, stop=0.8, dt=0.3)
    amplitudes = injected(sim, source)
    assert amplitudes[[0, 1, 8, 9]].tolist() == [0, 0, 0, 0]
    assert np.unique(amplitudes[2:8]).size == 2
    assert (amplitudes[2:5] == amplitudes[2]).all()
    sim.reset()
    sim.run(1.0)
    assert FakeSession.made[-1].injected[0][1].tolist() == amplitudes.tolist()
    many = sim.NoisyCurrentSource(mean=1.0, stdev=0.5).amplitudes_na(0, 20000, 0.1)
    assert many.mean() == pytest.approx(1.0, abs=4 * 0.5 / np.sqrt(20000))
    assert many.std() == pytest.approx(0.5, rel=0.03)


def test_parameters_of_electrodes_change_between_runs(sim):
    cells = sim.Population(2, sim.IF_curr_exp())
    source = sim.DCSource(amplitude=0.0)
    cells.inject(source)
    cells[0].inject(source)
    for _ in range(2):
        sim.run(0.2)
        source.amplitude += 0.25
    told = FakeSession.made[-1].injected
    assert [amplitudes.tolist() for _, amplitudes in told] == [[0, 0], [0.25, 0.25]]
    assert [members.tolist() for _, members in told[0][0]] == [[0, 1], [0]]
    source.set_parameters(start=0.1, stop=5.0)
    assert (source.start, source.stop, source.amplitude) == (0.1, 5.0, 0.5)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("StepCurrentSource", {"times": [0.4, -0.6], "amplitudes": [1, 1]}, "not be negative"),
        ("StepCurrentSource", {"times": [0.4, 0.2], "amplitudes": [1, 1]}, "must increase"),
        ("StepCurrentSource", {"times": [0.4], "amplitudes": [1, 1]}, "1 times and 2 amplitudes"),
        ("NoisyCurrentSource", {"dt": 0.25}, "no whole number of time steps.*nearest: 0.2 ms"),
        ("NoisyCurrentSource", {"stdev": -1.0}, "must not be negative"),
        ("DCSource", {"amplitude": np.nan}, "must be finite"),
    ],
)
def test_currents_that_cannot_be(sim, name, arguments, message):
    with pytest.raises(ConfigError, match=message):
        getattr(sim, name)(**arguments)


def test_spike_sources_take_no_current(sim):
    source = sim.Population(1, sim.SpikeSourceArray())
    with pytest.raises(TypeError, match="spike source"):
        sim.DCSource().inject_into(source)
    assert simulator.state._options()["currents"] == ()
