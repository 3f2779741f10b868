"""From which slow-down on nothing is lost: points, thresholds, words; and all of it in small."""

import csv

import numpy as np
import pytest

from experiments.spike_loss import EXPERIMENT, Options
from experiments.spike_loss.measure import Bench, stretch_rates
from experiments.spike_loss.points import Point, all_variants, check_points, point_config
from experiments.spike_loss.run import run
from experiments.spike_loss.search import bisect, read_threshold
from experiments.spike_loss.styles import STYLES
from host.config import Config, CoresConfig
from host.errors import ConfigError, ExitCode, exit_code
from host.experiments import parse_options
from host.progress import SilentProgress
from host.results import Results, Spikes
from host.timing import LOSSES, Losses, Margins, StretchTiming, Timing
from mapping.errors import DoesNotFitError

SPIKES = Spikes(
    np.array([0, 1, 1, 3], np.int32),
    np.array([0, 0, 2, 1], np.int32),
    0.1,
    ("A", "B"),
    (2, 1),
)
ONE = {"neurons_per_core": (80,), "synapse_cores": (), "time_ms": 1.0, "transient_ms": 1.0}


def margins(slack_us, step_us):
    share = {"p0": slack_us / step_us}
    return Margins(
        n_cores=3,
        smallest_us=slack_us,
        worst_core="A[0:2] combined core on chip (0, 0) core 1",
        smallest_of_core_us={"p0": slack_us, "p1": slack_us, "p5": slack_us, "p50": 50.0},
        mean_of_core_us={"p50": 60.0},
        smallest_of_core_share=share,
        mean_of_core_share=share,
        busy_mean=0.5,
        busy_max=0.75,
        busiest_step_us=10.0,
    )


def stretch(lost, step_us, first_step, stop_step):
    none = dict.fromkeys((*LOSSES, "overruns"), 0)
    losses = Losses(**(none | lost))
    return StretchTiming(
        first_step=first_step,
        stop_step=stop_step,
        is_loss_free=losses.total == 0,
        losses=losses,
        dropped={"dropped": 0},
        packets_sent=20,
        packets_received=100,
        margins={"combined": margins(-1.0 if lost else 1.0, step_us)},
    )


class FakeRun:
    """Runs nothing: loses what it is told below one slow-down in each stretch."""

    def __init__(self, transient_until, run_until, cause="late", has_colours=True):
        self.until = {"warmup": transient_until, "run": run_until}
        self.cause = cause
        self.has_colours = has_colours
        self.slowdowns = []
        self.n_ideal = 0

    def __call__(self, config: Config, *, progress) -> Results:
        timing = None
        if config.run.timing == "full":
            self.slowdowns.append(config.slowdown)
            timing = self._timing(config)
        else:
            self.n_ideal += 1
        return Results(
            config=config,
            machine="none",
            n_neurons=3,
            n_synapses=0,
            n_cores=3,
            n_chips=1,
            n_boards=1,
            rates_hz={},
            losses={},
            counters={},
            wall_s={},
            rtf=1.0,
            peak_rss_bytes=0,
            energy={},
            machine_description={"cores": {"has_colours": self.has_colours}},
            timing=timing,
            spikes=SPIKES,
        )

    def _timing(self, config):
        step_us = config.period_ps / 10**6
        bounds = {"warmup": (0, config.run.n_warmup_steps)}
        bounds["run"] = (config.run.n_warmup_steps, config.run.n_warmup_steps + config.run.n_steps)
        stretches = {
            name: stretch(
                {self.cause: 7} if config.slowdown < self.until[name] else {}, step_us, *b
            )
            for name, b in bounds.items()
            if b[1] > b[0]
        }
        return Timing(
            step_us=step_us,
            stretches=stretches,
            saturated=0,
            delay_clipped=0,
            in_flight=0,
            unprocessed=0,
            undelivered=0,
        )


@pytest.fixture(autouse=True)
def figures(monkeypatch, request):
    """Draw figures in tests named after them only; each one takes a second."""
    if "figure" not in request.node.name:
        monkeypatch.setattr("experiments.spike_loss.run.draw", lambda *_: ())


def found(tmp_path, run_network, **options):
    """Finding and rows of the file."""
    chosen = Options(**(ONE | options))
    finding = run(chosen, progress=SilentProgress(), output=tmp_path, run_network=run_network)
    return finding, rows_of(finding)


def rows_of(finding):
    with finding.files[0].open(newline="") as file:
        return list(csv.DictReader(file))


# points


