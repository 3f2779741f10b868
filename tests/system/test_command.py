"""The command from end to end, on a hundredth of the cortical microcircuit."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from host.cli import main
from host.errors import ExitCode
from host.runfolder import load_run

SMALL = ["pd14", "--scale", "0.01"]
SHORT = ["--time", "20", "--warmup", "5"]


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Object that the command prints; it must end well and say nothing else on stdout."""
    code = main([*arguments, "--json", "--quiet"])
    captured = capsys.readouterr()
    assert (code, captured.err) == (ExitCode.DONE, "")
    account = json.loads(captured.out)
    assert isinstance(account, dict)
    return account


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("layout", ["ensemble", "homogeneous"])
def test_run(capsys: pytest.CaptureFixture[str], layout: str) -> None:
    account = call(capsys, "run", *SMALL, *SHORT, "--mapping", layout, "--output", "a")
    results = load_run(Path("a"))
    assert results.spikes is not None
    assert account["n_neurons"] == results.n_neurons == sum(results.spikes.sizes)
    assert account["n_cores"] > account["n_chips"] >= 1
    assert account["n_boards"] == 1
    assert set(account["rates_hz"]) == set(results.spikes.populations)
    for key in ("losses", "wall_s", "rtf", "peak_rss_bytes", "energy"):
        assert account[key] is not None
    assert results.config.mapping.layout == layout


def test_rates_are_those_of_the_spikes_after_the_warm_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    account = call(capsys, "run", *SMALL, *SHORT, "--output", "a")
    results = load_run(Path("a"))
    assert results.spikes is not None
    assert results.spikes.steps.size > 0
    first = results.config.run.n_warmup_steps
    for name, size in zip(results.spikes.populations, results.spikes.sizes, strict=True):
        steps, _ = results.spikes.of(name)
        n_spikes = np.count_nonzero(steps >= first)
        assert account["rates_hz"][name] == pytest.approx(n_spikes / size / 0.020)


def test_same_configuration_gives_same_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, "run", *SMALL, *SHORT, "--output", "a", "--threads", "1")
    call(capsys, "run", "a/config.yaml", "--output", "b", "--threads", "2")
    call(capsys, "run", *SMALL, *SHORT, "--output", "c", "--seed", "2")
    spikes = [Path(folder, "spikes.h5").read_bytes() for folder in "abc"]
    assert spikes[0] == spikes[1]
    assert spikes[0] != spikes[2]


@pytest.mark.parametrize("layout", ["ensemble", "homogeneous"])
def test_map(capsys: pytest.CaptureFixture[str], layout: str) -> None:
    account = call(capsys, "map", *SMALL, "--mapping", layout)
    before, after = account["entries_before"], account["entries_after"]
    assert before["max"] >= after["max"] >= 1
    assert before["total"] >= after["total"] >= after["mean"]
    assert account["tree_links_per_spike"] >= 0
    assert account["check"]
    assert account["stage_s"]
    assert not any(Path().iterdir())


def test_network_that_does_not_fit(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["map", "pd14", "--scale", "0.5", "--machine", "spinn5", "--quiet"])
    captured = capsys.readouterr()
    assert (code, captured.out) == (ExitCode.DOES_NOT_FIT, "")
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1


def test_tables_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", *SMALL, *SHORT]) == ExitCode.DONE
    captured = capsys.readouterr()
    assert captured.out == ""
    for text in ("L23E", "wall time", "losses", "per synaptic event"):
        assert text in captured.err
