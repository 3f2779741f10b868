"""From which slow-down on nothing is lost: points, thresholds, words; and all of it in small."""

import csv

import numpy as np
import pytest

from experiments.spike_loss import EXPERIMENT, Options
from experiments.spike_loss.measure import Bench, stretch_rates
from experiments.spike_loss.points import Point, all_variants, check_points, point_config
from experiments.spike_loss.run import run
from experiments.spike_loss.search import bisect, read_threshold
from host.config import Config
from host.errors import ConfigError
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
    none = dict.fromkeys((*LOSSES, "overruns", "undelivered"), 0)
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

    def __init__(self, transient_until, run_until, cause="late"):
        self.until = {"warmup": transient_until, "run": run_until}
        self.cause = cause
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
    finding, _ = found(tmp_path, FakeRun(6.0, 2.0), slowdowns=(1, 2, 5, 10))
    assert finding.sentences[-1] == (
        "homogeneous, 80 neurons per core: loss-free from a slow-down of 10 on (2 without the "
        "start-up transient); what is lost first below, at 5: late (7); 2 packets sent per step "
        "after the transient"
    )


def test_the_sentence_if_nothing_was_lost(tmp_path):
    finding, _ = found(tmp_path, FakeRun(0.0, 0.0), slowdowns=(1, 2))
    assert "loss-free at every slow-down tried, from 1 on; 2 packets" in finding.sentences[-1]


def test_the_sentence_if_it_is_never_loss_free(tmp_path):
    finding, _ = found(tmp_path, FakeRun(100.0, 100.0, "router_dropped"), slowdowns=(1, 2))
    assert (
        "not loss-free at any slow-down tried, up to 2 (nor without the start-up transient); "
        "what is lost at 2: router dropped (14)"
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
    assert "loss-free from a slow-down of 2 on" in finding.sentences[-1]


def test_a_search_finds_both_thresholds(tmp_path):
    fake = FakeRun(6.0, 2.0)
    finding, _ = found(tmp_path, fake, slowdowns=(1, 20), search=True, tolerance=0.01)
    tried = sorted(fake.slowdowns)
    assert len(tried) == len(set(tried))
    whole = min(s for s in tried if s >= 6)
    after = min(s for s in tried if s >= 2)
    assert whole <= 6.06
    assert after <= 2.02
    text = f"from a slow-down of {whole:g} on ({after:g} without"
    assert text in finding.sentences[-1]
    assert any("bisection to 1.0%" in line for line in finding.sentences)


def test_a_contradiction_in_a_search_is_told(tmp_path):
    """Loss-free without the transient at 1, which the search for the other threshold finds."""

    def odd(config, *, progress):
        until = 0.0 if config.slowdown < 1.5 else 6.0
        return FakeRun(until, until)(config, progress=progress)

    finding, _ = found(tmp_path, odd, slowdowns=(1, 2, 10))
    assert "not monotone: loss-free at 1 too" in finding.sentences[-1]


@pytest.mark.parametrize("cause", LOSSES)
def test_a_loss_shows_under_its_cause(tmp_path, cause):
    _, rows = found(tmp_path, FakeRun(0.0, 2.0, cause), slowdowns=(1,))
    warmup, after = rows
    assert after[cause] == "7"
    assert warmup[cause] == "0"
    assert all(after[other] == "0" for other in LOSSES if other != cause)
    assert after["lost"] == ("0" if cause == "skipped_synapses" else "7")
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
        if row["slowdown"] == "1000" and row["stretch"] == "warmup" and row["lost"] == "0"
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
