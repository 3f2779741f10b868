"""Progress: silent, as lines in a log, as bars on a terminal."""

import io
import itertools

import pytest
from rich.console import Console

from host.progress import (
    COMPILING,
    Clock,
    LineProgress,
    Progress,
    SilentProgress,
    TerminalProgress,
    shown,
)


def console(*, terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=100)


def text_of(used: Console) -> str:
    assert isinstance(used.file, io.StringIO)
    return used.file.getvalue()


@pytest.mark.parametrize(
    ("terminal", "quiet", "kind"),
    [
        (True, False, TerminalProgress),
        (False, False, LineProgress),
        (True, True, SilentProgress),
        (False, True, SilentProgress),
    ],
)
def test_kind_suits_the_console(terminal: bool, quiet: bool, kind: type) -> None:
    used = console(terminal=terminal)
    with shown(used, quiet=quiet) as progress:
        assert isinstance(progress, kind)
        with progress.phase("outer", total=2), progress.phase(COMPILING):
            progress.advance()
    assert (text_of(used) == "") == quiet


def test_lines_name_phases_and_quarters(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(step=1.0)
    monkeypatch.setattr("host.progress.time.monotonic", lambda: next(clock))
    used = console(terminal=False)
    progress = LineProgress(used)
    with progress.phase("run [1]", total=8):
        for _ in range(8):
            progress.advance()
    with progress.phase("write"):
        progress.advance()
    lines = text_of(used).splitlines()
    assert lines[0] == "run [1]"
    assert [line.split(",")[0] for line in lines[1:3]] == [
        "run [1]: 50%",  # a quarter is done after one second
        "run [1]: 75%",
    ]
    assert lines[3:] == ["write"]


def test_lines_of_a_phase_without_work() -> None:
    used = console(terminal=False)
    progress = LineProgress(used)
    with progress.phase("generate", total=0.0):
        progress.advance(0)
    assert text_of(used).splitlines() == ["generate"]


def test_bar_names_the_phase_on_the_terminal() -> None:
    used = console(terminal=True)
    with shown(used, quiet=False) as progress, progress.phase("mapping", total=4):
        progress.advance(3)
    assert "mapping" in text_of(used)


def fail(progress: Progress) -> None:
    with progress.phase("p"):
        msg = "boom"
        raise RuntimeError(msg)


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("quiet", [True, False])
def test_a_failing_phase_lets_the_error_through(terminal: bool, quiet: bool) -> None:
    with shown(console(terminal=terminal), quiet=quiet) as progress:
        with pytest.raises(RuntimeError, match="boom"):
            fail(progress)
        with progress.phase("next"):
            progress.advance()


def test_a_report_says_how_far_and_what(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(step=1.0)
    monkeypatch.setattr("host.progress.time.monotonic", lambda: next(clock))
    used = console(terminal=False)
    progress = LineProgress(used)
    with progress.phase("variant"), progress.phase("place"):
        for share in (0.1, 0.3, 0.4, 0.6, 1.0):
            progress.report(share, "cost 7")
    assert text_of(used).splitlines() == [
        "variant",
        "  place",
        "  place: 60%, 1 s left, cost 7",  # a quarter is done after one second
    ]


def test_bar_shows_the_note_of_a_report() -> None:
    used = console(terminal=True)
    with shown(used, quiet=False) as progress, progress.phase("place"):
        progress.report(0.5, "cost 7")
    assert "cost 7" in text_of(used)


def test_the_clock_keeps_times_and_knows_what_did_not_end() -> None:
    clock = Clock(SilentProgress())
    with clock.phase("place", label="searching"):
        assert clock.so_far_s("place") >= 0
    with pytest.raises(RuntimeError), clock.phase("route"):
        raise RuntimeError
    assert list(clock.wall_s) == ["place"]
    assert clock.unfinished == "route"
