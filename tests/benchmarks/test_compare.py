"""Comparisons of simulators: who cannot take part is told, other answers are told."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.peers import compare as module
from benchmarks.peers.compare import compare
from benchmarks.peers.contestants import CONTESTANTS, Task, why_not
from benchmarks.peers.table import table

TASK = Task(0.1, "poisson", 2_988_807, Path("network.json"), 1000.0, 500.0, threads=2)
OURS, _, NEST, BRIAN = CONTESTANTS


def figures(rtf, *, rate=2.7, n_synapses=2_988_807):
    return {
        "version": "1.0",
        "n_synapses": n_synapses,
        "build_s": 1.0,
        "rtf": rtf,
        "cpu_s": 2 * rtf,
        "mean_rate_hz": rate,
        "peak_rss_bytes": 2_000_000_000,
    }


@pytest.fixture
def made_up(monkeypatch):
    """Replaces running by figures for each simulator, a round after the other."""
    order = []

    def use(found):
        given = {name: iter(runs) for name, runs in found.items()}

        def run(contestant, task, seed):
            order.append((seed, contestant.name))
            return dict(next(given[contestant.name]))

        monkeypatch.setattr(module, "run", run)
        monkeypatch.setattr(module, "why_not", lambda c, task: None if c.name in found else "gone")
        return order

    return use


def test_alternation_and_ratios(made_up):
    order = made_up(
        {
            OURS.name: [figures(0.5), figures(0.4), figures(1.0)],
            NEST.name: [figures(4.0), figures(4.0), figures(6.0)],
        }
    )
    found = compare((OURS, NEST, BRIAN), TASK, 3, 0)
    assert order == [(seed, c.name) for seed in (1, 2, 3) for c in (OURS, NEST)]
    ours = found["contestants"][OURS.name]
    assert ours["median"]["rtf"] == 0.5
    assert ours["speed_over_reference"] == {"median": 8.0, "least": 6.0, "most": 10.0}
    assert found["differences"] == []
    assert found["absent"] == {BRIAN.name: "gone"}
    text = table({"one": found})
    assert "| chipemu, timing ideal 1.0 | 0.5 (0.4-1) | 8 (6-10) |" in text
    assert "| Brian2 | gone |" in text


@pytest.mark.parametrize(
    ("other", "words"),
    [(figures(4.0, n_synapses=1), "synapses differ"), (figures(4.0, rate=2.0), "rates differ")],
)
def test_other_answers_are_told(made_up, other, words):
    made_up({OURS.name: [figures(0.5)], NEST.name: [other]})
    found = compare((OURS, NEST), TASK, 1, 0)
    assert len(found["differences"]) == 1
    assert words in found["differences"][0]
    assert f"Not the same: {found['differences'][0]}." in table({"one": found})


def test_who_cannot_take_part():
    assert why_not(OURS, TASK) is None
    too_large = replace(TASK, n_synapses=10**15)
    assert "GB of memory" in why_not(OURS, too_large)
    assert "make peers" in why_not(replace(NEST, environment="nowhere"), TASK)
