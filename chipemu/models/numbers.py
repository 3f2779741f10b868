"""Numbers of the neuron models, by which compiled kernels tell them apart."""

from enum import IntEnum

__all__ = ["ModelNumber"]


class ModelNumber(IntEnum):
    """A number for each model of the registry."""

    IF_CURR_EXP = 0
    IF_COND_EXP = 1
    IF_CURR_DELTA = 2
    IF_CURR_ALPHA = 3
    IZHIKEVICH = 4
