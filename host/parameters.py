"""Parameters of populations: their names, and their values for every member."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from chipemu.errors import ParameterError
from host import kernels
from host.plan import seed_words
from mapping.spec import Parameter, Population

__all__ = ["check_names", "draw_parameter", "naming"]

Floats = NDArray[np.float64]


@contextmanager
def naming(population: Population) -> Iterator[None]:
    """Say in an error which population it is about."""
    try:
        yield
    except ParameterError as error:
        msg = f"population {population.name}: {error}"
        raise ParameterError(msg) from error


def check_names(
    population: Population, owner: str, known: Iterable[str], given: Iterable[str], noun: str
) -> None:
    """Check that what is `given` for a population is `known` to its model.

    Raises
    ------
    ParameterError
    """
    known = tuple(known)
    for name in given:
        if name not in known:
            msg = (
                f"population {population.name}: no {noun} {name!r}; {owner} has {', '.join(known)}"
            )
            raise ParameterError(msg)


def draw_parameter(value: Parameter, n: int, where: tuple[int, int], seed: int) -> Floats:
    """Values of a parameter for `n` members.

    Parameters
    ----------
    value : float, ndarray or Distribution
    n : int
    where : tuple of int
        Index of the population and of the parameter, which key the random numbers.
    seed : int

    Returns
    -------
    ndarray of float64, shape (n,)

    Raises
    ------
    ParameterError
        If an array has neither one value nor `n`.
    """
    if isinstance(value, np.ndarray) and value.shape not in {(), (n,)}:
        msg = f"a parameter has values of shape {value.shape} for {n} members; give one or {n}"
        raise ParameterError(msg)
    if isinstance(value, int | float | np.ndarray):
        return np.broadcast_to(np.asarray(value, dtype=np.float64), (n,)).copy()
    population, parameter = where
    uniforms = np.zeros(n)
    kernels.draw_uniforms(population, parameter, seed_words(seed), uniforms)
    return value.ppf(uniforms)
