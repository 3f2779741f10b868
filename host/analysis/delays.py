"""Where delays begin, and what makes those of the emulated cores the delays of a reference.

The cores add a spike's current before they update the potential of its step: sent in the update of
step s with a delay of d steps, it moves a potential in the update of step s + d, d steps after the
*start* of its own. NEST's ``iaf_psc_exp`` updates the potential with the currents that there were
and adds after, so that d counts from the *end*: with the same nominal delay a spike acts one step
later (``docs/arithmetic.md``). To compare the same model, that step is added here.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, cast, get_args

from host.analysis.sample import DelayOrigin, Sample
from host.config import Config
from host.errors import ConfigError

__all__ = [
    "Delays",
    "added_steps",
    "delay_origin",
    "delays_text",
    "mismatch_text",
    "parse_delays",
    "with_delays",
]

Delays = Literal["aligned", "nominal"]


def parse_delays(text: str | None) -> Delays:
    """Checked ``--delays``; aligned by default.

    Raises
    ------
    ConfigError
        If it is anything else.
    """
    if text not in (None, *get_args(Delays)):
        msg = f"--delays {text}: should be {' or '.join(get_args(Delays))}"
        raise ConfigError(msg)
    return cast("Delays", text or "aligned")


def delay_origin(samples: Sequence[Sample]) -> DelayOrigin | None:
    """Where delays of all `samples` begin; None: one does not tell.

    Raises
    ------
    ConfigError
        If they differ.
    """
    origins = {sample.model.delay_counts_from for sample in samples}
    if len(origins - {None}) > 1:
        msg = (
            "some references count delays from the start of a step and others from its end; "
            "give those of one simulator"
        )
        raise ConfigError(msg)
    return None if None in origins else next(iter(origins), None)


def added_steps(origin: DelayOrigin | None, delays: Delays) -> int:
    """Steps to be added to recurrent delays, so that spikes act when they do in the reference."""
    return 1 if delays == "aligned" and origin == "step end" else 0


def with_delays(config: Config, n_steps: int) -> Config:
    """`config` with `n_steps` more in all recurrent delays."""
    if n_steps == 0:
        return config
    variant = config.network.variant
    longer = replace(variant, delay_steps=variant.delay_steps + n_steps)
    return replace(config, network=replace(config.network, variant=longer))


def delays_text(origin: DelayOrigin | None, n_steps: int, dt_ms: float) -> str:
    """What was done about delays, in a sentence."""
    if origin is None:
        return "delays: as they are; the references do not tell where theirs begin"
    if origin == "step start":
        return "delays: as they are; those of the references begin where the machine's do"
    differ = "the references count them from the end of a step, the machine from its start"
    if n_steps:
        return (
            f"delays: {differ}; so one step of {dt_ms:g} ms was added to all recurrent ones "
            "(--delays nominal leaves them)"
        )
    return f"delays: as they are, though {differ}: spikes act {dt_ms:g} ms earlier here"


def mismatch_text(tests: Sequence[Sample], references: Sequence[Sample]) -> str:
    """What to know if delays of runs that are there begin elsewhere; empty if they do not."""
    ours, theirs = delay_origin(tests), delay_origin(references)
    if ours is None or theirs is None or ours == theirs:
        return ""
    return (
        f"delays: the runs count them from the {ours}, the references from the {theirs}: they are "
        "of the same model only if network.variant.delay_steps made up for it"
    )
