"""Scripts on the emulated machine itself."""

import numpy as np
import pytest

import host.pynn as sim
from chipemu.models import MODELS
from host.pynn import simulator
from host.pynn.notices import NOTICES


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.delenv("CHIPEMU_MACHINE", raising=False)
    monkeypatch.delenv("CHIPEMU_PROFILE", raising=False)


def v_of(cells, variable="v"):
    return cells.get_data(variable).segments[-1].analogsignals[0].magnitude


MACHINE_ERROR_MV = 6.5 * 2.0**-15 / (1 - np.exp(-0.1 / 20.0)) + 100 * 2.0**-15
"""A decay factor wrong by one in its 15th bit, of 6.5 mV, and one rounding in each of 100 steps."""


@pytest.mark.parametrize(
    ("arithmetic", "error_mv"), [("float64", 1e-9), ("fixed", MACHINE_ERROR_MV)]
)
def test_injected_and_synaptic_current_charge_a_membrane_as_they_should(arithmetic, error_mv):
    """A leaky membrane solved exactly for a constant current per step."""
    dt_ms, tau_m, tau_syn, cm = 0.1, 20.0, 5.0, 1.0
    sim.setup(timestep=dt_ms, arithmetic=arithmetic, threads=1)
    cells = sim.Population(2, sim.IF_curr_exp(tau_m=tau_m, cm=cm, tau_syn_E=tau_syn, v_rest=-65.0))
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
    synapse = sim.StaticSynapse(weight=2.0, delay=0.5)
    sim.Projection(source, cells[1:2], sim.AllToAllConnector(), synapse)
    electrode = sim.DCSource(amplitude=0.5, start=2.0, stop=6.0)
    cells[0].inject(electrode)
    cells.record(["v", "gsyn_exc"])
    sim.run(10.0)
    current = np.zeros((101, 2))
    current[20:60, 0] = 0.5
    decay = np.exp(-dt_ms / tau_syn)
    start = 15  # sent in step 10, 5 steps under way
    mean = (tau_syn / dt_ms) * (1 - decay)  # of the current over a step, as cores scale it
    current[start:, 1] = 2.0 * mean * decay ** np.arange(101 - start)
    expected = np.full((101, 2), -65.0)
    for k in range(100):
        target = -65.0 + current[k] * tau_m / cm
        expected[k + 1] = target + (expected[k] - target) * np.exp(-dt_ms / tau_m)
    assert np.abs(v_of(cells) - expected).max() < error_mv
    assert np.abs(v_of(cells, "gsyn_exc")[:-1] - current[:-1] * [0, 1]).max() < error_mv


CELLS = {"IF_curr_exp": 1.0, "IF_cond_exp": 0.01, "IF_curr_alpha": 1.0, "IF_curr_delta": 3.0}
CELLS |= {"Izhikevich": 2.0}


@pytest.mark.parametrize("name", CELLS)
def test_the_last_sample_is_what_the_next_step_finds(name):
    """Of every variable of every cell type: of a run of 12 steps, and in a longer one."""
    found = []
    for time_ms in (12.0, 20.0):
        sim.setup(timestep=1.0, arithmetic="float64", threads=1)
        cells = sim.Population(2, getattr(sim, name)())
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[3.0, 8.0]))
        for receptor, target in (("excitatory", cells), ("inhibitory", cells[1:2])):
            synapse = sim.StaticSynapse(weight=CELLS[name], delay=1.0)
            sim.Projection(source, target, sim.AllToAllConnector(), synapse, receptor_type=receptor)
        cells.record("all")
        sim.run(time_ms)
        signals = cells.get_data().segments[0].analogsignals
        found.append({signal.name: signal.magnitude for signal in signals})
    short, long = found
    assert {"v", "gsyn_exc", "gsyn_inh"} <= short.keys() == long.keys()
    for variable, values in short.items():
        assert values == pytest.approx(long[variable][:13], rel=1e-12, abs=1e-12), variable
    assert short["v"][12, 0] > short["v"][0, 0]


