"""Designs, their machine files, the search and what is told, with runs that are made up."""

import itertools
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.design_space import EXPERIMENT, Options
from experiments.design_space.designs import all_designs, base_design
from experiments.design_space.machine import machine_file, write_machine
from experiments.design_space.pareto import pareto_front
from experiments.search import Trial, read_threshold, seek
from host.config import load_config
from host.energy import price
from host.errors import ConfigError, ExitCode, UnknownNameError, exit_code
from host.experiments import parse_options
from host.machines import load_machine
from router.errors import FabricError
from tests.experiments.design_space_runs import EVENTS, NOTHING, FakeRun, actions, found

MACHINE = "spinnaker1"
PRICES = {
    "process": (
        *("core_cycle", "core_poll_cycle", "router_bit", "link_bit", "board_link_bit"),
        *("sdram_byte", "synaptic_event", "neuron_update"),
    ),
    "standing": ("chip", "sdram"),
}
"""Entries of the energy table that each axis scales."""


@pytest.fixture(autouse=True)
def _figures(monkeypatch, request):
    """Draw figures in tests named after them only; each one takes a second."""
    if "figure" not in request.node.name:
        monkeypatch.setattr("experiments.design_space.run.draw", lambda *_: ())


def flat(value, at=()):
    if not isinstance(value, dict):
        return {at: value}
    return {k: v for key, inner in value.items() for k, v in flat(inner, (*at, key)).items()}


def differences(tmp_path, *, boards="base", machine=MACHINE, **changes):
    """Values in which the machine of a design differs from the base, by dotted key."""
    options = Options(machine=machine, boards=boards)
    base = load_machine(machine)
    design = replace(base_design(options, base), **changes)
    path = write_machine(tmp_path / "design.yaml", machine_file(options, base, design), "remark")
    before, after = flat(asdict(base)), flat(asdict(load_machine(str(path))))
    assert before.keys() == after.keys()
    changed = {key: after[key] for key in after if after[key] != before[key]}
    return {".".join(key): value for key, value in changed.items() if key != ("name",)}


# machine files


def test_the_base_is_the_machine_itself(tmp_path):
    assert differences(tmp_path) == {}


def test_a_clock_changes_the_cycle_alone(tmp_path):
    assert differences(tmp_path, clock_mhz=400) == {"cores.cycle_ps": 2500}
    assert differences(tmp_path, clock_mhz=300) == {"cores.cycle_ps": 3333}


@pytest.mark.parametrize("changes", [{"synapse_cores": 6}, {"neurons_per_core": 32}])
def test_a_mapping_leaves_the_machine_alone(tmp_path, changes):
    assert differences(tmp_path, **changes) == {}


def test_rates_of_links_change_the_times_of_packets_on_them(tmp_path):
    assert differences(tmp_path, link_rate=0.5) == {
        "fabric.link_packet_ps": 278_000,
        "fabric.link_payload_packet_ps": 480_000,
    }
    assert differences(tmp_path, board_link_rate=0.5) == {
        "fabric.board_link_packet_ps": 714_000,
        "fabric.board_link_payload_packet_ps": 1_234_000,
        "fabric.lane_packet_ps": 33_334,
        "fabric.lane_payload_packet_ps": 60_000,
    }


def test_a_rate_of_sdram_changes_the_time_of_a_byte_alone(tmp_path):
    assert differences(tmp_path, sdram_rate=0.1) == {"cores.sdram_byte_ps": 11_110}


@pytest.mark.parametrize("axis", ["process", "standing"])
@pytest.mark.parametrize("machine", [MACHINE, "neuroaix"])
def test_prices_are_scaled_at_all_levels_and_say_so(tmp_path, axis, machine):
    changed = differences(tmp_path, machine=machine, **{axis: 0.5})
    table = load_machine(machine).energy
    for name in PRICES[axis]:
        for level in ("low", "nominal", "high"):
            before = getattr(getattr(table, name), level)
            assert changed.pop(f"energy.{name}.{level}", 0.0) == before / 2
        source = changed.pop(f"energy.{name}.source")
        assert source.startswith(f"0.5 times that of {machine}, an assumption (")
        changed.pop(f"energy.{name}.basis", None)
    assert changed == {}


