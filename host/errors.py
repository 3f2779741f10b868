"""What can go wrong on the user's side, and the exit code of each kind of ending."""

from collections.abc import Iterable
from difflib import get_close_matches
from enum import IntEnum

__all__ = [
    "ConfigError",
    "ExitCode",
    "HostError",
    "NotMetError",
    "OutputError",
    "StoppedError",
    "UnknownNameError",
    "did_you_mean",
    "exit_code",
]


class HostError(Exception):
    """Base of all errors of this package."""


class ConfigError(HostError, ValueError):
    """A configuration or a machine description says something that cannot be."""


class UnknownNameError(ConfigError, LookupError):
    """A network, machine or file is asked for that does not exist."""


class OutputError(HostError, OSError):
    """A run folder cannot be written or read."""


class StoppedError(HostError):
    """A run was stopped early on request; what was done until then is kept."""


class NotMetError(HostError):
    """All was done, but the result is not what was asked for."""


class ExitCode(IntEnum):
    """How the command ended.

    NOT_MET: all was done, but the result is not what was asked for. SCRIPT: a script that
    ``chipemu pynn run`` ran raised an error of its own.
    """

    DONE = 0
    SCRIPT = 1
    USER = 2
    DOES_NOT_FIT = 3
    NOT_MET = 4
    INTERNAL = 5
    INTERRUPTED = 130


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Hint at the known names that resemble `name`, to be appended to a message.

    Returns
    -------
    str
        ``"; did you mean 'a' or 'b'?"``, or the empty string.

    Examples
    --------
    >>> did_you_mean("pd1", ["pd14", "brunel"])
    "; did you mean 'pd14'?"
    """
    close = get_close_matches(name, known, n=3)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


def exit_code(error: BaseException) -> ExitCode:
    """Exit code for a run that ended by `error`.

    The errors of the other packages are known by the module they come from, so that asking does
    not import those packages.

    Returns
    -------
    ExitCode
        DOES_NOT_FIT if the network exceeds the machine or its dead links leave no way, USER for
        all other declared errors and for too little memory here, INTERNAL for a failed check and
        any undeclared error.
    """
    names = {f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__}
    if isinstance(error, KeyboardInterrupt | StoppedError):
        return ExitCode.INTERRUPTED
    if isinstance(error, NotMetError):
        return ExitCode.NOT_MET
    if isinstance(error, MemoryError):
        return ExitCode.USER
    if names & {"mapping.errors.DoesNotFitError", "mapping.errors.RouteError"}:
        return ExitCode.DOES_NOT_FIT
    faults = {"mapping.errors.CheckError", "router.errors.BooksError", "chipemu.errors.EngineError"}
    if names & faults:
        return ExitCode.INTERNAL
    packages = ("host", "mapping", "chipemu", "router", "fixedpoint")
    declared = any(name.startswith(tuple(f"{p}.errors." for p in packages)) for name in names)
    return ExitCode.USER if declared else ExitCode.INTERNAL
