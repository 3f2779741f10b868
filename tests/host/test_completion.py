"""The shell completes commands, options, names and configuration keys."""

import contextlib

import pytest

from host.cli import app


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("ma", ["map", "machines"]),
        ("run br", ["brunel"]),
        ("run --machine spinn", ["spinn3", "spinn5", "spinnaker1"]),
        ("run --timing ", ["ideal", "full"]),
        ("map --placer h", ["hilbert"]),
        ("experiment spike", ["spike-loss"]),
        ("run --set run.dt", ["run.dt_ms="]),
        ("run --set network.variant.w", ["network.variant.weight_factor="]),
        ("machines templ", ["template"]),
    ],
)
def test_the_shell_completes(
    words: str,
    offered: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("_CHIPEMU_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", f"chipemu {words}")
    monkeypatch.setenv("COMP_CWORD", str(len(f"chipemu {words}".split(" ")) - 1))
    with contextlib.suppress(SystemExit):
        app(prog_name="chipemu")
    assert set(offered) <= set(capsys.readouterr().out.split())
