"""How the published runs were set up, as far as it differs from the machine's file: one table.

microcircuit_model and sPyNNaker are the repositories of SpiNNakerManchester on GitHub.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

__all__ = ["STYLES", "Override", "Style", "section"]


class Override(NamedTuple):
    """A key of the configuration that a style sets."""

    key: str
    """Dotted, such as "cores.spike_buffer"."""
    value: bool | int | float | str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a run was set up.

    Attributes
    ----------
    layout : {"homogeneous", "ensemble"} or None
        The only layout that it is for; None: any.
    overrides : tuple of Override
    """

    layout: Literal["homogeneous", "ensemble"] | None = None
    overrides: tuple[Override, ...] = ()


REPORTS = "run reports of 3 July 2017, microcircuit_model"
CONFIG = "spynnaker.cfg of the paper, microcircuit_model"
REAL_TIME = "branch realtime_cortical_microcircuit of 16 January 2020, microcircuit_model"
SYNAPSE_CODE = "neural_modelling/src/synapse, sPyNNaker"
TIMEOUT = "ROUTER_INITIAL_TIMEOUT 0x4f, SpiNNFrontEndCommon"
LATER = "came to sPyNNaker after that run (from memory)"

STYLES: Mapping[str, Style] = {
    "default": Style(),
    "van-albada-2018": Style(
        layout="homogeneous",
        overrides=(
            Override("cores.spike_buffer", 512, CONFIG),
            Override("cores.colours", False, LATER),
            Override("cores.bit_fields", False, LATER),
            Override("cores.reinject", True, CONFIG),
            Override("cores.router_wait_cycles", 480, TIMEOUT),
            Override("mapping.delay_slots", 16, REPORTS),
        ),
    ),
    "rhodes-2019": Style(
        layout="ensemble",
        overrides=(
            Override("cores.spike_buffer", 512, REAL_TIME),
            Override("cores.late_spikes", "drop", SYNAPSE_CODE),
            Override("cores.colours", False, LATER),
            Override("cores.bit_fields", False, LATER),
            Override("cores.margin_ms", 0.01, SYNAPSE_CODE),
            Override("cores.reinject", False, REAL_TIME),
            Override("cores.router_wait_cycles", 480, TIMEOUT),
        ),
    ),
}


def section(style: str, name: str) -> dict[str, Any]:
    """Values that `style` sets in a section of the configuration.

    Examples
    --------
    >>> section("van-albada-2018", "mapping")
    {'delay_slots': 16}
    """
    parts = ((override.key.partition("."), override.value) for override in STYLES[style].overrides)
    return {key: value for (owner, _, key), value in parts if owner == name}
