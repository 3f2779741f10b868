"""The parts of a report: figures, tables, axes, what a raster shows, what the reference says."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from markupsafe import Markup

from host.analysis.measures import MEASURES
from host.analysis.sample import Sample, Window
from host.datatable import Table
from host.report.likeness import judge, limit_sd
from host.report.markup import Column, table, tag
from host.report.numbers import bytes_text, percent, quantity, seconds
from host.report.plot import ticks
from host.report.raster import FEWEST, MOST_SPIKES, choose
from host.report.ratecurves import curves
from host.report.sweepvalues import series_of, varied_keys
from host.results import Spikes


def test_text_is_escaped_and_markup_is_not():
    assert tag("p", "<&\"'", Markup("<b>x</b>"), title='"') == (
        '<p title="&#34;">&lt;&amp;&#34;&#39;<b>x</b></p>'
    )


def test_a_table_has_a_row_for_each_and_its_total_apart():
    columns = [Column("name", is_number=False), Column("n")]
    made = table(columns, [["a", 1], ["<b>", 2]], caption="c", total=["all", 3], keys=[[0, 1]] * 2)
    assert made.count("<tr>") == 4
    assert "<b>" not in made
    assert made.index("</tbody>") < made.index("all") < made.index("</tfoot>")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 J"),
        (1.0, "1.00 J"),
        (999.6, "1.00 kJ"),
        (0.0009996, "1.00 mJ"),
        (1.5e-9, "1.50 nJ"),
        (-74.5e-3, "-74.5 mJ"),
        (math.nan, "\u2013"),
        (None, "\u2013"),
    ],
)
def test_quantities(value, text):
    assert quantity(value, "J") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.5, "50.0 %"), (3e-7, "3e-05 %"), (0.9999, "99.99 %")],
)
def test_what_is_not_nothing_and_not_all_is_never_written_so(value, text):
    assert percent(value) == text


def test_times_and_memory():
    assert (seconds(0.0), seconds(59.0), seconds(121.0), seconds(8000.0)) == (
        *("0 s", "59.0 s", "2.02 min", "2.22 h"),
    )
    assert (bytes_text(0), bytes_text(1 << 20), bytes_text(None)) == ("0 B", "1.00 MiB", "\u2013")


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3.7, 12.9), (0, 1e-9), (5e5, 7e6), (2, 2)])
def test_ticks_are_few_and_inside(low, high):
    found = ticks(low, high, 6)
    assert 1 <= len(found) <= 6
    assert all(low - 1e-12 <= value <= high + 1e-12 for value in found)


def swept(**columns):
    """A sweep that has this table, as far as series look at it."""
    n = len(next(iter(columns.values())))
    table = Table({"point": list(range(1, n + 1))} | columns)
    return SimpleNamespace(keys=tuple(columns), table=table)


def test_series_are_over_one_key_and_means_over_seeds():
    made = swept(a=[1, 1, 2, 2] * 2, b=["x"] * 4 + ["y"] * 4, **{"run.seed": [1, 2] * 4})
    found = series_of(made, "a", [1.0, 3.0, 5.0, 7.0, 0.0, 0.0, None, None])
    assert [one.name for one in found] == ["b x", "b y"]
    assert found[0].x == (1, 2)
    assert found[0].y == (2.0, 6.0)
    assert found[0].points == (((1, 1.0), (2, 3.0)), ((3, 5.0), (4, 7.0)))
    assert found[1].x == (1,)
    assert varied_keys(made) == ["a", "b"]


def test_keys_that_vary_together_are_one_line_and_samples_none():
    together = swept(a=[1, 2, 3], b=[10, 20, 30])
    assert [one.is_line for one in series_of(together, "a", [1.0, 2.0, 3.0])] == [True]
    drawn = swept(a=[1.5, 2.5, 3.5, 4.5], b=[10.0, 5.0, 30.0, 2.0])
    (only,) = series_of(drawn, "a", [1.0, 2.0, 3.0, 4.0])
    assert (len(only.x), only.is_line) == (4, False)


def spikes(n_spikes=20_000, sizes=(4000, 900, 100, 3), n_steps=10_000, seed=1):
    rng = np.random.default_rng(seed)
    steps = np.sort(rng.integers(0, n_steps, n_spikes)).astype(np.int32)
    neurons = rng.integers(0, sum(sizes), n_spikes).astype(np.int32)
    order = np.lexsort((neurons, steps))
    names = tuple("ABCD"[: len(sizes)])
    return Spikes(steps[order], neurons[order], 0.1, names, sizes)


def test_a_raster_takes_the_same_fraction_of_every_population():
    made = spikes()
    drawn = choose(made, 500.0, 1000.0)
    fractions = [n / size for n, size in zip(drawn.n_rows, made.sizes, strict=True)]
    assert fractions[0] == pytest.approx(fractions[1], rel=0.02)
    assert drawn.n_rows[3] == 3  # all that it has
    assert drawn.n_rows[2] >= FEWEST
    for rows, times, n in zip(drawn.rows, drawn.times_ms, drawn.n_rows, strict=True):
        assert rows.size == 0 or rows.max() < n
        assert np.all((times >= 500.0) & (times < 1000.0))


def test_a_raster_shows_all_spikes_of_its_neurons_and_time():
    made = spikes(sizes=(50, 20), n_spikes=2000)
    drawn = choose(made, 200.0, 600.0)
    inside = (made.steps >= 2000) & (made.steps < 6000)
    assert sum(rows.size for rows in drawn.rows) == np.count_nonzero(inside)


def test_a_raster_of_many_spikes_is_shorter():
    drawn = choose(spikes(n_spikes=200_000, sizes=(100,)), 0.0, 1000.0)
    assert sum(rows.size for rows in drawn.rows) <= MOST_SPIKES
    assert 0.0 < drawn.stop_ms < 1000.0


def test_curves_hold_every_spike():
    made = spikes()
    width_ms, rates = curves(made, 1000.0)
    sizes = np.array(made.sizes)[:, None]
    n_spikes = (rates * sizes * width_ms / 1000.0).sum(axis=1)
    np.testing.assert_allclose(n_spikes, made.counts())


def test_limits_are_those_of_student():
    """Two-sided 5 % points of Student's t (Fisher & Yates 1963), for one comparison."""
    for n_seeds, t in ((3, 4.303), (6, 2.571), (14, 2.160), (61, 2.000)):
        assert limit_sd(n_seeds, 1) == pytest.approx(t * math.sqrt(1 + 1 / n_seeds), rel=1e-3)


