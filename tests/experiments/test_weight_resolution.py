"""Weight-resolution with made-up trains, and in earnest in small."""

import pytest

from experiments.weight_resolution import EXPERIMENT, Options
from experiments.weight_resolution.run import run
from host.analysis import MEASURES
from host.config import NetworkConfig, VariantConfig
from host.errors import ConfigError
from host.experiments import parse_options
from host.progress import SilentProgress
from tests.experiments.made_up_trains import FakeRun, rows_of

SHORT = {"time_ms": 1000.0, "warmup_ms": 100.0, "bits": (1, 4)}


def rate_hz(config):
    """One naive bit makes neurons fire half as often again."""
    variant = config.network.variant
    return 30.0 if (variant.weight_bits, variant.discretisation) == (1, "naive") else 20.0


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    fake = FakeRun(rate_hz)
    folder = tmp_path_factory.mktemp("weight_resolution")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.weight_resolution.run.draw", lambda *_: ())
        finding = run(Options(**SHORT), progress=SilentProgress(), output=folder, run_network=fake)
    return finding, fake


def test_every_point_runs_with_every_seed_and_full_weights_by_each_rule(found):
    variants = [config.network.variant for config in found[1].configs]
    for rule in ("total", "in_degree"):
        assert variants.count(VariantConfig(connections=rule)) == 5
        for bits in (1, 4):
            for method in ("naive", "preserving"):
                wanted = VariantConfig(connections=rule, weight_bits=bits, discretisation=method)
                assert variants.count(wanted) == 3
    assert len(variants) == 2 * (5 + 4 * 3)
    assert {config.network for config in found[1].configs} >= {
        NetworkConfig(scale=0.1, variant=VariantConfig(connections="total"))
    }


def test_only_what_differs_is_told(found):
    told = {row[:3]: row[-1] for row in found[0].rows}
    assert len(told) == 8
    for (rule, method, bits), by in told.items():
        assert ("rate" in by) == (method == "naive" and bits == 1), (rule, method, bits)
    assert "fixed total numbers, naive: bits told apart from full weights: 1 (" in "\n".join(
        found[0].sentences
    )
    assert "told apart by nothing" in found[0].sentences[-1]


def test_the_file_has_a_row_per_point_and_measure(found):
    rows = rows_of(found[0])
    assert len(rows) == len(MEASURES) * (2 + 8)
    assert {row["method"] for row in rows} == {"full", "naive", "preserving"}


def test_a_figure_is_drawn(tmp_path):
    options = Options(**SHORT, reference_seeds=(1, 2), seeds=(11,), connections=("total",))
    fake = FakeRun(rate_hz)
    finding = run(options, progress=SilentProgress(), output=tmp_path, run_network=fake)
    assert [path.suffix for path in finding.files] == [".csv", ".png", ".svg"]
    assert all(path.stat().st_size > 0 for path in finding.files)
    assert any("too few seeds" in sentence for sentence in finding.sentences)


def test_a_seed_cannot_be_on_both_sides():
    with pytest.raises(ConfigError, match="seed 3 is among seeds and reference_seeds"):
        parse_options(EXPERIMENT, ["seeds=3,4"])


def test_in_earnest_in_small(tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.weight_resolution.run.draw", lambda *_: ())
    options = Options(
        scale=0.005,
        bits=(1,),
        methods=("naive",),
        reference_seeds=(1, 2),
        seeds=(11,),
        time_ms=50.0,
        warmup_ms=0.0,
        threads=1,
    )
    finding = EXPERIMENT.run(options, progress=SilentProgress(), output=tmp_path)
    assert [row[:3] for row in finding.rows] == [("total", "naive", 1), ("in_degree", "naive", 1)]
    assert all(0 < row[3] <= 1 for row in finding.rows)
