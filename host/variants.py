"""Variants of a mapping that differ in their algorithms, side by side."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from host.config import Config, check_config
from host.errors import ConfigError, ExitCode, UnknownNameError, did_you_mean, exit_code
from host.mapaccount import map_results
from host.mapper import Mapped, Task, load_kernels, map_or_adopt, prepare
from host.plugins import STAGES, names_of, stages_of
from host.progress import Clock, Progress, SilentProgress
from host.results import MapResults, map_summary
from mapping.errors import MappingError
from mapping.spec import NetworkSpec

__all__ = ["Variant", "compare", "parse_variants", "variant_summary"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Variant:
    """What became of one of the mappings that are compared.

    Attributes
    ----------
    name : str
    results : MapResults or None
        None if it failed.
    error : Exception or None
        Why it failed.
    stage : str
        Stage that failed.
    """

    name: str
    results: MapResults | None = None
    error: Exception | None = None
    stage: str = ""


def parse_variants(text: str, config: Config) -> dict[str, Config]:
    """Configurations that `text` asks for, by name.

    Parameters
    ----------
    text : str
        Items with commas between them. An item is one or more names with ``/`` between them, each
        that of a placer, router, key allocator or compressor: ``hilbert,anneal/shared/ordered``.
    config : Config
        What an item does not name is as here.

    Raises
    ------
    ConfigError
        If an item is empty or twice the same, if it names two algorithms for one stage, or on a
        name that is unknown or not clear.
    """
    variants: dict[str, Config] = {}
    for item in (part.strip() for part in text.split(",")):
        chosen: dict[str, Any] = {}
        for name in item.split("/"):
            key = _stage(name.strip(), text)
            if key in chosen:
                noun = STAGES[key].noun
                msg = f"--compare: {item!r} has two {noun}s, {chosen[key]!r} and {name!r}; name one"
                raise ConfigError(msg)
            chosen[key] = name.strip()
        if item in variants:
            msg = f"--compare: {item!r} comes twice; leave one out"
            raise ConfigError(msg)
        variants[item] = check_config(replace(config, mapping=replace(config.mapping, **chosen)))
    return variants


def compare(
    variants: dict[str, Config],
    *,
    origin: Path | None = None,
    network: NetworkSpec | None = None,
    progress: Progress | None = None,
) -> tuple[Variant, ...]:
    """Map one network in several ways.

    A variant that cannot be mapped does not stop the others. Machine and pieces of the network are
    made once.

    Parameters
    ----------
    variants : dict of str to Config
        As of `parse_variants`: they differ in their algorithms alone.
    origin : Path, optional
        Folder with a mapping that comes before the others.
    network : NetworkSpec, optional
        By default the one that the configurations name.
    progress : Progress, optional

    Raises
    ------
    DoesNotFitError
        If a piece of the network does not fit a core.
    CheckError
        If an algorithm of ours went wrong.
    """
    progress = progress or SilentProgress()
    clock = Clock(progress)
    first = next(iter(variants.values()))
    load_kernels(variants.values(), clock)
    task = prepare(first, network, clock)
    jobs = list(variants.items())
    if origin is not None:
        theirs = replace(first, mapping=replace(first.mapping, folder=str(origin)))
        jobs.insert(0, (f"from {origin.resolve().name}", theirs))
    found = []
    for number, (name, config) in enumerate(jobs):
        own = Clock(progress)
        own.wall_s |= clock.wall_s
        with progress.phase(f"{name} ({number + 1} of {len(jobs)})"):
            found.append(_variant(name, task, config, own))
    return tuple(found)


def _variant(name: str, task: Task, config: Config, clock: Clock) -> Variant:
    """Map, or say why that cannot be."""
    try:
        mapping = map_or_adopt(task, config, clock)
    except (MappingError, ConfigError) as error:
        if exit_code(error) == ExitCode.INTERNAL:
            raise
        return Variant(name=name, error=error, stage=clock.unfinished)
    results = map_results(config, Mapped(task, mapping), clock)
    return Variant(name=name, results=replace(results, mapped=None))


def variant_summary(variant: Variant) -> dict[str, Any]:
    """Account of a variant, ready for JSON: as of `map_summary`, or what went wrong."""
    if variant.results is not None:
        return {"variant": variant.name} | map_summary(variant.results)
    return {
        "variant": variant.name,
        "error": str(variant.error),
        "stage": variant.stage,
        "exit_code": int(exit_code(variant.error)) if variant.error else 0,
    }


def _stage(name: str, text: str) -> str:
    """Key of the stage that has an algorithm called `name`."""
    stages = stages_of(name)
    if len(stages) == 1:
        return stages[0]
    if stages:
        nouns = " and a ".join(STAGES[key].noun for key in stages)
        msg = f"--compare: {name!r} is a {nouns}; rename one of the plug-ins"
        raise ConfigError(msg)
    known = {key: names_of(key) for key in STAGES}
    hint = did_you_mean(name, [each for names in known.values() for each in names])
    lists = "; ".join(f"{STAGES[key].noun}s: {', '.join(names)}" for key, names in known.items())
    what = f"unknown algorithm {name!r}" if name else f"an empty name in {text!r}"
    msg = f"--compare: {what}{hint}; {lists}"
    raise UnknownNameError(msg)