def test_half_the_process_energy_halves_the_dynamic_lines_alone(tmp_path):
    options, base = Options(machine=MACHINE), load_machine(MACHINE)
    design = replace(base_design(options, base), process=0.5)
    path = write_machine(tmp_path / "half.yaml", machine_file(options, base, design), "remark")
    counts = actions(10**8, 5000)
    before = price(counts, base.energy).lines
    after = price(counts, load_machine(str(path)).energy).lines
    halved = {
        b.action
        for b, a in zip(before, after, strict=True)
        if 2 * a.energy_j.nominal == b.energy_j.nominal
    }
    same = {b.action for b, a in zip(before, after, strict=True) if a.energy_j == b.energy_j}
    assert halved == {"core_cycle", "core_poll_cycle", "router_bit"}
    assert same == {"chip"}


def test_boards_and_the_margin_are_set_for_all_designs(tmp_path):
    machine = "spinnaker1-rhodes2019"
    changed = differences(tmp_path, boards="auto", machine=machine)
    assert changed == {"topology.boards": "auto", "cores.margin_ps": None}
    assert differences(tmp_path, boards=2) == {"topology.boards": 2}


def test_a_base_in_a_file_is_found_from_the_folder_of_designs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("extends: spinnaker1\ncores: {cycle_ps: 4 ns}\n")
    _, rows = found(tmp_path, machine="mine.yaml", sdram_rate=(0.5,))
    assert float(rows["base"]["clock_mhz"]) == 250
    assert list(rows) == ["base", "sdram_rate-0.5"]


# designs


def test_one_at_a_time_the_base_comes_first_and_nothing_twice():
    options = Options(**(NOTHING | {"clock_mhz": (100, 200), "synapse_cores": (3, 4)}))
    base = base_design(options, load_machine(MACHINE))
    names = [design.file_name(base) for design in all_designs(options, base)]
    assert names == ["base", "clock_mhz-100", "synapse_cores-4"]


def test_a_grid_has_all_combinations():
    lists = {"clock_mhz": (100, 200), "synapse_cores": (3, 4), "process": (1, 0.5)}
    options = Options(**(NOTHING | lists), vary="grid")
    base = base_design(options, load_machine(MACHINE))
    designs = all_designs(options, base)
    assert len(designs) == len(set(designs)) == 8
    assert designs[-1].label(base) == "synapse cores 4, process 0.5 x"
    assert len({design.timing for design in designs}) == 4


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["vary=grid", "most_designs=40"],
            (
                "design-space: a grid of 5 x 5 x 3 x 3 x 3 x 3 x 2 x 2 has 8,100 designs, "
                "limit most_designs=40; shorten the lists, leave some empty, or raise most_designs"
            ),
        ),
        (
            ["clock_mhz=100,300", "most_designs=5"],
            (
                "design-space: the lists have 24 designs, limit most_designs=5; "
                "shorten the lists, leave some empty, or raise most_designs"
            ),
        ),
        (
            ["clock_mhz=0"],
            "design-space: clock_mhz.0 should be greater than or equal to 1, got 0",
        ),
    ],
)
def test_options_that_are_refused(options, said):
    with pytest.raises(ConfigError) as caught:
        parse_options(EXPERIMENT, options)
    assert str(caught.value) == said
    assert exit_code(caught.value) == ExitCode.USER


@pytest.mark.parametrize(
    "option",
    ["link_rate=0", "process=-1", "synapse_cores=17", "boards=0", "boards=many", "margin=none"],
)
def test_values_out_of_range_are_refused(option):
    with pytest.raises(ConfigError, match=option.partition("=")[0]):
        parse_options(EXPERIMENT, [option])


