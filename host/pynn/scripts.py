"""Running a script as Python would, with the emulator under the names that the script imports."""

import os
import runpy
import sys
import sysconfig
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import TracebackType

from host.errors import UnknownNameError
from host.pynn.standins import install

__all__ = ["EMULATOR", "is_ours", "line_in_script", "own_traceback", "run_script"]

EMULATOR = ("host", "mapping", "chipemu", "router", "fixedpoint")
"""Packages of the emulator: an undeclared error that ends in one of them is its own fault."""

NAMES_ASKED = ("__getattr__", "refuse_or_unknown")
"""Functions of ours that answer for names that a script asks our modules for."""

HEADLESS = "FigureCanvasAgg is non-interactive"
"""How matplotlib begins to say that there is no window for ``plt.show()``."""


def run_script(
    script: Path, arguments: Sequence[str], names: Sequence[str], *, keep_stdout: bool = True
) -> None:
    """Run `script` as the main program.

    Parameters
    ----------
    script : Path
    arguments : sequence of str
        What the script finds in ``sys.argv`` after its own name.
    names : sequence of str
        Under which it imports the simulator, such as ``"pyNN.spiNNaker"``.
    keep_stdout : bool
        Whether what it prints goes to stdout; otherwise to stderr.

    Raises
    ------
    UnknownNameError
        If there is no such file.
    BaseException
        What the script raises, ``SystemExit`` included.
    """
    if not script.is_file():
        msg = f"{script}: there is no such script"
        raise UnknownNameError(msg)
    with _as_main(script, arguments), _stand_ins(names), _no_windows():
        if keep_stdout:
            runpy.run_path(str(script), run_name="__main__")
        else:
            with redirect_stdout(sys.stderr):
                runpy.run_path(str(script), run_name="__main__")


@contextmanager
def _as_main(script: Path, arguments: Sequence[str]) -> Iterator[None]:
    argv, path = sys.argv, list(sys.path)
    sys.argv = [str(script), *arguments]
    sys.path.insert(0, str(script.parent.resolve()))
    try:
        yield
    finally:
        sys.argv = argv
        sys.path[:] = path


@contextmanager
def _stand_ins(names: Sequence[str]) -> Iterator[None]:
    finder = install(names)
    try:
        yield
    finally:
        finder.remove()


@contextmanager
def _no_windows() -> Iterator[None]:
    """Let matplotlib draw without a screen: figures are saved where the script says so."""
    before = os.environ.get("MPLBACKEND")
    os.environ["MPLBACKEND"] = "Agg"
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.switch_backend("Agg")
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=HEADLESS)
            yield
    finally:
        if before is None:
            del os.environ["MPLBACKEND"]
        else:
            os.environ["MPLBACKEND"] = before


def line_in_script(error: BaseException, script: Path) -> int | None:
    """Last line of `script` that `error` went through; None: it never got there."""
    lines = [
        line
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == str(script)
    ]
    return lines[-1] if lines else None


def own_traceback(error: BaseException, script: Path) -> str:
    """Traceback of `error` from the first line of `script` on, as Python prints it."""
    start: TracebackType | None = error.__traceback__
    while start is not None and start.tb_frame.f_code.co_filename != str(script):
        start = start.tb_next
    shown = start or error.__traceback__
    return "".join(traceback.format_exception(type(error), error, shown))


def is_ours(error: BaseException) -> bool:
    """Whether an undeclared `error` is the emulator's fault.

    Of the script with its modules, PyNN and the emulator, it is the fault of what was called last;
    errors of PyNN's own kinds, and names that there are not, are the script's, whoever raises them.
    """
    if type(error).__module__.split(".")[0] == "pyNN":
        return False
    ours = tuple(str(Path(__file__).parents[2] / package) + os.sep for package in EMULATOR)
    libraries = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))
    fault = False
    for frame, _ in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_filename
        if name.startswith(ours):
            fault = name != __file__ and frame.f_code.co_name not in NAMES_ASKED
        elif f"{os.sep}pyNN{os.sep}" in name or not name.startswith((*libraries, "<")):
            fault = False
    return fault