@pytest.mark.parametrize("name", CELLS)
def test_cell_types_have_the_parameters_of_the_machines_models(name):
    cell, model = getattr(sim, name), MODELS[name]
    assert cell.model == name
    assert cell.default_parameters == model.defaults
    assert set(cell.variables.values()) <= model.recordables.keys()
    for variable, own in cell.variables.items():
        assert cell.units[variable] == model.recordables[own]


def test_time_constants_that_cores_cannot_hold_are_told(capsys):
    """Cores lose the whole part of dt / tau_syn**2: the default of 0.5 ms at 1 ms is all lost."""
    peaks = {}
    for constants in ("on_core", "nearest"):
        NOTICES.clear()
        sim.setup(timestep=1.0, constants=constants, threads=1)
        cells = sim.Population(1, sim.IF_curr_alpha(tau_syn_E=0.5), label="cells")
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
        sim.Projection(source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0))
        cells.record("gsyn_exc")
        sim.run(6.0)
        peaks[constants] = v_of(cells, "gsyn_exc").max(), "too short" in capsys.readouterr().err
    assert peaks["on_core"] == (0.0, True)
    assert peaks["nearest"][0] > 0.4
    assert not peaks["nearest"][1]


def network(n=60):
    """Cells that inhibit each other and are driven by noise."""
    sim.setup(timestep=1.0, seed=5, threads=1)
    cells = sim.Population(n, sim.IF_curr_exp(tau_refrac=2.0), label="cells")
    noise = sim.Population(n, sim.SpikeSourcePoisson(rate=400.0), label="noise")
    sim.Projection(noise, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.8, delay=1.0))
    recurrent = sim.Projection(
        cells,
        cells,
        sim.FixedProbabilityConnector(0.2, allow_self_connections=False),
        sim.StaticSynapse(weight=-0.25, delay=sim.RandomDistribution("uniform", low=1, high=4)),
        receptor_type="inhibitory",
    )
    cells.record("spikes")
    return cells, noise, recurrent


def spikes_of(cells):
    segment = cells.get_data("spikes").segments[-1]
    return [train.magnitude.tolist() for train in segment.spiketrains]


def test_synapses_of_a_rule_are_what_the_cores_hold():
    _, _, recurrent = network()
    n_synapses = len(recurrent)
    assert not simulator.state.is_open
    found = np.array(recurrent.get(["weight", "delay"], format="list"))
    pre, post, weight, delay_ms = found.T
    assert n_synapses == pre.size == len(list(recurrent.connections))
    assert pytest.approx(pre.size, rel=0.15) == 0.2 * 60 * 59
    assert not (pre == post).any()
    assert np.abs(weight + 0.25).max() < 2.0**-12
    assert sorted(set(delay_ms.tolist())) == [1, 2, 3, 4]
    matrix = recurrent.get("weight", format="array")
    assert np.isfinite(matrix).sum() == pre.size


def test_runs_in_pieces_and_again_after_a_reset_are_the_same():
    cells, _, _ = network()
    sim.run(100.0)
    whole = spikes_of(cells)
    assert sum(map(len, whole)) > 50
    sim.reset()
    for _ in range(4):
        sim.run(25.0)
    assert spikes_of(cells) == whole
    assert len(cells.get_data().segments) == 2


def test_what_changes_between_runs_counts_from_then_on():
    cells, noise, recurrent = network()
    sim.run(100.0)
    first = cells.get_data(clear=True).segments[0]
    noise.set(rate=0.0)
    cells[:2].set(i_offset=1.5)
    recurrent.set(weight=-2.0)
    sim.run(100.0)
    counts = cells.get_spike_counts()
    driven, others = [counts[c] for c in cells[:2]], [counts[c] for c in cells[2:]]
    assert min(driven) >= 4
    assert sum(others) < 0.2 * sum(len(train) for train in first.spiketrains)
    assert np.abs(np.array(recurrent.get("weight", "list"))[:, 2] + 2.0).max() < 1e-3


