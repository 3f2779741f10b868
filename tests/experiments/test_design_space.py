"""What design-space finds and tells, with runs that are made up; fronts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.design_space.pareto import pareto_front
from host.config import load_config
from host.errors import ConfigError
from host.machines import load_machine
from tests.experiments.design_space_runs import EVENTS, FakeRun, found

MACHINE = "spinnaker1"


def test_a_front_by_hand():
    points = [(1.0, 3.0), (2.0, 1.0), (2.0, 2.0), (3.0, 1.0), (0.5, 3.0), (0.5, 3.0)]
    assert sorted(pareto_front(points)) == [1, 4, 5]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_a_front_is_what_no_other_point_beats(points):
    def beats(a, b):
        return a != b and a[0] <= b[0] and a[1] <= b[1]

    expected = [i for i, p in enumerate(points) if not any(beats(q, p) for q in points)]
    assert sorted(pareto_front(points)) == expected


def test_a_run_leads_the_search_by_the_slack_of_its_tightest_core(tmp_path):
    """The made-up runs tell their threshold, so a search needs three of them."""
    for threshold in (0.03, 0.55, 7.0):
        fake = FakeRun(threshold=threshold)
        _, rows = found(tmp_path, fake)
        assert len(fake.configs) == int(rows["base"]["n_tries"]) == 3


def test_table_and_file_have_each_design(tmp_path):
    finding, rows = found(tmp_path, clock_mhz=(100, 400), process=(0.5,))
    assert finding.columns[0] == "design"
    assert list(rows) == ["base", "clock_mhz-100", "clock_mhz-400", "process-0.5"]
    assert [row[0] for row in finding.rows] == [
        *("base", "clock 100 MHz", "clock 400 MHz", "process 0.5 x"),
    ]
    for name, at in (("base", 0.55), ("clock_mhz-100", 1.1), ("clock_mhz-400", 0.275)):
        assert float(rows[name]["lossy_at"]) < at <= float(rows[name]["q_rtf"]) <= 1.05 * at
        assert rows[name]["lost_first"] == "late"


def test_energy_by_hand(tmp_path):
    """At q a step takes 100 us x q, of which there are 10: chips, one poller, 4000 cycles."""
    _, rows = found(tmp_path, machine=MACHINE, process=(0.5,))
    table = load_machine(MACHINE).energy
    row = rows["base"]
    wall_s = 10 * 100e-6 * float(row["q_rtf"])
    work = 4000 * table.core_cycle.nominal + 400 * table.router_bit.nominal  # pJ
    waiting = wall_s / 5e-9 * table.core_poll_cycle.nominal
    standing = 3 * wall_s * table.chip.nominal  # J
    expected = (work / 1e6 / EVENTS, waiting / 1e6 / EVENTS, standing * 1e6 / EVENTS)
    told = [float(row[f"e_syn_{kind}_uj"]) for kind in ("work", "waiting", "standing")]
    assert told == pytest.approx(expected)
    assert float(row["e_syn_nominal_uj"]) == pytest.approx(sum(expected))
    assert float(row["e_syn_unused_uj"]) == pytest.approx(expected[2] / 3)
    assert float(row["e_syn_low_uj"]) < sum(expected) < float(row["e_syn_high_uj"])
    half = rows["process-0.5"]
    assert float(half["e_syn_work_uj"]) == pytest.approx(expected[0] / 2)
    assert float(half["e_syn_waiting_uj"]) == pytest.approx(expected[1] / 2)
    assert float(half["e_syn_standing_uj"]) == pytest.approx(expected[2])


def test_designs_that_differ_in_prices_share_their_runs(tmp_path):
    alone, together = FakeRun(), FakeRun()
    found(tmp_path, alone)
    found(tmp_path, together, process=(0.5, 0.25), standing=(0.5,))
    assert len(together.configs) == len(alone.configs)


def test_what_does_not_fit_stays_in_the_table(tmp_path):
    finding, rows = found(tmp_path, FakeRun(most_synapse_cores=4), synapse_cores=(4, 6))
    reason = rows["synapse_cores-6"]["reason"]
    assert "cores of a chip" in reason
    assert rows["synapse_cores-6"]["q_rtf"] == ""
    assert float(rows["synapse_cores-4"]["q_rtf"]) > 0
    assert f"synapse cores 6: does not fit: {reason}" in finding.sentences
    assert finding.rows[-1][-1] == "no fit"


def test_other_errors_end_the_experiment(tmp_path):
    def fail(config, *, progress):
        raise ConfigError

    with pytest.raises(ConfigError):
        found(tmp_path, fail)


def test_what_is_always_lossy_is_told(tmp_path):
    finding, rows = found(tmp_path, FakeRun(threshold=1e9, cause="router_dropped"))
    assert (rows["base"]["q_rtf"], rows["base"]["lossy_at"]) == ("", "100.0")
    said = "base: something lost or late up to 100, mostly router dropped"
    assert said in finding.sentences


def test_a_machine_that_falls_behind_is_not_loss_free(tmp_path):
    _, rows = found(tmp_path, FakeRun(cause="overruns"))
    assert float(rows["base"]["lossy_at"]) < 0.55 <= float(rows["base"]["q_rtf"])
    assert rows["base"]["lost_first"] == "overruns"


def test_losses_in_the_transient_are_told_and_do_not_count(tmp_path):
    finding, rows = found(tmp_path, FakeRun(transient_losses=9))
    assert rows["base"]["lost_in_transient"] == "9"
    assert float(rows["base"]["q_rtf"]) <= 1.05 * 0.55
    assert any(s.startswith("1 of 1 designs lost something in the") for s in finding.sentences)
    _, rows = found(tmp_path, FakeRun(transient_losses=9), count_transient=True)
    assert (rows["base"]["q_rtf"], rows["base"]["lost_first"]) == ("", "late")
    quiet, _ = found(tmp_path)
    assert not any("in the transient" in sentence for sentence in quiet.sentences)


def test_without_synaptic_events_there_is_no_energy_per_event(tmp_path):
    finding, rows = found(tmp_path, FakeRun(events=0), clock_mhz=(100,))
    assert rows["base"]["e_syn_nominal_uj"] == ""
    assert not any("inf" in sentence for sentence in finding.sentences)


def test_the_faster_and_cheaper_design_is_best(tmp_path):
    finding, rows = found(tmp_path, clock_mhz=(100, 400), process=(0.5,))
    assert [row["best"] for row in rows.values()] == ["", "", "all", "prices"]
    assert float(rows["process-0.5"]["e_syn_nominal_uj"]) > float(
        rows["clock_mhz-400"]["e_syn_nominal_uj"]
    )
    finding, rows = found(tmp_path, clock_mhz=(100, 400))
    assert [row["best"] for row in rows.values()] == ["", "", "all"]
    assert "Beaten by none, from the fastest to the cheapest: clock 400 MHz" in finding.sentences


def test_a_grid_has_the_values_of_what_varies_in_its_table(tmp_path):
    finding, _ = found(tmp_path, clock_mhz=(100, 400), sdram_rate=(1, 0.5), vary="grid")
    assert finding.columns[0] == "clock (MHz) / SDRAM (x)"
    cells = [row[0] for row in finding.rows]
    assert cells == ["100 / 1", "100 / 0.5", "400 / 1", "400 / 0.5"]


def test_best_at_its_own_prices_only(tmp_path):
    """At a clock of 400 MHz and full prices a design is beaten by one of half the prices."""
    _, rows = found(tmp_path, clock_mhz=(200, 400), process=(1, 0.5), vary="grid")
    assert {name: row["best"] for name, row in rows.items()} == {
        "base": "",
        "process-0.5": "",
        "clock_mhz-400": "prices",
        "clock_mhz-400_process-0.5": "all",
    }


def test_each_point_can_be_repeated_by_hand(tmp_path):
    fake = FakeRun()
    _, rows = found(tmp_path, fake, clock_mhz=(400,), neurons_per_core=(32,))
    for name, row in rows.items():
        config = load_config(tmp_path / "designs" / f"{name}.run.yaml")
        assert config.slowdown == float(row["q_rtf"])
        assert config in fake.configs


def test_sentences_tell_what_each_axis_does(tmp_path):
    finding, _ = found(tmp_path, clock_mhz=(400, 100), sdram_rate=(4,), tolerance=0.001)
    told = [s for s in finding.sentences if s.startswith(("clock", "SDRAM"))]
    assert told[0].startswith("clock 100, 200, 400 MHz: q_RTF 1.1, 0.55, 0.275; E_syn ")
    assert told[1].startswith("SDRAM 1, 4 x: q_RTF 0.55, 0.55 (within the tolerance); E_syn ")


@pytest.mark.parametrize("vary", ["one", "grid"])
def test_the_figure_is_the_same_each_time(tmp_path, vary):
    lists = {"clock_mhz": (100, 200, 400), "process": (1, 0.5)}
    folders = [tmp_path / "a", tmp_path / "b"]
    pictures = []
    for folder in folders:
        folder.mkdir()
        finding, _ = found(folder, vary=vary, **lists)
        assert [path.name for path in finding.files[1:]] == ["design_space.png", "design_space.svg"]
        pictures.append(finding.files[2].read_bytes())
    assert pictures[0] == pictures[1]


def test_no_figure_without_energy(tmp_path):
    finding, _ = found(tmp_path, FakeRun(events=0))
    assert len(finding.files) == 1
