"""Algorithms of mapping by name: those built in, and those that other packages offer.

A package offers a function under one of these groups of its metadata (docs/mapping.md):

    [project.entry-points."chipemu.placers"]
    corners = "my_package.corners:place"

Plug-ins are looked for only if a name is not built in, and loaded only if it is asked for.
"""

import inspect
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from host.errors import ConfigError, HostError, UnknownNameError, did_you_mean, exit_code
from mapping.check import check_forest, check_placement
from mapping.compress import COMPRESSORS
from mapping.errors import CheckError
from mapping.keys import KEY_ALLOCATORS, KeyMap
from mapping.place import PLACERS, Placement
from mapping.route import ROUTERS
from mapping.trees import RouteForest
from router import RoutingTables

__all__ = [
    "STAGES",
    "Listed",
    "Stage",
    "check_algorithm",
    "find_algorithm",
    "list_algorithms",
    "names_of",
    "plug_ins",
    "stages_of",
]

Algorithm = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage of mapping whose algorithm can be chosen.

    Attributes
    ----------
    noun : str
    group : str
        Entry-point group of plug-ins.
    built_in : mapping of str to callable
    parameters : tuple of str
        What the algorithm is called with, by position.
    result : type
        What it gives back.
    """

    noun: str
    group: str
    built_in: Mapping[str, Algorithm]
    parameters: tuple[str, ...]
    result: type


STAGES = {
    "placer": Stage(
        noun="placer",
        group="chipemu.placers",
        built_in=PLACERS,
        parameters=("graph", "machine", "search"),
        result=Placement,
    ),
    "router": Stage(
        noun="router",
        group="chipemu.routers",
        built_in=ROUTERS,
        parameters=("graph", "placement", "machine"),
        result=RouteForest,
    ),
    "keys": Stage(
        noun="key allocator",
        group="chipemu.key_allocators",
        built_in=KEY_ALLOCATORS,
        parameters=("graph", "forest"),
        result=KeyMap,
    ),
    "compressor": Stage(
        noun="compressor",
        group="chipemu.compressors",
        built_in=COMPRESSORS,
        parameters=("made", "machine"),
        result=RoutingTables,
    ),
}
"""Stages by the key of the configuration that chooses their algorithm."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The algorithms that there are.

    Attributes
    ----------
    lines : dict of str to dict of str to str
        First line of the description of each algorithm, by stage and name.
    broken : list of str
        What is wrong with each plug-in that cannot be used: one line that names it.
    """

    lines: dict[str, dict[str, str]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


def list_algorithms() -> Listed:
    """Find all algorithms; plug-ins that cannot be used do not keep the others from being found."""
    listed = Listed()
    for key, stage in STAGES.items():
        lines = {name: _first_line(function) for name, function in stage.built_in.items()}
        for name, point in _points(stage).items():
            if name in stage.built_in:
                listed.broken.append(
                    f"{_where(stage, point)} has the name of a built-in one; rename it"
                )
                continue
            try:
                lines[name] = f"{_first_line(_load(stage, point))} ({point.value})"
            except HostError as error:
                listed.broken.append(str(error))
        listed.lines[key] = lines
    return listed


def names_of(key: str) -> list[str]:
    """Names of all algorithms of the stage `key`; plug-ins are not loaded."""
    stage = STAGES[key]
    return sorted({*stage.built_in, *_points(stage)})


def stages_of(name: str) -> list[str]:
    """Keys of the stages that have an algorithm called `name`."""
    built_in = [key for key, stage in STAGES.items() if name in stage.built_in]
    return built_in or [key for key, stage in STAGES.items() if name in _points(stage)]


def plug_ins(chosen: Mapping[str, str]) -> list[str]:
    """Name those of the algorithms `chosen` (by stage) that are not built in: ``router 'mine'``."""
    return [
        f"{STAGES[key].noun} {name!r}"
        for key, name in chosen.items()
        if name not in STAGES[key].built_in
    ]


def check_algorithm(key: str, name: str) -> None:
    """Check that the algorithm called `name` of the stage `key` can be used; as `find_algorithm`.

    Raises
    ------
    UnknownNameError, ConfigError
    """
    find_algorithm(key, name)


def find_algorithm(key: str, name: str) -> Algorithm:
    """Algorithm called `name` of the stage `key`.

    Parameters
    ----------
    key : str
        One of `STAGES`.
    name : str

    Returns
    -------
    callable
        Built in, or a plug-in, whose mistakes become a `ConfigError` that names it.

    Raises
    ------
    UnknownNameError
        If there is none of this name.
    ConfigError
        If it is a plug-in that cannot be loaded, or cannot be what it should.
    """
    stage = STAGES[key]
    if name in stage.built_in:
        return stage.built_in[name]
    points = _points(stage)
    if name in points:
        return _guarded(stage, points[name])
    names = names_of(key)
    msg = f"unknown {stage.noun} {name!r}{did_you_mean(name, names)}; known: {', '.join(names)}"
    raise UnknownNameError(msg)


def _points(stage: Stage) -> Mapping[str, EntryPoint]:
    """Plug-ins of a stage by name; of two of one name the first that Python finds."""
    found = reversed(tuple(entry_points(group=stage.group)))
    return dict(sorted({point.name: point for point in found}.items()))


def _where(stage: Stage, point: EntryPoint) -> str:
    return f"{stage.noun} {point.name!r} ({point.value})"


def _load(stage: Stage, point: EntryPoint) -> Algorithm:
    """Function that `point` offers, if it can be called as its stage does."""
    where = _where(stage, point)
    if "/" in point.name or "," in point.name:
        msg = f"{where} has '/' or ',' in its name, which separate names; rename it"
        raise ConfigError(msg)
    try:
        found = point.load()
    except Exception as error:
        msg = f"{where} cannot be loaded: {type(error).__name__}: {error}; mend or remove it"
        raise ConfigError(msg) from error
    if not callable(found):
        msg = f"{where} is no function but of type {type(found).__name__}"
        raise ConfigError(msg)
    try:
        inspect.signature(found).bind(*stage.parameters)
    except TypeError as error:
        msg = f"{where} cannot be called as f({', '.join(stage.parameters)}): {error}"
        raise ConfigError(msg) from error
    function: Algorithm = found
    return function


def _guarded(stage: Stage, point: EntryPoint) -> Algorithm:
    """Function that `point` offers, whose mistakes are told from ours."""
    function, where = _load(stage, point), _where(stage, point)

    @wraps(function)
    def guarded(*arguments: Any) -> Any:
        try:
            result = function(*arguments)
        except Exception as error:
            if _is_declared(error):
                raise
            last = traceback.extract_tb(error.__traceback__)[-1]
            msg = (
                f"{where} failed at {last.filename}:{last.lineno}: {type(error).__name__}: {error}"
            )
            raise ConfigError(msg) from error
        if not isinstance(result, stage.result):
            msg = (
                f"{where} gave a value of type {type(result).__name__}, no {stage.result.__name__}"
            )
            raise ConfigError(msg)
        _blame(where, _check_result, result, arguments)
        return result

    return guarded


def _check_result(result: Any, arguments: tuple[Any, ...]) -> None:
    """Check what can be told of a result without the stages that follow."""
    if isinstance(result, Placement):
        graph, machine, _ = arguments
        _check_length("chips", result.chip, graph.n_vertices)
        _check_length("cores", result.core, graph.n_vertices)
        check_placement(graph, result, machine)
    elif isinstance(result, RouteForest):
        graph, placement, machine = arguments
        check_forest(graph, placement, result, machine.topology)
    elif isinstance(result, KeyMap):
        _check_length("keys", result.key, arguments[0].n_nets)
        _check_length("masks", result.mask, arguments[0].n_nets)
    elif isinstance(result, RoutingTables):
        _check_length("tables", result.n_entries, arguments[0].tables.n_chips)


def _check_length(what: str, values: Any, expected: int) -> None:
    if len(values) != expected:
        msg = f"{len(values)} {what} instead of {expected}"
        raise CheckError(msg)


def _blame(where: str, check: Callable[..., None], *arguments: Any) -> None:
    try:
        check(*arguments)
    except CheckError as error:
        msg = f"{where} gave a wrong result: {error}"
        raise ConfigError(msg) from error


def _is_declared(error: Exception) -> bool:
    """Whether `error` says something about the network or the machine."""
    return type(error).__module__.endswith(".errors") and exit_code(error) in {2, 3}


def _first_line(function: Algorithm) -> str:
    return (inspect.getdoc(function) or "no description").splitlines()[0]
