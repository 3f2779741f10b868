"""The worked PyNN scripts, small: run as Python runs them, and by the command."""

import re
import sys
from pathlib import Path

import pytest

from host.cli import main
from host.pynn.scripts import run_script
from host.pynn.setup_options import COMMAND

SCRIPTS = Path(__file__).parents[2] / "experiments" / "pynn"


@pytest.fixture
def output(capsys):
    """Run a script in-process and give what it printed."""

    def run(name, *arguments, **keys):
        token = COMMAND.set({"run.threads": 1} | keys)
        run_script(SCRIPTS / name, arguments, ())
        COMMAND.reset(token)
        return capsys.readouterr().out

    return run


def shares(text):
    """Share of each group that fires, by the first volley."""
    rows = re.findall(r"^ *(\d\.\d+) \| ([\d. ]+)$", text, re.MULTILINE)
    return {float(first): [float(x) for x in rest.split()] for first, rest in rows}


def test_weak_volleys_die_and_strong_ones_survive(output):
    text = output("synfire_chain.py", "--groups", "4", "--volleys", "0.1", "1.0")
    found = shares(text)
    assert found[0.1][-1] < 0.1
    assert found[1.0][-1] > 0.9
    assert "lost: nothing" in text


def test_the_balanced_network_fires_irregularly_near_the_rate_of_theory(output):
    text = output("balanced_random_network.py", "--scale", "0.04", "--time", "300")
    theory_hz = float(re.search(r"balance at ([\d.]+)", text)[1])
    assert theory_hz == pytest.approx(40.0)
    rates = [float(rate) for rate in re.findall(r"^[EI]: ([\d.]+) spikes/s", text, re.MULTILINE)]
    variations = [float(v) for v in re.findall(r"variation of intervals ([\d.]+)", text)]
    # Small networks fluctuate more and fire up to 2.5 times as fast (experiments/balanced_network).
    assert all(theory_hz / 2 < rate < 2.5 * theory_hz for rate in rates)
    assert all(variation > 0.5 for variation in variations)


def test_the_microcircuit_in_pynn_is_the_emulator_s_own(output):
    text = output("pd14.py", "--scale", "0.02", "--time", "1000", "--warmup", "100")
    rows = re.findall(r"^(L\w+) +\| +([\d.]+) \| ([\d.]+)$", text, re.MULTILINE)
    assert len(rows) == 8
    sizes = {
        "L23E": 414,
        "L23I": 117,
        "L4E": 438,
        "L4I": 110,
        "L5E": 97,
        "L5I": 21,
        "L6E": 288,
        "L6I": 59,
    }
    for name, mine, own in rows:
        # Two samples of the same network: counts scatter like those of Poisson trains, and half
        # again as much, since neurons fire together now and then.
        n_mine, n_own = float(mine) * sizes[name], float(own) * sizes[name]
        assert abs(n_mine - n_own) < 5 * (n_mine + n_own + 10) ** 0.5, name


def test_the_command_runs_them(capsys):
    path = str(SCRIPTS / "synfire_chain.py")
    arguments = ["--neurons", "20", "--groups", "2", "--volleys", "1.0"]
    assert main(["pynn", "run", "--quiet", "--threads", "1", path, *arguments]) == 0
    assert shares(capsys.readouterr().out)[1.0][-1] > 0.9
    assert sys.argv[0] != path
