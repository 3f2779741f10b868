"""The figure of a comparison, in each format, with and without a spread."""

from dataclasses import replace

import numpy as np
import pytest

from host.analysis.figure import draw
from host.analysis.verdict import compare
from host.errors import OutputError
from tests.host.analysis.made import drawn


def comparison(n_references=9, shift=0.0):
    rng = np.random.default_rng(1)
    tests = [drawn(rng, shift=shift) for _ in range(2)]
    return compare(tests, [drawn(rng) for _ in range(n_references)])


@pytest.mark.parametrize(("ending", "magic"), [("pdf", b"%PDF"), ("png", b"\x89PNG")])
def test_each_format(tmp_path, ending, magic):
    path = tmp_path / f"a.{ending}"
    draw(comparison(shift=3.0), path)
    assert path.read_bytes().startswith(magic)


def test_equal_comparisons_give_equal_files(tmp_path):
    for name in ("a.svg", "b.svg"):
        draw(comparison(), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_an_unknown_spread_and_missing_values_are_said(tmp_path):
    found = comparison(n_references=1)
    cc = (np.zeros(0), found.tests[0].values["cc"][1])
    first = replace(found.tests[0], values={**found.tests[0].values, "cc": cc})
    draw(compare([first], found.references), tmp_path / "a.svg")
    text = (tmp_path / "a.svg").read_text()
    assert "no values" in text
    assert "not known: one seed" in text


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(OutputError, match=r"cannot write"):
        draw(comparison(), tmp_path / "none" / "a.svg")
