"""From a network file to a network: every mistake is told with its line, value and remedy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.errors import ParameterError
from chipemu.models import MODELS
from chipemu.models.if_curr_exp.params import Constants
from host.errors import ConfigError, did_you_mean
from host.networks.file.lists import check_beside, read_columns
from host.networks.file.sections import (
    DISTRIBUTION_CLASSES,
    RULE_CLASSES,
    Draw,
    NetworkFile,
    PopulationSection,
    ProjectionSection,
    Value,
)
from host.networks.file.units import DEFAULT_MODEL, with_plain_quantities
from host.validation import build, dotted
from host.yamlfile import Document, Location, read_document
from mapping.connectors import Connector, ExplicitList
from mapping.distributions import Constant, Distribution
from mapping.errors import SpecError
from mapping.spec import NetworkSpec, Parameter, Population, PopulationKind, Projection, Receptor

__all__ = ["is_network_file", "network_file_of", "network_of", "read_network", "read_network_file"]

NEURON_RATE_HZ = 30.0
"""Rate that the tool chain expects of neurons (sPyNNaker, ``spikes_per_second``)."""
DUE_MS = 1.0
"""Time step (ms) that parameters are tried with; those of a run may be refused by it still."""


class Source(NamedTuple):
    """A network file that has been read, and where it stands."""

    file: NetworkFile
    document: Document
    folder: Path


def is_network_file(path: Path) -> bool:
    """Whether the YAML file `path` describes a network, not a configuration."""
    try:
        return "populations" in read_document(path).data
    except ConfigError:  # told by those who need the file
        return False


def read_network_file(path: Path) -> Source:
    """What the network file `path` says, each key by itself checked.

    Raises
    ------
    UnknownNameError
        If there is no such file.
    ConfigError
        On the first thing that is wrong, with file and line.
    """
    return network_file_of(read_document(path), path)


def network_file_of(document: Document, path: Path) -> Source:
    """As `read_network_file`, of what stands in `path`."""
    _check_names(document)
    document = with_plain_quantities(document)
    if "name" not in document.data:
        document = document.override(("name",), path.stem)
    return Source(build(NetworkFile, document), document, path.parent)


def read_network(path: Path) -> NetworkSpec:
    """Network that the file `path` describes.

    Parameters
    ----------
    path : Path
        YAML; lists that it names are looked for in its folder.

    Raises
    ------
    UnknownNameError
        If there is no such file.
    ConfigError
        On the first thing that is wrong, with file and line.
    """
    return network_of(read_network_file(path))


def network_of(source: Source) -> NetworkSpec:
    """As `read_network`, of a file that has been read."""
    file = source.file
    populations = {
        name: _population(source, name, section) for name, section in file.populations.items()
    }
    projections = [
        projection
        for index, section in enumerate(file.projections)
        for projection in _projections(source, index, section, populations)
    ]
    with _blaming(source.document, ("projections",)):
        return NetworkSpec(file.name, tuple(populations.values()), tuple(projections))


@contextmanager
def _blaming(document: Document, at: Location) -> Iterator[None]:
    """Say in an error about what the network file says where that stands."""
    try:
        yield
    except (SpecError, ParameterError, ConfigError) as error:
        said = str(error).removeprefix(f"{at[-1]} ")  # parameters name themselves
        msg = f"{document.where(at)}{dotted(at)} {said}"
        raise ConfigError(msg) from error


def _check_names(document: Document) -> None:
    """Check models and the ends of projections, on which the units of quantities depend."""
    populations = document.data.get("populations")
    if not isinstance(populations, dict):
        return
    for name, section in populations.items():
        model = section.get("model") if isinstance(section, dict) else None
        if isinstance(model, str) and model not in MODELS:
            at = ("populations", name, "model")
            hint = did_you_mean(model, MODELS)
            msg = f"{document.where(at)}{dotted(at)} should be one of {', '.join(MODELS)}"
            msg += f", got {model!r}{hint}"
            raise ConfigError(msg)
    projections = document.data.get("projections")
    for index, section in enumerate(projections if isinstance(projections, list) else ()):
        for key in ("pre", "post") if isinstance(section, dict) else ():
            _check_end(document, ("projections", index, key), section.get(key), populations)


def _check_end(document: Document, at: Location, named: Any, populations: dict[str, Any]) -> None:
    for name in named if isinstance(named, list) else [named]:
        if isinstance(name, str) and name not in populations:
            hint = did_you_mean(name, populations) or f"; there are {', '.join(populations)}"
            msg = f"{document.where(at)}{dotted(at)} names no population of this file: "
            raise ConfigError(msg + f"{name!r}{hint}")


def _population(source: Source, name: str, section: PopulationSection) -> Population:
    at: Location = ("populations", name)
    kind = PopulationKind(section.kind)
    rate_hz = section.expected_rate_hz
    if rate_hz is None:
        is_poisson = section.rate_hz is not None
        rate_hz = float(np.mean(section.rate_hz or 0.0)) if is_poisson else NEURON_RATE_HZ
    given = section.parameters or {}
    if kind is PopulationKind.POISSON and section.rate_hz is not None:
        given = {"rate": section.rate_hz}
    with _blaming(source.document, at):
        population = Population(
            name,
            section.size,
            kind,
            parameters={key: _parameter(value) for key, value in given.items()},
            initial={key: _parameter(value) for key, value in (section.initial or {}).items()},
            spike_times_ms=_spike_times(source, name, section),
            expected_rate_hz=rate_hz,
            mean_rate_hz=section.mean_rate_hz,
            model=section.model or DEFAULT_MODEL,
            is_recorded=bool(section.is_recorded),
        )
    if kind is PopulationKind.NEURON:
        _check_neurons(source.document, at, population)
    return population


def _check_neurons(document: Document, at: Location, population: Population) -> None:
    """Refuse parameters that the model does not have, or whose values cannot be."""
    model = MODELS[population.model]
    for key, known, noun in (
        ("parameters", model.defaults, "parameter"),
        ("initial", model.initial, "state variable"),
    ):
        for name in getattr(population, key):
            if name not in known:
                hint = did_you_mean(name, known) or f"; it has {', '.join(known)}"
                where = f"{document.where((*at, key, name))}{dotted((*at, key, name))}"
                msg = f"{where}: {model.name} has no {noun} {name!r}{hint}"
                raise ConfigError(msg)
    for name, value in population.parameters.items():
        with _blaming(document, (*at, "parameters", name)):
            tried = _trials(value)
            values = {key: np.full(tried.size, number) for key, number in model.defaults.items()}
            model.fixed(values | {name: tried}, (0, 0), DUE_MS, Constants.NEAREST)


def _trials(value: Parameter) -> NDArray[np.float64]:
    """Values of a parameter to be tried; of a distribution its mean."""
    if isinstance(value, int | float | np.ndarray):
        return np.atleast_1d(np.asarray(value, np.float64))
    return np.array([value.mean])


def _parameter(value: Value) -> Parameter:
    if isinstance(value, Draw):
        return _distribution(value)
    return np.array(value, np.float64) if isinstance(value, tuple) else float(value)


def _distribution(value: float | Draw | None) -> Distribution:
    """Distribution that a section asks for; what is listed elsewhere counts as 0."""
    if not isinstance(value, Draw):
        return Constant(float(value or 0.0))
    drawn: Distribution = _made(DISTRIBUTION_CLASSES[value.distribution], value)
    return drawn


def _made(kind: type[Any], section: object) -> Any:
    """Instance of the dataclass `kind` of the values that `section` gives by the same names."""
    values = {own.name: getattr(section, own.name) for own in fields(kind)}
    return kind(**{name: value for name, value in values.items() if value is not None})


def _spike_times(
    source: Source, name: str, section: PopulationSection
) -> tuple[NDArray[np.float64], ...]:
    if section.file is None:
        return tuple(np.array(times, np.float64) for times in section.times_ms or ())
    with _blaming(source.document, ("populations", name, "file")):
        check_beside(section.file)
        columns = read_columns(source.folder / section.file, ("member", "time_ms"))
        member = _indices(columns["member"], "member", section.size)
        times = columns["time_ms"]
        if not (np.isfinite(times) & (times >= 0)).all():
            msg = f"{section.file}: spike times are finite and not negative"
            raise ConfigError(msg)
        order = np.lexsort((times, member))
        bounds = np.searchsorted(member[order], np.arange(1, section.size))
        return tuple(np.split(times[order], bounds))


def _indices(values: NDArray[np.float64], column: str, size: int) -> NDArray[np.int32]:
    """Members of a population of `size`, as listed.

    Raises
    ------
    ConfigError
        On what is no whole number from 0 to ``size - 1``.
    """
    possible = (values >= 0) & (values < size) & (values == np.floor(values))
    if not possible.all():
        row = int(np.argmin(possible))
        msg = f"column {column!r} has {values[row]:g} in row {row + 1}; "
        raise ConfigError(msg + f"members are whole numbers from 0 to {size - 1}")
    return values.astype(np.int32)


def _projections(
    source: Source, index: int, section: ProjectionSection, populations: dict[str, Population]
) -> Iterator[Projection]:
    at: Location = ("projections", index)
    for pre in section.sources:
        for post in section.targets:
            with _blaming(source.document, at):
                projection = Projection(
                    pre,
                    post,
                    _connector(source, section, populations[pre].size, populations[post].size),
                    _distribution(section.weight),
                    _distribution(section.delay_ms),
                    Receptor[section.receptor.upper()],
                    section.plasticity.rule if section.plasticity is not None else None,
                )
                # told here, where the line is known
                NetworkSpec(
                    source.file.name,
                    (populations[pre], *([populations[post]] if post != pre else [])),
                    (projection,),
                )
            yield projection


def _connector(source: Source, section: ProjectionSection, n_pre: int, n_post: int) -> Connector:
    if section.rule == "list":
        return _listed(source, section, n_pre, n_post)
    rule: Connector = _made(RULE_CLASSES[section.rule], section)
    return rule


def _listed(source: Source, section: ProjectionSection, n_pre: int, n_post: int) -> ExplicitList:
    if section.file is None:
        pairs = np.array(section.pairs or (), np.int64).reshape(-1, 2).astype(np.float64)
        return ExplicitList(
            _indices(pairs[:, 0], "pre", n_pre), _indices(pairs[:, 1], "post", n_post)
        )
    check_beside(section.file)
    path = source.folder / section.file
    columns = read_columns(path, ("pre", "post"), ("weight", "delay_ms"))
    for key, column in (("weight", section.weight), ("delay_ms", section.delay_ms)):
        if (column is None) == (key not in columns):
            has = "also as a column of" if column is not None else "neither here nor in"
            msg = f"{key} stands {has} {section.file}; write it in one of both"
            raise ConfigError(msg)
    try:
        pre = _indices(columns["pre"], "pre", n_pre)
        post = _indices(columns["post"], "post", n_post)
    except ConfigError as error:
        msg = f"{path}: {error}"
        raise ConfigError(msg) from error
    return ExplicitList(pre, post, columns.get("weight"), columns.get("delay_ms"))
