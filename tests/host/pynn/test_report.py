"""What a script can ask after a run."""

import json

import pytest

import host.pynn as sim
from host.errors import ConfigError
from host.pynn.notices import NOTICES
from host.results import Results


@pytest.fixture(autouse=True)
def _fresh():
    NOTICES.clear()
    yield
    NOTICES.clear()


def pair(**options):
    sim.setup(timestep=1.0, **options)
    cells = sim.Population(8, sim.IF_curr_exp(i_offset=1.0), label="cells")
    others = sim.Population(8, sim.IF_curr_exp(), label="others")
    synapse = sim.StaticSynapse(weight=2.0, delay=1.0)
    sim.Projection(cells, others, sim.OneToOneConnector(), synapse)
    return cells, others


def test_nothing_is_known_before_a_run():
    pair()
    with pytest.raises(ConfigError, match="nothing has run yet"):
        sim.results()
    assert "nothing has run" in sim.report()


def test_the_parts_are_those_of_the_results():
    cells, _ = pair()
    cells.record("spikes")
    sim.run(100.0)
    found = sim.results()
    assert isinstance(found, Results)
    n_spikes = sum(cells.get_spike_counts().values())
    assert found.rates_hz["cells"] == pytest.approx(n_spikes / 8 / 0.1)
    assert n_spikes > 0
    assert sim.losses() == found.losses
    assert sim.energy() == found.energy
    assert sim.mapping() == found.mapping
    assert sim.deadlines() is None


def test_the_text_names_rates_machine_and_notices():
    pair(n_boards_required=1)
    sim.run(20.0)
    text = sim.report()
    assert "cells" in text
    assert "losses" in text
    assert "machine" in text
    assert "notice: setup(n_boards_required=1)" in text


def test_results_of_the_last_run_outlive_reset_and_end():
    pair()
    sim.run(50.0)
    before = sim.results().rates_hz
    sim.reset()
    assert sim.results().rates_hz == before
    sim.end()
    assert sim.results().rates_hz == before


def test_a_new_setup_forgets_them():
    pair()
    sim.run(5.0)
    pair()
    with pytest.raises(ConfigError, match="nothing has run yet"):
        sim.results()


def test_full_timing_tells_of_deadlines(tmp_path):
    pair(timing="full")
    sim.run(10.0)
    found = sim.deadlines()
    assert found is not None
    assert found.step_us == 1000.0
    assert found.stretches["run"].is_loss_free
    sim.write_report(tmp_path / "report.json")
    account = json.loads((tmp_path / "report.json").read_text())
    assert account["timing"] is not None
    assert account["losses"].keys() == dict(sim.losses()).keys()


def test_a_name_of_html_makes_a_page(tmp_path):
    pair(n_boards_required=1)
    with pytest.raises(ConfigError, match="nothing has run"):
        sim.write_report(tmp_path / "report.html")
    sim.run(20.0)
    sim.write_report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "n_boards_required=1" in page
    assert "pd14" not in page.partition("</section>")[0]


def test_the_machine_is_that_of_the_setup():
    pair(machine="spinn3")
    assert sim.get_machine().name == "spinn3"
