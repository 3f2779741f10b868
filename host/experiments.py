"""Experiments: studies of one question each, found through an entry-point group.

A package offers an `Experiment` under the group ``chipemu.experiments`` of its metadata, so that
this package imports none of them and users add their own:

    [project.entry-points."chipemu.experiments"]
    my-study = "my_package.my_study:EXPERIMENT"
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from host.errors import ConfigError, HostError, OutputError, UnknownNameError, did_you_mean
from host.validation import build
from host.yamlfile import Document, parse_scalar

__all__ = [
    "GROUP",
    "Cell",
    "Experiment",
    "Finding",
    "Listed",
    "default_folder",
    "find_experiment",
    "list_experiments",
    "option_defaults",
    "parse_options",
    "prepare_folder",
]

GROUP = "chipemu.experiments"
"""Entry-point group in which experiments are offered."""

Cell = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What an experiment found.

    Attributes
    ----------
    columns : tuple of str
        Names of the columns of the short table, with units.
    rows : tuple of tuple of str, int, float or None
        Each as long as `columns`.
    sentences : tuple of str
        What the figures say, a line each.
    files : tuple of Path
        What was written.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sentences: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                msg = f"a row of {len(row)} cells in a table of {len(self.columns)} columns: {row}"
                raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A study of one question.

    Attributes
    ----------
    name : str
        That of the entry point.
    question : str
        One line.
    options : type
        A frozen dataclass with a default for each field and bounds in its annotations, as those of
        `host.config`; units at the ends of names.
    run : callable
        ``run(options, *, progress, output)`` with an instance of `options`, a
        `host.progress.Progress` to report to and a folder to write to, which exists; gives a
        `Finding`.
    """

    name: str
    question: str
    options: type[Any]
    run: Callable[..., Finding]

    def __post_init__(self) -> None:
        if not is_dataclass(self.options):
            msg = f"the options of experiment {self.name!r} are no dataclass"
            raise TypeError(msg)


class Listed(NamedTuple):
    """The experiments that there are."""

    questions: dict[str, str]
    """Question of each experiment, by name."""
    broken: dict[str, str]
    """What is wrong with each one that cannot be loaded: one line that names it."""


def list_experiments() -> Listed:
    """Find all experiments; those that cannot be loaded do not keep the others from being found."""
    listed = Listed({}, {})
    for name, point in sorted(_points().items()):
        try:
            listed.questions[name] = _load(point).question
        except HostError as error:
            listed.broken[name] = str(error)
    return listed


def find_experiment(name: str) -> Experiment:
    """Experiment called `name`.

    Raises
    ------
    UnknownNameError
        If there is none of this name.
    ConfigError
        If it cannot be loaded.
    """
    points = _points()
    if name not in points:
        hint = did_you_mean(name, points) or "; see: chipemu experiment"
        msg = f"unknown experiment {name!r}{hint}"
        raise UnknownNameError(msg)
    return _load(points[name])


def parse_options(experiment: Experiment, assignments: Sequence[str]) -> Any:
    """Checked options of `experiment`, as given by texts ``KEY=VALUE``.

    Parameters
    ----------
    experiment : Experiment
    assignments : sequence of str
        Values are understood as in a configuration file. A list is ``1,2,3`` or ``[1, 2, 3]``.

    Returns
    -------
    object
        Of the type ``experiment.options``.

    Raises
    ------
    ConfigError
        On the first key that is unknown or value that is wrong.
    """
    hints = get_type_hints(experiment.options, include_extras=True)
    data: dict[str, object] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not (key and equals):
            example = "=".join(
                map(str, next(iter(option_defaults(experiment).items()), ("K", "V")))
            )
            msg = f"options are KEY=VALUE, such as {example}; got {assignment!r}"
            raise ConfigError(msg)
        if key not in hints:
            hint = did_you_mean(key, hints) or f"; known: {', '.join(hints)}"
            msg = f"{experiment.name} has no option {key!r}{hint}"
            raise ConfigError(msg)
        data[key] = _value(text, hints[key])
        if data[key] == [] and _needs_values(hints[key]):
            example = f"{key}={option_defaults(experiment)[key]}"
            msg = f"{experiment.name}: {key} is empty; give at least one value, such as {example}"
            raise ConfigError(msg)
    try:
        return build(experiment.options, Document(data))
    except ConfigError as error:
        msg = f"{experiment.name}: {error}"
        raise ConfigError(msg) from error


def option_defaults(experiment: Experiment) -> dict[str, str]:
    """Options of `experiment` with their defaults, as one would write them."""
    fields = experiment.options.__dataclass_fields__
    return {name: _written(field.default) for name, field in fields.items()}


def default_folder(name: str) -> Path:
    """First folder ``runs/<name>-<n>`` that does not exist yet."""
    folders = (Path("runs") / f"{name}-{n}" for n in itertools.count(1))
    return next(folder for folder in folders if not folder.exists())


def prepare_folder(path: Path, *, force: bool = False) -> Path:
    """Make the folder `path` for an experiment to write to.

    Parameters
    ----------
    path : Path
    force : bool
        Allow a folder that is not empty; files of the same names are replaced.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    OutputError
        If it cannot be made, or is not empty and `force` does not allow that.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        is_used = any(path.iterdir())
    except OSError as error:
        msg = f"cannot write folder {path}: {error.strerror}; choose another with --output"
        raise OutputError(msg) from error
    if is_used and not force:
        msg = f"folder {path} is not empty; write into it with --force or choose another"
        raise OutputError(msg)
    return path


def _points() -> Mapping[str, EntryPoint]:
    """Entry points by name; of two of one name the first that Python finds."""
    return {point.name: point for point in reversed(tuple(entry_points(group=GROUP)))}


def _load(point: EntryPoint) -> Experiment:
    where = f"experiment {point.name!r} ({point.value})"
    try:
        found = point.load()
    except Exception as error:
        msg = f"{where} cannot be loaded: {type(error).__name__}: {error}; mend or remove it"
        raise ConfigError(msg) from error
    if not isinstance(found, Experiment):
        msg = f"{where} is no host.experiments.Experiment but a {type(found).__name__}"
        raise ConfigError(msg)
    if found.name != point.name:
        msg = f"{where} calls itself {found.name!r}; name both alike"
        raise ConfigError(msg)
    return found


def _value(text: str, hint: object) -> object:
    """Value that `text` has for a field annotated `hint`; lists do without brackets."""
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) is tuple and not text.startswith("["):
        return parse_scalar(f"[{text}]")
    return text if hint is str else parse_scalar(text)


def _needs_values(hint: object) -> bool:
    """Whether `hint` is annotated with a least number of values."""
    bounds = (rule for field in get_args(hint)[1:] for rule in getattr(field, "metadata", ()))
    return get_origin(hint) is Annotated and any(getattr(b, "min_length", 0) for b in bounds)


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    words: dict[object, str] = {None: "null", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else str(value)
