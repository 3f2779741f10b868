"""The option ``--from`` of ``chipemu run``: a run that is repeated, or a mapping that is taken."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from host.cli.parts import MAPPING, option, overrides, settings
from host.errors import ConfigError

if TYPE_CHECKING:
    from host.repeat import Repeat

__all__ = ["RunOrigin", "wanted"]

RunOrigin = Annotated[
    str | None,
    option(
        "--from",
        "Repeat the run in this folder, but for what other options say; or, if the folder holds "
        "files of a mapping, take that.",
        "RUN|FOLDER",
        MAPPING,
    ),
]


def wanted(params: Mapping[str, Any]) -> "Repeat":
    """What ``chipemu run`` was asked to run.

    Raises
    ------
    ConfigError
        If a configuration is given besides the run to repeat.
    """
    from host.networks import find_network
    from host.repeat import Repeat, is_run, repeat_of

    origin = params["origin"]
    if origin is None or not is_run(Path(origin)):
        return Repeat(settings(params), None, ())
    named = params["network"]
    for path in (params["config"], named):
        if path is not None and str(path).endswith((".yaml", ".yml")):
            msg = f"two configurations, {path} and that of the run {origin}; give one"
            raise ConfigError(msg)
    changes = overrides({**params, "origin": None})
    repeat = repeat_of(Path(origin), changes | ({} if named is None else {"network.name": named}))
    find_network(repeat.config.network.name)
    return repeat
