"""What surrogates keep and lose; the experiment with made-up trains, and in earnest in small."""

from functools import partial

import numpy as np
import pytest

from experiments.surrogates import EXPERIMENT, Options
from experiments.surrogates.kinds import KINDS, anywhere, cut, dither, shift, shuffle
from experiments.surrogates.run import CONTROL, run
from host.analysis import MEASURES, Window, sample_of
from host.errors import ConfigError
from host.experiments import parse_options
from host.progress import SilentProgress
from host.results import Spikes
from tests.experiments.made_up_trains import FakeRun, poisson_spikes, rows_of

WINDOW = Window(100.0, 900.0)
SPIKES = poisson_spikes(1, [30.0, 5.0], [50, 20], 12_000)


def rng(seed=7):
    return np.random.default_rng(seed)


def counts(spikes):
    return np.bincount(spikes.neurons, minlength=sum(spikes.sizes))


def intervals(spikes, neuron):
    return np.diff(spikes.steps[spikes.neurons == neuron])


def coincident(n_neurons=30, every=100, n_steps=12_000):
    """All neurons fire in the same steps."""
    steps = np.repeat(np.arange(0, n_steps, every, dtype=np.int32), n_neurons)
    neurons = np.tile(np.arange(n_neurons, dtype=np.int32), steps.size // n_neurons)
    return Spikes(steps, neurons, 0.1, ("E",), (n_neurons,))


@pytest.mark.parametrize("kind", KINDS)
def test_all_keep_the_counts_within_the_stretch(kind):
    made = KINDS[kind](SPIKES, WINDOW, rng())
    np.testing.assert_array_equal(counts(made), counts(cut(SPIKES, WINDOW)))
    assert made.steps.min() >= 1000
    assert made.steps.max() < 10_000
    assert not np.array_equal(made.steps, cut(SPIKES, WINDOW).steps)
    again = KINDS[kind](SPIKES, WINDOW, rng())
    np.testing.assert_array_equal(made.neurons, again.neurons)


@pytest.mark.parametrize("kind", KINDS)
def test_all_lose_coincidences(kind):
    together = coincident()
    surrogates = {**KINDS, "dither": partial(dither, reach_ms=20.0)}
    made = surrogates[kind](together, WINDOW, rng())
    before = sample_of(together, WINDOW).of("cc", "E")
    after = sample_of(made, WINDOW).of("cc", "E")
    assert np.all(before == 1.0)
    if kind == "shuffle":  # equal intervals have one order alone
        np.testing.assert_array_equal(after, before)
    else:
        assert abs(after.mean()) < 0.15


def test_dithering_moves_no_spike_farther_than_it_should():
    once = Spikes(
        np.arange(1000, 10_000, 300, dtype=np.int32), np.zeros(30, np.int32), 0.1, ("E",), (1,)
    )
    moved = dither(once, WINDOW, rng(), reach_ms=5.0).steps - once.steps
    assert np.abs(moved).max() <= 50
    assert np.unique(moved).size > 10


def test_shuffling_keeps_the_first_spike_and_all_intervals():
    made, own = shuffle(SPIKES, WINDOW, rng()), cut(SPIKES, WINDOW)
    changed = 0
    for neuron in range(70):
        before, after = intervals(own, neuron), intervals(made, neuron)
        np.testing.assert_array_equal(np.sort(before), np.sort(after))
        changed += not np.array_equal(before, after)
        if before.size:
            assert made.steps[made.neurons == neuron][0] == own.steps[own.neurons == neuron][0]
    assert changed > 50


def test_shifting_keeps_all_intervals_but_one():
    made, own = shift(SPIKES, WINDOW, rng()), cut(SPIKES, WINDOW)
    for neuron in range(50):
        before, after = intervals(own, neuron).tolist(), intervals(made, neuron).tolist()
        lost = list(before)
        for value in after:
            if value in lost:
                lost.remove(value)
        assert len(lost) <= 1


def test_spikes_anywhere_are_irregular():
    regular = coincident(n_neurons=200, every=70)
    variations = sample_of(anywhere(regular, WINDOW, rng()), WINDOW).of("cv", "E")
    assert sample_of(regular, WINDOW).of("cv", "E").max() == 0.0
    assert variations.mean() == pytest.approx(1.0, abs=0.05)


def rate_hz(config):
    return 20.0 if config.network.variant.weight_factor == 1.0 else 26.0


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    options = Options(windows_ms=(1000, 300), warmup_ms=100.0)
    fake = FakeRun(rate_hz)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.surrogates.run.draw", lambda *_: ())
        folder = tmp_path_factory.mktemp("surrogates")
        finding = run(options, progress=SilentProgress(), output=folder, run_network=fake)
    return finding, fake


def test_networks_run_once_for_all_windows(found):
    assert len(found[1].configs) == 5 + 3 + 3 * 3
    assert {config.run.time_ms for config in found[1].configs} == {1000}


def test_only_the_wrong_rate_is_told(found):
    told = {(row[0], row[1]): row[-1] for row in found[0].rows}
    assert len(told) == 8 * 2
    assert "rate" in told["weights 5 % too small", 1000]
    for name in (CONTROL, "trains shifted", "spikes anywhere"):
        assert "rate" not in told[name, 1000]
    said = "\n".join(found[0].sentences)
    assert "weights 5 % too small: told by rate from" in said
    assert f"{CONTROL}: told by nothing within 1 s" in said


def test_the_file_has_a_row_per_candidate_window_and_measure(found):
    rows = rows_of(found[0])
    assert len(rows) == len(MEASURES) * 2 * (1 + 8)
    assert {row["window_ms"] for row in rows} == {"300", "1000"}


def test_a_figure_is_drawn(tmp_path):
    options = Options(
        windows_ms=(200, 400), warmup_ms=0.0, reference_seeds=(1, 2), seeds=(11,), wrong=()
    )
    fake = FakeRun(rate_hz)
    finding = run(options, progress=SilentProgress(), output=tmp_path, run_network=fake)
    assert [path.suffix for path in finding.files] == [".csv", ".png", ".svg"]
    assert any("too few seeds" in sentence for sentence in finding.sentences)


def test_a_silent_network_has_a_figure_too(tmp_path):
    options = Options(
        windows_ms=(200, 400), warmup_ms=0.0, reference_seeds=(1, 2), seeds=(11, 12), wrong=()
    )
    silent = FakeRun(lambda config: 0.0)
    finding = run(options, progress=SilentProgress(), output=tmp_path, run_network=silent)
    assert [path.suffix for path in finding.files] == [".csv", ".png", ".svg"]


def test_a_seed_cannot_be_on_both_sides():
    with pytest.raises(ConfigError, match="seed 3 is among seeds and reference_seeds"):
        parse_options(EXPERIMENT, ["seeds=3,4"])


def test_in_earnest_in_small(tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.surrogates.run.draw", lambda *_: ())
    options = Options(
        scale=0.005,
        kinds=("shift",),
        wrong=("weights",),
        windows_ms=(50,),
        reference_seeds=(1, 2),
        seeds=(11,),
        warmup_ms=0.0,
        threads=1,
    )
    finding = EXPERIMENT.run(options, progress=SilentProgress(), output=tmp_path)
    by_name = {row[0]: row for row in finding.rows}
    assert by_name[CONTROL][2] == by_name["trains shifted"][2] > 0  # the same rates
