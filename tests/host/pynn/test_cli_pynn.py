"""``chipemu pynn run``: names, arguments, endings."""

import json
import sys
from pathlib import Path

import pyNN
import pytest

from host.cli import main
from host.errors import ExitCode
from host.pynn.notices import NOTICES
from host.pynn.scripts import run_script


@pytest.fixture(autouse=True)
def _fresh():
    NOTICES.clear()
    before = list(sys.meta_path), list(sys.path), list(sys.argv)
    yield
    assert (sys.meta_path, sys.path, sys.argv) == before
    assert "pyNN.spiNNaker" not in sys.modules
    NOTICES.clear()


@pytest.fixture
def script(tmp_path):
    def write(text: str, name: str = "script.py") -> str:
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def test_a_script_is_the_main_program(script, capsys):
    path = script(
        "import sys\n"
        "from pathlib import Path\n"
        "import beside\n"
        "if __name__ == '__main__':\n"
        "    print(beside.VALUE, sys.argv[1:], Path(__file__).name)\n"
    )
    script("VALUE = 7\n", "beside.py")
    assert main(["pynn", "run", path, "nest", "--plot-figure", "--quiet", "-x", "3"]) == 0
    assert capsys.readouterr().out == "7 ['nest', '--plot-figure', '-x', '3'] script.py\n"


def test_after_two_dashes_all_arguments_are_the_script_s(script, capsys):
    path = script("import sys; print(sys.argv[1:])\n")
    assert main(["pynn", "run", "--quiet", path, "--", "--seed", "3"]) == 0
    assert capsys.readouterr().out == "['--seed', '3']\n"


@pytest.mark.parametrize(
    ("names", "imported"),
    [
        ((), "pyNN.spiNNaker"),
        ((), "pyNN.chipemu"),
        ((), "spynnaker8"),
        ((), "spynnaker.pyNN"),
        (("pyNN.nest", "pyNN.brian2"), "pyNN.brian2"),
        (("my.own.simulator",), "my.own.simulator"),
    ],
)
def test_the_simulator_is_found_under_the_names_that_scripts_know(names, imported, script):
    path = script(
        f"import {imported} as sim\n"
        "import host.pynn, importlib\n"
        "assert sim is host.pynn and sim.__spec__.name == 'host.pynn'\n"
        f"assert importlib.import_module('{imported}') is host.pynn\n"
        f"from {imported} import Population\n"
        f"import {imported}.extra_models\n"
        f"import host.pynn.extra_models\n"
        f"assert {imported}.extra_models is host.pynn.extra_models\n"
    )
    options = [part for name in names for part in ("--as", name)]
    assert main(["pynn", "run", "--quiet", *options, path]) == 0


def test_get_simulator_finds_it(script):
    path = script(
        "from pyNN.utility import get_simulator\n"
        "sim, options = get_simulator(('--plot', 'plot', {'action': 'store_true'}))\n"
        "assert sim.__name__ == 'host.pynn' and options.plot\n"
    )
    assert main(["pynn", "run", "--quiet", "--as", "pyNN.nest", path, "nest", "--plot"]) == 0


def test_other_parts_of_the_tool_chain_stand_in(script):
    path = script(
        "from spynnaker.pyNN.utilities import neo_convertor\n"
        "from spynnaker.pyNN.extra_algorithms.splitter_components import (\n"
        "    SplitterPopulationVertexFixed)\n"
        "from pacman.model.partitioner_splitters import SplitterFixedLegacy\n"
        "from pacman.model.constraints.placer_constraints import ChipAndCoreConstraint\n"
        "assert neo_convertor.convert_spiketrains([]).shape == (0, 2)\n"
    )
    assert main(["pynn", "run", "--quiet", path]) == 0


def test_what_has_no_stand_in_is_refused_by_name_and_line(script, capsys):
    path = script("\nfrom spinn_machine.machine import Machine\n")
    assert main(["pynn", "run", path]) == ExitCode.USER
    message = capsys.readouterr().err
    assert message.startswith("error: script.py:2: import spinn_machine: this part of the tool")
    assert message.count("\n") == 1


