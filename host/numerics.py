"""Choices that change numbers but not the network."""

from dataclasses import dataclass

from chipemu.models.if_curr_exp.params import Arithmetic, Constants

__all__ = ["Numerics"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numerics:
    """Choices that change numbers but not the network: step, seed, rounding.

    With `is_float64` the cores compute in double precision, without rounding: `arithmetic` and
    `constants` then mean nothing. With `is_procedural` synapses are made for each spike instead
    of stored, which changes nothing; with ideal timing and the machine's own numbers only.
    """

    dt_ms: float = 0.1
    seed: int = 1
    arithmetic: Arithmetic = Arithmetic.TRUNCATE
    constants: Constants = Constants.ON_CORE
    is_float64: bool = False
    is_procedural: bool = False
