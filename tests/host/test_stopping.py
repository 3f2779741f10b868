"""A run that is stopped early is a whole run, as long as it came to be, and can go on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

import host
from host import engines
from host.cli import main
from host.config import Config, load_config
from host.errors import ExitCode
from host.losslimits import exceeded, parse_limits
from host.progress import SilentProgress
from host.resume import resume
from host.runfolder import CHECKPOINT, load_run, unfinished_folder
from host.stopping import Stop, interruptible

START = "import sys, host.cli; sys.exit(host.cli.main(sys.argv[1:]))"
BULK = ("spikes.h5", "recordings.h5", "counters.json", "actions.json")
SETTINGS = {
    "network.scale": 0.01,
    "run.time_ms": 30.0,
    "run.warmup_ms": 10.0,
    "run.threads": 1,
    "record.v": {"L4E": 2},
}


@pytest.fixture(autouse=True)
def _short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "STEPS_PER_CALL", 50)
    monkeypatch.setattr(engines, "TIMED_STEPS_PER_CALL", 50)


class StopsAfter(SilentProgress):
    """Asks to stop once so many steps are done."""

    def __init__(self, n_steps: int) -> None:
        self.stop, self._left, self._phases = Stop(), n_steps, [""]

    def phase(self, name: str, total: float | None = None) -> AbstractContextManager[None]:
        self._phases.append(name)
        return super().phase(name, total)

    def advance(self, amount: float = 1.0) -> None:
        if self._phases[-1] == "simulate" and amount:
            self._left -= round(amount)
            if self._left <= 0 and not self.stop.is_requested:
                self.stop.request()


def stopped(config: Config, n_steps: int, folder: Path) -> host.Results:
    progress = StopsAfter(n_steps)
    return host.run(config, progress=progress, run_dir=folder, stop=progress.stop)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"run.connectivity": "procedural"},
        {"run.timing": "full", "mapping.layout": "ensemble", "run.slowdown": 20.0},
    ],
    ids=["ideal", "procedural", "full"],
)
def test_what_is_kept_is_a_run_of_that_length(more: dict[str, object], tmp_path: Path) -> None:
    config = load_config(None, SETTINGS | more)
    results = stopped(config, 230, tmp_path / "stopped")
    assert (results.config.run.time_ms, results.asked_time_ms) == (15.0, 30.0)
    shorter = replace(config, run=replace(config.run, time_ms=15.0))
    host.run(shorter, run_dir=tmp_path / "short")
    for name in BULK:
        assert (tmp_path / "stopped" / name).read_bytes() == (
            tmp_path / "short" / name
        ).read_bytes(), name
    read = load_run(tmp_path / "stopped")
    assert read.asked_time_ms == 30.0
    assert read.rates_hz == load_run(tmp_path / "short").rates_hz


def test_it_can_go_on(tmp_path: Path) -> None:
    config = load_config(None, SETTINGS)
    stopped(config, 230, tmp_path / "run")
    assert (tmp_path / "run" / CHECKPOINT).is_file()
    again = resume(tmp_path / "run", changes={"run.time_ms": 30.0})
    assert again.asked_time_ms is None
    host.run(config, run_dir=tmp_path / "whole")
    for name in BULK:
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert not (tmp_path / "whole" / CHECKPOINT).exists()


def test_in_the_warm_up_there_is_nothing_to_show_yet(tmp_path: Path) -> None:
    config = load_config(None, SETTINGS)
    with pytest.raises(KeyboardInterrupt):
        stopped(config, 60, tmp_path / "run")
    assert (unfinished_folder(tmp_path / "run") / CHECKPOINT).is_file()
    assert resume(tmp_path / "run").config == config


def test_at_the_last_step_it_is_too_late(tmp_path: Path) -> None:
    results = stopped(load_config(None, SETTINGS), 400, tmp_path / "run")
    assert results.asked_time_ms is None


def test_what_nobody_would_notice_stops_at_once() -> None:
    with pytest.raises(KeyboardInterrupt):
        Stop().request()
    stop = Stop()
    with stop.awaited():
        stop.request()
        assert stop.is_requested
        with pytest.raises(KeyboardInterrupt):
            stop.request()


def test_the_first_signal_asks_the_second_stops() -> None:
    said: list[str] = []
    with interruptible(said.append) as stop, stop.awaited():
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.is_requested
        assert "press Ctrl-C again" in said[0]
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60.0
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_command_leaves_a_run_that_can_be_read(tmp_path: Path) -> None:
    command = "run pd14 --scale 0.01 --warmup 0 --time 1h --threads 1 --output run --json"
    with subprocess.Popen(
        [sys.executable, "-c", START, *command.split()],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("simulate"):
                break
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED, err
    results = load_run(tmp_path / "run")
    assert results.asked_time_ms == 3.6e6
    assert f"stopped after {results.config.run.time_ms:.12g} of 3600000 ms" in err
    assert "go on with: chipemu resume run --time 3600000ms" in err


def test_more_losses_than_allowed_have_an_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    call = "run pd14 --scale 0.005 --time 10 --warmup 0 --timing full --slowdown 0.05 --quiet"
    assert main([*call.split(), "--output", "a", "--fail-on", "0"]) == ExitCode.NOT_MET
    losses = load_run(tmp_path / "a").losses
    total = sum(losses.values())
    assert f"losses above --fail-on: lost in all {total:,} (limit 0)" in capsys.readouterr().err
    assert main([*call.split(), "--output", "b", "--fail-on", str(total)]) == ExitCode.DONE


@pytest.mark.parametrize("text", ["some", "-1", "1.5", "late=", "lat=1", "=3x"])
def test_limits_that_cannot_be(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "pd14", "--fail-on", text]) == ExitCode.USER
    assert f"--fail-on {text}: " in capsys.readouterr().err


def test_limits_by_cause() -> None:
    limits = parse_limits(["late=3", "flushed=0", "delay_clipped=1"])
    assert exceeded({"late": 4, "flushed": 0}, limits) == ["late 4 (limit 3)"]
    assert exceeded({}, limits) == []


def test_a_limit_that_ideal_timing_cannot_exceed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "pd14", "--fail-on", "late=0"]) == ExitCode.USER
    assert "--fail-on late=0: with ideal timing nothing but" in capsys.readouterr().err