def test_a_list_of_weights_may_replace_a_rule_between_runs():
    _, _, recurrent = network()
    sim.run(10.0)
    pairs = [row[:2] for row in recurrent.get("weight", format="list")]
    recurrent.set(weight=-np.linspace(0.125, 1.0, len(recurrent)))
    sim.run(10.0)
    found = np.array(recurrent.get("weight", format="list"))
    assert [tuple(row[:2]) for row in found] == pairs
    assert found[:, 2] == pytest.approx(-np.linspace(0.125, 1.0, len(recurrent)), abs=1e-3)


def test_membrane_potentials_set_between_runs():
    sim.setup(timestep=1.0, threads=1)
    cells = sim.Population(3, sim.IF_curr_exp(tau_m=10.0))
    cells.record("v")
    sim.run(5.0)
    cells[1:2].initialize(v=-55.0)
    sim.run(5.0)
    v = v_of(cells)
    assert (v[:5] == -65.0).all()
    assert (v[:, [0, 2]] == -65.0).all()
    assert v[5:, 1] == pytest.approx(-65.0 + 10.0 * np.exp(-np.arange(6) / 10.0), abs=5e-3)


def test_results_for_the_script():
    cells, _, _ = network()
    sim.run(50.0)
    found = sim.results()
    assert found.n_neurons == 60
    n_spikes = sum(cells.get_spike_counts().values())
    assert found.rates_hz["cells"] == pytest.approx(n_spikes / 60 / 0.05)
    sim.reset()
    assert sim.results().n_neurons == 60


def test_generated_sources_drive_cells():
    sim.setup(timestep=0.5, threads=1)
    source = sim.Population(3, sim.SpikeSourceGamma(alpha=5.0, beta=500.0))
    cells = sim.Population(3, sim.IF_curr_exp())
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=50.0))
    source.record("spikes")
    cells.record("spikes")
    for _ in range(2):
        sim.run(100.0)
    sent, fired = spikes_of(source), spikes_of(cells)
    assert 40 < sum(map(len, sent)) < 80
    assert min(map(len, fired)) > 10


def test_plastic_weights_change_as_spikes_pair_and_begin_anew_after_a_reset():
    """A target that fires once, between two spikes of the source or before them.

    With the delay of 1 ms all dendritic, a target's spike counts 1 ms later than it was, and the
    source's when it was sent. Each pair changes the weight by A w_max exp(-|dt| / tau) (Song,
    Miller & Abbott 2000, Nat. Neurosci. 3:919).
    """
    for kick_ms in (14.0, 6.0):
        sim.setup(timestep=1.0, arithmetic="float64", threads=1)
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[10.0, 40.0]))
        kick = sim.Population(1, sim.SpikeSourceArray(spike_times=[kick_ms - 1.0]))
        cell = sim.Population(1, sim.IF_curr_exp(tau_syn_E=0.5))
        sim.Projection(kick, cell, sim.OneToOneConnector(), sim.StaticSynapse(weight=200.0))
        rule = sim.STDPMechanism(
            sim.SpikePairRule(tau_plus=10.0, tau_minus=20.0, A_plus=0.5, A_minus=0.25),
            sim.AdditiveWeightDependence(w_min=0.0, w_max=0.5),
            weight=0.25,
            delay=1.0,
        )
        plastic = sim.Projection(source, cell, sim.OneToOneConnector(), rule)
        cell.record("spikes")
        sim.run(60.0)
        ((fired_ms,),) = spikes_of(cell)
        gaps = [fired_ms + 1.0 - sent_ms for sent_ms in (10.0, 40.0)]
        expected = sum(
            0.5 * 0.5 * np.exp(-gap / 10.0) if gap > 0 else -0.25 * 0.5 * np.exp(gap / 20.0)
            for gap in gaps
        )
        assert (gaps[0] > 0) == (kick_ms == 14.0)
        assert plastic[0].weight - 0.25 == pytest.approx(expected, rel=1e-9)
        sim.reset()
        assert plastic[0].weight == 0.25
