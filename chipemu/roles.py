"""What cores do: values of `CoreTable.role`."""

__all__ = ["COMBINED", "DELAY", "NEURON", "POISSON", "SOURCE", "SYNAPSE"]

COMBINED, NEURON, SYNAPSE, POISSON, SOURCE, DELAY = range(6)
