"""Loading in machine files, and the command ``chipemu load``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from host.cli.load import load_command
from host.errors import ConfigError
from host.load import LoadingParams
from host.machines import load_machine

SMALL = "pd14 --scale 0.002 --mapping homogeneous --neurons-per-core 8"

Command = Callable[[str], tuple[str, str]]


@pytest.fixture
def chipemu_load(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("COLUMNS", "120")
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(load_command)

    def call(line: str) -> tuple[str, str]:
        app(args=line.split(), standalone_mode=False)
        captured = capsys.readouterr()
        return captured.out, captured.err

    return call


def machine_file(folder: Path, loading: str) -> str:
    path = folder / "my.yaml"
    path.write_text(f"extends: spinn5\nloading:\n  {loading}\n")
    return str(path)


def test_presets_have_the_defaults() -> None:
    assert load_machine("spinnaker1").loading == LoadingParams()


def test_units_are_understood(tmp_path: Path) -> None:
    loading = load_machine(machine_file(tmp_path, "core_us: 5 ms")).loading
    assert loading.core_us == 5_000
    assert load_machine(machine_file(tmp_path, "link_hz: 1 GHz")).loading.link_hz == 1e9


@pytest.mark.parametrize(
    ("loading", "message"),
    [
        ("window: 0", "my.yaml:3: loading.window should be greater than or equal to 1, got 0"),
        ("link_hz: 0", "my.yaml:3: loading.link_hz should be greater than 0, got 0"),
        ("packet_bytes: 0", "my.yaml:3: loading.packet_bytes should be greater than"),
        ("core_us: -1", "my.yaml:3: loading.core_us should be greater than or equal to 0, got -1"),
        ("trial_cycles: 1.5", "my.yaml:3: loading.trial_cycles should be"),
        ("method: chips", "my.yaml:3: loading.method should be"),
        ("windw: 3", "my.yaml:3: unknown key 'windw' in loading"),
    ],
)
def test_wrong_figures_are_refused_by_name(tmp_path: Path, loading: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_machine(machine_file(tmp_path, loading))
    assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(message)
    assert "\n" not in str(caught.value)


def test_the_command_shows_terms_and_what_is_waited_for(chipemu_load: Command) -> None:
    out, err = chipemu_load(SMALL)
    assert out == ""
    for text in ("specifications", "exchanges", "expansion   candidates", "in all", "waits for"):
        assert text in err
    assert "host's synapses" not in err


def test_the_command_gives_one_object(chipemu_load: Command) -> None:
    out, err = chipemu_load(f"{SMALL} --by host --json --quiet")
    assert err == ""
    account = json.loads(out)
    names = [term["name"] for term in account["terms"]]
    assert names == ["mapping", "host's synapses", "exchanges", "packets"]
    assert account["loading_s"] == pytest.approx(
        sum(term["seconds"] for term in account["terms"] if term["phase"] == "loading")
    )
    assert account["link_bytes"] > 0


def test_cores_of_twice_the_clock_expand_in_half_the_time(
    chipemu_load: Command, tmp_path: Path
) -> None:
    path = tmp_path / "fast.yaml"
    path.write_text("extends: spinn5\ncores: {cycle_ps: 2500}\n")
    usual, fast = (
        json.loads(chipemu_load(f"{SMALL} --machine {name} --json")[0]) for name in ("spinn5", path)
    )
    assert fast["core_busy_s"] == pytest.approx(usual["core_busy_s"] / 2)
    for before, after in zip(usual["terms"], fast["terms"], strict=True):
        factor = 2 if before["name"].startswith("expansion") else 1
        assert after["seconds"] == pytest.approx(before["seconds"] / factor), before["name"]
    assert any(term["name"].startswith("expansion") for term in fast["terms"])


def test_the_command_refuses_others(chipemu_load: Command) -> None:
    with pytest.raises(ConfigError, match=r"--by takes host or cores.* got 'chips'"):
        chipemu_load(f"{SMALL} --by chips")