def test_homogeneous_cores_have_direct_current_and_ensembles_poisson():
    variants = all_variants(Options(neurons_per_core=(80,), synapse_cores=("auto", 3)))
    assert [v.drive for v in variants] == ["dc", "poisson", "poisson"]
    assert [v.synapse_cores for v in variants] == [None, None, 3]
    assert [v.neurons_per_core for v in variants] == [80, 64, 64]


def test_a_drive_that_is_given_is_that_of_all():
    variants = all_variants(Options(drive="poisson"))
    assert {v.drive for v in variants} == {"poisson"}


def test_a_style_sets_what_the_published_run_had():
    options = Options(style="van-albada-2018", neurons_per_core=(80,))
    (variant,) = all_variants(options)  # of homogeneous cores alone
    config = point_config(options, Point(variant=variant, slowdown=20.0, seed=1))
    cores = config.cores
    assert (cores.spike_buffer, cores.reinject, cores.router_wait_cycles) == (512, True, 480)
    assert (cores.colours, cores.bit_fields) == (False, False)
    assert (cores.margin_ms, cores.late_spikes) == (None, None)
    assert (config.mapping.layout, config.mapping.delay_slots) == ("homogeneous", 16)


def test_the_style_of_the_real_time_run():
    options = Options(style="rhodes-2019", synapse_cores=(3,))
    (variant,) = all_variants(options)  # of ensembles alone
    config = point_config(options, Point(variant=variant, slowdown=1.0, seed=1))
    cores = config.cores
    assert (cores.spike_buffer, cores.reinject, cores.router_wait_cycles) == (512, False, 480)
    assert (cores.colours, cores.bit_fields) == (False, False)
    assert (cores.margin_ms, cores.late_spikes) == (0.01, "drop")
    assert (config.mapping.layout, config.mapping.delay_slots) == ("ensemble", None)


def test_the_default_style_sets_nothing():
    options = Options(costs=("polling",))
    point = Point(variant=all_variants(options)[0], slowdown=1.0, seed=1)
    assert point_config(options, point).cores == CoresConfig(costs="polling")


@pytest.mark.parametrize("style", STYLES)
def test_styles_pass_the_checks_of_configurations(style):
    check_points(Options(style=style, slowdowns=(1.0,)))


def test_each_override_has_a_source():
    assert all(override.source for style in STYLES.values() for override in style.overrides)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["neurons_per_core=", "synapse_cores="],
            (
                "spike-loss: no mapping to run in default style: neurons_per_core and "
                "synapse_cores empty; give one: neurons_per_core=80"
            ),
        ),
        (
            ["style=rhodes-2019", "synapse_cores="],
            (
                "spike-loss: no mapping to run in rhodes-2019 style: synapse_cores empty; "
                "give one: synapse_cores=auto"
            ),
        ),
        (
            ["slowdowns="],
            (
                "spike-loss: slowdowns is empty; give at least one value, "
                "such as slowdowns=0.5,1,2,5,10,20"
            ),
        ),
    ],
)
def test_lists_that_leave_nothing_to_run(options, said):
    with pytest.raises(ConfigError) as caught:
        parse_options(EXPERIMENT, options)
    assert str(caught.value) == said
    assert exit_code(caught.value) == ExitCode.USER


def test_nothing_is_run_twice():
    assert len(all_variants(Options(neurons_per_core=(80, 80), synapse_cores=()))) == 1


def test_the_configuration_says_what_the_point_says():
    options = Options(transient_ms=20.0, initial="original", costs=("polling",))
    variant = all_variants(options)[0]
    config = point_config(options, Point(variant=variant, slowdown=3.0, seed=5))
    assert (config.run.timing, config.slowdown, config.run.seed) == ("full", 3.0, 5)
    assert (config.run.warmup_ms, config.cores.costs) == (20.0, "polling")
    assert config.network.initial == "original"


def test_all_points_are_checked_before_the_first_one():
    with pytest.raises(ConfigError, match=r"unknown table of costs 'gold'"):
        check_points(Options(costs=("polling", "gold")))
    with pytest.raises(ConfigError, match=r"run\.time_ms: 100 ms is no whole number"):
        check_points(Options(dt_ms=(0.1, 0.3)))


# thresholds


def test_the_threshold_lies_above_the_last_losses():
    threshold = read_threshold({5.0: True, 1.0: False, 2.0: False, 10.0: True})
    assert threshold == (5.0, 2.0, ())


def test_a_slow_down_without_losses_below_one_with_is_told():
    assert read_threshold({1.0: True, 2.0: False, 5.0: True}) == (5.0, 2.0, (1.0,))


