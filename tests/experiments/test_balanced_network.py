"""Balanced-network with made-up trains, and in earnest in small."""

import numpy as np
import pytest

from experiments.balanced_network import EXPERIMENT, Options
from experiments.balanced_network.measure import expected_rate_hz, synchrony
from experiments.balanced_network.run import run
from host.errors import ConfigError
from host.progress import SilentProgress
from host.results import Spikes
from tests.experiments.made_up_trains import FakeRun, poisson_spikes, rows_of

SMALL = {"neurons": (500, 1000), "g": (3, 5), "eta": (0.5, 2), "time_ms": 500.0, "warmup_ms": 100.0}
KNOWN = {"losses": {"ring_buffer_saturations": 36}, "energy": {"load": 2.5}}


def rate_hz(config):
    network = config.network
    return 0.0 if network.eta < 1 else 100.0 if network.g < 4 else 40.0


def found(tmp_path, monkeypatch, known=None, **options):
    monkeypatch.setattr("experiments.balanced_network.run.draw", lambda *_: ())
    fake = FakeRun(rate_hz, known=known or KNOWN)
    chosen = Options(**SMALL | options)
    return run(chosen, progress=SilentProgress(), output=tmp_path, run_network=fake), fake


def test_every_size_g_and_eta_runs_once(tmp_path, monkeypatch):
    finding, fake = found(tmp_path, monkeypatch)
    networks = [config.network for config in fake.configs]
    assert len(networks) == 8
    assert {(n.name, n.scale * 12_500, n.g, n.eta) for n in networks} == {
        ("brunel", size, g, eta) for size in (500, 1000) for g in (3, 5) for eta in (0.5, 2)
    }
    assert [row[:3] for row in finding.rows][:2] == [(500, 3, 0.5), (500, 3, 2)]


def test_what_is_counted_is_told_per_neuron_and_second(tmp_path, monkeypatch):
    finding, _ = found(tmp_path, monkeypatch)
    row = next(row for row in rows_of(finding) if (row["g"], row["eta"]) == ("5", "2"))
    assert float(row["saturations"]) == pytest.approx(36 / 60 / 0.6)
    assert float(row["needed_slowdown"]) == pytest.approx(2.5)
    assert float(row["rate_hz"]) == pytest.approx(40, rel=0.1)
    assert float(row["cv"]) == pytest.approx(0.95, abs=0.1)
    assert float(row["expected_rate_hz"]) == 40
    silent = next(row for row in rows_of(finding) if row["eta"] == "0.5")
    assert (silent["rate_hz"], silent["cv"], silent["synchrony"]) == ("0.0", "nan", "nan")
    assert [r[4] for r in finding.rows if r[2] == 0.5] == [None] * 4


def test_sentences_tell_where_buffers_saturate_and_time_runs_out(tmp_path, monkeypatch):
    finding, _ = found(tmp_path, monkeypatch)
    said = "\n".join(finding.sentences)
    assert "500 neurons: fastest at g 3, eta 2" in said
    assert "ring buffers saturate at 4 of 4 points" in said
    assert "slow-down of 2.50" in said
    assert "4 of 4 points have more work than time" in said
    assert "lost" not in said
    clean = {"losses": {"ring_buffer_saturations": 0}, "energy": {"load": 0.5}}
    finding, _ = found(tmp_path, monkeypatch, clean)
    said = "\n".join(finding.sentences)
    assert "no ring buffer saturates" in said
    assert "0 of 4 points have more work than time" in said


def test_full_timing_tells_what_is_lost(tmp_path, monkeypatch):
    finding, _ = found(tmp_path, monkeypatch, timing="full")
    assert {row["n_lost"] for row in rows_of(finding)} == {"7"}
    assert any("lost or late at 4 of 4 points" in sentence for sentence in finding.sentences)


def test_rates_expected_where_inhibition_balances():
    assert expected_rate_hz(5.0, 2.0) == pytest.approx(40.0)  # Brunel 2000, Fig. 8C
    assert expected_rate_hz(4.0, 2.0) is None
    assert expected_rate_hz(5.0, 1.0) is None


def test_synchrony_is_one_of_independent_trains_and_the_number_of_those_that_fire_together():
    independent = poisson_spikes(3, [20.0], [100], 30_000)
    assert synchrony(independent, 0, 30_000) == pytest.approx(1.0, abs=0.15)
    steps = np.repeat(np.arange(0, 30_000, 600, dtype=np.int32), 100)
    neurons = np.tile(np.arange(100, dtype=np.int32), 50)
    together = Spikes(steps, neurons, 0.1, ("E",), (100,))
    # one bin in 20 has 100 spikes: variance over mean is 100 (1 - 1 / 20)
    assert synchrony(together, 0, 30_000) == pytest.approx(95.0)
    assert np.isnan(synchrony(together, 0, 40))
    assert synchrony(together, 600, 6000) == pytest.approx(95.0)


def test_a_figure_is_drawn(tmp_path):
    fake = FakeRun(rate_hz, known=KNOWN)
    options = Options(**SMALL)
    finding = run(options, progress=SilentProgress(), output=tmp_path, run_network=fake)
    assert [path.suffix for path in finding.files] == [".csv", ".png", ".svg"]


def test_a_time_that_is_no_whole_number_of_steps_is_refused_before_anything_runs(tmp_path):
    fake = FakeRun(rate_hz)
    with pytest.raises(ConfigError, match="no whole number of time steps"):
        run(Options(time_ms=0.05), progress=SilentProgress(), output=tmp_path, run_network=fake)
    assert fake.configs == []


def test_in_earnest_in_small(tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.balanced_network.run.draw", lambda *_: ())
    options = Options(neurons=(500,), g=(3, 6), eta=(2,), time_ms=60.0, warmup_ms=30.0, threads=1)
    finding = EXPERIMENT.run(options, progress=SilentProgress(), output=tmp_path)
    excited, balanced = finding.rows
    assert excited[3] > 2 * balanced[3] > 0
    assert all(row[7] > 0 for row in finding.rows)