def sample(means, seed, time_ms=1000.0):
    values = {measure: tuple(np.array([mean, mean]) for mean in means) for measure in MEASURES}
    window = Window(0.0, time_ms)
    return Sample(name="s", populations=("A", "B"), sizes=(2, 2), values=values, window=window,
                  seed=seed)  # fmt: skip


def references(n=8):
    rng = np.random.default_rng(3)
    return [sample(rng.normal((5.0, 1.0), 0.1).tolist(), k) for k in range(n)]


def test_a_run_like_its_reference_is_alike_and_another_is_not():
    like = judge(sample((5.02, 0.97), 90), references())
    assert like.is_decided
    assert like.is_alike
    other = judge(sample((5.02, 3.0), 91), references())
    assert not other.is_alike
    assert other.worst[1] == "B"


def test_seeds_of_the_reference_itself_are_seldom_called_different():
    """The limit holds for all measures and populations at once."""
    rng = np.random.default_rng(4)
    n_false = 0
    for _ in range(200):
        seeds = [sample(rng.normal((5.0, 1.0), 0.1).tolist(), k) for k in range(6)]
        n_false += not judge(seeds[0], seeds[1:]).is_alike
    assert n_false < 20


def test_another_time_or_a_single_seed_decides_nothing():
    assert not judge(sample((5.0, 1.0), 9), references(1)).is_decided
    longer = judge(sample((5.0, 1.0), 9, time_ms=500.0), references())
    assert not longer.is_decided
    assert longer.deviations["rate", "A"].seeds
    assert not longer.deviations["cv", "A"].seeds


def test_without_a_reference_nothing_is_said():
    alone = judge(sample((5.0, 1.0), 9), ())
    assert not alone.is_decided
    assert alone.largest_rate is None