def test_a_threshold_outside_of_what_was_tried():
    assert read_threshold({1.0: False, 2.0: False}).free_from is None
    assert read_threshold({1.0: True, 2.0: True}) == (1.0, None, ())


@pytest.mark.parametrize("threshold", [1.5, 3.0, 7.7, 19.9])
def test_bisection_brackets_the_threshold(threshold):
    tried = []

    def is_free(slowdown):
        tried.append(slowdown)
        return slowdown >= threshold

    low, high = bisect(is_free, 1.0, 20.0, 0.05)
    assert low < threshold <= high <= 1.05 * low
    assert {low, high} <= set(tried)
    assert len(tried) == len(set(tried)) <= 9


def test_bisection_needs_losses_at_one_end_only():
    assert bisect(lambda _: True, 1.0, 20.0, 0.05) is None
    assert bisect(lambda _: False, 1.0, 20.0, 0.05) is None
    assert bisect(lambda s: s > 1, 1.0, 1.0, 0.05) is None


# measuring


def test_rates_of_each_stretch_by_hand():
    """Of A (2 neurons) two spikes in 0.2 ms, then one in 0.2 ms; of B (1 neuron) one, then none."""
    rates = stretch_rates(SPIKES, 2, 2)
    assert rates["warmup"] == pytest.approx({"A": 5000.0, "B": 5000.0})
    assert rates["run"] == pytest.approx({"A": 2500.0, "B": 0.0})


def test_the_ideal_run_of_a_mapping_and_seed_is_done_once(tmp_path):
    fake = FakeRun(0.0, 0.0)
    found(tmp_path, fake, slowdowns=(1.0, 2.0, 5.0), seeds=(1, 2))
    assert len(fake.slowdowns) == 6
    assert fake.n_ideal == 2


def test_other_errors_than_a_lack_of_room_end_the_experiment(tmp_path):
    def fail(config, *, progress):
        raise ConfigError

    with pytest.raises(ConfigError):
        found(tmp_path, fail)


def test_a_point_counts_as_one_unit_of_progress():
    class Heard(SilentProgress):
        amount = 0.0

        def advance(self, amount=1.0):
            self.amount += amount

    def simulates(config, *, progress):
        with progress.phase("generate", 5):
            progress.advance(5)
        with progress.phase("simulate", 20):
            progress.advance(15)
        return FakeRun(0.0, 0.0)(config, progress=progress)

    heard, options = Heard(), Options(**ONE)
    point = Point(variant=all_variants(options)[0], slowdown=1.0, seed=1)
    Bench(options, simulates).measure(point, heard)
    assert heard.amount == pytest.approx(1.0)


# what is told


def test_the_sentence_of_a_sweep(tmp_path):
    fake = FakeRun(6.0, 2.0, "buffer_overflow")
    finding, _ = found(tmp_path, fake, slowdowns=(1, 2, 5, 10))
    assert finding.sentences[-1] == (
        "homogeneous, 80 neurons per core: nothing lost from a slow-down of 10 on (2 without the "
        "start-up transient), at 5: 7 buffer overflow; nothing lost or late from a slow-down of 10 "
        "on (2 without the start-up transient), at 5: 7 buffer overflow; 2 packets sent per step "
        "after the transient"
    )


def test_late_rows_are_not_lost(tmp_path):
    finding, rows = found(tmp_path, FakeRun(6.0, 2.0), slowdowns=(1, 5, 10))
    assert (
        "nothing lost at any slow-down tried, from 1 on; nothing lost or late from a slow-down of "
        "10 on (5 without the start-up transient), at 5: 7 late"
    ) in finding.sentences[-1]
    assert (rows[0]["lost"], rows[0]["late"], rows[0]["lost_or_late"]) == ("0", "7", "7")
    assert (rows[0]["is_lossless"], rows[0]["is_loss_free"]) == ("true", "false")


@pytest.mark.parametrize("has_colours", [True, False])
def test_late_rows_are_lost_without_colours(tmp_path, has_colours):
    fake = FakeRun(6.0, 2.0, has_colours=has_colours)
    finding, rows = found(tmp_path, fake, slowdowns=(1, 10))
    lost = "nothing lost from a slow-down of 10 on" in finding.sentences[-1]
    assert lost is not has_colours
    assert rows[0]["lost"] == ("0" if has_colours else "7")


def test_the_style_goes_before_the_machine(tmp_path):
    _, rows = found(tmp_path, FakeRun(6.0, 2.0), slowdowns=(1,), style="van-albada-2018")
    assert rows[0]["style"] == "van-albada-2018"
    assert (rows[0]["has_colours"], rows[0]["lost"]) == ("false", "7")


