"""Comparing runs: what differs and what is the same, of equal, near and unlike runs."""

import json
from pathlib import Path

import pytest

from host.cli import main
from host.comparison import RunComparison, compare_runs
from host.comparisontables import MOST_ROWS
from host.runfolder import load_run

SMALL = ["--scale", "0.004", "--time", "300", "--warmup", "100", "--threads", "1", "--quiet"]
RUNS = {
    "a": [],
    "ensemble": ["--mapping", "ensemble"],
    "full": ["--mapping", "ensemble", "--timing", "full", "--slowdown", "0.5"],
    "seed": ["--seed", "5"],
    "shorter": ["--time", "100"],
    "silent": ["--set", "record.spikes=false"],
    "machine": ["--machine", "spinn3"],
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compare")
    for name, options in RUNS.items():
        assert main(["run", "pd14", *SMALL, *options, "--output", str(folder / name)]) == 0
    return folder


def compared(runs: Path, *names: str) -> RunComparison:
    return compare_runs([runs / name for name in names])


def values(comparison: RunComparison, block: str, row: str) -> tuple[object, ...]:
    return next(one.values for one in comparison.block(block).rows if one.name == row)


def test_layout_changes_energy_but_no_spike(runs: Path) -> None:
    found = compared(runs, "a", "ensemble")
    assert [row.name for row in found.block("configuration").differing] == ["mapping.layout"]
    assert found.block("machine").differing == found.block("network").differing == ()
    assert found.block("rates_hz").differing == ()
    assert values(found, "energy", "e_syn_uj") == tuple(
        load_run(runs / name).energy["e_syn_uj"] for name in ("a", "ensemble")
    )
    (spikes,) = found.spikes
    assert spikes.is_identical
    assert spikes.words.startswith("spikes identical: ")
    assert not spikes.distances


def test_another_seed_has_other_spikes_at_a_distance(runs: Path) -> None:
    (spikes,) = compared(runs, "a", "seed").spikes
    assert spikes.is_identical is False
    assert "spikes differ" in spikes.words
    rates = {one.population: one for one in spikes.distances if one.measure == "rate"}
    assert set(rates) == set(load_run(runs / "a").rates_hz)
    assert all(one.ks is not None and 0 <= one.ks <= 1 for one in rates.values())
    assert any(one.emd for one in rates.values())


def test_a_shorter_run_is_the_same_as_far_as_it_goes(runs: Path) -> None:
    (spikes,) = compared(runs, "a", "shorter").spikes
    assert spikes.is_identical is False
    first, other = (load_run(runs / name).spikes for name in ("a", "shorter"))
    assert first is not None
    assert other is not None
    at_ms = first.times_ms[other.steps.size]
    assert f"the same until {at_ms:.12g} ms ({other.steps.size:,} spikes)" in spikes.words
    assert {one.emd for one in spikes.distances if one.measure == "rate"} == {0.0}


def test_full_timing_against_ideal(runs: Path) -> None:
    found = compared(runs, "ensemble", "full")
    assert values(found, "timing", "deadline") == (
        "assumed",
        load_run(runs / "full").energy["deadline"],
    )
    assert values(found, "timing", "neuron.smallest_slack_us")[0] is None
    assert values(found, "losses", "late")[0] is None
    assert isinstance(values(found, "losses", "late")[1], int)


def test_what_cannot_be_compared_is_told(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (spikes,) = compared(runs, "a", "silent").spikes
    assert (spikes.is_identical, spikes.distances) == (None, ())
    assert spikes.not_compared == "no spikes were recorded in silent"
    other = tmp_path / "brunel"
    options = ["--scale", "0.01", "--time", "10", "--warmup", "0", "--dt", "0.1", "--quiet"]
    assert main(["run", "brunel", *options, "--output", str(other)]) == 0
    found = compare_runs([runs / "a", other])
    assert found.spikes[0].words == "spikes are of different neurons: the populations differ"
    assert found.spikes[0].not_compared.startswith("no time counts in both: ")
    assert "0 to 10 ms in brunel" in found.spikes[0].not_compared
    assert values(found, "about", "network") == ("pd14", "brunel")
    assert found.block("network").differing
    assert all(not isinstance(v, dict) for row in found.block("network").rows for v in row.values)
    assert main(["compare", str(runs / "a"), str(other)]) == 0
    n = len(found.block("network").differing)
    assert f"and {n - MOST_ROWS['network']} more: see --json" in capsys.readouterr().err


def test_machines_are_compared_in_detail(runs: Path) -> None:
    found = compared(runs, "a", "machine")
    assert values(found, "machine", "topology.kind") == ("boards", "mesh")
    assert found.spikes[0].is_identical


def test_three_runs_on_the_screen(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [str(runs / name) for name in ("a", "ensemble", "seed")]
    assert main(["compare", *folders]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    for text in (
        "mapping.layout",
        "e_syn (uJ)",
        "L23E (spikes/s)",
        "rate: KS",
        "the same: machine",
    ):
        assert text in told.err
    assert "a and ensemble: spikes identical" in told.err
    counts = [load_run(runs / name).spikes.steps.size for name in ("a", "seed")]
    told_counts = "{:,} and {:,} spikes".format(*counts)
    assert f"a and seed: spikes differ: {told_counts}" in " ".join(told.err.split())


def test_json(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(runs / "a"), str(runs / "seed"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "chipemu.comparison-of-runs"
    assert [run["name"] for run in told["runs"]] == ["a", "seed"]
    assert told["configuration"]["run.seed"]["values"] == [1, 5]
    assert told["energy"]["total_j"]["unit"] == "J"
    assert told["spikes"][0]["identical"] is False
    assert told["spikes"][0]["distances"][0]["measure"] == "rate"
    page = (Path(__file__).parents[2] / "docs/json.md").read_text(encoding="utf-8")
    described = page.partition("## chipemu.comparison-of-runs\n")[2].partition("\n## ")[0]
    assert all(f"`{key}`" in described for key in told.keys() - {"schema", "version"})


def test_names_tell_folders_apart(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(runs / "a")
    names = compare_runs([runs / "a", tmp_path / "a"]).names
    assert names == (f"{runs.name}/a", f"{tmp_path.name}/a")


def test_one_run_is_no_comparison(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(runs / "a")]) == 2
    assert "needs two run folders or more" in capsys.readouterr().err
    assert main(["compare", str(runs / "a"), str(runs / "none")]) != 0
    assert "is no run folder" in capsys.readouterr().err
