"""Choices that change numbers but not the network."""

from collections.abc import Mapping
from dataclasses import dataclass

from chipemu.models.if_curr_exp.params import Arithmetic, Constants
from host.config import RunConfig

__all__ = ["Numerics", "numerics_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numerics:
    """Choices that change numbers but not the network: step, seed, rounding.

    With `is_float64` the cores compute in double precision, without rounding: `arithmetic` and
    `constants` then mean nothing. With `is_procedural` synapses are made for each spike instead
    of stored, which changes nothing; with ideal timing and the machine's own numbers only.
    `shifts` are the left shifts of the ring buffers of each neuron population by synapse type;
    None: by the rule of the tool chain (`host.image.ring_buffer_shifts`).
    """

    dt_ms: float = 0.1
    seed: int = 1
    arithmetic: Arithmetic = Arithmetic.TRUNCATE
    constants: Constants = Constants.ON_CORE
    is_float64: bool = False
    is_procedural: bool = False
    shifts: Mapping[str, tuple[int, int]] | None = None


def numerics_of(run_config: RunConfig) -> Numerics:
    """The choices that a configuration makes."""
    return Numerics(
        dt_ms=run_config.dt_ms,
        seed=run_config.seed,
        is_float64=run_config.arithmetic == "float64",
        is_procedural=run_config.connectivity == "procedural",
        arithmetic=Arithmetic[run_config.rounding.upper()],
        constants=Constants(run_config.constants),
    )
