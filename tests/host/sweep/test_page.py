"""What docs/sweeps.md promises: its examples can be run, and its table has all columns."""

import re
from pathlib import Path

import pytest

from host.config import load_config
from host.pipeline import run
from host.sweep import plan_sweep
from host.sweep.results import HEAD, TAIL
from host.sweep.rows import read_summary, summary_row
from host.sweep.words import COLUMNS

PAGE = (Path(__file__).parents[3] / "docs" / "sweeps.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("example", "n_points"), [(0, 24), (1, 20)])
def test_examples(tmp_path: Path, example: int, n_points: int) -> None:
    path = tmp_path / "sweep.yaml"
    path.write_text(EXAMPLES[example], encoding="utf-8")
    assert len(plan_sweep(path).points) == n_points


def test_every_column_is_told(tmp_path: Path) -> None:
    keys = {"network.scale": 0.002, "run.time_ms": 1, "run.warmup_ms": 0, "run.timing": "full"}
    run(load_config(None, keys), run_dir=tmp_path / "run")
    columns = [*HEAD, *summary_row(read_summary(tmp_path / "run")), *TAIL]
    told = set(re.findall(r"`([a-z_.A-Z0-9]+)`", PAGE))
    unknown = [
        name
        for name in columns
        if name not in told and not name.startswith(("rate_hz.", "losses."))
    ]
    assert unknown == []
    kinds = ("rate_hz.", "losses.")
    assert {name for name in columns if not name.startswith(kinds)} == set(COLUMNS)
    assert {"rate_hz.L4E", "losses.late"} <= told & set(columns)
