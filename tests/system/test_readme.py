"""The Python example of the README runs as it stands, on a smaller network."""

import re
import runpy
from pathlib import Path

import pytest

from host.runfolder import load_run

README = Path(__file__).parents[2] / "README.md"


def test_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert "scale=0.1" in example
    assert "time_ms=1000.0" in example
    small = example.replace("scale=0.1", "scale=0.01").replace("time_ms=1000.0", "time_ms=20.0")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "example.py").write_text(small)
    runpy.run_path("example.py")
    assert "L4E" in capsys.readouterr().out
    assert load_run(tmp_path / "runs/mine").n_neurons > 0


def test_length() -> None:
    assert len(README.read_text().splitlines()) <= 120
