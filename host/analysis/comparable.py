"""Checks that samples may be compared: same populations, sizes, time and model, but other seeds."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from host.analysis.sample import Sample
from host.errors import ConfigError

__all__ = ["check_comparable", "check_kind"]


def check_comparable(tests: Sequence[Sample], references: Sequence[Sample]) -> None:
    """Check that all samples are of the same kind, and none twice.

    What a file does not tell of its model is taken to be right.

    Raises
    ------
    ConfigError
        If populations, sizes, windows of time, networks, scales or drives differ, or two samples
        are one and the same simulation.
    """
    if not tests or not references:
        msg = "a comparison needs at least one simulation and one reference"
        raise ConfigError(msg)
    first = tests[0]
    for other in (*tests[1:], *references):
        check_kind(first, other)
    for one, other in combinations((*tests, *references), 2):
        if _is_same(one, other):
            msg = (
                f"{one.name} ({one.origin}) and {other.name} ({other.origin}) are the same "
                "simulation; compare runs of different seeds"
            )
            raise ConfigError(msg)


def check_kind(first: Sample, other: Sample) -> None:
    """Check that two samples are of the same populations, model and window of time.

    Raises
    ------
    ConfigError
        On the first difference.
    """
    pair = f"{first.name} and {other.name} cannot be compared"
    if set(first.populations) != set(other.populations):
        msg = f"{pair}: populations {_list(first)} and {_list(other)}"
        raise ConfigError(msg)
    sizes = dict(zip(other.populations, other.sizes, strict=True))
    for name, size in zip(first.populations, first.sizes, strict=True):
        if sizes[name] != size:
            msg = (
                f"{pair}: {name} has {size:,} neurons in one, {sizes[name]:,} in the other; "
                "compare the same scale"
            )
            raise ConfigError(msg)
    for what in ("network", "scale", "drive"):
        ours, theirs = getattr(first.model, what), getattr(other.model, what)
        if None not in (ours, theirs) and ours != theirs:
            msg = f"{pair}: {what} {ours} and {theirs}; compare the same {what}"
            raise ConfigError(msg)
    if first.window != other.window:
        msg = (
            f"{pair}: {first.window} of biological time and {other.window}; rates, CVs and "
            "correlations spread with the time they are taken over, so choose the same time"
        )
        raise ConfigError(msg)


def _is_same(one: Sample, other: Sample) -> bool:
    """Whether all values of all measures are equal, and there is any spike."""
    pairs = [
        (one.of(measure, name), other.of(measure, name))
        for measure in one.values
        for name in one.populations
    ]
    return any(own.any() for own, _ in pairs) and all(np.array_equal(a, b) for a, b in pairs)


def _list(sample: Sample) -> str:
    return ", ".join(sample.populations)
