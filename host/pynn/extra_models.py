"""In place of sPyNNaker's ``extra_models``: what has a counterpart, and refusals by name."""

from importlib import import_module
from typing import Any

from host.pynn.unsupported import EXTRA_MODELS, refuse, refuse_or_unknown

__all__ = ["AllButMeConnector"]

_SAME = {"IFCurDelta": "IF_curr_delta", "IFCurrDelta": "IF_curr_delta"}
"""Other names of standard models."""


def AllButMeConnector(  # noqa: N802
    n_neurons_per_group: int | None = None,
    weights: object = None,
    safe: bool = True,
    verbose: bool | None = None,
    callback: object = None,
) -> Any:
    """All-to-all without self-connections, which is what sPyNNaker's connector of this name makes.

    Groups and a list of weights are refused; `verbose` says nothing to the emulator either.
    """
    del verbose
    if n_neurons_per_group is not None or weights is not None:
        what = "AllButMeConnector(n_neurons_per_group=..., weights=...)"
        refuse(what, "FromListConnector with the same connections listed")
    connector = import_module("host.pynn").AllToAllConnector
    return connector(allow_self_connections=False, safe=safe, callback=callback)


def __getattr__(name: str) -> Any:
    """Find the counterpart of `name`, or refuse it."""
    if name not in _SAME:
        refuse_or_unknown("extra_models", name, EXTRA_MODELS)
    return getattr(import_module("host.pynn"), _SAME[name])
