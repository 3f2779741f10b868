"""Tables of the ledger, rates and losses of a run agree with its other figures."""

import pytest

from host.cli.energy import table_of_run
from host.config import load_config
from host.energy import price
from host.pipeline import run
from host.results import Results

CONFIG = {
    "network.scale": 0.002,
    "run.time_ms": 20.0,
    "run.warmup_ms": 10.0,
    "run.threads": 1,
    "mapping.layout": "ensemble",
}


@pytest.fixture(scope="module")
def done() -> Results:
    return run(load_config(None, CONFIG))


def test_ledger_has_all_lines_of_all_phases(done: Results) -> None:
    lines = list(done.tables["ledger"].rows())
    assert done.actions is not None
    ledger = price(done.actions, table_of_run(done))
    assert len(lines) == len(ledger.lines)
    rows = [dict(zip(done.tables["ledger"].columns, line, strict=True)) for line in lines]
    measured = sum(row["energy_j"] for row in rows if row["is_measured"])
    assert measured == pytest.approx(done.energy["total_j"], rel=1e-12)
    for phase, energy_j in done.energy["phases_j"].items():
        found = sum(row["energy_j"] for row in rows if row["phase"] == phase)
        assert found == pytest.approx(energy_j, rel=1e-12)
    assert all(row["energy_low_j"] <= row["energy_j"] <= row["energy_high_j"] for row in rows)


def test_rates_are_spikes_over_neurons_and_time(done: Results) -> None:
    rates = done.tables["rates"]
    found = {name: (size, n, rate) for name, size, n, rate in rates.rows()}
    assert {name: rate for name, (_, _, rate) in found.items()} == done.rates_hz
    assert sum(size for size, _, _ in found.values()) == done.n_neurons
    for size, n, rate in found.values():
        assert rate == pytest.approx(n / size / 0.020)


def test_losses_of_ideal_timing_are_known_as_a_whole(done: Results) -> None:
    found = list(done.tables["losses"].rows())
    assert found == [(cause, n, None, None) for cause, n in done.losses.items()]
