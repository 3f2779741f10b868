"""How results show themselves where Python prints them, and in notebooks."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from host.config import load_config
from host.notebook import MOST_POPULATIONS
from host.pipeline import map_only, run
from host.results import MapResults, Recording, Results
from mapping.connectors import OneToOne
from mapping.distributions import Constant
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection

SMALL = {"network.scale": 0.02, "run.time_ms": 10.0, "mapping.neurons_per_core": 32}
HOSTILE = "<script>x"


@pytest.fixture(scope="module")
def results() -> Results:
    return run(load_config(None, SMALL))


@pytest.fixture(scope="module")
def mapped() -> MapResults:
    return map_only(load_config(None, SMALL))


def _table(html: str) -> dict[str, str]:
    """Rows of the table, by name."""
    root = ET.fromstring(html.replace("&nbsp;", " "))
    return {row[0].text or "": row[1].text or "" for row in root.iter("tr")}


def _pictures(html: str) -> list[str]:
    return re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)


def test_a_run_prints_what_matters(results: Results) -> None:
    words = repr(results)
    assert len(words.splitlines()) <= 8
    for part in ("pd14", "1,544 neurons", "ideal timing", "L23E", f"{results.n_cores:,} cores"):
        assert part in words


def test_a_run_shows_its_network_and_machine(results: Results) -> None:
    html = results._repr_html_()
    assert {"network", "machine", "run", "rates", "lost", "energy"} <= _table(html).keys()
    network, machine = (ET.fromstring(svg) for svg in _pictures(html))
    assert "pd14" in (network[0].text or "")
    chips = [
        g for g in machine.iter("{http://www.w3.org/2000/svg}g") if g.get("class") == "mp-chip"
    ]
    assert len(chips) == 48
    assert len(html) < 200_000


def test_a_mapping_shows_itself(mapped: MapResults) -> None:
    assert "spinnaker1" in repr(mapped)
    assert len(repr(mapped).splitlines()) <= 7
    html = mapped._repr_html_()
    assert {"network", "machine", "routing", "memory", "check", "time"} == _table(html).keys()
    assert len(_pictures(html)) == 2


def test_spikes_and_recordings_print_a_line(results: Results) -> None:
    assert results.spikes is not None
    words = repr(results.spikes)
    assert f"{results.spikes.steps.size:,} of 1,544 neurons" in words
    assert "\n" not in words
    nothing = np.zeros(0, np.int32)
    recording = Recording("v", "mV", "L4E", nothing, nothing, np.zeros((0, 0)))
    assert repr(recording) == "<Recording: v (mV) of 0 neurons of L4E, 0 samples>"


def test_names_of_a_user_are_no_html() -> None:
    n = MOST_POPULATIONS + 3
    names = [f"{HOSTILE}{chr(97 + k)}" for k in range(n)]
    populations = tuple(Population(name, 2, PopulationKind.NEURON) for name in names)
    projection = Projection(names[0], names[1], OneToOne(), Constant(0.1), Constant(1.0))
    network = NetworkSpec(HOSTILE, populations, (projection,))
    found = run(load_config(None, {"run.time_ms": 1.0}), network=network)
    html = found._repr_html_()
    assert "<script" not in html
    assert _table(html)["rates"].endswith("Hz and 3 more")
    assert "<script" in repr(found)
