"""The work of small runs, counted exactly: what becomes more of it fails here, not a clock."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
EXPECTED = ROOT / "tests/data/work_counts.json"
LINES = "lines of "
TOLERANCE = 0.02
"""Share by which executed lines may grow: as much as breaking lines differently makes of them."""


def complaints(was, found):
    """One line for each count that is not as expected."""
    for name in sorted(was.keys() | found.keys()):
        before, now = was.get(name), found.get(name)
        if before is None or now is None:
            yield f"{name}: was {_told(before)}, is {_told(now)}"
        elif name.startswith(LINES):
            if now > (1 + TOLERANCE) * before:
                yield f"{name}: was {before:,}, is {now:,} (+{now / before - 1:.1%})"
        elif now != before:
            yield f"{name}: was {before:,}, is {now:,}"


def _told(count):
    return "not counted" if count is None else f"{count:,}"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("work") / "counts.json"
    subprocess.run(
        [sys.executable, "-m", "tests.system.work", str(path)],
        cwd=ROOT,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        check=True,
    )
    return json.loads(path.read_text())


def test_work_is_as_expected(found):
    expected = json.loads(EXPECTED.read_text())
    assert found.keys() == expected.keys()
    told = [f"{run}: {line}" for run in found for line in complaints(expected[run], found[run])]
    if told:
        pytest.fail(
            "the work has changed; if that is meant, renew the expected counts with "
            "`make work-counts`\n" + "\n".join(told),
            pytrace=False,
        )


def test_every_part_works(found):
    for run, counts in found.items():
        assert counts["spikes"] > 10, run
        assert counts["synaptic_events"] > 100, run
        assert counts["lines of chipemu.models"] > counts["spikes"], run
    for run in ("full, homogeneous", "full, ensemble"):
        counts = found[run]
        assert counts["lines of router"] > counts["router_passes"]
        assert counts["dma_bytes"] > 4 * counts["Total_pre_synaptic_events"] > 0


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ({"dma_bytes": 4000}, {"dma_bytes": 4001}, "dma_bytes: was 4,000, is 4,001"),
        ({"dma_bytes": 4000}, {"dma_bytes": 3999}, "dma_bytes: was 4,000, is 3,999"),
        ({"rows": 1}, {}, "rows: was 1, is not counted"),
        ({}, {"rows": 1}, "rows: was not counted, is 1"),
        ({"lines of router": 1000}, {"lines of router": 1021}, "is 1,021 (+2.1%)"),
        ({"lines of router": 1000}, {"lines of router": 1019}, None),
        ({"lines of router": 1000}, {"lines of router": 10}, None),
        ({"spikes": 7}, {"spikes": 7}, None),
    ],
)
def test_what_is_told(was, now, told):
    lines = list(complaints(was, now))
    assert lines == [] if told is None else told in lines[0]