def test_an_unknown_machine_or_table_is_told_before_anything_is_run(tmp_path):
    fake = FakeRun()
    with pytest.raises(UnknownNameError, match="did you mean 'spinnaker1'"):
        found(tmp_path, fake, machine="spinaker1")
    with pytest.raises(ConfigError, match="unknown table of costs 'gold'"):
        found(tmp_path, fake, costs="gold")
    with pytest.raises(FabricError, match="chips of 153 cores"):
        found(tmp_path, fake, machine="spinnaker2")
    assert fake.configs == []
    assert not any(tmp_path.iterdir())


def test_designs_that_would_have_one_name_are_refused(tmp_path):
    fake = FakeRun()
    with pytest.raises(ConfigError) as caught:
        found(tmp_path, fake, clock_mhz=(100, 150.00001, 150.00002))
    assert str(caught.value) == (
        "clock_mhz of 150.00001 and 150.00002 would both be design 'clock_mhz-150', whose values "
        "have six digits; choose values that differ within these"
    )
    assert exit_code(caught.value) == ExitCode.USER
    assert fake.configs == []
    assert not any(tmp_path.iterdir())


# searching


@given(
    st.floats(0.002, 90),
    st.sampled_from([0.01, 0.05, 0.3]),
    st.lists(st.floats(-1, 100), min_size=1, max_size=9),
)
def test_seeking_brackets_the_threshold_whatever_the_guesses(threshold, tolerance, guesses):
    tried = {}

    def measure(slowdown):
        assert slowdown not in tried
        tried[slowdown] = slowdown >= threshold
        return Trial(tried[slowdown], guesses[len(tried) % len(guesses)])

    seek(measure, 1.0, 0.001, 100.0, tolerance)
    read = read_threshold(tried)
    assert read.lossy_at < threshold <= read.free_from
    assert read.free_from <= read.lossy_at * (1 + tolerance) * (1 + 1e-9)


@pytest.mark.parametrize("threshold", [0.03, 0.55, 1.0, 7.0])
def test_a_good_guess_needs_three_tries(threshold):
    tried = []

    def measure(slowdown):
        tried.append(slowdown)
        return Trial(slowdown >= threshold, threshold)

    seek(measure, 2.0, 0.001, 100.0, 0.05)
    assert len(tried) == 3


def test_after_five_tries_guesses_are_no_longer_followed():
    """Guesses that are always a little below the last loss-free try would need hundreds."""
    tried = []

    def measure(slowdown):
        tried.append(slowdown)
        return Trial(slowdown >= 0.01, min(tried) * 0.98)

    seek(measure, 1.0, 0.001, 100.0, 0.05)
    ratios = [a / b for a, b in itertools.pairwise(tried)]
    assert all(1 < ratio < 1.05 for ratio in ratios[:4])
    assert ratios[4] > 1.2
    assert len(tried) < 20


def test_a_run_leads_the_search_by_the_slack_of_its_tightest_core(tmp_path):
    """The made-up runs tell their threshold, so a search needs three of them."""
    for threshold in (0.03, 0.55, 7.0):
        fake = FakeRun(threshold=threshold)
        _, rows = found(tmp_path, fake)
        assert len(fake.configs) == int(rows["base"]["n_tries"]) == 3


@pytest.mark.parametrize(("is_free", "end"), [(True, 0.001), (False, 100.0)])
def test_seeking_ends_where_it_may_go_no_further(is_free, end):
    tried = []

    def measure(slowdown):
        tried.append(slowdown)
        return Trial(is_free, 1.0)

    seek(measure, 1.0, 0.001, 100.0, 0.05)
    assert tried[-1] == end
    assert all(0.001 <= slowdown <= 100.0 for slowdown in tried)
    assert len(tried) < 20


# fronts


def test_a_front_by_hand():
    points = [(1.0, 3.0), (2.0, 1.0), (2.0, 2.0), (3.0, 1.0), (0.5, 3.0), (0.5, 3.0)]
    assert sorted(pareto_front(points)) == [1, 4, 5]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_a_front_is_what_no_other_point_beats(points):
    def beats(a, b):
        return a != b and a[0] <= b[0] and a[1] <= b[1]

    expected = [i for i, p in enumerate(points) if not any(beats(q, p) for q in points)]
    assert sorted(pareto_front(points)) == expected


# the whole, with runs made up


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
