"""The commands ``chipemu map`` and ``chipemu algorithms``."""

# Heavy modules are imported when they are used.

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli.parts import (
    AsJson,
    Budget,
    Compressor,
    ConfigFile,
    Drive,
    Keys,
    Layout,
    Machine,
    Network,
    Origin,
    PerCore,
    Placer,
    Quiet,
    Router,
    Scale,
    Seed,
    Sets,
    SynapseCores,
    TimeStep,
    console,
    option,
    print_json,
    settings,
)
from host.errors import ConfigError

if TYPE_CHECKING:
    from host.config import Config
    from host.results import MapResults
    from host.variants import Variant

__all__ = ["algorithms", "map_command"]

Force = Annotated[bool, typer.Option("--force", help="Write into a folder that has files.")]
Compare = Annotated[
    str | None, option("--compare", "Variants side by side: hilbert,anneal/shared.", "A/B,...")
]
Picture = Annotated[str | None, option("--picture", "Draw the mapping.", "FILE.svg")]
Output = Annotated[str | None, option("--output", "Files of the mapping, as JSON.", "FOLDER")]


def map_command(
    context: typer.Context,
    network: Network = None,
    scale: Scale = None,
    drive: Drive = None,
    dt: TimeStep = None,
    layout: Layout = None,
    neurons_per_core: PerCore = None,
    synapse_cores: SynapseCores = None,
    machine: Machine = None,
    placer: Placer = None,
    router: Router = None,
    keys: Keys = None,
    compressor: Compressor = None,
    budget: Budget = None,
    seed: Seed = None,
    compare: Compare = None,
    origin: Origin = None,
    picture: Picture = None,
    config: ConfigFile = None,
    sets: Sets = None,
    output: Output = None,
    *,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Map a network onto a machine without running it; compare algorithms of mapping."""
    chosen = settings(context.params)
    if compare is not None:
        if picture is not None or chosen.output is not None:
            msg = "--picture and --output show one mapping; leave them out, or --compare"
            raise ConfigError(msg)
        _compare(chosen, compare, as_json=as_json, quiet=quiet)
        return
    from host.pipeline import map_only
    from host.progress import shown
    from host.results import map_summary
    from host.runfolder import release

    _check_budget([chosen])
    save = _saver(chosen, picture, force=force)
    screen = console()
    try:
        with shown(screen, quiet=quiet) as progress:
            results = map_only(chosen, progress=progress)
            save(results)
    finally:
        if chosen.output is not None:
            release(Path(chosen.output))
    if as_json:
        print_json("map", map_summary(results))
    elif not quiet:
        from host.maptables import map_tables

        screen.print(map_tables(results))
        for path in filter(None, (picture, chosen.output)):
            screen.print(f"written: {path}", highlight=False, soft_wrap=True)


def algorithms(*, as_json: AsJson = False) -> None:
    """List the algorithms of mapping."""
    from host.plugins import STAGES, list_algorithms

    listed = list_algorithms()
    if as_json:
        print_json("algorithms", {"algorithms": listed.lines})
    else:
        from rich.table import Table

        from host.config import MappingConfig

        defaults = MappingConfig().algorithms
        table = Table(box=None, pad_edge=False)
        for title in ("option", "algorithm", "description"):
            table.add_column(title)
        for key in STAGES:
            for number, (name, line) in enumerate(sorted(listed.lines[key].items())):
                is_default = name == defaults[key]
                shown = f"{name} (default)" if is_default else name
                table.add_row("" if number else f"--{key}", shown, line)
        console().print(table, highlight=False)
    for message in listed.broken:
        typer.echo(" ".join(message.split()), err=True)


def _saver(config: "Config", picture: str | None, *, force: bool) -> "Callable[[MapResults], None]":
    """What writes the files asked for; that they can be written is checked now."""
    from host.askedfiles import check_place
    from host.mapfiles import check_folder, save_mapping, save_picture

    if picture is not None:
        check_place(Path(picture), "--picture", (".svg",))
    if config.output is not None:
        check_folder(Path(config.output), config, force=force)

    def save(results: "MapResults") -> None:
        if picture is not None:
            save_picture(Path(picture), results)
        if config.output is not None:
            save_mapping(Path(config.output), results)

    return save


def _check_budget(configs: "Iterable[Config]") -> None:
    """Refuse a budget if no placer could use it."""
    from mapping.place import PLACERS, SEARCHERS

    asked = {config.mapping.placer for config in configs if config.mapping.budget_s is not None}
    if asked and asked <= set(PLACERS) - SEARCHERS:
        others = " or ".join(sorted(SEARCHERS))
        do = "does" if len(asked) == 1 else "do"
        who = " and ".join(sorted(asked))
        msg = f"{who} {do} not search; leave out --budget, or take {others}"
        raise ConfigError(msg)


def _compare(config: "Config", text: str, *, as_json: bool, quiet: bool) -> None:
    from dataclasses import replace

    from host.progress import shown
    from host.variants import compare, parse_variants, variant_summary

    folder = config.mapping.folder
    origin = None if folder is None else Path(folder)
    ours = replace(config, mapping=replace(config.mapping, folder=None))
    variants = parse_variants(text, ours)
    _check_budget(variants.values())
    screen = console()
    with shown(screen, quiet=quiet) as progress:
        found = compare(variants, origin=origin, progress=progress)
    if as_json:
        print_json("comparison-of-mappings", {"variants": [variant_summary(v) for v in found]})
    elif not quiet:
        from host.comparetables import compare_tables

        screen.print(compare_tables(found, config.mapping.algorithms), highlight=False)
    _fail_if_all_failed(found)


def _fail_if_all_failed(found: "tuple[Variant, ...]") -> None:
    errors = [variant.error for variant in found if variant.error is not None]
    if len(errors) == len(found):
        raise errors[0]
