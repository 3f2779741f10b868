"""Design-space in earnest, in small."""

import pytest

import host
from experiments.design_space import EXPERIMENT, Options
from host.config import load_config
from host.progress import SilentProgress
from tests.experiments.design_space_runs import NOTHING, rows_of

LISTS = {"clock_mhz": (100, 400), "synapse_cores": (2, 16), "process": (0.5,)}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    options = Options(
        scale=0.02,
        time_ms=10.0,
        transient_ms=20.0,
        base_synapse_cores=2,
        tolerance=0.1,
        engine="compiled",
        threads=1,
        **(NOTHING | LISTS),
    )
    folder = tmp_path_factory.mktemp("design_space")
    finding = EXPERIMENT.run(options, progress=SilentProgress(), output=folder)
    return folder, finding


def test_a_faster_clock_never_makes_it_worse(small):
    rows = rows_of(small[1])
    slowdowns = [float(rows[name]["q_rtf"]) for name in ("clock_mhz-100", "base", "clock_mhz-400")]
    assert slowdowns == sorted(slowdowns, reverse=True)
    assert slowdowns[0] > 2 * slowdowns[2]


def test_something_was_found_on_both_sides(small):
    for name, row in rows_of(small[1]).items():
        if name != "synapse_cores-16":
            assert float(row["lossy_at"]) < float(row["q_rtf"]) <= 1.1 * float(row["lossy_at"])
            assert row["lost_first"]


def test_an_ensemble_that_is_larger_than_a_chip_does_not_fit(small):
    assert rows_of(small[1])["synapse_cores-16"]["reason"]


def test_half_the_process_energy_leaves_what_stands(small):
    rows = rows_of(small[1])
    base, half = rows["base"], rows["process-0.5"]
    for kind, factor in (("work", 2), ("waiting", 2), ("standing", 1)):
        before, after = (float(row[f"e_syn_{kind}_uj"]) for row in (base, half))
        assert before == pytest.approx(factor * after)
        assert after > 0


@pytest.mark.parametrize("name", ["clock_mhz-400", "process-0.5"])
def test_a_run_by_hand_gives_the_energy_of_the_table(small, name):
    folder, finding = small
    row = rows_of(finding)[name]
    results = host.run(load_config(folder / "designs" / f"{name}.run.yaml"))
    assert results.energy["e_syn_uj"] == pytest.approx(float(row["e_syn_nominal_uj"]), rel=1e-12)
    assert results.energy["deadline"] == "met"
    assert (folder / "design_space.svg").stat().st_size > 0