def test_the_style_is_told(tmp_path):
    finding, _ = found(tmp_path, FakeRun(0.0, 0.0), slowdowns=(1,), style="van-albada-2018")
    assert finding.sentences[-1].startswith(
        "homogeneous, 80 neurons per core, van-albada-2018 style: nothing"
    )
    assert any(
        line.startswith("Style van-albada-2018: cores.spike_buffer 512, cores.colours false")
        for line in finding.sentences
    )


def test_the_sentence_if_nothing_was_lost(tmp_path):
    finding, _ = found(tmp_path, FakeRun(0.0, 0.0), slowdowns=(1, 2))
    assert finding.sentences[-1].startswith(
        "homogeneous, 80 neurons per core: nothing lost or late at any slow-down tried, from 1 on;"
    )


def test_the_sentence_if_there_are_always_losses(tmp_path):
    finding, _ = found(tmp_path, FakeRun(100.0, 100.0, "router_dropped"), slowdowns=(1, 2))
    assert (
        "something lost at every slow-down tried, up to 2 (without the start-up transient too), "
        "at 2: 14 router dropped; something lost or late at every"
    ) in finding.sentences[-1]


def test_the_sentence_if_there_are_losses_with_the_transient_only(tmp_path):
    finding, _ = found(tmp_path, FakeRun(100.0, 2.0, "flushed"), slowdowns=(1, 2))
    assert (
        "something lost at every slow-down tried, up to 2 (nothing from 2 on without the start-up "
        "transient), at 2: 7 flushed;"
    ) in finding.sentences[-1]


def test_without_a_transient_there_is_one_stretch(tmp_path):
    finding, rows = found(tmp_path, FakeRun(0.0, 2.0), slowdowns=(1, 2), transient_ms=0.0)
    assert [row["stretch"] for row in rows] == ["run", "run"]
    assert "without the start-up" not in finding.sentences[-1]


def test_a_seed_with_losses_is_enough(tmp_path):
    fake = FakeRun(0.0, 2.0)

    def seeded(config, *, progress):
        unlucky = config.run.seed == 2
        return fake(config, progress=progress) if unlucky else FakeRun(0, 0)(config, progress=None)

    finding, _ = found(tmp_path, seeded, slowdowns=(1, 2), seeds=(1, 2, 3))
    assert "nothing lost or late from a slow-down of 2 on" in finding.sentences[-1]


def test_a_search_finds_both_thresholds(tmp_path):
    fake = FakeRun(6.0, 2.0)
    finding, _ = found(tmp_path, fake, slowdowns=(1, 20), search=True, tolerance=0.01)
    tried = sorted(fake.slowdowns)
    assert len(tried) == len(set(tried))
    whole = min(s for s in tried if s >= 6)
    after = min(s for s in tried if s >= 2)
    assert whole <= 6.06
    assert after <= 2.02
    text = f"nothing lost or late from a slow-down of {whole:g} on ({after:g} without"
    assert text in finding.sentences[-1]
    assert any("bisection to 1.0%" in line for line in finding.sentences)


def test_the_table_of_a_search_has_the_tries_next_to_each_threshold(tmp_path):
    fake = FakeRun(6.0, 2.0, "flushed")
    finding, rows = found(tmp_path, fake, slowdowns=(1, 20), search=True)
    tried = sorted(fake.slowdowns)
    sides = {
        side(s for s in tried if (s >= until) is is_above)
        for until in (2.0, 6.0)
        for side, is_above in ((min, True), (max, False))
    }
    assert [row[1] for row in finding.rows] == sorted(sides)
    assert len(finding.rows) == 4
    assert {float(row["slowdown"]) for row in rows} == set(tried)


@pytest.mark.parametrize(("low", "is_told"), [(1, True), (3, False)])
def test_that_one_below_was_run_is_told_where_it_was(tmp_path, low, is_told):
    fake = FakeRun(6.0, 2.0, "flushed")
    finding, _ = found(tmp_path, fake, slowdowns=(low, 20), search=True)
    (note,) = [line for line in finding.sentences if line.startswith("Sought by bisection")]
    assert ("and so was one below it" in note) is is_told


def test_a_contradiction_in_a_search_is_told(tmp_path):
    def odd(config, *, progress):
        until = 0.0 if config.slowdown < 1.5 else 6.0
        return FakeRun(until, until)(config, progress=progress)

    finding, _ = found(tmp_path, odd, slowdowns=(1, 2, 10))
    assert "but nothing at 1: not monotone" in finding.sentences[-1]


