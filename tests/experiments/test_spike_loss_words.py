"""What spike-loss tells: sentences, tables."""

import pytest

from host.timing import LOSSES
from mapping.errors import DoesNotFitError
from tests.experiments.spike_loss_runs import FakeRun, found


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
