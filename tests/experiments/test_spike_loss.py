"""Points, styles and rates of spike-loss."""

import pytest

from experiments.spike_loss import EXPERIMENT, Options
from experiments.spike_loss.measure import Bench, stretch_rates
from experiments.spike_loss.points import Point, all_variants, check_points, point_config
from experiments.spike_loss.styles import STYLES
from host.config import CoresConfig
from host.errors import ConfigError, ExitCode, exit_code
from host.experiments import parse_options
from host.progress import SilentProgress
from tests.experiments.spike_loss_runs import ONE, SPIKES, FakeRun, found


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
