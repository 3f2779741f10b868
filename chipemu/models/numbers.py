"""Numbers of the neuron models, by which compiled kernels tell them apart."""

from enum import IntEnum

__all__ = ["ModelNumber"]


class ModelNumber(IntEnum):
    """A number for each model of the registry."""

    IF_CURR_EXP = 0
    IF_COND_EXP = 1
