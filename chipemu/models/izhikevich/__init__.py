"""Izhikevich's neuron (2003) with exponential synaptic currents, as SpiNNaker has it."""
