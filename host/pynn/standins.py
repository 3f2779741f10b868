"""Modules of the real tool chain's names, so that scripts run with nothing changed.

A finder at the head of the import system answers for the names under which scripts know the
simulator, and for the few other modules of the tool chain that scripts import. What else they
import from it is refused by name.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from host.pynn.refusals import UnsupportedError

__all__ = ["StandInError", "StandIns", "install"]

SIMULATOR = "host.pynn"
MODULES: Mapping[str, str | None] = {
    "spynnaker": None,
    "spynnaker.pyNN": SIMULATOR,
    "spynnaker.pyNN.utilities": None,
    "spynnaker.pyNN.utilities.neo_convertor": "host.pynn.neo_convertor",
    "spynnaker.pyNN.extra_algorithms": None,
    "spynnaker.pyNN.extra_algorithms.splitter_components": "host.pynn.splitters",
    "spynnaker8": SIMULATOR,
    "spynnaker8.utilities": None,
    "spynnaker8.utilities.neo_convertor": "host.pynn.neo_convertor",
    "pacman": None,
    "pacman.model": None,
    "pacman.model.partitioner_splitters": "host.pynn.splitters",
    "pacman.model.constraints": None,
    "pacman.model.constraints.placer_constraints": "host.pynn.splitters",
    "pacman.model.constraints.partitioner_constraints": "host.pynn.splitters",
}
"""Stand-ins by the name that scripts import; None: a package with nothing of its own."""

TOOL_CHAIN = (
    "pacman",
    "spinn_front_end_common",
    "spinn_machine",
    "spinn_utilities",
    "spinnman",
    "spynnaker",
    "spynnaker8",
    "spynnaker_external_devices_plugin",
)
"""Packages of the real tool chain, of which nothing else is there."""


class StandInError(UnsupportedError, ImportError):
    """A script imports a part of the tool chain that has no stand-in."""


class StandIns(MetaPathFinder, Loader):
    """Finds and loads stand-ins.

    Parameters
    ----------
    names : iterable of str
        Names of the simulator's module, such as ``"pyNN.spiNNaker"``.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._homes = dict(MODULES) | dict.fromkeys(names, SIMULATOR)
        for name in names:
            self._add_packages(name)
        self._specs: dict[str, ModuleSpec | None] = {}

    def _add_packages(self, name: str) -> None:
        """Have a stand-in for each package above module `name` that does not exist."""
        package, _, _ = name.rpartition(".")
        if not package or package in self._homes:
            return
        self._add_packages(package)
        is_missing = package.rpartition(".")[0] in self._homes
        if is_missing or importlib.util.find_spec(package) is None:
            self._homes[package] = None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the stand-in of a name; None if it is none of ours.

        Raises
        ------
        StandInError
            If it is a part of the tool chain that has no stand-in.
        """
        del path, target
        if self._home(fullname) is not None or fullname in self._homes:
            return ModuleSpec(fullname, self, is_package=True)
        if fullname.split(".", maxsplit=1)[0] in TOOL_CHAIN:
            msg = (
                f"import {fullname}: this part of the tool chain is not supported; "
                f"nearest: {', '.join(sorted(n for n, h in MODULES.items() if h))}"
            )
            raise StandInError(msg)
        return None

    def _home(self, fullname: str) -> str | None:
        """Module that stands in for `fullname`, itself or as a part of the simulator's."""
        if fullname in self._homes:
            return self._homes[fullname]
        package, _, part = fullname.rpartition(".")
        if self._homes.get(package) != SIMULATOR:
            return None
        home = f"{SIMULATOR}.{part}"
        return home if importlib.util.find_spec(home) is not None else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Give the stand-in itself, which keeps its own name."""
        home = self._home(spec.name)
        if home is None:
            module = ModuleType(spec.name, "Stand-in for a package of the real tool chain.")
            module.__path__ = []
            return module
        module = importlib.import_module(home)
        self._specs[spec.name] = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Undo what the import system has written over; the module ran when it was made."""
        for name, spec in list(self._specs.items()):
            if spec is not None and spec.name == module.__name__:
                module.__spec__ = self._specs.pop(name)

    def remove(self) -> None:
        """Undo `install`."""
        sys.meta_path.remove(self)
        for name in self._homes:
            _forget(name)


def install(names: Iterable[str]) -> StandIns:
    """Let scripts import the simulator by `names`, and the tool chain's stand-ins.

    Modules that are loaded already under one of these names make way.

    Returns
    -------
    StandIns
    """
    finder = StandIns(tuple(names))
    for name in (*MODULES, *names):
        _forget(name)
    sys.meta_path.insert(0, finder)
    return finder


def _forget(name: str) -> None:
    """Take a module, and what refers to it by this name, out of the import system."""
    for loaded in [key for key in sys.modules if key == name or key.startswith(f"{name}.")]:
        del sys.modules[loaded]
    package, _, part = name.rpartition(".")
    if package in sys.modules:
        vars(sys.modules[package]).pop(part, None)