def test_imports_of_it_may_be_tried(script, capsys):
    path = script("try:\n    import spinn_machine\nexcept ImportError:\n    print('none')\n")
    assert main(["pynn", "run", "--quiet", path]) == 0
    assert capsys.readouterr().out == "none\n"


def test_refusals_are_one_line(script, capsys):
    path = script("import pyNN.spiNNaker as p\n\np.setup(1.0, time_scale_fator=3)\n")
    assert main(["pynn", "run", path]) == ExitCode.USER
    message = capsys.readouterr().err
    assert message.startswith("error: script.py:3: setup: unknown argument time_scale_fator=3")
    assert message.count("\n") == 1


def test_names_that_are_refused_keep_their_reason_in_imports(script, capsys):
    path = script("from pyNN.spiNNaker import StructuralMechanismStatic\n")
    assert main(["pynn", "run", path]) == ExitCode.USER
    assert "StructuralMechanismStatic is not supported; nearest: " in capsys.readouterr().err


def test_an_error_of_the_script_shows_its_own_traceback(script, capsys):
    path = script("def fail():\n    return 1 / 0\n\n\nfail()\n")
    assert main(["pynn", "run", path]) == ExitCode.SCRIPT
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1] == f'  File "{path}", line 5, in <module>'
    assert lines[-1] == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    ("ending", "code", "told"),
    [("3", 3, ""), ("'too bad'", ExitCode.SCRIPT, "too bad\n"), ("0", 0, ""), ("", 0, "")],
)
def test_a_script_may_end_itself(ending, code, told, script, capsys):
    path = script(f"import sys\nsys.exit({ending})\n")
    assert main(["pynn", "run", "--quiet", path]) == code
    assert capsys.readouterr().err == told


def test_no_script_is_told(capsys):
    assert main(["pynn", "run", "nowhere.py"]) == ExitCode.USER
    assert "nowhere.py: there is no such script" in capsys.readouterr().err


def test_json_is_all_that_goes_to_stdout(script, capsys, tmp_path):
    path = script(
        "import pyNN.spiNNaker as p\nprint('hello')\np.setup(1.0, n_boards_required=1)\np.end()\n"
    )
    report = tmp_path / "report.json"
    assert main(["pynn", "run", path, "--json", "--report", str(report)]) == 0
    printed = capsys.readouterr()
    account = json.loads(printed.out)
    assert account == json.loads(report.read_text())
    assert "n_boards_required=1" in account["notices"][0]
    assert "hello" in printed.err


def test_figures_need_no_screen_and_do_not_wait(script, tmp_path):
    figure = tmp_path / "figure.png"
    path = script(
        "import matplotlib.pyplot as plt\n"
        f"plt.plot([1, 2]); plt.savefig({str(figure)!r}); plt.show()\n"
    )
    assert main(["pynn", "run", "--quiet", path]) == 0
    assert figure.stat().st_size > 1000


def test_the_command_prevails_over_the_script(script):
    path = script(
        "import pyNN.spiNNaker as p\n"
        "from host.pynn.simulator import state\n"
        "p.setup(1.0, machine='spinn3', timing='ideal')\n"
        "assert state.config.machine == 'spinn5', state.config\n"
        "assert state.config.run.arithmetic == 'float64'\n"
        "assert state.config.run.slowdown == 7\n"
    )
    options = ["--machine", "spinn5", "--arithmetic", "float64", "--slowdown", "7"]
    assert main(["pynn", "run", "--quiet", path, *options]) == 0


def test_run_script_leaves_the_import_system_as_it_was(script):
    path = Path(script("import pyNN.spiNNaker, spynnaker8\n"))
    run_script(path, (), ("pyNN.spiNNaker",))
    assert "spynnaker8" not in sys.modules
    assert not hasattr(pyNN, "spiNNaker")