@pytest.mark.parametrize("cause", LOSSES)
def test_a_loss_shows_under_its_cause(tmp_path, cause):
    _, rows = found(tmp_path, FakeRun(0.0, 2.0, cause), slowdowns=(1,))
    warmup, after = rows
    assert after[cause] == "7"
    assert warmup[cause] == "0"
    assert all(after[other] == "0" for other in LOSSES if other != cause)
    assert after["lost"] == ("0" if cause == "late" else "7")
    assert after["lost_or_late"] == ("0" if cause == "skipped_synapses" else "7")
    assert after["is_loss_free"] == "false"


def test_a_row_has_margins_and_rates(tmp_path):
    _, rows = found(tmp_path, FakeRun(0.0, 2.0), slowdowns=(1,))
    after = rows[1]
    assert after["combined_slack_smallest_us"] == "-1.0"
    assert after["combined_slack_median_us"] == "50.0"
    assert after["combined_busy_max"] == "0.75"
    assert after["combined_worst_core"].startswith("A[0:2]")
    assert float(after["rate_minus_ideal_A_hz"]) == 0.0


def test_columns_that_do_not_vary_are_left_out(tmp_path):
    finding, _ = found(tmp_path, FakeRun(0, 0), slowdowns=(1,), seeds=(1, 2))
    assert "seed" in finding.columns
    assert "costs" not in finding.columns


def test_there_is_a_figure_for_each_cost_table(tmp_path):
    finding, _ = found(tmp_path, FakeRun(3, 2), costs=("polling", "synapse-centric"))
    names = [path.name for path in finding.files]
    assert "spike_loss-0.1ms-polling.png" in names
    assert "spike_loss-0.1ms-synapse-centric.svg" in names
    assert all(path.stat().st_size > 1000 for path in finding.files)


def test_no_figure_if_nothing_fits(tmp_path):
    error = DoesNotFitError("cores", 2, 1, "use more boards")

    def full(config, *, progress):
        raise error

    finding, _ = found(tmp_path, full)
    assert [path.name for path in finding.files] == ["spike_loss.csv"]


def test_what_does_not_fit_stays_in_the_table(tmp_path):
    error = DoesNotFitError("row (synapses)", 300, 255, "use fewer neurons per core")

    def full(config, *, progress):
        raise error

    finding, rows = found(tmp_path, full, slowdowns=(1, 2))
    assert [row["slowdown"] for row in rows] == ["1", "2"]
    assert rows[0]["reason"].startswith("row (synapses): need 300, limit 255")
    assert "does not fit" in finding.rows[0]
    assert finding.sentences[-1].startswith("homogeneous, 80 neurons per core: does not fit: row")


# in earnest


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    options = Options(
        scale=0.02,
        slowdowns=(1, 1000),
        neurons_per_core=(255, 1024),
        synapse_cores=(2,),
        time_ms=2.0,
        transient_ms=1.0,
        engine="compiled",
        threads=1,
    )
    folder = tmp_path_factory.mktemp("spike_loss")
    return EXPERIMENT.run(options, progress=SilentProgress(), output=folder)


def test_the_start_up_transient_is_late_on_homogeneous_cores(small):
    rows = [row for row in rows_of(small) if row["neurons_per_core"] == "255"]
    lost = {(float(row["slowdown"]), row["stretch"]): row for row in rows}
    assert int(lost[1.0, "warmup"]["late"]) > 0
    assert int(lost[1000.0, "warmup"]["late"]) == 0


def test_too_many_neurons_per_core_do_not_fit(small):
    reasons = {row["reason"] for row in rows_of(small) if row["neurons_per_core"] == "1024"}
    assert len(reasons) == 1
    assert "limit" in reasons.pop()


def test_rates_without_losses_are_those_of_ideal_timing(small):
    free = [
        row
        for row in rows_of(small)
        if row["slowdown"] == "1000" and row["stretch"] == "warmup" and row["lost_or_late"] == "0"
    ]
    assert free
    for row in free:
        differences = [float(v) for k, v in row.items() if k.startswith("rate_minus_ideal_")]
        assert differences == [0.0] * 8


def test_both_engines_say_the_same(small, tmp_path):
    options = Options(
        scale=0.02,
        slowdowns=(1,),
        neurons_per_core=(),
        synapse_cores=(2,),
        time_ms=2.0,
        transient_ms=1.0,
        engine="reference",
        threads=1,
    )
    slow = rows_of(EXPERIMENT.run(options, progress=SilentProgress(), output=tmp_path))
    fast = [r for r in rows_of(small) if r["layout"] == "ensemble" and r["slowdown"] == "1"]
    known = slow[0].keys()
    assert slow == [{name: row[name] for name in known} for row in fast]
