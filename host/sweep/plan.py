"""From the file of a sweep to its points, each with a checked configuration."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import product
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from host.config import Config, config_of
from host.errors import ConfigError
from host.machines import MachineSpec, check_emulable, load_machine
from host.namedtables import is_file_name
from host.networks import build_network
from host.observe import sampling
from host.plasticity import check_run
from host.sweep.definition import SEED, Definition, Dimension, Setting, read_definition
from host.sweep.identity import point_digest
from host.yamlfile import Document, Location
from mapping.errors import SpecError
from mapping.spec import NetworkSpec

__all__ = ["Plan", "Point", "plan_sweep", "renumbered"]

MOST_POINTS = 100_000


class Point(NamedTuple):
    """A point that is to be run."""

    number: int
    digest: str
    values: Mapping[str, Any]
    """By key that varies, as the configuration has them."""
    config: Config
    n_synapses: float
    """Expected."""

    @property
    def folder(self) -> str:
        """Name of its folder."""
        return f"{self.number:04d}-{self.digest}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """A sweep that can be run.

    Attributes
    ----------
    name : str
    base : Config
    keys : tuple of str
        Configuration keys that vary, in the order of the file.
    points : tuple of Point
        The last key varies fastest.
    n_alike : int
        Combinations left out because they are the same configuration as one before.
    text : str
        The file.
    """

    name: str
    base: Config
    keys: tuple[str, ...]
    points: tuple[Point, ...]
    n_alike: int
    text: str


def plan_sweep(path: Path, overrides: Mapping[str, object] | None = None) -> Plan:
    """All points of the sweep that the file `path` describes, with their configurations checked.

    Parameters
    ----------
    path : Path
    overrides : mapping of str to object, optional
        Values of the base configuration by dotted key, as of `host.config.load_config`.

    Raises
    ------
    ConfigError
        On the first thing that is wrong with the file, or with the configuration of any point;
        tells the line, and the point.
    """
    definition = read_definition(path)
    base = _overridden(definition, overrides or {})
    base_config = _absolute(config_of(base))
    dimensions = [*definition.dimensions, *_repeats(definition, base_config)]
    n_points = prod(len(dimension) for dimension in dimensions)
    if n_points > MOST_POINTS:
        msg = f"{path}: {n_points:,} points, limit {MOST_POINTS:,}; leave out values"
        raise ConfigError(msg)
    keys = tuple(definition.lines)
    check = _Check()
    points: dict[str, Point] = {}
    for number, settings in enumerate(_combinations(dimensions), start=1):
        config, n_synapses = _checked(base, settings, number, check)
        digest = point_digest(config, keys)
        values = {key: _value(config, key) for key in keys}
        points.setdefault(digest, Point(len(points) + 1, digest, values, config, n_synapses))
    return Plan(
        name=definition.name,
        base=base_config,
        keys=keys,
        points=tuple(points.values()),
        n_alike=n_points - len(points),
        text=path.read_text(encoding="utf-8"),
    )


def renumbered(plan: Plan, known: Mapping[str, int]) -> Plan:
    """`plan` with the numbers of points that are `known` by their digest; others get new ones."""
    free = max(known.values(), default=0)
    points = []
    for point in plan.points:
        number = known.get(point.digest)
        if number is None:
            number = free = free + 1
        points.append(point._replace(number=number))
    return replace(plan, points=tuple(points))


def _overridden(definition: Definition, overrides: Mapping[str, object]) -> Document:
    base = definition.base
    for key, value in overrides.items():
        for varied, line in definition.lines.items():
            if f"{key}.".startswith(f"{varied}.") or f"{varied}.".startswith(f"{key}."):
                msg = f"--set {key}: it varies at {line}; change it there, or set another key"
                raise ConfigError(msg)
        base = base.override(tuple(key.split(".")), value)
    return base


def _repeats(definition: Definition, base: Config) -> Iterator[Dimension]:
    if definition.repeats > 1:
        line, first = definition.lines[SEED], base.run.seed
        yield [(Setting(SEED, first + k, line),) for k in range(definition.repeats)]


def _combinations(dimensions: Sequence[Dimension]) -> Iterator[list[Setting]]:
    for chosen in product(*dimensions):
        yield [setting for settings in chosen for setting in settings]


def _checked(
    base: Document, settings: list[Setting], number: int, check: "_Check"
) -> tuple[Config, float]:
    """Configuration of a point, and how many synapses its network should have."""
    document = base
    try:
        for setting in settings:
            at = tuple(setting.key.split("."))
            document = document.override(at, setting.value)
            document = Document(document.data, {**document.lines, at: setting.line})
        config = config_of(document)
        network = check.check(config, document)
    except (ConfigError, SpecError) as error:
        said = ", ".join(f"{s.key} {s.value}" for s in settings)
        msg = f"{error} (point {number}: {said})" if settings else str(error)
        raise type(error)(msg) from error
    return _absolute(config), sum(map(network.expected_synapses, network.projections))


class _Check:
    """Checks what a run would find wrong before its first step, each network and machine once."""

    def __init__(self) -> None:
        self._networks: dict[str, NetworkSpec] = {}
        self._machines: dict[str, MachineSpec] = {}

    def check(self, config: Config, document: Document) -> NetworkSpec:
        """Network of `config`; raises ConfigError, with the line, on what cannot be."""
        network: NetworkSpec = _blamed(document, ("network",), self._network, config)
        machine = _blamed(document, ("machine",), self._machine, config.machine)
        _blamed(document, ("run",), check_run, config.run, network)
        _blamed(document, ("record",), sampling, network, config)
        if config.run.timing == "full":
            _blamed(document, ("machine",), check_emulable, machine)
        if config.mapping.folder is not None and not Path(config.mapping.folder).is_dir():
            at: Location = ("mapping", "folder")
            msg = f"{document.where(at)}mapping.folder {config.mapping.folder}: no such folder"
            raise ConfigError(msg)
        return network

    def _network(self, config: Config) -> NetworkSpec:
        key = f"{config.network!r} {config.run.dt_ms!r}"
        if key not in self._networks:
            self._networks[key] = build_network(config)
        return self._networks[key]

    def _machine(self, name: str) -> MachineSpec:
        if name not in self._machines:
            self._machines[name] = load_machine(name)
        return self._machines[name]


def _blamed(document: Document, location: Location, ask: Any, *values: Any) -> Any:
    """What ``ask(*values)`` gives; an error is headed by the line of `location`, or of a key in it.

    Errors that begin with a line of their own stay as they are.
    """
    try:
        return ask(*values)
    except (ConfigError, SpecError) as error:
        lines = [line for at, line in document.lines.items() if at[: len(location)] == location]
        text = str(error)
        if not lines or text.startswith(tuple(f"{line}:" for line in document.lines.values())):
            raise
        msg = f"{lines[-1]}: {text}"
        raise type(error)(msg) from error


def _absolute(config: Config) -> Config:
    """`config` with absolute paths, so that it means the same to any process of this computer."""

    def path(name: str) -> str:
        return str(Path(name).absolute()) if is_file_name(name) and Path(name).exists() else name

    costs, folder = config.cores.costs, config.mapping.folder
    return replace(
        config,
        machine=path(config.machine),
        network=replace(config.network, name=path(config.network.name)),
        cores=replace(config.cores, costs=costs and path(costs)),
        mapping=replace(config.mapping, folder=folder and str(Path(folder).absolute())),
        output=None,
    )


def _value(config: Config, key: str) -> Any:
    """Value of a dotted key, whose last parts may lead into a mapping."""
    value: Any = config
    for name in key.split("."):
        value = getattr(value, name) if is_dataclass(value) else value[name]
    return _plain(value)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return dict(value) if isinstance(value, Mapping) else value
